//! The catalogue of effects: what each does, when, to which operations.

use serde::Serialize;

use super::effect::Phase;
use crate::operation::{Interface, Operation};

/// An effect that there is.
#[derive(Debug, Clone, Copy, Serialize, utoipa::ToSchema)]
pub struct CatalogEntry {
    /// The name.
    pub name: &'static str,
    /// What it is about.
    pub group: &'static str,
    /// When it can act; the first is its default.
    pub phases: &'static [Phase],
    /// What it can act on.
    pub acts_on: ActsOn,
    /// How a rule's `then` has it, as JSON.
    pub example: &'static str,
    /// What it does, with the units of its parameters.
    pub does: &'static str,
}

/// Which operations an effect can act on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ActsOn {
    /// Every operation.
    Everything,
    /// `token.issue`.
    Tokens,
    /// What takes a bearer token.
    Bearers,
    /// The operations of SCIM2.
    Scim,
    /// SCIM2's operations on users.
    Users,
    /// `users.create`.
    Create,
    /// `users.create` and `users.update`.
    CreateOrUpdate,
    /// `users.update`.
    Update,
    /// `users.update` and `users.patch`.
    Change,
    /// `users.create`, `users.update`, `users.patch` and `users.delete`.
    UserWrites,
    /// `users.list`.
    UserList,
}

impl ActsOn {
    /// Whether an operation is one of them.
    #[must_use]
    pub fn includes(self, operation: Operation) -> bool {
        use Operation::{CreateUser, DeleteUser, IssueToken, ListUsers, PatchUser, UpdateUser};
        match self {
            Self::Everything => true,
            Self::Tokens => operation == IssueToken,
            Self::Bearers => operation != IssueToken,
            Self::Scim => operation.interface() == Interface::Scim,
            Self::Users => operation.is_about_users(),
            Self::Create => operation == CreateUser,
            Self::CreateOrUpdate => matches!(operation, CreateUser | UpdateUser),
            Self::Update => operation == UpdateUser,
            Self::Change => matches!(operation, UpdateUser | PatchUser),
            Self::UserWrites => {
                matches!(operation, CreateUser | UpdateUser | PatchUser | DeleteUser)
            }
            Self::UserList => operation == ListUsers,
        }
    }

    /// The operations in words.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Everything => "every operation",
            Self::Tokens => "token.issue",
            Self::Bearers => "operations with a bearer token",
            Self::Scim => "users.* and groups.*",
            Self::Users => "users.*",
            Self::Create => "users.create",
            Self::CreateOrUpdate => "users.create, users.update",
            Self::Update => "users.update",
            Self::Change => "users.update, users.patch",
            Self::UserWrites => "users.create, users.update, users.patch, users.delete",
            Self::UserList => "users.list",
        }
    }
}

const fn entry(
    name: &'static str,
    group: &'static str,
    phases: &'static [Phase],
    acts_on: ActsOn,
    example: &'static str,
    does: &'static str,
) -> CatalogEntry {
    CatalogEntry {
        name,
        group,
        phases,
        acts_on,
        example,
        does,
    }
}

use ActsOn::{
    Bearers, Change, Create, CreateOrUpdate, Everything, Scim, Tokens, Update, UserList,
    UserWrites, Users,
};

const AROUND: &[Phase] = &[Phase::Before, Phase::After];
const BEFORE: &[Phase] = &[Phase::Before];
const BODY: &[Phase] = &[Phase::Body];

