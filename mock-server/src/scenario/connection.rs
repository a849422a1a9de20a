//! What is entered into the five fields of the form, with placeholders for what differs from server to server.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What stands in a connection's texts for a value of the running server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Placeholder {
    Base,
    BaseLocalhost,
    Door,
    AccountId,
    ClientId,
    ClientSecret,
}

impl Placeholder {
    const ALL: [(Self, &'static str); 6] = [
        (Self::Base, "base"),
        (Self::BaseLocalhost, "base_localhost"),
        (Self::Door, "door"),
        (Self::AccountId, "account_id"),
        (Self::ClientId, "client_id"),
        (Self::ClientSecret, "client_secret"),
    ];

    fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find_map(|(placeholder, known)| (known == name).then_some(placeholder))
    }
}

/// The values of the placeholders: of the running server, and the right ones for its account.
#[derive(Clone, Copy)]
pub struct Placeholders<'a> {
    /// The server's base URL, such as `http://127.0.0.1:4800`.
    pub base: &'a str,
    /// The base URL of the scenario's own listener. Not looked at where it has none ([`super::Scenario::door`]).
    pub door: &'a str,
    /// The account id.
    pub account_id: &'a str,
    /// The client id.
    pub client_id: &'a str,
    /// The client secret.
    pub client_secret: &'a str,
}

impl Placeholders<'_> {
    fn value(&self, placeholder: Placeholder) -> String {
        match placeholder {
            Placeholder::Base => self.base.to_owned(),
            Placeholder::BaseLocalhost => with_localhost(self.base),
            Placeholder::Door => self.door.to_owned(),
            Placeholder::AccountId => self.account_id.to_owned(),
            Placeholder::ClientId => self.client_id.to_owned(),
            Placeholder::ClientSecret => self.client_secret.to_owned(),
        }
    }
}

impl fmt::Debug for Placeholders<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Placeholders")
            .field("base", &self.base)
            .field("door", &self.door)
            .field("account_id", &self.account_id)
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

/// The same server under another name: what is one host to the machine is another to a client.
fn with_localhost(base: &str) -> String {
    let (scheme, address) = base.split_once("://").unwrap_or(("http", base));
    match address.rsplit_once(':') {
        Some((_, port)) if !port.ends_with(']') => format!("{scheme}://localhost:{port}"),
        _ => format!("{scheme}://localhost"),
    }
}

/// A text with placeholders in braces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(super) struct Template {
    text: String,
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Value(Placeholder),
}

/// A text's placeholders cannot be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum InvalidTemplate {
    #[error("there is no placeholder {{{name}}}; there are {}", known())]
    Unknown { name: String },
    #[error("a `{{` is without its `}}`")]
    Unclosed,
}

fn known() -> String {
    Placeholder::ALL
        .map(|(_, name)| format!("{{{name}}}"))
        .join(", ")
}

impl TryFrom<String> for Template {
    type Error = InvalidTemplate;

    fn try_from(text: String) -> Result<Self, InvalidTemplate> {
        let mut pieces = Vec::new();
        let mut rest = text.as_str();
        while let Some((before, after)) = rest.split_once('{') {
            let (name, tail) = after.split_once('}').ok_or(InvalidTemplate::Unclosed)?;
            let placeholder = Placeholder::parse(name).ok_or_else(|| InvalidTemplate::Unknown {
                name: name.to_owned(),
            })?;
            pieces.push(Piece::Text(before.to_owned()));
            pieces.push(Piece::Value(placeholder));
            rest = tail;
        }
        pieces.push(Piece::Text(rest.to_owned()));
        Ok(Self { text, pieces })
    }
}

impl From<Template> for String {
    fn from(template: Template) -> Self {
        template.text
    }
}

impl Template {
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    pub(super) fn has(&self, placeholder: Placeholder) -> bool {
        self.pieces.contains(&Piece::Value(placeholder))
    }

    fn fill(&self, placeholders: &Placeholders<'_>) -> String {
        let of = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Value(placeholder) => placeholders.value(*placeholder),
        };
        self.pieces.iter().map(of).collect()
    }
}

/// What is entered in place of what is right.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Overrides {
    #[serde(skip_serializing_if = "Option::is_none")]
    scim_url: Option<Template>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_url: Option<Template>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_id: Option<Template>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<Template>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<Template>,
}

