//! The token: fetched once for all who need it, and fetched again before it expires.

use std::time::{Duration, Instant};

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use tokio::sync::Mutex;

use super::kind::{ErrorKind, ZoomError, classify, retry_after};
use super::transport::Transport;
use crate::clock::monotonic;
use crate::connection::Connection;

/// A token is not used in the last seconds before it expires.
const SKEW: Duration = Duration::from_secs(60);
/// How long a token is believed to live that does not say so, or says something odd.
const CAUTIOUS_LIFETIME: Duration = Duration::from_secs(120);
/// The longest lifetime that is believed.
const MAX_LIFETIME: Duration = Duration::from_secs(24 * 3600);

/// The token of a connection. Whoever needs one while another is being fetched waits for that one.
#[derive(Debug, Default)]
pub(crate) struct TokenCache(Mutex<Option<Token>>);

#[derive(Debug, Clone)]
pub(super) struct Token {
    value: SecretString,
    fresh_until: Instant,
    /// Which authentication settings it was issued for.
    issued_for: String,
}

impl Token {
    pub(super) fn expose(&self) -> &str {
        self.value.expose_secret()
    }
}

/// The answer of the token endpoint, as far as it is believed.
#[derive(Deserialize)]
struct Issued {
    access_token: String,
    #[serde(default)]
    expires_in: serde_json::Value,
}

impl TokenCache {
    /// A token that can be used.
    pub(super) async fn get(
        &self,
        transport: &Transport,
        connection: &Connection,
    ) -> Result<Token, ZoomError> {
        // The lock is held while the token is fetched: that is what makes the others wait.
        let mut held = self.0.lock().await;
        let issued_for = connection.authentication_fingerprint();
        if let Some(token) = held.as_ref()
            && token.fresh_until > monotonic()
            && token.issued_for == issued_for
        {
            return Ok(token.clone());
        }
        let token = fetch(transport, connection, issued_for).await?;
        *held = Some(token.clone());
        Ok(token)
    }

    /// Forgets a token that Zoom did not accept, unless somebody has fetched another meanwhile.
    pub(super) async fn forget(&self, token: &Token) {
        let mut held = self.0.lock().await;
        if held
            .as_ref()
            .is_some_and(|held| held.expose() == token.expose())
        {
            *held = None;
        }
    }
}

/// Asks for a token, again where that may help: asking twice does no harm.
async fn fetch(
    transport: &Transport,
    connection: &Connection,
    issued_for: String,
) -> Result<Token, ZoomError> {
    let mut attempt = 1;
    loop {
        match ask(transport, connection, &issued_for).await {
            Ok(token) => return Ok(token),
            Err(error) => match retry_after(error.kind, true, attempt) {
                Some(wait) => tokio::time::sleep(wait).await,
                None => return Err(error),
            },
        }
        attempt += 1;
    }
}

async fn ask(
    transport: &Transport,
    connection: &Connection,
    issued_for: &str,
) -> Result<Token, ZoomError> {
    const WHAT: &str = "asking for a token";
    let form = [
        ("grant_type", "account_credentials"),
        ("account_id", connection.account_id.as_str()),
    ];
    let request = transport
        .request(reqwest::Method::POST, connection.token_endpoint())
        .basic_auth(
            &connection.client_id,
            Some(connection.client_secret.expose_secret()),
        )
        .form(&form);
    let answer = transport.send(WHAT, request).await?;
    if answer.status != 200 {
        let mut error = classify(WHAT, answer.status, &answer.body, answer.told_wait());
        if !matches!(
            error.kind,
            ErrorKind::Throttled(_) | ErrorKind::Transient | ErrorKind::Unknown
        ) {
            error.kind = ErrorKind::Systemic;
        }
        return Err(error);
    }
    let issued: Issued = serde_json::from_slice(&answer.body).map_err(|_| {
        let message = format!(
            "{WHAT}: the answer has no access_token; is {} Zoom's token URL?",
            connection.token_url
        );
        ZoomError::new(ErrorKind::Systemic, message)
    })?;
    let lifetime = lifetime(&issued.expires_in);
    Ok(Token {
        value: issued.access_token.into(),
        fresh_until: monotonic() + lifetime.saturating_sub(SKEW),
        issued_for: issued_for.to_owned(),
    })
}

/// How long a token is believed to live: what is told, if it is a plausible number.
fn lifetime(expires_in: &serde_json::Value) -> Duration {
    match expires_in.as_u64() {
        Some(seconds) if seconds > 0 => Duration::from_secs(seconds).min(MAX_LIFETIME),
        Some(_) | None => CAUTIOUS_LIFETIME,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn believes_a_plausible_lifetime_alone() {
        assert_eq!(lifetime(&json!(3599)), Duration::from_secs(3599));
        for odd in [json!(0), json!(-1), json!("3600"), json!(null), json!(1.5)] {
            assert_eq!(lifetime(&odd), CAUTIOUS_LIFETIME, "{odd}");
        }
        assert_eq!(lifetime(&json!(10_u64.pow(18))), MAX_LIFETIME);
    }
}
