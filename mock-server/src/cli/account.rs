//! `zoom-mock account`.

use std::path::PathBuf;

use clap::Subcommand;
use reqwest::Method;
use serde_json::{Map, Value, json};

use super::failure::Failure;
use super::remote::{Remote, Target};
use super::{files, table};

/// The settings that are lists, which may be written with commas.
const LISTS: [&str; 4] = ["associated_domains", "roles", "admin_roles", "permissions"];

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// All accounts
    List(Target),
    /// An account's ids and settings
    Show(One),
    /// Make an account with an app that is ready to use
    Create(Create),
    /// Change settings; null sets one to its default
    #[command(
        after_help = "Examples:\n  zoom-mock account set plan=pro\n  zoom-mock account set sso=false \
                            seats.licensed=5\n  zoom-mock account set associated_domains=example.com,example.org\n  \
                            zoom-mock account set choices.media_type=scim+json\n\n\
                            zoom-mock account show lists the settings, zoom-mock choices the choices."
    )]
    Set(Set),
    /// Which scopes were granted, used, missing and unneeded so far
    Scopes(One),
    /// Forget users, groups and journal; settings, apps, tokens and the owner stay
    Reset(One),
    /// Remove an account with its apps and tokens
    Delete(Delete),
}

/// One account of a server.
#[derive(Debug, clap::Args)]
pub(super) struct One {
    #[command(flatten)]
    target: Target,
    /// The account id; not needed where there is only one
    #[arg(long, value_name = "ID")]
    account: Option<String>,
}

/// The account to make.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  zoom-mock account create\n  zoom-mock account create --account-id acme --scopes \
                  scim2,user:read:admin --set plan=enterprise\n  zoom-mock account create --file account.json"
)]
pub(super) struct Create {
    #[command(flatten)]
    target: Target,
    /// The account as JSON, as POST /_mock/accounts takes it
    #[arg(long, value_name = "FILE", conflicts_with_all = ["account_id", "client_id", "scopes", "owner", "set"])]
    file: Option<PathBuf>,
    /// The account id; generated if left out
    #[arg(long, value_name = "ID")]
    account_id: Option<String>,
    /// The client id of the first app; generated if left out
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// The scopes of the first app; if left out, those that PingOne asks for
    #[arg(long, value_name = "SCOPE,...", value_delimiter = ',')]
    scopes: Option<Vec<String>>,
    /// The address of the owner, who then is one of the users
    #[arg(long, value_name = "ADDRESS")]
    owner: Option<String>,
    /// A setting; can be given several times
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
}

/// The settings to change.
#[derive(Debug, clap::Args)]
pub(super) struct Set {
    #[command(flatten)]
    one: One,
    /// What to change
    #[arg(value_name = "KEY=VALUE", required = true)]
    settings: Vec<String>,
}

/// The account to delete.
#[derive(Debug, clap::Args)]
pub(super) struct Delete {
    #[command(flatten)]
    target: Target,
    /// The account id
    #[arg(value_name = "ID")]
    account: String,
}

impl One {
    async fn open(&self) -> Result<(Remote, String), Failure> {
        let remote = self.target.open()?;
        let account = remote.account(self.account.as_deref()).await?;
        Ok((remote, account))
    }
}

pub(super) async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::List(target) => {
            let answer = target.open()?.get(&["accounts"]).await?;
            let accounts = answer.get("accounts").cloned().unwrap_or_default();
            table::show(target.json, &accounts, |accounts| {
                table::rows(accounts, &["account_id", "client_id", "users"])
            })?;
        }
        Command::Show(one) => {
            let (remote, account) = one.open().await?;
            let mut shown = remote.get(&["accounts", &account]).await?;
            let settings = remote.get(&["accounts", &account, "settings"]).await?;
            if let Value::Object(members) = &mut shown {
                members.insert("settings".to_owned(), settings);
            }
            table::show(one.target.json, &shown, table::pairs)?;
        }
        Command::Create(create) => {
            let spec = create.spec()?;
            let remote = create.target.open()?;
            let made = remote
                .send(Method::POST, &["accounts"], Some(&spec))
                .await?;
            table::show(create.target.json, &made, table::pairs)?;
        }
        Command::Set(Set { one, settings }) => {
            let change = change(&settings)?;
            let (remote, account) = one.open().await?;
            let path = ["accounts", &account, "settings"];
            let settings = remote.send(Method::PATCH, &path, Some(&change)).await?;
            table::show(one.target.json, &settings, table::pairs)?;
        }
        Command::Scopes(one) => {
            let (remote, account) = one.open().await?;
            let report = remote.get(&["accounts", &account, "scopes"]).await?;
            table::show(one.target.json, &report, scopes)?;
        }
        Command::Reset(one) => {
            let (remote, account) = one.open().await?;
            remote
                .send(Method::POST, &["accounts", &account, "reset"], None)
                .await?;
            let done = json!({ "account_id": account, "reset": true });
            table::show(one.target.json, &done, |_| format!("reset {account}\n"))?;
        }
        Command::Delete(Delete { target, account }) => {
            target
                .open()?
                .send(Method::DELETE, &["accounts", &account], None)
                .await?;
            let done = json!({ "account_id": account, "deleted": true });
            table::show(target.json, &done, |_| format!("deleted {account}\n"))?;
        }
    }
    Ok(())
}

