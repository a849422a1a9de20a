//! Access tokens: their form, and the server-side table that decides about them.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use dashmap::DashMap;
use foldhash::fast::RandomState;
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::account::Account;
use crate::ids::{Ids, hex};

/// How many tokens are kept at the most. Beyond that the expired are dropped, and where that is not enough,
/// all: whoever had one asks for another.
const MAX_TOKENS: usize = 100_000;
/// How many hexadecimal digits tell one credential from another in the journal.
const FINGERPRINT_DIGITS: usize = 12;
/// The version of Zoom's tokens since September 2024.
const TOKEN_VERSION: u8 = 10;
/// The kind of token that the account_credentials grant gives.
const TYPE_ACCOUNT_CREDENTIALS: u8 = 3;

/// Makes tokens in Zoom's form: a JWS with HS512, whose key nobody but the server knows.
pub(crate) struct Signer {
    key: EncodingKey,
    kid: String,
}

/// The header, in the order of Zoom's.
#[derive(Serialize)]
struct Header<'a> {
    sv: &'a str,
    alg: &'a str,
    v: &'a str,
    kid: &'a str,
}

/// The claims, in the order of Zoom's.
#[derive(Serialize)]
struct Claims<'a> {
    aud: &'a str,
    uid: &'a str,
    ver: u8,
    auid: String,
    nbf: i64,
    code: String,
    iss: String,
    gno: u8,
    exp: i64,
    r#type: u8,
    iat: i64,
    aid: &'a str,
}

/// Whose token to sign.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SignRequest<'a> {
    pub(crate) account_id: &'a str,
    pub(crate) client_id: &'a str,
    /// The user in whose name the token is.
    pub(crate) owner_id: &'a str,
    pub(crate) expires_in_s: u32,
    pub(crate) now: Timestamp,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer")
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

impl Signer {
    pub(crate) fn new(seed: u64) -> Self {
        let mut ids = Ids::new(seed, "token signing");
        Self {
            key: EncodingKey::from_secret(&ids.bytes::<64>()),
            kid: ids.uuid(),
        }
    }

    /// A token, valid from now.
    pub(crate) fn sign(&self, request: &SignRequest<'_>, ids: &mut Ids) -> String {
        let iat = request.now.as_second();
        let header = Header {
            sv: "000001",
            alg: "HS512",
            v: "2.0",
            kid: &self.kid,
        };
        let code = ids.hex::<17>();
        let claims = Claims {
            aud: "https://oauth.zoom.us",
            uid: request.owner_id,
            ver: TOKEN_VERSION,
            auid: ids.hex::<32>(),
            nbf: iat,
            // Zoom's is 33 characters long.
            code: code.get(..33).unwrap_or(&code).to_owned(),
            iss: format!("zm:cid:{}", request.client_id),
            gno: 0,
            exp: iat + i64::from(request.expires_in_s),
            r#type: TYPE_ACCOUNT_CREDENTIALS,
            iat,
            aid: request.account_id,
        };
        let message = format!("{}.{}", part(&header), part(&claims));
        // An HMAC takes every message and every key.
        let signed = crypto::sign(message.as_bytes(), &self.key, Algorithm::HS512);
        format!("{message}.{}", signed.unwrap_or_default())
    }
}

fn part(json: &impl Serialize) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(json).unwrap_or_default())
}

/// What the server knows of a token it has issued. The token itself says nothing that is believed: whether
/// it is ours, expired or allowed is decided here alone.
#[derive(Debug)]
pub(crate) struct Bearer {
    pub(crate) account: Account,
    pub(crate) client_id: Arc<str>,
    pub(crate) scopes: Vec<String>,
    /// The scenario that is played to whoever has the token.
    pub(crate) scenario: Option<&'static str>,
    /// What stands for the header that carries it in the journal.
    pub(crate) shown: String,
    pub(crate) expires_at: Timestamp,
}

impl Bearer {
    pub(crate) fn new(
        account: Account,
        client_id: &str,
        scopes: Vec<String>,
        token: &str,
        expires_at: Timestamp,
    ) -> Self {
        Self {
            account,
            client_id: client_id.into(),
            scopes,
            scenario: None,
            shown: format!("Bearer {}", fingerprint(token)),
            expires_at,
        }
    }
}

/// Why a token is not accepted. The texts are those of Zoom's gateway, code 124.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BearerError {
    /// None, or none of ours.
    #[error("Invalid access token.")]
    Invalid,
    /// Past its time.
    #[error("Access token is expired.")]
    Expired,
}

