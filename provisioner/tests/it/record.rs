//! Plans in files, the audit, and explanations: through the library, against the fake.

use std::path::Path;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use provisioner::{
    Attributes, Audit, AuditError, AuditFile, Entry, Event, Explained, Fate, Intended, Intent,
    Links as _, Memory, MemoryLinks, Moved, PlanFile, PlanFileError, Provisioner, RemoveAction,
    Settled, SyncError, SyncOptions, Transport, Values, Written, verify,
};
use serde_json::{Value, json};

use super::fake::{Fake, Instead, people, person, rule};

const CHANGED: SyncOptions = SyncOptions {
    full: false,
    deep: false,
    due_only: false,
    allow_removals: None,
    accept_count: None,
};

/// An audit in memory with room for so many entries.
#[derive(Default)]
struct Kept {
    entries: Mutex<Vec<Entry>>,
    room: Option<usize>,
}

#[async_trait]
impl Audit for Kept {
    async fn record(&self, entry: Entry) -> Result<(), AuditError> {
        let mut entries = self.entries.lock().unwrap();
        if self.room.is_some_and(|room| entries.len() >= room) {
            return Err(AuditError::Unwritable {
                path: "kept".into(),
                message: "no room".to_owned(),
            });
        }
        entries.push(entry);
        Ok(())
    }
}

impl Kept {
    fn writes(&self) -> Vec<Written> {
        let entries = self.entries.lock().unwrap();
        let writes = entries.iter().filter_map(|entry| match &entry.event {
            Event::Write(written) => Some(written.as_ref().clone()),
            _ => None,
        });
        writes.collect()
    }
}

fn engine_on(zoom: &Fake, links: &Arc<MemoryLinks>) -> Provisioner {
    let links = Arc::clone(links);
    Provisioner::new(
        zoom.connection(),
        vec![rule()],
        links as Arc<_>,
        Transport::new().unwrap(),
    )
}

/// Three people are there, and one leaves, one comes, and one gets a name.
async fn world() -> (Fake, Arc<MemoryLinks>, provisioner::Directory) {
    let zoom = Fake::start().await;
    let links = Arc::new(MemoryLinks::default());
    engine_on(&zoom, &links)
        .sync(&people(0..3), CHANGED)
        .await
        .unwrap();
    let mut directory = people(1..4);
    directory.users[0].given_name = Some("Ann".into());
    zoom.forget_requests();
    (zoom, links, directory)
}

fn writes_of(zoom: &Fake) -> usize {
    ["POST /scim2", "PUT", "PATCH", "DELETE"]
        .iter()
        .map(|method| zoom.count(method))
        .sum()
}

fn on_paper(plan: &PlanFile) -> PlanFile {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.plan");
    plan.write(&path).unwrap();
    PlanFile::read(&path).unwrap()
}

#[tokio::test]
async fn a_plan_is_applied_as_it_is() {
    let (zoom, links, directory) = world().await;
    let mut engine = engine_on(&zoom, &links);
    let before = links.load().await.unwrap();
    let plan = on_paper(&engine.plan_file(&directory, CHANGED).await.unwrap());
    assert_eq!(plan.plan, engine.plan(&directory, CHANGED).await.unwrap());
    assert_eq!(writes_of(&zoom), 0);
    assert_eq!(
        links.load().await.unwrap(),
        before,
        "a plan leaves no trace"
    );
    let report = engine.apply(&directory, &plan).await.unwrap();
    assert_eq!((report.writes, report.summary.removed), (3, 1));
    let done = report.actions.iter().map(|done| (&done.user, done.row));
    let planned = plan.plan.actions.iter();
    assert!(done.eq(planned.map(|action| (&action.user, action.row))));
    assert_eq!(
        (
            zoom.count("POST /scim2"),
            zoom.count("PUT"),
            zoom.count("PATCH")
        ),
        (1, 1, 1)
    );
    // It cannot be applied twice: the links have moved.
    let again = engine.apply(&directory, &plan).await.unwrap_err();
    assert!(matches!(again, SyncError::Moved(Moved::Links)), "{again}");
}

