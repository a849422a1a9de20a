//! Tokens that a test makes for itself, without the token endpoint.

use jiff::SignedDuration;
use serde::Deserialize;

use super::app::check_scopes;
use super::handle::Account;
use super::spec::ControlError;
use super::{EarlierTokens, State};
use crate::oauth::{Bearer, SignRequest};

/// Which token to make. What is absent is as the token endpoint would have it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TokenSpec {
    /// The app whose token it is; absent: the first.
    pub client_id: Option<String>,
    /// The scopes; absent: the app's.
    pub scopes: Option<Vec<String>>,
    /// How long the token lives, in seconds; 0 makes one that is expired already. Absent: as the settings say.
    pub expires_in_s: Option<u32>,
}

/// What a fault makes odd about a token.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Oddity {
    /// It is expired already, though it is said to live.
    pub(crate) born_expired: bool,
    /// It ends the app's earlier ones.
    pub(crate) replaces: bool,
    /// Nobody will know it.
    pub(crate) unknown: bool,
    /// How far ahead it is dated, in seconds.
    pub(crate) ahead_s: i64,
    /// The scenario that is played to whoever has it.
    pub(crate) scenario: Option<&'static str>,
}

/// A token, and what was said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Issued {
    pub(crate) token: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) expires_in_s: u32,
}

impl Account {
    /// Makes a token. Whether the app is active is not asked.
    ///
    /// # Errors
    ///
    /// When there is no such app, or a scope has no scope's form.
    pub fn mint_token(&self, spec: &TokenSpec) -> Result<String, ControlError> {
        Ok(self.issue(spec)?.token)
    }

    /// Forgets the account's tokens: whoever holds one is refused from now on.
    pub fn revoke_tokens(&self) {
        self.common().tokens.forget_account(self.id());
    }

    /// Forgets one token; `false` where it is none of this account's.
    pub fn revoke_token(&self, token: &str) -> bool {
        self.common().tokens.forget(self.id(), token)
    }

    pub(crate) fn issue(&self, spec: &TokenSpec) -> Result<Issued, ControlError> {
        self.issue_odd(spec, Oddity::default())
    }

    /// As [`Account::issue`], with something odd about the token.
    pub(crate) fn issue_odd(
        &self,
        spec: &TokenSpec,
        oddity: Oddity,
    ) -> Result<Issued, ControlError> {
        let now = self.stamp();
        let mut state = self.state();
        let State {
            apps,
            settings,
            ids,
            ..
        } = &mut *state;
        let app = match &spec.client_id {
            Some(id) => apps.get(id),
            None => apps.all().first(),
        };
        let app = app
            .ok_or_else(|| super::AppError::NotFound(spec.client_id.clone().unwrap_or_default()))?;
        let scopes = match &spec.scopes {
            Some(scopes) => {
                check_scopes(scopes)?;
                scopes.clone()
            }
            None => app.scopes.clone(),
        };
        let expires_in_s = spec.expires_in_s.unwrap_or(settings.token_expires_in_s);
        let valid_from = now
            .checked_add(SignedDuration::from_secs(oddity.ahead_s))
            .unwrap_or(now);
        let token = self.common().signer.sign(
            &SignRequest {
                account_id: self.id(),
                client_id: &app.client_id,
                owner_id: self.owner_id(),
                expires_in_s,
                now: valid_from,
            },
            &mut ids.tokens,
        );
        let client_id = app.client_id.clone();
        let replaces = settings.choices.earlier_tokens == EarlierTokens::Invalid;
        drop(state);
        if replaces || oddity.replaces {
            self.common().tokens.forget_client(&client_id);
        }
        let lifetime = match oddity.born_expired {
            true => SignedDuration::ZERO,
            false => SignedDuration::from_secs(i64::from(expires_in_s)),
        };
        let expires_at = now.checked_add(lifetime).unwrap_or(jiff::Timestamp::MAX);
        if !oddity.unknown {
            let mut bearer =
                Bearer::new(self.clone(), &client_id, scopes.clone(), &token, expires_at);
            bearer.scenario = oddity.scenario;
            self.common().tokens.add(token.clone(), bearer);
        }
        Ok(Issued {
            token,
            scopes,
            expires_in_s,
        })
    }
}
