//! What every store keeps: the same tests over memory, a file, and a database.

use std::sync::Arc;

use provisioner::plan::Status;
use provisioner::{
    Attribute, Attributes, Fact, Intended, Intent, Link, Links, LinksError, Memory, MemoryLinks,
    Origin, PostgresLinks, Remembered, Retry, Seen, SqliteLinks,
};

use super::cluster::Database;

/// A store that can be closed and opened again.
enum Store {
    Memory(Arc<MemoryLinks>),
    File(tempfile::TempDir),
    Database(Database),
}

impl Store {
    /// Those that outlive a run; the database only where there is a server.
    async fn lasting() -> Vec<Self> {
        let mut stores = vec![Self::File(tempfile::tempdir().unwrap())];
        stores.extend(Database::new().await.map(Self::Database));
        stores
    }

    async fn all() -> Vec<Self> {
        let mut stores = Self::lasting().await;
        stores.push(Self::Memory(Arc::default()));
        stores
    }

    async fn open(&self) -> Result<Arc<dyn Links>, LinksError> {
        Ok(match self {
            Self::Memory(links) => Arc::clone(links) as Arc<dyn Links>,
            Self::File(folder) => {
                Arc::new(SqliteLinks::open(&folder.path().join("state.db")).await?)
            }
            Self::Database(database) => Arc::new(PostgresLinks::open(&database.url).await?),
        })
    }

    async fn load(&self) -> Remembered {
        self.open().await.unwrap().load().await.unwrap()
    }

    /// Makes the store refuse whatever is about this user.
    async fn poison(&self, user: &str) {
        match self {
            Self::Memory(_) => {}
            Self::File(folder) => {
                let sql = format!(
                    "CREATE TRIGGER poison BEFORE INSERT ON seen WHEN NEW.user = '{user}' \
                     BEGIN SELECT RAISE(ABORT, 'poison'); END"
                );
                super::files::by_hand(&folder.path().join("state.db"), &sql).await;
            }
            Self::Database(database) => {
                let sql = format!(
                    "ALTER TABLE zoom_provisioner.entry ADD CHECK (key <> '{user}' OR kind <> 'seen')"
                );
                database.by_hand(&sql).await;
            }
        }
    }
}

pub(super) fn link(user: &str, number: usize) -> Link {
    Link {
        user: user.into(),
        zoom_id: format!("z{number}").into(),
        origin: if number.is_multiple_of(2) {
            Origin::Created
        } else {
            Origin::Adopted
        },
        rule: "r'1\"\\".into(),
        known: Attributes::from_iter([(Attribute::Title, "Ärztin \u{1f600} \u{0}\n".into())]),
        removed: number.is_multiple_of(3),
    }
}

fn seen(number: usize) -> Seen {
    Seen {
        username: format!("user{number}@example.com").into(),
        digest: number.to_string().into(),
        status: Status::Failed,
        rules: vec!["r1".into(), "".into()],
        note: (number.is_multiple_of(2)).then(|| "Zoom said \u{0}".to_owned()),
        retry: number
            .is_multiple_of(3)
            .then(|| Retry::after_failure(None, "2026-01-31T12:00:00Z".parse().unwrap())),
        stuck: None,
    }
}

fn intent(user: &str, number: usize) -> Intent {
    let zoom_id = format!("z{number}");
    let create = Intended::Create {
        address: "ann@example.com".into(),
        rule: "r1".into(),
        attributes: Attributes::from_iter([(Attribute::Title, "x".into())]),
        was_free: false,
        replaces: Some("z0".into()),
    };
    Intent {
        user: user.into(),
        at: "2026-01-31T12:00:00.123456789Z".parse().unwrap(),
        write: if number.is_multiple_of(2) {
            create
        } else {
            Intended::Delete {
                zoom_id: zoom_id.into(),
            }
        },
    }
}

/// A change that depends on a number; each kind comes often, and so does each of 30 users.
fn change(number: usize) -> Memory {
    let mixed = number.wrapping_mul(2_654_435_761) >> 7;
    let user = format!("u{}", mixed % 30);
    let facts = [
        Fact::TestPassed,
        Fact::Settings,
        Fact::Switches,
        Fact::WasOff,
        Fact::DirectoryCount,
        Fact::RuleDeletions,
    ];
    let fact = facts[mixed % facts.len()];
    match (mixed / 30) % 8 {
        0 => Memory::Link(link(&user, number)),
        1 => Memory::Unlink(user.into()),
        2 => Memory::Seen(user.into(), seen(number)),
        3 => Memory::Unsee(user.into()),
        4 => Memory::Intend(intent(&user, number)),
        5 => Memory::Settled(user.into()),
        6 => Memory::Fact(fact, Some(number.to_string())),
        _ => Memory::Fact(fact, None),
    }
}

