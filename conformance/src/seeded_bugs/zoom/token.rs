//! Tokens: one for all workers, kept as long as it lives.

use std::time::Duration;

use serde_json::Value;

use super::super::bug::Bug;
use super::super::variant::Control;
use super::{Trouble, Zoom};

/// How often a token is asked for that is not issued in passing.
const MAX_ATTEMPTS: u32 = 4;
/// How long before its end a token is no longer used, in seconds.
const SKEW_S: i64 = 60;
/// How long a token is used whose life nobody tells, in seconds.
const UNTOLD_LIFE_S: i64 = 120;

/// An access token, and for how long it is good.
pub(super) struct Token {
    value: String,
    /// When it was issued, as [`Zoom::lived`] has it.
    issued: Duration,
    life_s: i64,
}

impl Zoom {
    /// The token to use now.
    pub(super) async fn bearer(&self) -> Result<String, Trouble> {
        let mut held = self.token.lock().await;
        if let Some(token) = held.as_ref()
            && !self.is_due(token)
            && !self.has(Bug::B62)
        {
            return Ok(token.value.clone());
        }
        let token = self.issue().await?;
        let value = token.value.clone();
        *held = Some(token);
        Ok(value)
    }

    /// Another token for the one that was refused, unless somebody has got one meanwhile.
    pub(super) async fn renew(&self, refused: &str) -> Result<(), Trouble> {
        if self.has(Bug::B61) {
            let token = self.issue().await?;
            *self.token.lock().await = Some(token);
            return Ok(());
        }
        let mut held = self.token.lock().await;
        if held.as_ref().is_none_or(|token| token.value == refused) {
            *held = Some(self.issue().await?);
        }
        Ok(())
    }

    fn is_due(&self, token: &Token) -> bool {
        let kept = if self.variant.is(Control::G09) {
            token.life_s / 2
        } else {
            token.life_s - SKEW_S
        };
        let kept = u64::try_from(kept.max(1)).unwrap_or(0);
        self.lived().saturating_sub(token.issued) >= Duration::from_secs(kept)
    }

    async fn issue(&self) -> Result<Token, Trouble> {
        let mut attempt = 1;
        loop {
            match self.ask().await? {
                Ok(token) => return Ok(token),
                Err(why) if attempt >= MAX_ATTEMPTS => {
                    return Err(Trouble::Ends(format!("no token: {why}")));
                }
                Err(_) => self.back_off(attempt).await,
            }
            attempt += 1;
        }
    }

    /// Asks once. The inner error is one that passes.
    async fn ask(&self) -> Result<Result<Token, String>, Trouble> {
        let connection = &self.connection;
        let form = [
            ("grant_type", "account_credentials"),
            ("account_id", connection.account_id.as_str()),
        ];
        let mut url = connection.token_url.clone();
        if self.has(Bug::B114) {
            url = format!("{url}?client_secret={}", connection.client_secret);
        }
        let request = self
            .http
            .post(url)
            .timeout(super::send::DEADLINE)
            .basic_auth(&connection.client_id, Some(&connection.client_secret))
            .form(&form);
        let answer = match self.exchange(request).await {
            Ok(answer) => answer,
            Err(why) => return Ok(Err(why)),
        };
        self.note_date(answer.header(reqwest::header::DATE).as_deref());
        let told = answer.header(reqwest::header::RETRY_AFTER);
        let status = answer.status;
        let body: Value = match serde_json::from_slice(&answer.body) {
            Ok(body) => body,
            Err(_) if status >= 500 || status == 429 => Value::Null,
            Err(error) => return Err(Trouble::Ends(format!("no token: {error}"))),
        };
        match status {
            200 => {}
            429 | 503 if status == 429 || told.is_some() => {
                self.wait_as_told(told.as_deref()).await?;
                return Ok(Err("told to wait".to_owned()));
            }
            500.. => return Ok(Err(format!("status {status}"))),
            _ => return Err(Trouble::Ends(format!("no token: status {status}"))),
        }
        let Some(value) = body.get("access_token").and_then(Value::as_str) else {
            return Err(Trouble::Ends("an answer without a token".to_owned()));
        };
        let secret = if self.has(Bug::B113) {
            value
        } else {
            "a token"
        };
        self.log(&format!("debug: {secret} was issued"));
        let life_s = body.get("expires_in").and_then(Value::as_i64);
        Ok(Ok(Token {
            value: value.to_owned(),
            issued: self.lived(),
            life_s: life_s.unwrap_or(UNTOLD_LIFE_S),
        }))
    }
}
