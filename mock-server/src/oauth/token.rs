//! Access tokens: their form, and the server-side table that decides about them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use dashmap::DashMap;
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::account::Client;
use crate::ids::{Ids, hex};

/// How many tokens are kept at the most; beyond that the expired are dropped, and then the table is full.
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

impl Signer {
    pub(crate) fn new(seed: u64) -> Self {
        let mut ids = Ids::new(seed, "token signing");
        Self {
            key: EncodingKey::from_secret(&ids.bytes::<64>()),
            kid: ids.uuid(),
        }
    }

    /// A token for an account's app, valid from `now` for the seconds that the account says.
    pub(crate) fn sign(&self, client: &Client, ids: &mut Ids, now: Timestamp) -> Option<String> {
        let iat = now.as_second();
        let header = Header {
            sv: "000001",
            alg: "HS512",
            v: "2.0",
            kid: &self.kid,
        };
        let code = ids.hex::<17>();
        let claims = Claims {
            aud: "https://oauth.zoom.us",
            uid: &client.owner_id,
            ver: TOKEN_VERSION,
            auid: ids.hex::<32>(),
            nbf: iat,
            // Zoom's is 33 characters long.
            code: code.get(..33).unwrap_or(&code).to_owned(),
            iss: format!("zm:cid:{}", client.credentials.client_id),
            gno: 0,
            exp: iat + i64::from(client.token_expires_in_s),
            r#type: TYPE_ACCOUNT_CREDENTIALS,
            iat,
            aid: &client.credentials.account_id,
        };
        let part = |json: Vec<u8>| URL_SAFE_NO_PAD.encode(json);
        let header = part(serde_json::to_vec(&header).ok()?);
        let message = format!("{header}.{}", part(serde_json::to_vec(&claims).ok()?));
        let signature = crypto::sign(message.as_bytes(), &self.key, Algorithm::HS512).ok()?;
        Some(format!("{message}.{signature}"))
    }
}

/// What the server knows of a token it has issued. The token itself says nothing that is believed: whether
/// it is ours, expired or allowed is decided here alone.
#[derive(Debug, Clone)]
pub(crate) struct Bearer {
    pub(crate) account_id: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) fingerprint: String,
    expires_at: Timestamp,
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

/// The tokens that were issued.
#[derive(Debug, Default)]
pub(crate) struct Tokens(DashMap<String, Bearer>);

impl Tokens {
    pub(crate) fn add(&self, token: String, client: &Client, now: Timestamp) {
        if self.0.len() >= MAX_TOKENS {
            self.0.retain(|_, bearer| bearer.expires_at > now);
        }
        if self.0.len() >= MAX_TOKENS {
            return;
        }
        let lifetime = jiff::SignedDuration::from_secs(i64::from(client.token_expires_in_s));
        let bearer = Bearer {
            account_id: client.credentials.account_id.clone(),
            scopes: client.scopes.clone(),
            fingerprint: fingerprint(&token),
            expires_at: now.checked_add(lifetime).unwrap_or(Timestamp::MAX),
        };
        self.0.insert(token, bearer);
    }

    /// Decides about an `Authorization` header (RFC 6750 section 2.1).
    pub(crate) fn check(
        &self,
        header: Option<&str>,
        now: Timestamp,
    ) -> Result<Bearer, BearerError> {
        let (scheme, token) = header
            .and_then(|header| header.split_once(' '))
            .ok_or(BearerError::Invalid)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(BearerError::Invalid);
        }
        let bearer = self.0.get(token.trim()).ok_or(BearerError::Invalid)?;
        if bearer.expires_at <= now {
            return Err(BearerError::Expired);
        }
        Ok(bearer.clone())
    }

    /// Forgets an account's tokens.
    pub(crate) fn forget(&self, account_id: &str) {
        self.0.retain(|_, bearer| bearer.account_id != account_id);
    }

    /// Whose token a header carries, expired or not.
    pub(crate) fn account_of(&self, header: Option<&str>) -> Option<String> {
        let (_, token) = header?.split_once(' ')?;
        let bearer = self.0.get(token.trim())?;
        Some(bearer.account_id.clone())
    }

    /// What stands for the token that a header carries, if it is one of ours.
    pub(crate) fn fingerprint_of(&self, header: Option<&str>) -> Option<String> {
        let (_, token) = header?.split_once(' ')?;
        Some(self.0.get(token.trim())?.fingerprint.clone())
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
    use crate::account::Credentials;

    fn client() -> Client {
        Client {
            credentials: Credentials {
                account_id: "account".to_owned(),
                client_id: "client".to_owned(),
                client_secret: "secret".to_owned(),
            },
            scopes: vec!["scim2".to_owned()],
            token_expires_in_s: 3600,
            owner_id: "owner".to_owned(),
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).unwrap()
    }

    #[test]
    fn a_token_has_zooms_header_and_claims_in_zooms_order() {
        let token = Signer::new(1)
            .sign(&client(), &mut Ids::new(1, "t"), at(0))
            .unwrap();
        assert!(token.starts_with("eyJzdiI6IjAwMDAwMSIsImFsZyI6IkhTNTEyIiwidiI6IjIuMCIsImtpZCI6I"));
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
        assert_eq!(claims["code"].as_str().unwrap().len(), 33);
        assert_eq!(claims["auid"].as_str().unwrap().len(), 64);
    }

    #[test]
    fn the_signature_is_hs512_over_header_and_claims() {
        let signer = Signer::new(1);
        let token = signer
            .sign(&client(), &mut Ids::new(1, "t"), at(0))
            .unwrap();
        let (message, signature) = token.rsplit_once('.').unwrap();
        let key =
            jsonwebtoken::DecodingKey::from_secret(&Ids::new(1, "token signing").bytes::<64>());
        assert!(crypto::verify(signature, message.as_bytes(), &key, Algorithm::HS512).unwrap());
    }

    #[test]
    fn expiry_is_decided_by_the_clock_to_the_second() {
        let tokens = Tokens::default();
        tokens.add("abc".to_owned(), &client(), at(0));
        assert!(tokens.check(Some("Bearer abc"), at(3599)).is_ok());
        assert_eq!(
            tokens.check(Some("Bearer abc"), at(3600)).unwrap_err(),
            BearerError::Expired
        );
        for header in [
            None,
            Some(""),
            Some("abc"),
            Some("Basic abc"),
            Some("Bearer abd"),
        ] {
            assert_eq!(
                tokens.check(header, at(0)).unwrap_err(),
                BearerError::Invalid,
                "{header:?}"
            );
        }
        tokens.forget("account");
        assert_eq!(
            tokens.check(Some("Bearer abc"), at(0)).unwrap_err(),
            BearerError::Invalid
        );
    }
}
