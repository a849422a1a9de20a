//! A Server-to-Server OAuth app of an account, from its making to its activation.

use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;

/// The longest text about an app.
const MAX_TEXT_BYTES: usize = 4096;
/// How many scopes an app has at the most.
const MAX_SCOPES: usize = 500;

/// What somebody fills in about an app; what is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AppChange {
    /// The name.
    pub name: Option<String>,
    /// What the app is for.
    pub short_description: Option<String>,
    /// Whose it is.
    pub company_name: Option<String>,
    /// The developer to ask.
    pub developer_name: Option<String>,
    /// The developer's address.
    pub developer_email: Option<String>,
    /// The scopes, all of them: classic or granular names, not both.
    pub scopes: Option<Vec<String>>,
}

/// An app as its maker sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct App {
    /// The name.
    pub name: String,
    /// The client id, which never changes.
    pub client_id: String,
    /// The client secret, in the clear: it guards nothing but a test double.
    pub client_secret: String,
    /// What the app is for.
    pub short_description: String,
    /// Whose it is.
    pub company_name: String,
    /// The developer to ask.
    pub developer_name: String,
    /// The developer's address.
    pub developer_email: String,
    /// Sorted, each once.
    pub scopes: Vec<String>,
    /// Whether tokens are issued.
    pub active: bool,
}

/// Why an app refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AppError {
    /// No app has the client id.
    #[error("there is no app `{0}`; GET /_mock/accounts/{{account}}/apps lists them")]
    NotFound(String),
    /// Something that an active app needs is missing.
    #[error("the app cannot be activated: {} missing", .0.join(", "))]
    Incomplete(Vec<&'static str>),
    /// A change would take something that an active app needs.
    #[error("an active app needs {}; deactivate it first", .0.join(", "))]
    Needed(Vec<&'static str>),
    /// A field has a value that cannot be its.
    #[error("`{field}` {message}")]
    Invalid {
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        message: String,
    },
    /// The server keeps no more apps for one account.
    #[error("the account has as many apps as the server keeps")]
    TooMany,
}

impl App {
    /// A draft: credentials appear with the name, and nothing else is filled in.
    pub(crate) fn draft(name: &str, client_id: String, client_secret: String) -> Self {
        Self {
            name: name.to_owned(),
            client_id,
            client_secret,
            short_description: String::new(),
            company_name: String::new(),
            developer_name: String::new(),
            developer_email: String::new(),
            scopes: Vec::new(),
            active: false,
        }
    }

    /// A complete and active app, which is what a test wants.
    pub(crate) fn ready(client_id: String, client_secret: String, scopes: Vec<String>) -> Self {
        Self {
            short_description: "Provisions users".to_owned(),
            company_name: "Example".to_owned(),
            developer_name: "Dana Developer".to_owned(),
            developer_email: "dana@example.com".to_owned(),
            scopes: sorted(scopes),
            active: true,
            ..Self::draft("Provisioning", client_id, client_secret)
        }
    }

    /// Takes over what somebody filled in; nothing changes on an error.
    pub(crate) fn change(&mut self, change: AppChange) -> Result<(), AppError> {
        let invalid = |field, message: &str| {
            Err(AppError::Invalid {
                field,
                message: message.to_owned(),
            })
        };
        let texts = [
            ("name", &change.name),
            ("short_description", &change.short_description),
            ("company_name", &change.company_name),
            ("developer_name", &change.developer_name),
            ("developer_email", &change.developer_email),
        ];
        for (field, text) in texts {
            let text = text.as_deref().unwrap_or_default();
            if text.len() > MAX_TEXT_BYTES {
                return invalid(field, "is longer than 4096 bytes");
            }
        }
        if change
            .name
            .as_deref()
            .is_some_and(|name| name.trim().is_empty())
        {
            return invalid("name", "must not be empty");
        }
        if change
            .developer_email
            .as_deref()
            .is_some_and(|email| !email.contains('@'))
        {
            return invalid("developer_email", "is no e-mail address");
        }
        if let Some(scopes) = &change.scopes {
            check_scopes(scopes)?;
        }
        let mut changed = self.clone();
        changed.take(change);
        let before = self.missing();
        let mut missing = changed.missing();
        // What was never there cannot be taken: an account can be made with an app without scopes.
        missing.retain(|field| self.active && !before.contains(field));
        if !missing.is_empty() {
            return Err(AppError::Needed(missing));
        }
        *self = changed;
        Ok(())
    }

    fn take(&mut self, change: AppChange) {
        let set = |held: &mut String, new: Option<String>| {
            if let Some(new) = new {
                *held = new;
            }
        };
        set(&mut self.name, change.name);
        set(&mut self.short_description, change.short_description);
        set(&mut self.company_name, change.company_name);
        set(&mut self.developer_name, change.developer_name);
        set(&mut self.developer_email, change.developer_email);
        if let Some(scopes) = change.scopes {
            self.scopes = sorted(scopes);
        }
    }

    /// What an active app has to have and this one has not.
    fn missing(&self) -> Vec<&'static str> {
        let is_blank = |text: &str| text.trim().is_empty();
        let required = [
            ("short_description", is_blank(&self.short_description)),
            ("company_name", is_blank(&self.company_name)),
            ("developer_name", is_blank(&self.developer_name)),
            ("developer_email", is_blank(&self.developer_email)),
            ("scopes", self.scopes.is_empty()),
        ];
        let missing = required.into_iter().filter(|(_, missing)| *missing);
        missing.map(|(field, _)| field).collect()
    }

    /// Activates, unless something required is missing.
    pub(crate) fn activate(&mut self) -> Result<(), AppError> {
        let missing = self.missing();
        if !missing.is_empty() {
            return Err(AppError::Incomplete(missing));
        }
        self.active = true;
        Ok(())
    }

    /// Whether this is the app's secret, in a time that does not depend on where it differs.
    pub(crate) fn has_secret(&self, secret: &str) -> bool {
        self.client_secret
            .as_bytes()
            .ct_eq(secret.as_bytes())
            .into()
    }
}