/// Every effect.
#[rustfmt::skip]
pub const CATALOG: &[CatalogEntry] = &[
    entry("delay", "time", AROUND, Everything, r#"{"delay":{"ms":100}}"#, "Waits so many milliseconds; after: it is applied at once and the answer waits."),
    entry("delay_uniform", "time", AROUND, Everything, r#"{"delay_uniform":{"min_ms":10,"max_ms":50}}"#, "Waits a time drawn evenly between two, in milliseconds."),
    entry("delay_lognormal", "time", AROUND, Everything, r#"{"delay_lognormal":{"median_ms":20,"p99_ms":200}}"#, "Waits a time drawn from a log-normal distribution with this median and 99th percentile, in milliseconds."),
    entry("dribble", "time", BODY, Everything, r#"{"dribble":{"chunk_bytes":1,"interval_ms":100}}"#, "Sends the whole answer, head included, so many bytes at a time with so many milliseconds between."),
    entry("stall_after", "time", BODY, Everything, r#"{"stall_after":{"bytes":10}}"#, "Sends the head and so many bytes of the body, and then nothing more."),
    entry("never_answer", "time", AROUND, Everything, r#""never_answer""#, "Takes the request and never answers."),

    entry("status", "http", AROUND, Everything, r#"{"status":{"code":500,"headers":{"x-note":"1"},"body":"{}"}}"#, "Answers with this status, these headers and this body."),
    entry("status_sequence", "http", AROUND, Everything, r#"{"status_sequence":{"codes":[503,503]}}"#, "Answers with one status after another, and is over after the last."),
    entry("html_error_page", "http", AROUND, Everything, r#"{"html_error_page":{"code":502}}"#, "Answers with this status and a page of HTML, as proxies and portals do; 200 is possible."),
    entry("empty_200", "http", AROUND, Everything, r#""empty_200""#, "Answers 200 without a body."),
    entry("wrong_content_type", "http", BODY, Everything, r#""wrong_content_type""#, "Sends the right body as text/plain."),
    entry("redirect", "http", BEFORE, Everything, r#"{"redirect":{"location":"http://127.0.0.1:9/"}}"#, "Answers 307 with this Location."),
    entry("retry_after", "http", AROUND, Everything, r#"{"retry_after":{"code":503,"value":{"seconds":2}}}"#, "Answers 429 or 503 with a Retry-After: {\"seconds\"}, {\"http_date_in_s\"}, {\"iso_date_in_s\"}, \"garbage\", \"negative\", \"far_future\" or \"absent\"."),

    entry("truncate", "body", BODY, Everything, r#"{"truncate":{"bytes":20}}"#, "Cuts the body after so many bytes, or after this fraction of it (0 to 1), and closes."),
    entry("invalid_json", "body", BODY, Everything, r#""invalid_json""#, "Sends a body that is no JSON, as JSON."),
    entry("duplicate_keys", "body", BODY, Everything, r#""duplicate_keys""#, "Repeats a key of the answer's object, with null."),
    entry("bom", "body", BODY, Everything, r#""bom""#, "Puts a byte order mark before the body."),
    entry("huge_body", "body", BODY, Everything, r#"{"huge_body":{"bytes":9000000}}"#, "Pads the answer with white space to so many bytes."),
    entry("content_length_lie", "body", BODY, Everything, r#"{"content_length_lie":{"add":10}}"#, "Says in Content-Length so many bytes more, or fewer, than the body has; closes afterwards."),
    entry("gzip_bomb", "body", BODY, Everything, r#"{"gzip_bomb":{"bytes":100000000}}"#, "Sends a small gzip body, unasked, that unpacks to so many bytes."),

    entry("reset", "connection", AROUND, Everything, r#""reset""#, "Resets the connection (TCP RST) without an answer; after: it is applied and the answer is lost."),
    entry("reset_after", "connection", BODY, Everything, r#"{"reset_after":{"bytes":10}}"#, "Sends the head and so many bytes of the body, and resets the connection (TCP RST)."),
    entry("close_without_answer", "connection", AROUND, Everything, r#""close_without_answer""#, "Closes the connection (TCP FIN) without an answer; after: it is applied and the answer is lost."),
    entry("close_after_response", "connection", BODY, Everything, r#""close_after_response""#, "Answers as if the connection stayed open, and closes it: the race that keep-alive has."),

    entry("wrong_secret", "token", BEFORE, Tokens, r#""wrong_secret""#, "400 invalid_client, as for a wrong secret."),
    entry("unknown_client", "token", BEFORE, Tokens, r#""unknown_client""#, "400 invalid_client, as for an unknown client id; Zoom says the same of both."),
    entry("wrong_account", "token", BEFORE, Tokens, r#""wrong_account""#, "400 invalid_request, as for a wrong account id."),
    entry("app_deactivated", "token", BEFORE, Tokens, r#""app_deactivated""#, "The answer for an app that is not active."),
    entry("unsupported_grant", "token", BEFORE, Tokens, r#""unsupported_grant""#, "400 unsupported_grant_type, as for an app of another kind."),
    entry("not_json", "token", BEFORE, Tokens, r#""not_json""#, "200 with a text that is no JSON."),
    entry("no_access_token", "token", BEFORE, Tokens, r#""no_access_token""#, "200 without access_token."),
    entry("odd_token_type", "token", BEFORE, Tokens, r#"{"odd_token_type":{"value":"mac"}}"#, "Another token_type than bearer."),
    entry("expires_in", "token", BEFORE, Tokens, r#"{"expires_in":{"value":"3600"}}"#, "This expires_in, whatever it is; null leaves it out. The token itself lives as ever."),
    entry("without_scope", "token", BEFORE, Tokens, r#"{"without_scope":{"scopes":["scim2","scim2:admin"]}}"#, "A token without these scopes."),
    entry("born_expired", "token", BEFORE, Tokens, r#""born_expired""#, "A token that is expired when it is issued, though expires_in says otherwise."),
    entry("revoke_previous", "token", BEFORE, Tokens, r#""revoke_previous""#, "A token that ends all earlier ones of the app, as Zoom's did before 2023."),
    entry("not_yet_valid", "token", BEFORE, Tokens, r#""not_yet_valid""#, "A token whose nbf is an hour ahead; it is refused as invalid."),
    entry("foreign_token", "token", BEFORE, Tokens, r#""foreign_token""#, "A token that this Zoom does not know."),

    entry("token_expired", "authorisation", BEFORE, Bearers, r#""token_expired""#, "401, the token is expired."),
    entry("token_revoked", "authorisation", BEFORE, Bearers, r#""token_revoked""#, "401, the token is invalid."),
    entry("scope_removed", "authorisation", BEFORE, Bearers, r#"{"scope_removed":{"scope":"scim2"}}"#, "400 with code 4711, the token lacks this scope, or the operation's."),
    entry("permission_removed", "authorisation", BEFORE, Scim, r#""permission_removed""#, "403, the role of the app's owner does not allow it."),
    entry("sso_disabled", "authorisation", BEFORE, Users, r#""sso_disabled""#, "400, the account has no Single Sign-On."),
    entry("plan_without_scim", "authorisation", BEFORE, Users, r#""plan_without_scim""#, "400, as for an account without Single Sign-On, which such a plan does not have."),

    entry("duplicate_invisible", "scim", BEFORE, Create, r#""duplicate_invisible""#, "400, the address is in use, though no lookup finds anybody."),
    entry("no_seats", "scim", BEFORE, CreateOrUpdate, r#""no_seats""#, "409, no paid seat is left."),
    entry("domain_not_associated", "scim", BEFORE, CreateOrUpdate, r#""domain_not_associated""#, "409, the address is outside the associated domains."),
    entry("pending_user", "scim", BEFORE, Create, r#""pending_user""#, "201, and the user waits for their own consent: no read shows them."),
    entry("patch_accepted_not_applied", "scim", BEFORE, Change, r#""patch_accepted_not_applied""#, "200 with the changed user, and nothing has changed."),
    entry("stale_reads", "scim", BEFORE, UserWrites, r#"{"stale_reads":{"reads":2}}"#, "Applied, but the next reads of this user, or those of so many milliseconds on the virtual clock, show what was before."),
    entry("filter_ignored", "scim", BEFORE, UserList, r#""filter_ignored""#, "Lists everybody, whatever the filter."),
    entry("filter_refused", "scim", BEFORE, UserList, r#""filter_refused""#, "400, the filter is not supported, whatever it is."),
    entry("page_cap", "scim", BEFORE, UserList, r#"{"page_cap":{"count":50}}"#, "Pages hold no more than this, whatever count asks for."),
    entry("page_drift", "scim", BEFORE, UserList, r#"{"page_drift":{"by":1}}"#, "Later pages start so many users further on (one was deleted meanwhile) or, negative, back (one was added)."),
    entry("total_results_lies", "scim", BEFORE, UserList, r#"{"total_results_lies":{"total":0}}"#, "totalResults says this."),
    entry("duplicate_in_list", "scim", BEFORE, UserList, r#""duplicate_in_list""#, "The last user of a page stands there twice."),
    entry("paging_ignored", "scim", BEFORE, UserList, r#""paging_ignored""#, "Every page is the first."),
    entry("id_needs_encoding", "scim", BEFORE, Create, r#""id_needs_encoding""#, "The new user's id has characters that a path does not take as they are."),
    entry("put_replaces", "scim", BEFORE, Update, r#""put_replaces""#, "What the PUT leaves out is emptied."),
    entry("attributes_normalised", "scim", BEFORE, CreateOrUpdate, r#""attributes_normalised""#, "Texts are kept in lower case and without white space around them."),
    entry("missing_field", "scim", BODY, Scim, r#"{"missing_field":{"name":"id"}}"#, "The answer, and each resource of a list, lacks this key."),
    entry("not_scim", "scim", AROUND, Scim, r#""not_scim""#, "200 with JSON that is not SCIM's."),

    entry("per_second", "limits", BEFORE, Everything, r#"{"per_second":{"limit":1}}"#, "Beyond so many requests in a second of the virtual clock: 429 with X-RateLimit-Reset."),
    entry("daily", "limits", BEFORE, Everything, r#"{"daily":{"limit":10}}"#, "Beyond so many requests in a day (UTC) of the virtual clock: 429 with an ISO Retry-After."),

    entry("date_skew", "clock", BODY, Everything, r#"{"date_skew":{"s":3600}}"#, "The Date header is so many seconds ahead, or behind."),
];

/// The entry of a name.
#[must_use]
pub(crate) fn find(name: &str) -> Option<&'static CatalogEntry> {
    CATALOG.iter().find(|entry| entry.name == name)
}

#[cfg(test)]
mod tests {
    use super::super::Effect;
    use super::*;

    #[test]
    fn every_example_is_its_effect_and_reads_back() {
        for entry in CATALOG {
            let effect: Effect = serde_json::from_str(entry.example).unwrap();
            assert_eq!(effect.name(), entry.name);
            let json = serde_json::to_value(&effect).unwrap();
            assert_eq!(serde_json::from_value::<Effect>(json).unwrap(), effect);
        }
    }

    #[test]
    fn every_effect_is_in_the_catalogue() {
        // serde lists all the names there are when it meets one that is not.
        let error = serde_json::from_str::<Effect>("\"no such effect\"").unwrap_err();
        let known = error.to_string();
        let known: Vec<&str> = known.split('`').skip(3).step_by(2).collect();
        assert!(known.len() > 50, "{known:?}");
        let listed: Vec<&str> = CATALOG.iter().map(|entry| entry.name).collect();
        assert_eq!(known, listed);
    }

    #[test]
    fn every_effect_acts_on_something() {
        for entry in CATALOG {
            assert!(
                Operation::ALL
                    .into_iter()
                    .any(|operation| entry.acts_on.includes(operation)),
                "{}",
                entry.name
            );
        }
    }
}
