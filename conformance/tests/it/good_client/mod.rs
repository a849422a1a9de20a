//! What a good client does about each fault that Zoom or the network may show it, by the numbers of the catalogue of
//! faults: the provisioner's engine against the mock with that fault, in a time in which waits take none.

mod answers;
mod audit;
mod by_hand;
mod create;
mod deadline;
mod doubt;
mod failing;
mod kill;
mod listing;
mod lost_state;
mod odd_input;
mod removals;
mod rule_deletion;
mod seats;
mod source;
mod stop;
mod throttle;
mod time;
mod token;
mod transport;
mod write;

use std::sync::Arc;

use mock_server::{Account, Config, Effect, ExchangeQuery, FaultRule, MockServer, Operation};
use provisioner::{
    ActionFlags, Connection, Directory, DirectoryUser, ErrorKind, Filter, Links, Mapping,
    MemoryLinks, Policies, Provisioner, Reason, RemoveAction, Rule, Safety, SyncError, SyncOptions,
    Transport, TrustedRoots,
};
use serde_json::{Value, json};

use self::time::SwiftTime;

const CHANGED: SyncOptions = SyncOptions {
    full: false,
    deep: false,
    due_only: false,
    allow_removals: None,
    accept_count: None,
};
const FULL: SyncOptions = SyncOptions {
    full: true,
    deep: false,
    due_only: false,
    allow_removals: None,
    accept_count: None,
};

/// A Zoom, and what a provisioner of it needs.
struct World {
    server: Arc<MockServer>,
    account: Account,
    time: Arc<SwiftTime>,
    links: Arc<dyn Links>,
}

impl World {
    fn new() -> Self {
        let server = Arc::new(MockServer::start(&Config::default()).unwrap());
        let account = server.default_account();
        let time = Arc::new(SwiftTime::new(Arc::clone(&server)));
        Self {
            server,
            account,
            time,
            links: Arc::new(MemoryLinks::default()),
        }
    }

    fn connection(&self) -> Connection {
        let credentials = self.account.credentials();
        Connection {
            name: "Zoom".to_owned(),
            scim_url: self.server.scim_url(),
            token_url: self.server.token_url(),
            account_id: credentials.account_id,
            client_id: credentials.client_id,
            client_secret: credentials.client_secret.into(),
            trusted_roots: TrustedRoots::default(),
            flags: ActionFlags::default(),
            remove_action: RemoveAction::Delete,
            deprovision_on_rule_deletion: false,
            enabled: true,
            policies: Policies::default(),
            safety: Safety::default(),
        }
    }

    fn engine(&self) -> Provisioner {
        self.engine_with(self.connection(), Arc::clone(&self.links))
    }

    fn engine_with(&self, connection: Connection, links: Arc<dyn Links>) -> Provisioner {
        self.engine_over(Transport::new().unwrap(), connection, links)
    }

    fn engine_over(
        &self,
        transport: Transport,
        connection: Connection,
        links: Arc<dyn Links>,
    ) -> Provisioner {
        let rule = Rule {
            id: "staff".to_owned(),
            filter: Some(Filter::parse("groups eq \"staff\"").unwrap()),
            mapping: Mapping::default(),
            enabled: true,
        };
        Provisioner::new(connection, vec![rule], links, transport)
            .with_waiter(Arc::clone(&self.time) as Arc<_>, 7)
    }

    fn count(&self, operation: Operation) -> usize {
        let query = ExchangeQuery::operation(operation);
        self.account.find_exchanges(&query).len()
    }

    fn names(&self) -> Vec<String> {
        let name = |user: &Value| user["userName"].as_str().unwrap().to_owned();
        let mut names: Vec<String> = self.account.users().iter().map(name).collect();
        names.sort();
        names
    }

    fn fault(&self, rule: FaultRule) -> mock_server::FaultGuard<'_> {
        self.server.fault(rule).unwrap()
    }

    /// Nothing more happens than that everybody is provisioned, and the next full run writes nothing.
    async fn all_is_well(&self, engine: &mut Provisioner, directory: &Directory) {
        let report = engine.sync(directory, FULL).await.unwrap();
        let summary = report.summary;
        assert_eq!(
            (summary.success, summary.failed),
            (directory.users.len(), 0),
            "{report:#?}"
        );
        assert_eq!(report.writes, 0);
        let names: Vec<String> = directory
            .users
            .iter()
            .map(|user| user.username.to_string())
            .collect();
        assert_eq!(self.names(), names);
        assert!(self.links.load().await.unwrap().intents.is_empty());
    }
}

fn person(number: usize) -> DirectoryUser {
    let value = json!({
        "id": format!("u{number:03}"), "username": format!("user{number:03}@example.com"),
        "given_name": format!("Given{number}"), "groups": ["staff"],
    });
    serde_json::from_value(value).unwrap()
}

fn people(numbers: impl IntoIterator<Item = usize>) -> Directory {
    Directory {
        complete: true,
        users: numbers.into_iter().map(person).collect(),
        ..Directory::default()
    }
}

/// The same people with another title each.
fn titled(numbers: impl IntoIterator<Item = usize>, title: &str) -> Directory {
    let mut directory = people(numbers);
    for user in &mut directory.users {
        user.title = Some(title.into());
    }
    directory
}

fn status(id: &str, code: u16) -> FaultRule {
    let effect = Effect::Status {
        code,
        headers: std::collections::BTreeMap::new(),
        body: String::new(),
    };
    FaultRule::new(id, effect)
}

/// A list with nobody on it, as a look-up sees it that is behind.
fn sees_nobody(id: &str) -> FaultRule {
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": 0, "startIndex": 1, "itemsPerPage": 0, "Resources": [],
    });
    let effect = Effect::Status {
        code: 200,
        headers: [("content-type".to_owned(), "application/json".to_owned())].into(),
        body: body.to_string(),
    };
    FaultRule::new(id, effect).on(Operation::ListUsers)
}

#[track_caller]
#[expect(
    clippy::panic,
    reason = "a test that cannot go on says so by panicking"
)]
fn reason(result: Result<provisioner::Report, SyncError>) -> Reason {
    match result {
        Err(SyncError::Zoom(error)) => match error.kind {
            ErrorKind::Systemic(reason) => reason,
            kind => panic!("{kind:?}: {error}"),
        },
        other => panic!("{other:?}"),
    }
}
