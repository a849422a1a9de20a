//! Magic values: a client that can be given nothing but the five fields of a connection, or a user's address,
//! names a scenario by them.
//!
//! A client id, secret or account id `mock:NAME` plays the scenario to the token that is asked for and to all
//! that the token is used for; an address `anything+mock-NAME@...` plays it to what is about that user; a path
//! `/s/NAME/...` to that request.

use memchr::memmem;

use super::ZoomRequest;
use crate::scenario::Scenario;

/// How much of a name that is none is repeated.
const MAX_ECHO: usize = 64;
/// How a credential names a scenario.
const CREDENTIAL: &str = "mock:";
/// How an address does, before its `@`.
const ADDRESS: &str = "+mock-";
/// What every address that does so has in it, however it is encoded.
const ADDRESS_SIGN: &[u8] = b"mock-";

/// The scenario that a client id, a secret or an account id names.
pub(super) fn of_credential(value: &str) -> Option<&'static Scenario> {
    Scenario::find(value.strip_prefix(CREDENTIAL)?)
}

/// Why a credential or a path that is to name a scenario plays none, if it does not.
pub(super) fn refusal(name: &str) -> Option<String> {
    let Some(scenario) = Scenario::find(name) else {
        let near = Scenario::nearest(name).map(|near| format!("; did you mean `{near}`?"));
        let near = near.unwrap_or_else(|| "; zoom-mock scenarios lists them".to_owned());
        return Some(format!(
            "zoom-mock: there is no scenario `{}`{near}",
            shortened(name)
        ));
    };
    scenario.magic_rules().is_empty().then(|| {
        format!(
            "zoom-mock: no call can play the scenario {0}, which is one of what is entered or of what happens \
             before a request arrives; zoom-mock scenarios {0} tells how to meet it",
            scenario.name
        )
    })
}

/// As [`refusal`], of a credential.
pub(super) fn refusal_of_credential(value: &str) -> Option<String> {
    refusal(value.strip_prefix(CREDENTIAL)?)
}

fn shortened(name: &str) -> String {
    name.chars().take(MAX_ECHO).collect()
}

/// The scenario that an address names.
pub(super) fn of_address(address: &str) -> Option<&'static Scenario> {
    let (local, _) = address.rsplit_once('@')?;
    let (_, name) = local.rsplit_once(ADDRESS)?;
    Scenario::find(&name.to_ascii_lowercase())
}

/// Whether a request may have such an address in its query or body.
pub(super) fn may_be_in(request: &ZoomRequest<'_>) -> bool {
    let in_query = request
        .uri
        .query()
        .is_some_and(|query| memmem::find(query.as_bytes(), ADDRESS_SIGN).is_some());
    in_query || memmem::find(request.body, ADDRESS_SIGN).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_and_addresses_name_scenarios() {
        let name = |scenario: Option<&'static Scenario>| scenario.map(|scenario| scenario.name);
        assert_eq!(
            name(of_credential("mock:wrong-secret")),
            Some("wrong-secret")
        );
        for none in [
            "wrong-secret",
            "mock:",
            "mock:no-such-scenario",
            "MOCK:wrong-secret",
        ] {
            assert_eq!(name(of_credential(none)), None, "{none}");
        }
        assert_eq!(
            name(of_address("ann+1+mock-No-Seats-Left@example.com")),
            Some("no-seats-left")
        );
        for none in [
            "ann@example.com",
            "+mock-no-seats-left",
            "ann+mock-x@example.com",
            "mock-no-seats-left@x",
        ] {
            assert_eq!(name(of_address(none)), None, "{none}");
        }
    }
}