#[tokio::test]
async fn each_kind_of_change_comes_back_after_a_restart() {
    for store in Store::all().await {
        let links = store.open().await.unwrap();
        assert_eq!(links.load().await.unwrap(), Remembered::default());
        let odd = "ö'\"\\%\u{1f600}";
        let made = vec![
            Memory::Link(link(odd, 0)),
            Memory::Seen(odd.into(), seen(1)),
            Memory::Intend(intent(odd, 2)),
            Memory::Fact(Fact::WasOff, Some("'x'".to_owned())),
        ];
        links.save(made).await.unwrap();
        drop(links);
        let links = store.open().await.unwrap();
        let remembered = links.load().await.unwrap();
        assert_eq!(remembered.links[odd], link(odd, 0));
        assert_eq!(remembered.seen[odd], seen(1));
        assert_eq!(remembered.intents[odd], intent(odd, 2));
        assert_eq!(remembered.facts[&Fact::WasOff], "'x'");
        let gone = vec![
            Memory::Unlink(odd.into()),
            Memory::Unsee(odd.into()),
            Memory::Settled(odd.into()),
            Memory::Fact(Fact::WasOff, None),
        ];
        links.save(gone).await.unwrap();
        drop(links);
        assert_eq!(store.load().await, Remembered::default());
    }
}

#[tokio::test]
async fn every_store_remembers_what_memory_does() {
    let model = MemoryLinks::default();
    let stores = Store::lasting().await;
    let sizes = [1, 2, 3, 40, 500, 0, 7];
    for (round, size) in sizes.into_iter().enumerate() {
        let changes: Vec<Memory> = (0..size).map(|at| change(round * 1_000 + at)).collect();
        model.save(changes.clone()).await.unwrap();
        for store in &stores {
            let links = store.open().await.unwrap();
            links.save(changes.clone()).await.unwrap();
            let kept = model.load().await.unwrap();
            assert_eq!(links.load().await.unwrap(), kept, "round {round}");
        }
    }
    let remembered = model.load().await.unwrap();
    assert!(remembered.links.len() > 5 && remembered.intents.len() > 5);
}

#[tokio::test]
async fn the_last_of_several_changes_counts() {
    for store in Store::all().await {
        let links = store.open().await.unwrap();
        let user = || "u1".to_owned();
        let changes = vec![
            Memory::Unlink(user().into()),
            Memory::Link(link("u1", 1)),
            Memory::Link(link("u1", 2)),
            Memory::Intend(intent("u1", 1)),
            Memory::Settled(user().into()),
        ];
        links.save(changes).await.unwrap();
        let remembered = links.load().await.unwrap();
        assert_eq!(remembered.links["u1"], link("u1", 2));
        assert!(remembered.intents.is_empty());
    }
}

#[tokio::test]
async fn a_save_that_fails_changes_nothing() {
    for store in Store::lasting().await {
        let before = vec![Memory::Link(link("u1", 1))];
        store.open().await.unwrap().save(before).await.unwrap();
        let before = store.load().await;
        store.poison("u2").await;
        let links = store.open().await.unwrap();
        let changes = vec![
            Memory::Unlink("u1".into()),
            Memory::Link(link("u3", 1)),
            Memory::Seen("u2".into(), seen(1)),
            Memory::Fact(Fact::WasOff, Some("x".to_owned())),
        ];
        let error = links.save(changes).await.unwrap_err();
        assert!(matches!(error, LinksError::Database { .. }), "{error}");
        assert_eq!(links.load().await.unwrap(), before);
        // It has been refused, and the state is ours as before.
        let other = vec![Memory::Link(link("u4", 1))];
        links.save(other).await.unwrap();
        drop(links);
        assert_eq!(store.load().await.links.len(), 2);
    }
}

#[tokio::test]
async fn two_at_once_are_refused_and_the_next_is_not() {
    for store in Store::lasting().await {
        let first = store.open().await.unwrap();
        let error = store.open().await.err().unwrap();
        assert!(matches!(error, LinksError::Busy { .. }), "{error}");
        first.save(vec![Memory::Link(link("u1", 1))]).await.unwrap();
        drop(first);
        assert_eq!(store.load().await.links.len(), 1);
    }
}
