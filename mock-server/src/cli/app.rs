//! `zoom-mock app`: a Server-to-Server OAuth app, from its making to its activation.

use clap::Subcommand;
use reqwest::Method;
use serde_json::{Map, Value, json};

use super::failure::Failure;
use super::remote::{Remote, Target};
use super::table;

#[derive(Debug, Subcommand)]
#[command(
    after_help = "An app as its maker makes it:\n  zoom-mock app create Provisioning\n  zoom-mock app describe CLIENT_ID \
                  --short-description 'Provisions users' \\\n    --company-name Example --developer-name Dana \
                  --developer-email dana@example.com\n  zoom-mock app scopes CLIENT_ID scim2 user:read:admin\n  \
                  zoom-mock app activate CLIENT_ID"
)]
pub(super) enum Command {
    /// All apps of an account
    List(Of),
    /// Everything about an app
    Show(One),
    /// Make an app: its credentials appear, and it is not active
    Create(Create),
    /// Fill in what is said about an app
    Describe(Describe),
    /// Set the scopes, all of them; they count for tokens that are issued from now on
    Scopes(Scopes),
    /// Activate an app; refused while something required is missing
    Activate(One),
    /// Deactivate an app; its tokens are invalid from now on
    Deactivate(One),
    /// Give an app another secret
    RotateSecret(One),
    /// Delete an app with its tokens
    Delete(One),
}

/// The account whose apps are meant.
#[derive(Debug, clap::Args)]
pub(super) struct Of {
    #[command(flatten)]
    target: Target,
    /// The account id; not needed where there is only one
    #[arg(long, value_name = "ID")]
    account: Option<String>,
}

/// One app.
#[derive(Debug, clap::Args)]
pub(super) struct One {
    #[command(flatten)]
    of: Of,
    /// The client id
    #[arg(value_name = "CLIENT_ID")]
    client_id: String,
}

/// The app to make.
#[derive(Debug, clap::Args)]
pub(super) struct Create {
    #[command(flatten)]
    of: Of,
    /// The name
    #[arg(value_name = "NAME")]
    name: String,
}

/// What is said about an app.
#[derive(Debug, clap::Args)]
pub(super) struct Describe {
    #[command(flatten)]
    one: One,
    #[command(flatten)]
    texts: Texts,
}

/// The texts about an app; what is left out stays.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = true)]
struct Texts {
    /// The name
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,
    /// What the app is for
    #[arg(long, value_name = "TEXT")]
    short_description: Option<String>,
    /// Whose it is
    #[arg(long, value_name = "TEXT")]
    company_name: Option<String>,
    /// The developer to ask
    #[arg(long, value_name = "TEXT")]
    developer_name: Option<String>,
    /// The developer's address
    #[arg(long, value_name = "ADDRESS")]
    developer_email: Option<String>,
}

/// The scopes of an app.
#[derive(Debug, clap::Args)]
pub(super) struct Scopes {
    #[command(flatten)]
    one: One,
    /// The scopes: classic names such as scim2, or granular ones such as scim2:admin, not both
    #[arg(value_name = "SCOPE", required = true)]
    scopes: Vec<String>,
}

impl Of {
    async fn open(&self) -> Result<(Remote, String), Failure> {
        let remote = self.target.open()?;
        let account = remote.account(self.account.as_deref()).await?;
        Ok((remote, account))
    }
}

impl One {
    /// Sends a request about the app; `action` is empty for the app itself. Shows the app that comes back.
    async fn send(
        &self,
        method: Method,
        action: &[&str],
        body: Option<&Value>,
    ) -> Result<(), Failure> {
        let (remote, account) = self.of.open().await?;
        let mut path = vec!["accounts", &account, "apps", &self.client_id];
        path.extend(action);
        let app = remote.send(method, &path, body).await?;
        let deleted = json!({ "client_id": self.client_id, "deleted": true });
        let shown = if app.is_null() { deleted } else { app };
        table::show(self.of.target.json, &shown, table::pairs)?;
        Ok(())
    }
}

impl Texts {
    fn change(&self) -> Value {
        let texts = [
            ("name", &self.name),
            ("short_description", &self.short_description),
            ("company_name", &self.company_name),
            ("developer_name", &self.developer_name),
            ("developer_email", &self.developer_email),
        ];
        let filled = texts
            .into_iter()
            .filter_map(|(field, text)| Some((field.to_owned(), Value::from(text.clone()?))));
        Value::Object(filled.collect::<Map<_, _>>())
    }
}

pub(super) async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::List(of) => {
            let (remote, account) = of.open().await?;
            let answer = remote.get(&["accounts", &account, "apps"]).await?;
            let apps = answer.get("apps").cloned().unwrap_or_default();
            table::show(of.target.json, &apps, |apps| {
                table::rows(apps, &["client_id", "active", "name"])
            })?;
            Ok(())
        }
        Command::Create(Create { of, name }) => {
            let (remote, account) = of.open().await?;
            let path = ["accounts", &account, "apps"];
            let app = remote
                .send(Method::POST, &path, Some(&json!({ "name": name })))
                .await?;
            table::show(of.target.json, &app, table::pairs)?;
            Ok(())
        }
        Command::Show(one) => one.send(Method::GET, &[], None).await,
        Command::Describe(Describe { one, texts }) => {
            one.send(Method::PATCH, &[], Some(&texts.change())).await
        }
        Command::Scopes(Scopes { one, scopes }) => {
            one.send(Method::PATCH, &[], Some(&json!({ "scopes": scopes })))
                .await
        }
        Command::Activate(one) => one.send(Method::POST, &["activate"], None).await,
        Command::Deactivate(one) => one.send(Method::POST, &["deactivate"], None).await,
        Command::RotateSecret(one) => one.send(Method::POST, &["rotate-secret"], None).await,
        Command::Delete(one) => one.send(Method::DELETE, &[], None).await,
    }
}
