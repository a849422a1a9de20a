//! Looks for secrets in what a provisioner puts out, in whatever form they may have got there.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use mock_server::{ConnectionForm, Credentials};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// Shorter texts are met by chance.
const MIN_BYTES: usize = 6;
/// How every token of the stand-in begins, which is as Zoom's do: `{"sv":` in base64.
const TOKEN_START: &str = "eyJzdiI6";
/// What stands for a text with a secret in it.
const WITHHELD: &str = "[withheld, for it holds a secret]";

/// The secrets of one scenario in all their forms, each with its name.
pub struct Secrets(Vec<(&'static str, String)>);

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Secrets").field(&self.0.len()).finish()
    }
}

impl Secrets {
    /// What is secret of what was entered, of what is right, and every token.
    #[must_use]
    pub fn of(form: &ConnectionForm, right: &Credentials) -> Self {
        let entered = (form.client_id.as_str(), form.client_secret.as_str());
        let right = (right.client_id.as_str(), right.client_secret.as_str());
        let mut forms = vec![
            ("an access token", TOKEN_START.to_owned()),
            ("an access token in base64", whole_groups(TOKEN_START)),
        ];
        for (id, secret) in [entered, right] {
            for secret in [secret, secret.trim()] {
                forms.extend(forms_of(id, secret));
            }
        }
        forms.retain(|(_, form)| form.len() >= MIN_BYTES);
        forms.dedup();
        Self(forms)
    }

    /// Which secrets a text holds.
    #[must_use]
    pub fn found_in(&self, text: &str) -> Vec<&'static str> {
        let held = self
            .0
            .iter()
            .filter(|(_, form)| text.contains(form.as_str()));
        let mut names: Vec<&'static str> = held.map(|(name, _)| *name).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The text, if no secret is in it.
    #[must_use]
    pub fn withheld(&self, text: &str) -> String {
        match self.found_in(text).as_slice() {
            [] => text.to_owned(),
            _ => WITHHELD.to_owned(),
        }
    }
}

fn forms_of(id: &str, secret: &str) -> Vec<(&'static str, String)> {
    let pair = format!("{id}:{secret}");
    let unpadded = |encoded: String| encoded.trim_end_matches('=').to_owned();
    vec![
        ("the client secret", secret.to_owned()),
        (
            "the client secret percent-encoded",
            utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string(),
        ),
        (
            "the client secret in base64",
            unpadded(STANDARD.encode(secret)),
        ),
        (
            "the client secret in base64",
            unpadded(URL_SAFE.encode(secret)),
        ),
        ("the Basic credentials", unpadded(STANDARD.encode(&pair))),
        ("the Basic credentials", unpadded(URL_SAFE.encode(&pair))),
    ]
}

/// What base64 makes of the beginning of a longer text: the characters that nothing behind it has a share in.
fn whole_groups(text: &str) -> String {
    let encoded = STANDARD.encode(text);
    encoded.chars().take(text.len() / 3 * 4).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "s3cr3t+/with ~signs~";

    fn secrets(entered: &str) -> Secrets {
        let form = ConnectionForm {
            scim_url: "http://127.0.0.1:1/scim2".to_owned(),
            token_url: "http://127.0.0.1:1/oauth/token".to_owned(),
            account_id: "acc".to_owned(),
            client_id: "cid".to_owned(),
            client_secret: entered.to_owned(),
        };
        let right = Credentials {
            account_id: "acc".to_owned(),
            client_id: "cid".to_owned(),
            client_secret: SECRET.to_owned(),
        };
        Secrets::of(&form, &right)
    }

    #[test]
    fn a_secret_is_found_in_each_of_its_forms() {
        let token = format!("{TOKEN_START}IjAwMDAwMiJ9.eyJ.sig");
        for (text, name) in [
            (SECRET.to_owned(), "the client secret"),
            (
                "s3cr3t%2B%2Fwith%20%7Esigns%7E".to_owned(),
                "the client secret percent-encoded",
            ),
            (STANDARD.encode(SECRET), "the client secret in base64"),
            (
                format!("Basic {}", STANDARD.encode(format!("cid:{SECRET}"))),
                "the Basic credentials",
            ),
            (format!("Bearer {token}"), "an access token"),
            (STANDARD.encode(&token), "an access token in base64"),
        ] {
            let secrets = secrets("entered wrong");
            let text = format!("it said <{text}>");
            assert!(secrets.found_in(&text).contains(&name), "{name}: {text}");
            assert_ne!(secrets.withheld(&text), text);
        }
        assert_eq!(
            secrets(" entered wrong ").found_in("it is entered wrong"),
            ["the client secret"]
        );
    }

    #[test]
    fn what_holds_none_is_told() {
        let secrets = secrets("");
        let text = "HTTP 400 of cid at acc: s3cr3t";
        assert!(secrets.found_in(text).is_empty());
        assert_eq!(secrets.withheld(text), text);
    }

    #[test]
    fn a_short_text_is_no_secret() {
        assert!(secrets("a").found_in("a text with an a").is_empty());
    }
}