#[tokio::test]
async fn a_plan_is_refused_when_anything_has_moved() {
    let (zoom, links, directory) = world().await;
    let mut engine = engine_on(&zoom, &links);
    let plan = on_paper(&engine.plan_file(&directory, CHANGED).await.unwrap());
    let held = links.load().await.unwrap();
    zoom.forget_requests();

    let mut other = directory.clone();
    other.users[0].title = Some("Boss".into());
    let moved = engine.apply(&other, &plan).await.unwrap_err();
    assert!(matches!(moved, SyncError::Moved(Moved::Source)), "{moved}");

    let mut connection = zoom.connection();
    connection.remove_action = RemoveAction::Delete;
    engine.set_connection(connection);
    let moved = engine.apply(&directory, &plan).await.unwrap_err();
    assert!(
        moved
            .to_string()
            .contains("were C1U1D1P1R0X0 and are C1U1D1P1R1X0"),
        "{moved}"
    );
    engine.set_connection(zoom.connection());
    let mut narrow = rule();
    narrow.filter = None;
    engine.set_rules(vec![narrow]);
    let moved = engine.apply(&directory, &plan).await.unwrap_err();
    assert!(
        moved
            .to_string()
            .contains("other rules, filters or mappings"),
        "{moved}"
    );
    engine.set_rules(vec![rule()]);

    links.save(vec![Memory::Unsee("u2".into())]).await.unwrap();
    let moved = engine.apply(&directory, &plan).await.unwrap_err();
    assert!(matches!(moved, SyncError::Moved(Moved::Links)), "{moved}");
    links
        .save(vec![Memory::Seen("u2".into(), held.seen["u2"].clone())])
        .await
        .unwrap();
    assert_eq!(zoom.count(""), 0, "Zoom was not even asked");

    let gone = held.links["u0"].zoom_id.clone();
    zoom.held.lock().unwrap().users.remove(gone.as_str());
    let moved = engine.apply(&directory, &plan).await.unwrap_err();
    assert!(
        moved.to_string().contains("Zoom has moved")
            && moved.to_string().contains("for 1 of the users"),
        "{moved}"
    );
    assert_eq!(writes_of(&zoom), 0);
    assert_eq!(links.load().await.unwrap(), held, "nothing was saved");
    // What was planned again is applied.
    let plan = engine.plan_file(&directory, CHANGED).await.unwrap();
    assert_eq!(engine.apply(&directory, &plan).await.unwrap().writes, 2);
}

