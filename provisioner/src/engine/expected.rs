//! Whether what a plan was made from is as it was then: pure.

use std::fmt;

use super::evaluate::rules_digest;
use super::{Provisioner, SyncOptions};
use crate::connection::Connection;
use crate::digest;
use crate::directory::Directory;
use crate::links::{Fact, Remembered};
use crate::plan::{Action, Plan};
use crate::plan_file::{Configuration, PlanFile, PlannedFor};
use crate::rule::Rule;
use crate::summary::word;

/// How many users are named who are planned for otherwise now.
const MAX_NAMED: usize = 10;

/// What is not as it was when a plan was made. Nothing was written then, neither to Zoom nor to the store.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say what each is")]
pub enum Moved {
    #[error(
        "the directory has moved since the plan was made: its users are not those that the plan was made from; \
         nothing was written. Plan again, and look at what is planned now"
    )]
    Source,
    #[error(
        "the configuration has moved since the plan was made: {what}; nothing was written. Plan again, and look at \
         what is planned now"
    )]
    Configuration { what: String },
    #[error(
        "the links have moved since the plan was made: another run has worked on this state, or it is another \
         state; nothing was written. Plan again, and look at what is planned now"
    )]
    Links,
    #[error(
        "Zoom has moved since the plan was made, so that something else would be done now; nothing was written. \
         Plan again, and look at what is planned now. It differs for {count} of the users: {}", Named(.first, *.count)
    )]
    Zoom {
        /// The first of those for whom something else would be done.
        first: Vec<String>,
        /// How many they are.
        count: usize,
    },
}

struct Named<'a>(&'a [String], usize);

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for name in self.0 {
            write!(f, "\n  {name}")?;
        }
        match self.1.saturating_sub(self.0.len()) {
            0 => Ok(()),
            more => write!(f, "\n  and {more} more"),
        }
    }
}

impl Provisioner {
    /// A plan with what it depends on.
    pub(super) fn file_of(
        &self,
        directory: &Directory,
        options: SyncOptions,
        links: String,
        plan: Plan,
    ) -> PlanFile {
        let connection = self.connection();
        PlanFile {
            made_at: self.session.waiter().wall(),
            connection: PlannedFor {
                name: connection.name.clone(),
                scim_url: connection.scim_url.clone(),
                account_id: connection.account_id.clone(),
            },
            source: source_digest(directory),
            configuration: configuration(connection, self.rules()),
            links,
            options,
            plan,
        }
    }

    /// Checks what can be checked before Zoom is asked anything.
    pub(super) fn check_inputs(
        &self,
        expected: &PlanFile,
        directory: &Directory,
        links: &str,
    ) -> Result<(), Moved> {
        let now = configuration(self.connection(), self.rules());
        if let Some(what) = expected.configuration.differs(&now) {
            return Err(Moved::Configuration { what });
        }
        if expected.source != source_digest(directory) {
            return Err(Moved::Source);
        }
        if expected.links != links {
            return Err(Moved::Links);
        }
        Ok(())
    }
}

/// Stands for everything that is remembered and that a plan depends on. That a test has passed is none of it.
pub(super) fn links_digest(remembered: &Remembered) -> String {
    let mut facts = remembered.facts.clone();
    facts.remove(&Fact::TestPassed);
    let Remembered {
        links,
        seen,
        intents,
        ..
    } = remembered;
    digest::of(&(links, seen, intents, facts))
}

/// Stands for the directory as it was read, in whatever order.
fn source_digest(directory: &Directory) -> String {
    let users = directory.users.iter();
    let mut users: Vec<(&str, String)> = users
        .map(|user| (user.id.as_str(), digest::of(user)))
        .collect();
    users.sort_unstable();
    let refused = directory.refused.iter();
    let mut refused: Vec<_> = refused
        .map(|refused| (&refused.id, &refused.username, &refused.reason))
        .collect();
    refused.sort_unstable();
    digest::of(&(directory.complete, users, refused))
}

fn configuration(connection: &Connection, rules: &[Rule]) -> Configuration {
    Configuration {
        authentication: connection.authentication_fingerprint(),
        switches: connection.switches(),
        policies: connection.policies,
        safety: connection.safety.clone(),
        rules: rules_digest(rules),
    }
}

/// Whether a plan is the one that was expected.
pub(super) fn check_plan(expected: &PlanFile, now: &Plan) -> Result<(), Moved> {
    let expected = &expected.plan;
    if (&expected.actions, &expected.relinked) == (&now.actions, &now.relinked) {
        return Ok(());
    }
    let mut first = Vec::new();
    let mut count = 0;
    for (then, now) in pairs(&expected.actions, &now.actions) {
        if then == now {
            continue;
        }
        count += 1;
        if first.len() < MAX_NAMED {
            first.push(told(then, now));
        }
    }
    if count == 0 {
        // The same is done for everybody, but a link would pass to another id.
        let relinked = now.relinked.iter().chain(&expected.relinked);
        let named = relinked.map(|relink| format!("{}: back under another id", relink.to));
        first = named.take(MAX_NAMED).collect();
        count = first.len();
    }
    Err(Moved::Zoom { first, count })
}