impl Create {
    fn spec(&self) -> Result<Value, Failure> {
        if let Some(file) = &self.file {
            return files::read_json(file, "an account");
        }
        let mut spec = Map::new();
        let mut put = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                spec.insert(name.to_owned(), value);
            }
        };
        put("account_id", self.account_id.clone().map(Value::from));
        put("client_id", self.client_id.clone().map(Value::from));
        put("scopes", self.scopes.clone().map(Value::from));
        put("owner", self.owner.clone().map(Value::from));
        if !self.set.is_empty() {
            put("settings", Some(change(&self.set)?));
        }
        Ok(Value::Object(spec))
    }
}

/// A change of settings from `key=value` and `outer.inner=value`. A value is JSON, and a text where it is
/// none.
fn change(settings: &[String]) -> Result<Value, Failure> {
    let mut change = Value::Object(Map::new());
    for setting in settings {
        let Some((key, text)) = setting.split_once('=').filter(|(key, _)| !key.is_empty()) else {
            return Err(Failure::Usage(format!(
                "`{setting}` is no setting; write KEY=VALUE, for instance sso=false"
            )));
        };
        let mut place = &mut change;
        for name in key.split('.') {
            if !place.is_object() {
                *place = Value::Object(Map::new());
            }
            let Value::Object(members) = place else { break };
            place = members.entry(name).or_insert(Value::Null);
        }
        *place = value(key, text);
    }
    Ok(change)
}

fn value(key: &str, text: &str) -> Value {
    match serde_json::from_str(text) {
        Ok(value) => value,
        Err(_) if LISTS.contains(&key) => text.split(',').map(str::trim).collect(),
        Err(_) => Value::from(text),
    }
}

/// The scope report, for a person who trims an app.
fn scopes(report: &Value) -> String {
    let list = |name: &str| {
        report
            .get(name)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
    };
    let mut text = String::from("granted\n");
    for scope in list("granted") {
        text.push_str(&format!("  {}\n", table::plain(scope)));
    }
    text.push_str("used\n");
    for used in list("used") {
        text.push_str(&format!(
            "  {} by {}\n",
            member(used, "scope"),
            member(used, "operations")
        ));
    }
    text.push_str("missing: one of these was needed\n");
    for missing in list("missing") {
        text.push_str(&format!(
            "  {} for {}\n",
            member(missing, "one_of"),
            member(missing, "operation")
        ));
    }
    text.push_str("unneeded so far: the app can do without\n");
    for scope in list("unneeded") {
        text.push_str(&format!("  {}\n", table::plain(scope)));
    }
    text
}

fn member(value: &Value, name: &str) -> String {
    value.get(name).map(table::plain).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_written_as_a_person_does() {
        let settings = |settings: &[&str]| {
            change(
                &settings
                    .iter()
                    .map(|text| (*text).to_owned())
                    .collect::<Vec<_>>(),
            )
        };
        assert_eq!(
            settings(&[
                "plan=pro",
                "seats.licensed=5",
                "seats.basic=null",
                "choices.media_type=scim+json",
                "associated_domains=example.com, example.org",
                "roles=[\"Member\"]",
                "default_group=a=b",
            ])
            .unwrap(),
            json!({
                "plan": "pro",
                "seats": { "licensed": 5, "basic": null },
                "choices": { "media_type": "scim+json" },
                "associated_domains": ["example.com", "example.org"],
                "roles": ["Member"],
                "default_group": "a=b",
            })
        );
        for wrong in ["plan", "=x"] {
            assert_eq!(settings(&[wrong]).unwrap_err().exit_code(), 2, "{wrong}");
        }
    }
}