/// The tokens that were issued, with whose they are.
#[derive(Debug, Default)]
pub(crate) struct Tokens(DashMap<String, Arc<Bearer>, RandomState>);

impl Tokens {
    pub(crate) fn add(&self, token: String, bearer: Bearer) {
        if self.0.len() >= MAX_TOKENS {
            self.0
                .retain(|_, held| held.expires_at > held.account.stamp());
        }
        if self.0.len() >= MAX_TOKENS {
            self.clear();
        }
        self.0.insert(token, Arc::new(bearer));
    }

    /// What is known of the token in an `Authorization` header (RFC 6750 section 2.1), expired or not.
    pub(crate) fn find(&self, header: Option<&str>) -> Option<Arc<Bearer>> {
        let (scheme, token) = header?.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return None;
        }
        self.0.get(token.trim()).map(|bearer| Arc::clone(&bearer))
    }

    /// Forgets a token; `false` where it is none of the account's.
    pub(crate) fn forget(&self, account_id: &str, token: &str) -> bool {
        self.0
            .remove_if(token, |_, bearer| bearer.account.id() == account_id)
            .is_some()
    }

    /// Forgets an account's tokens.
    pub(crate) fn forget_account(&self, account_id: &str) {
        self.0.retain(|_, bearer| bearer.account.id() != account_id);
    }

    /// Forgets an app's tokens.
    pub(crate) fn forget_client(&self, client_id: &str) {
        self.0.retain(|_, bearer| *bearer.client_id != *client_id);
    }

    /// Forgets all tokens, and with them the accounts that they hold.
    pub(crate) fn clear(&self) {
        self.0.clear();
    }
}

/// What stands for a credential in the journal: the same credential always has the same.
pub(crate) fn fingerprint(credential: &str) -> String {
    let digits = hex(&Sha256::digest(credential.as_bytes()));
    format!(
        "sha256:{}",
        digits.get(..FINGERPRINT_DIGITS).unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(ids: &mut Ids) -> String {
        let request = SignRequest {
            account_id: "account",
            client_id: "client",
            owner_id: "owner",
            expires_in_s: 3600,
            now: Timestamp::from_second(1_700_000_000).unwrap(),
        };
        Signer::new(1).sign(&request, ids)
    }

    /// Holds: token-jwt-header, token-jwt-claims
    #[test]
    fn a_token_has_zooms_header_and_claims_in_zooms_order() {
        let token = token(&mut Ids::new(1, "t"));
        assert!(token.starts_with("eyJzdiI6IjAwMDAwMSIsImFsZyI6IkhTNTEyIiwidiI6IjIuMCIsImtpZCI6I"));
        assert!(token.starts_with(super::super::secrets::TOKEN_START));
        let parts: Vec<&str> = token.split('.').collect();
        assert_eq!(parts.len(), 3);
        let decoded = URL_SAFE_NO_PAD.decode(parts[1]).unwrap();
        let claims: serde_json::Value = serde_json::from_slice(&decoded).unwrap();
        let text = String::from_utf8(decoded).unwrap();
        let order = [
            "aud", "uid", "ver", "auid", "nbf", "code", "iss", "gno", "exp", "type", "iat", "aid",
        ];
        let places: Vec<_> = order
            .iter()
            .map(|key| text.find(&format!("\"{key}\":")).unwrap())
            .collect();
        assert!(places.is_sorted(), "{text}");
        assert_eq!(claims["exp"], 1_700_003_600);
        assert_eq!(claims["iss"], "zm:cid:client");
        assert_eq!(claims["uid"], "owner");
        assert_eq!(claims["aid"], "account");
        assert_eq!(claims["type"], 3);
        assert_eq!(
            claims.as_object().unwrap().len(),
            order.len(),
            "no scope, no tid"
        );
        assert_eq!(claims["code"].as_str().unwrap().len(), 33);
        assert_eq!(claims["auid"].as_str().unwrap().len(), 64);
    }

    #[test]
    fn the_signature_is_hs512_over_header_and_claims() {
        let token = token(&mut Ids::new(1, "t"));
        let (message, signature) = token.rsplit_once('.').unwrap();
        let key =
            jsonwebtoken::DecodingKey::from_secret(&Ids::new(1, "token signing").bytes::<64>());
        assert!(crypto::verify(signature, message.as_bytes(), &key, Algorithm::HS512).unwrap());
    }

    #[test]
    fn every_token_is_another() {
        let mut ids = Ids::new(1, "t");
        assert_ne!(token(&mut ids), token(&mut ids));
    }
}