#[tokio::test]
async fn a_plan_is_never_written_over_another_file() {
    let zoom = Fake::start().await;
    let plan = zoom
        .engine()
        .plan_file(&people(0..2), CHANGED)
        .await
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("precious");
    for content in ["precious", "", "{\"format\": \"x\"}"] {
        std::fs::write(&path, content).unwrap();
        let refused = plan.write(&path).unwrap_err();
        assert!(
            matches!(refused, PlanFileError::Occupied { .. }),
            "{refused}"
        );
        assert_eq!(std::fs::read_to_string(&path).unwrap(), content);
    }
    let refused = plan.write(folder.path()).unwrap_err();
    assert!(
        matches!(refused, PlanFileError::Occupied { .. }),
        "{refused}"
    );
    std::fs::remove_file(&path).unwrap();
    plan.write(&path).unwrap();
    // An earlier plan gives way, even if it was cut.
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(!text.contains("s3cret"));
    std::fs::write(&path, &text[..200]).unwrap();
    let cut = PlanFile::read(&path).unwrap_err();
    assert!(matches!(cut, PlanFileError::Cut { .. }), "{cut}");
    plan.write(&path).unwrap();
    assert_eq!(PlanFile::read(&path).unwrap(), plan);
    assert_eq!(mode(&path), 0o600);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[cfg(not(unix))]
fn mode(_: &Path) -> u32 {
    0o600
}

#[tokio::test]
async fn each_write_is_written_down_once_with_what_it_changed() {
    let (zoom, links, directory) = world().await;
    let kept = Arc::new(Kept::default());
    let mut engine = engine_on(&zoom, &links).with_audit(Arc::clone(&kept) as Arc<_>);
    let report = engine.sync(&directory, CHANGED).await.unwrap();
    let writes = kept.writes();
    assert_eq!((report.writes, writes.len()), (3, 3));
    let of = |user: &str| writes.iter().find(|written| written.user == user).unwrap();
    let update = of("u1");
    assert_eq!(
        (
            update.action.as_str(),
            update.method.as_str(),
            update.outcome
        ),
        ("update", "PUT", Fate::Done)
    );
    assert_eq!(update.rule.as_deref(), Some("r1"));
    assert_eq!((update.status, update.attempts), (Some(200), 1));
    assert_eq!(update.changes["given_name"].after.as_deref(), Some("Ann"));
    assert_eq!(update.changes.len(), 1, "{:?}", update.changes);
    let disable = of("u0");
    assert_eq!(
        disable.path,
        format!("/Users/{}", disable.zoom_id.clone().unwrap())
    );
    assert_eq!(disable.changes["active"].before.as_deref(), Some("true"));
    assert_eq!(disable.changes["active"].after.as_deref(), Some("false"));
    let create = of("u3");
    assert!(create.zoom_id.is_some());
    assert_eq!(
        create.changes["username"].after.as_deref(),
        Some("user3@example.com")
    );
    let entries = kept.entries.lock().unwrap();
    assert!(matches!(entries.first().unwrap().event, Event::Started(_)));
    let Event::Ended(ended) = &entries.last().unwrap().event else {
        unreachable!("a run ends with its end");
    };
    assert_eq!((ended.writes, ended.summary), (3, Some(report.summary)));
    assert!(entries.iter().all(|entry| entry.run == entries[0].run));
}

#[tokio::test]
async fn what_was_found_out_later_is_written_down_as_well() {
    let zoom = Fake::start().await;
    let lost = vec![Instead::DoneBut(504, String::new())];
    zoom.instead("POST /scim2", lost);
    let kept = Arc::new(Kept::default());
    let mut engine = zoom.engine().with_audit(Arc::clone(&kept) as Arc<_>);
    engine.sync(&people(0..1), CHANGED).await.unwrap();
    let outcomes: Vec<Fate> = kept
        .writes()
        .iter()
        .map(|written| written.outcome)
        .collect();
    assert_eq!(outcomes, [Fate::Unknown]);
    let entries = kept.entries.lock().unwrap();
    let settled = entries.iter().find_map(|entry| match &entry.event {
        Event::Settled(settled) => Some(settled),
        _ => None,
    });
    let settled = settled.unwrap();
    assert_eq!(
        (settled.outcome, settled.zoom_id.as_deref()),
        (Fate::Done, Some("z0001"))
    );
}

#[tokio::test]
async fn what_was_under_way_when_a_run_ended_is_a_line_of_its_own_and_waits_for_the_plan() {
    let (zoom, links, directory) = world().await;
    // A run was killed after a create and before it could remember that.
    zoom.add("user3@example.com");
    let intent = Intent {
        user: "u3".into(),
        at: "2026-01-31T12:00:00Z".parse().unwrap(),
        write: Intended::Create {
            address: "user3@example.com".into(),
            rule: "r1".into(),
            attributes: Attributes::default(),
            was_free: true,
            replaces: None,
        },
    };
    links.save(vec![Memory::Intend(intent)]).await.unwrap();
    let held = links.load().await.unwrap();
    let kept = Arc::new(Kept::default());
    let mut engine = engine_on(&zoom, &links).with_audit(Arc::clone(&kept) as Arc<_>);
    let plan = engine.plan_file(&directory, CHANGED).await.unwrap();
    let mut other = plan.clone();
    other.plan.actions.pop();
    let moved = engine.apply(&directory, &other).await.unwrap_err();
    assert!(
        matches!(moved, SyncError::Moved(Moved::Zoom { .. })),
        "{moved}"
    );
    assert_eq!(links.load().await.unwrap(), held, "nothing was saved");
    let report = engine.apply(&directory, &plan).await.unwrap();
    assert_eq!((report.writes, zoom.count("POST /scim2")), (2, 0));
    let entries = kept.entries.lock().unwrap();
    let settled: Vec<&Settled> = entries
        .iter()
        .filter_map(|entry| match &entry.event {
            Event::Settled(settled) => Some(settled),
            _ => None,
        })
        .collect();
    assert_eq!(settled.len(), 1);
    assert_eq!(
        (settled[0].outcome, settled[0].zoom_id.as_deref()),
        (Fate::Done, Some("z0004"))
    );
    assert!(settled[0].intended_at.is_some());
    let ends = entries.iter().filter_map(|entry| match &entry.event {
        Event::Ended(ended) => Some(ended.reason.as_deref()),
        _ => None,
    });
    assert_eq!(ends.collect::<Vec<_>>(), [Some("moved"), None]);
}

#[tokio::test]
async fn a_write_that_is_refused_is_written_down_with_its_reason_and_no_words() {
    let zoom = Fake::start().await;
    let refused = json!({ "detail": "Cannot add user0@example.com, s3cret." }).to_string();
    zoom.instead("POST /scim2", vec![Instead::Answer(409, refused)]);
    let kept = Arc::new(Kept::default());
    let mut engine = zoom.engine().with_audit(Arc::clone(&kept) as Arc<_>);
    engine.sync(&people(0..1), CHANGED).await.unwrap();
    let writes = kept.writes();
    assert_eq!(writes[0].outcome, Fate::Failed);
    assert_eq!(writes[0].reason.as_deref(), Some("user"));
    assert_eq!(writes[0].status, Some(409));
    let text = serde_json::to_string(&*kept.entries.lock().unwrap()).unwrap();
    assert!(
        !text.contains("s3cret") && !text.contains("Cannot add"),
        "{text}"
    );
}

#[tokio::test]
async fn f75_without_an_audit_nothing_is_sent() {
    let zoom = Fake::start().await;
    // Not even the begin of the run can be written.
    let kept = Arc::new(Kept {
        room: Some(0),
        ..Kept::default()
    });
    let mut engine = zoom.engine().with_audit(Arc::clone(&kept) as Arc<_>);
    let error = engine.sync(&people(0..40), CHANGED).await.unwrap_err();
    assert!(matches!(error, SyncError::Audit(_)), "{error}");
    assert_eq!(zoom.count(""), 0);
    // The room ends on the way: those that are under way come to their end, and their links are kept.
    let room = 10;
    let kept = Arc::new(Kept {
        room: Some(room),
        ..Kept::default()
    });
    let links = Arc::new(MemoryLinks::default());
    let mut engine = engine_on(&zoom, &links).with_audit(Arc::clone(&kept) as Arc<_>);
    let error = engine.sync(&people(0..200), CHANGED).await.unwrap_err();
    assert!(matches!(error, SyncError::Audit(_)), "{error}");
    let sent = zoom.count("POST /scim2");
    assert!(sent >= room && sent < room + 32, "{sent}");
    let remembered = links.load().await.unwrap();
    assert_eq!(remembered.links.len(), sent, "what was done is remembered");
    assert!(
        remembered.intents.is_empty(),
        "what was not sent is not under way"
    );
    // The same for the deletion of a rule.
    let kept = Arc::new(Kept {
        room: Some(0),
        ..Kept::default()
    });
    let mut connection = zoom.connection();
    connection.deprovision_on_rule_deletion = true;
    let mut engine = engine_on(&zoom, &links).with_audit(kept as Arc<_>);
    engine.set_connection(connection);
    zoom.forget_requests();
    assert!(engine.delete_rule("r1", None).await.is_err());
    assert_eq!(zoom.count(""), 0);
    // With room again all goes on.
    let mut engine = engine_on(&zoom, &links).with_audit(Arc::new(Kept::default()));
    assert_eq!(
        engine.sync(&people(0..200), CHANGED).await.unwrap().writes,
        200 - sent
    );
}

#[tokio::test]
async fn the_file_of_an_audit_is_whole_and_for_its_owner_alone() {
    let zoom = Fake::start().await;
    let links = Arc::new(MemoryLinks::default());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("zoom.audit");
    let open = || AuditFile::open(&path, Values::Hashed, &zoom.connection());
    let audit = Arc::new(open().unwrap());
    let busy = open().err().unwrap();
    assert!(matches!(busy, AuditError::Busy { .. }), "{busy}");
    let mut directory = people(0..3);
    directory.users[0].given_name = Some("c4n4ry-n4me".into());
    let mut engine = engine_on(&zoom, &links).with_audit(audit);
    engine.sync(&directory, CHANGED).await.unwrap();
    drop(engine);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(!text.contains("c4n4ry-n4me") && !text.contains("s3cret") && !text.contains("token"));
    assert!(
        text.contains("given_name") && text.contains("sha256:"),
        "{text}"
    );
    assert_eq!(mode(&path), 0o600);
    let verified = verify(&path).unwrap().unwrap();
    assert_eq!((verified.lines, verified.runs), (5, 1));
    // A crash in the middle of a line; the next run goes on, on a line of its own.
    std::fs::write(&path, &text[..text.len() - 30]).unwrap();
    let cut = verify(&path).unwrap().unwrap();
    assert_eq!((cut.cut, cut.unended.len()), (vec![5], 1));
    let mut engine = engine_on(&zoom, &links).with_audit(Arc::new(open().unwrap()));
    engine.sync(&people(0..3), CHANGED).await.unwrap();
    drop(engine);
    let verified = verify(&path).unwrap().unwrap();
    assert_eq!((verified.cut, verified.runs), (vec![5], 2));
    // Another file is refused and left.
    let other = folder.path().join("other");
    std::fs::write(&other, "precious\n").unwrap();
    let refused = AuditFile::open(&other, Values::Plain, &zoom.connection())
        .err()
        .unwrap();
    assert!(matches!(refused, AuditError::Foreign { .. }), "{refused}");
    assert_eq!(std::fs::read_to_string(&other).unwrap(), "precious\n");
    let refused = AuditFile::open(folder.path(), Values::Plain, &zoom.connection())
        .err()
        .unwrap();
    assert!(
        matches!(refused, AuditError::Unwritable { .. }),
        "{refused}"
    );
}

#[expect(
    clippy::panic,
    reason = "a test that cannot go on says so by panicking"
)]
async fn explained(engine: &Provisioner, directory: &provisioner::Directory, user: &str) -> Value {
    match engine.explain(directory, user).await.unwrap() {
        Explained::User(explanation) => serde_json::to_value(explanation).unwrap(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn everybody_is_explained_and_nobody_touched() {
    let (zoom, links, mut directory) = world().await;
    let mut outsider = person(9);
    outsider.groups = vec!["guests".into()];
    directory.users.push(outsider);
    zoom.add("stranger@example.com");
    let before = links.load().await.unwrap();
    let engine = engine_on(&zoom, &links);
    let plan = engine.plan(&directory, CHANGED).await.unwrap();
    for action in &plan.actions {
        let told = explained(&engine, &directory, &action.user).await;
        assert_eq!(told["decision"]["row"], json!(action.row), "{told}");
        assert_eq!(told["decision"]["write"], json!(action.write), "{told}");
        assert_eq!(told["due"], true);
    }
    let zoom_id = &before.links["u2"].zoom_id;
    for name in ["u2", "USER2@example.com", zoom_id] {
        let told = explained(&engine, &directory, name).await;
        assert_eq!((&told["user"], &told["due"]), (&json!("u2"), &json!(false)));
        assert_eq!(told["decision"]["row"], "O5");
        assert_eq!(told["zoom"]["id"], json!(zoom_id));
    }
    let outsider = explained(&engine, &directory, "u9").await;
    assert_eq!(outsider["decision"], Value::Null);
    assert_eq!(
        outsider["rules"][0]["unmet"],
        json!(["groups eq \"staff\", and groups is guests"])
    );
    let stranger = engine
        .explain(&directory, "stranger@example.com")
        .await
        .unwrap();
    assert!(matches!(stranger, Explained::OnlyInZoom(_)), "{stranger:?}");
    let nobody = engine
        .explain(&directory, "usr2@example.com")
        .await
        .unwrap();
    let Explained::Nobody(near) = nobody else {
        unreachable!("nobody has this name");
    };
    assert_eq!(near[0], "user2@example.com");
    assert_eq!(writes_of(&zoom), 0);
    assert_eq!(links.load().await.unwrap(), before);
}

#[tokio::test]
async fn who_leaves_with_too_many_others_is_explained_as_held_back() {
    let zoom = Fake::start().await;
    let links = Arc::new(MemoryLinks::default());
    let mut connection = zoom.connection();
    (
        connection.safety.max_removals,
        connection.safety.max_shrink_percent,
    ) = (1, 100);
    let mut engine = engine_on(&zoom, &links);
    engine.set_connection(connection);
    engine.sync(&people(0..4), CHANGED).await.unwrap();
    let one = explained(&engine, &people(0..3), "u3").await;
    assert_eq!(one["decision"]["reason"], Value::Null, "{one}");
    for user in ["u2", "u3"] {
        let told = explained(&engine, &people(0..2), user).await;
        let held = told["decision"]["reason"].as_str().unwrap();
        assert!(held.contains("over the removal limit"), "{told}");
        assert_eq!(told["decision"]["write"], Value::Null);
    }
}

#[tokio::test]
async fn who_came_back_under_another_id_is_explained_from_both_sides() {
    let (zoom, links, _) = world().await;
    let mut directory = people(0..3);
    directory.users[0].id = "new".into();
    let engine = engine_on(&zoom, &links);
    let old = explained(&engine, &directory, "u0").await;
    assert_eq!(
        (&old["passes_to"], &old["decision"]),
        (&json!("new"), &Value::Null)
    );
    let new = explained(&engine, &directory, "new").await;
    assert_eq!(new["decision"]["via"], "O17");
    assert_eq!(new["zoom"]["username"], "user0@example.com");
}