fn sorted(mut scopes: Vec<String>) -> Vec<String> {
    scopes.sort();
    scopes.dedup();
    scopes
}

/// Scopes have names in Zoom's form, and an app has classic ones or granular ones.
pub(crate) fn check_scopes(scopes: &[String]) -> Result<(), AppError> {
    let invalid = |message: String| {
        Err(AppError::Invalid {
            field: "scopes",
            message,
        })
    };
    if scopes.len() > MAX_SCOPES {
        return invalid("holds more than 500 names".to_owned());
    }
    for scope in scopes {
        let part = |part: &str| {
            let fits =
                |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
            !part.is_empty() && part.bytes().all(fits)
        };
        if !scope.split(':').all(part) {
            return invalid(format!(
                "holds `{scope}`, which is no scope; one is scim2, another user:read:admin"
            ));
        }
    }
    let classic = scopes.iter().find(|scope| !is_granular(scope));
    let granular = scopes.iter().find(|scope| is_granular(scope));
    match (classic, granular) {
        (Some(classic), Some(granular)) => invalid(format!(
            "mixes classic and granular names (`{classic}` and `{granular}`); an app has the ones or the others"
        )),
        _ => Ok(()),
    }
}

/// Granular names have four parts, and SCIM2's is the exception.
fn is_granular(scope: &str) -> bool {
    scope == "scim2:admin" || scope.split(':').count() >= 4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_app_is_activated_once_it_is_complete() {
        let mut app = App::draft("Sync", "id".to_owned(), "secret".to_owned());
        let missing = vec![
            "short_description",
            "company_name",
            "developer_name",
            "developer_email",
            "scopes",
        ];
        assert_eq!(app.activate(), Err(AppError::Incomplete(missing)));
        assert!(!app.active);
        let filled = AppChange {
            short_description: Some("Provisions".to_owned()),
            company_name: Some("Example".to_owned()),
            developer_name: Some("Dana".to_owned()),
            developer_email: Some("dana@example.com".to_owned()),
            scopes: Some(vec!["scim2".to_owned(), "scim2".to_owned()]),
            ..AppChange::default()
        };
        app.change(filled).unwrap();
        app.activate().unwrap();
        assert_eq!((app.active, app.scopes.len()), (true, 1));
    }

    #[test]
    fn an_active_app_stays_complete() {
        let mut app = App::ready("id".to_owned(), "secret".to_owned(), Vec::new());
        let without = AppChange {
            company_name: Some(" ".to_owned()),
            scopes: Some(Vec::new()),
            ..AppChange::default()
        };
        let before = app.clone();
        // It was made without scopes, and may stay so.
        assert_eq!(
            app.change(without.clone()),
            Err(AppError::Needed(vec!["company_name"]))
        );
        assert_eq!(app, before);
        let scopes = |names: &[&str]| AppChange {
            scopes: Some(names.iter().map(|name| (*name).to_owned()).collect()),
            ..AppChange::default()
        };
        app.change(scopes(&["scim2"])).unwrap();
        assert_eq!(
            app.change(without.clone()),
            Err(AppError::Needed(vec!["company_name", "scopes"]))
        );
        app.active = false;
        app.change(without).unwrap();
        assert!(app.activate().is_err());
    }

    #[test]
    fn scopes_are_classic_or_granular_and_never_both() {
        let check = |scopes: &[&str]| {
            check_scopes(
                &scopes
                    .iter()
                    .map(|scope| (*scope).to_owned())
                    .collect::<Vec<_>>(),
            )
        };
        assert_eq!(check(&crate::operation::DEFAULT_SCOPES), Ok(()));
        assert_eq!(
            check(&["scim2:admin", "user:read:list_users:admin"]),
            Ok(())
        );
        assert!(check(&["scim2", "scim2:admin"]).is_err());
        for wrong in ["", "SCIM2", "user::admin", "scim2 user"] {
            assert!(check(&[wrong]).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_wrong_field_changes_nothing() {
        let mut app = App::draft("Sync", "id".to_owned(), "secret".to_owned());
        let before = app.clone();
        let change = AppChange {
            company_name: Some("Example".to_owned()),
            developer_email: Some("nobody".to_owned()),
            ..AppChange::default()
        };
        assert!(app.change(change).is_err());
        assert_eq!(app, before);
        assert!(app.has_secret("secret") && !app.has_secret("Secret") && !app.has_secret(""));
    }
}