impl Overrides {
    /// Those that there are, by PingOne's name of the field.
    pub(super) fn fields(&self) -> impl Iterator<Item = (&'static str, &Template)> {
        [
            ("SCIM URL", &self.scim_url),
            ("OAuth Token URL", &self.token_url),
            ("Account ID", &self.account_id),
            ("Client ID", &self.client_id),
            ("Client Secret", &self.client_secret),
        ]
        .into_iter()
        .filter_map(|(field, template)| Some((field, template.as_ref()?)))
    }

    pub(super) fn fill(&self, placeholders: &Placeholders<'_>) -> ConnectionForm {
        let Placeholders { base, .. } = placeholders;
        let or = |template: &Option<Template>, right: String| match template {
            Some(template) => template.fill(placeholders),
            None => right,
        };
        ConnectionForm {
            scim_url: or(&self.scim_url, format!("{base}/scim2")),
            token_url: or(&self.token_url, format!("{base}/oauth/token")),
            account_id: or(&self.account_id, placeholders.account_id.to_owned()),
            client_id: or(&self.client_id, placeholders.client_id.to_owned()),
            client_secret: or(&self.client_secret, placeholders.client_secret.to_owned()),
        }
    }
}

/// The five fields of the form, filled in.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct ConnectionForm {
    /// PingOne's `SCIM URL`.
    pub scim_url: String,
    /// PingOne's `OAuth Token URL`.
    pub token_url: String,
    /// `Account ID`.
    pub account_id: String,
    /// `Client ID`.
    pub client_id: String,
    /// `Client Secret`, in the clear: it guards nothing but a test double.
    pub client_secret: String,
}

impl fmt::Debug for ConnectionForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectionForm")
            .field("scim_url", &self.scim_url)
            .field("token_url", &self.token_url)
            .field("account_id", &self.account_id)
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUES: Placeholders<'_> = Placeholders {
        base: "http://127.0.0.1:4800",
        door: "https://127.0.0.1:4801",
        account_id: "acc",
        client_id: "cid",
        client_secret: "sec",
    };

    fn template(text: &str) -> Result<Template, InvalidTemplate> {
        Template::try_from(text.to_owned())
    }

    #[test]
    fn placeholders_are_filled_in() {
        for (text, filled) in [
            ("", ""),
            ("plain", "plain"),
            ("{base}/scim2/", "http://127.0.0.1:4800/scim2/"),
            ("{base_localhost}/x", "http://localhost:4800/x"),
            ("{door}/scim2", "https://127.0.0.1:4801/scim2"),
            ("{account_id}{client_id} {client_secret} ", "acccid sec "),
        ] {
            assert_eq!(template(text).unwrap().fill(&VALUES), filled, "{text}");
        }
    }

    #[test]
    fn an_unknown_placeholder_is_refused_with_those_that_there_are() {
        assert_eq!(
            template("{host}/scim2").unwrap_err().to_string(),
            "there is no placeholder {host}; there are {base}, {base_localhost}, {door}, {account_id}, {client_id}, \
             {client_secret}"
        );
        assert_eq!(template("a{base"), Err(InvalidTemplate::Unclosed));
    }

    #[test]
    fn what_is_not_overridden_is_right() {
        let form = Overrides::default().fill(&VALUES);
        assert_eq!(form.scim_url, "http://127.0.0.1:4800/scim2");
        assert_eq!(form.token_url, "http://127.0.0.1:4800/oauth/token");
        let Placeholders {
            account_id,
            client_id,
            client_secret,
            ..
        } = VALUES;
        assert_eq!(
            [form.account_id, form.client_id, form.client_secret],
            [account_id, client_id, client_secret]
        );
    }

    #[test]
    fn localhost_keeps_scheme_and_port() {
        for (base, localhost) in [
            ("https://127.0.0.1:8443", "https://localhost:8443"),
            ("http://[::1]:80", "http://localhost:80"),
            ("http://[::1]", "http://localhost"),
            ("http://zoom.test", "http://localhost"),
        ] {
            assert_eq!(with_localhost(base), localhost);
        }
    }

    #[test]
    fn debug_output_holds_no_secret() {
        let form = Overrides::default().fill(&VALUES);
        for shown in [format!("{form:?}"), format!("{VALUES:?}")] {
            assert!(!shown.contains("sec\""), "{shown}");
        }
    }
}