/// The actions of two plans, by user. Both are in the order of the directory's ids.
fn pairs<'a>(
    then: &'a [Action],
    now: &'a [Action],
) -> impl Iterator<Item = (Option<&'a Action>, Option<&'a Action>)> {
    let mut then = then.iter().peekable();
    let mut now = now.iter().peekable();
    std::iter::from_fn(move || match (then.peek(), now.peek()) {
        (None, None) => None,
        (Some(_), None) => Some((then.next(), None)),
        (None, Some(_)) => Some((None, now.next())),
        (Some(one), Some(other)) => Some(match one.user.cmp(&other.user) {
            std::cmp::Ordering::Less => (then.next(), None),
            std::cmp::Ordering::Equal => (then.next(), now.next()),
            std::cmp::Ordering::Greater => (None, now.next()),
        }),
    })
}

fn told(then: Option<&Action>, now: Option<&Action>) -> String {
    let username = then.or(now).map_or("", |action| &action.username);
    let words = |action: Option<&Action>| {
        action.map_or("not looked at".to_owned(), |action| {
            let word = match word(action.write.as_ref()) {
                "none" => "nothing to do",
                word => word,
            };
            format!("{word} ({})", action.row)
        })
    };
    match (words(then), words(now)) {
        (then, now) if then == now => format!("{username}: {then}, with other values"),
        (then, now) => format!("{username}: planned {then}, now {now}"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::plan::{LinkChange, Row, Status};

    fn action(user: u8, row: Row) -> Action {
        Action {
            user: format!("u{user:03}").into(),
            username: format!("user{user}@example.com").into(),
            row,
            via: None,
            write: None,
            link: LinkChange::Keep,
            status: Status::Success,
            refused_by: None,
            note: None,
            held: None,
        }
    }

    proptest! {
        #[test]
        fn every_user_of_two_plans_is_paired_once(
            then in prop::collection::btree_set(any::<u8>(), 0..20),
            now in prop::collection::btree_set(any::<u8>(), 0..20),
        ) {
            let of = |users: &std::collections::BTreeSet<u8>| {
                users.iter().map(|user| action(*user, Row::O5)).collect::<Vec<_>>()
            };
            let (one, other) = (of(&then), of(&now));
            let paired: Vec<_> = pairs(&one, &other).collect();
            prop_assert_eq!(paired.len(), then.union(&now).count());
            for (one, other) in paired {
                let user = |action: Option<&Action>| action.map(|action| action.user.clone());
                prop_assert!(user(one).is_none() || user(other).is_none() || user(one) == user(other));
            }
        }
    }

    #[test]
    fn the_first_ten_who_differ_are_named() {
        let then: Vec<Action> = (0..14).map(|user| action(user, Row::O5)).collect();
        let now: Vec<Action> = (2..15).map(|user| action(user, Row::O10)).collect();
        let error = check_plan_of(then, now).unwrap_err();
        let told = error.to_string();
        assert!(told.contains("for 15 of the users"), "{told}");
        assert!(
            told.contains("user0@example.com: planned nothing to do (O5), now not looked at")
                && told.contains(
                    "user2@example.com: planned nothing to do (O5), now nothing to do (O10)"
                )
                && told.contains("and 5 more"),
            "{told}"
        );
        assert_eq!(told.matches("@example.com").count(), 10);
    }

    fn check_plan_of(then: Vec<Action>, now: Vec<Action>) -> Result<(), Moved> {
        let plan = |actions| Plan {
            actions,
            ..Plan::default()
        };
        check_plan(
            &crate::plan_file::PlanFile::for_tests(plan(then)),
            &plan(now),
        )
    }

    #[test]
    fn a_directory_in_another_order_is_the_same() {
        let user = |id: &str| crate::DirectoryUser::named(id.to_owned(), format!("{id}@x"));
        let of = |ids: &[&str]| Directory {
            complete: true,
            users: ids.iter().map(|id| user(id)).collect(),
            ..Directory::default()
        };
        let held = source_digest(&of(&["1", "2"]));
        assert_eq!(held, source_digest(&of(&["2", "1"])));
        assert_ne!(held, source_digest(&of(&["1"])));
        let cut = Directory {
            complete: false,
            ..of(&["1", "2"])
        };
        assert_ne!(held, source_digest(&cut));
    }
}
