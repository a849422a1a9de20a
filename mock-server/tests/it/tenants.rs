//! Many accounts through one URL.

use mock_server::{AccountSpec, Config, MockServer, Preset, Settings};
use serde_json::{Value, json};

use super::client::http;

struct Tenants {
    server: MockServer,
    http: reqwest::Client,
}

impl Tenants {
    fn start(makes_tenants: bool) -> Self {
        Self::with(&Config {
            makes_tenants,
            ..Config::default()
        })
    }

    fn with(config: &Config) -> Self {
        Self {
            server: MockServer::start(config).unwrap(),
            http: http(),
        }
    }

    async fn ask(&self, tenant: &str, client: &str, secret: &str) -> (u16, Value) {
        let url = format!("{}/t/{tenant}/oauth/token", self.server.base_url());
        let form = [
            ("grant_type", "account_credentials"),
            ("account_id", tenant),
        ];
        let answer = self
            .http
            .post(url)
            .basic_auth(client, Some(secret))
            .form(&form)
            .send()
            .await
            .unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    async fn list(&self, tenant: &str, token: &Value) -> (u16, Value) {
        let url = format!("{}/t/{tenant}/scim2/Users?count=10", self.server.base_url());
        let answer = self
            .http
            .get(url)
            .bearer_auth(token.as_str().unwrap())
            .send()
            .await
            .unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }
}

#[tokio::test]
async fn a_tenant_is_made_by_its_first_token_request() {
    let tenants = Tenants::start(true);
    let (status, acme) = tenants.ask("acme", "cid", "secret").await;
    assert_eq!(status, 200, "{acme}");
    assert_eq!(
        tenants.ask("acme", "cid", "other").await.0,
        400,
        "the first secret is the tenant's"
    );
    let (status, globex) = tenants.ask("globex", "cid2", "secret").await;
    assert_eq!(status, 200, "{globex}");
    assert_eq!(
        tenants.ask("third", "cid", "secret").await.0,
        400,
        "a client id belongs to one account"
    );

    let (acme, globex) = (&acme["access_token"], &globex["access_token"]);
    let url = format!("{}/t/acme/v2/scim2/Users", tenants.server.base_url());
    let ann = json!({ "userName": "ann@example.com" });
    let created = tenants
        .http
        .post(url)
        .bearer_auth(acme.as_str().unwrap())
        .json(&ann)
        .send()
        .await
        .unwrap();
    assert_eq!(created.status(), 201);
    assert_eq!(tenants.list("acme", acme).await.1["totalResults"], 1);
    assert_eq!(tenants.list("globex", globex).await.1["totalResults"], 0);
    // A token leads nowhere but into its own account, and the plain paths lead into it as well.
    assert_eq!(tenants.list("globex", acme).await.0, 401);
    let plain = format!("{}/Users?count=1", tenants.server.scim_url());
    let answer = tenants
        .http
        .get(plain)
        .bearer_auth(acme.as_str().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(answer.json::<Value>().await.unwrap()["totalResults"], 1);
}

/// Holds: token-bad-tenant
#[tokio::test]
async fn tenants_are_made_only_where_the_server_allows_it() {
    let tenants = Tenants::start(false);
    let bad_request = json!({ "reason": "Bad Request", "error": "invalid_request" });
    assert_eq!(
        tenants.ask("acme", "cid", "secret").await,
        (400, bad_request)
    );
    assert_eq!(tenants.list("acme", &json!("token")).await.0, 404);
    let account = tenants.server.default_account();
    let credentials = account.credentials();
    let (status, issued) = tenants
        .ask(
            account.id(),
            &credentials.client_id,
            &credentials.client_secret,
        )
        .await;
    assert_eq!(status, 200, "{issued}");
    assert_eq!(
        tenants.list(account.id(), &issued["access_token"]).await.0,
        200
    );
}

#[tokio::test]
async fn a_request_that_is_wrong_makes_no_tenant() {
    let tenants = Tenants::start(true);
    let token = async |path: &str, client: Option<(&str, &str)>, form: &[(&str, &str)]| {
        let url = format!("{}/t/{path}/oauth/token", tenants.server.base_url());
        let mut request = tenants.http.post(url).form(form);
        if let Some((id, secret)) = client {
            request = request.basic_auth(id, Some(secret));
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 400, "{path}");
        answer.json::<Value>().await.unwrap()
    };
    let grant = ("grant_type", "account_credentials");
    let good = [grant, ("account_id", "acme")];
    let client = Some(("cid", "secret"));
    for (client, form, error) in [
        (None, &good[..], "invalid_client"),
        (Some(("", "")), &good, "invalid_client"),
        (Some(("cid", "")), &good, "invalid_client"),
        (client, &[], "unsupported_grant_type"),
        (
            client,
            &[("grant_type", "password"), good[1]],
            "unsupported_grant_type",
        ),
        (client, &[grant, ("account_id", "other")], "invalid_request"),
        (client, &good[..1], "invalid_request"),
    ] {
        assert_eq!(token("acme", client, form).await["error"], error);
    }
    let long = "a".repeat(129);
    for (path, id, says) in [
        (
            long.as_str(),
            long.as_str(),
            "`account_id` has at most 128 bytes",
        ),
        ("a%2Fb", "a/b", "`account_id` must not hold '/'"),
        ("a%0Ab", "a\nb", "`account_id` must not hold '\\n'"),
    ] {
        let refused = token(path, client, &[grant, ("account_id", id)]).await;
        assert_eq!(
            refused,
            json!({ "reason": says, "error": "invalid_request" })
        );
    }
    let refused = token("acme", Some((&long, "secret")), &good).await;
    assert_eq!(refused["reason"], "`client_id` has at most 128 bytes");
    let url = format!("{}/accounts", tenants.server.control_url());
    let accounts: Value = tenants
        .http
        .get(url)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(accounts["accounts"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_tenant_has_the_settings_that_the_server_was_started_with() {
    let mut settings = Settings {
        default_count: 7,
        ..Settings::default()
    };
    settings.rate_limits.preset = Preset::Business;
    let tenants = Tenants::with(&Config {
        makes_tenants: true,
        account: AccountSpec {
            settings,
            token_expires_in_s: Some(60),
            ..AccountSpec::default()
        },
        ..Config::default()
    });
    let (status, issued) = tenants.ask("acme", "cid", "secret").await;
    assert_eq!((status, &issued["expires_in"]), (200, &json!(60)));
    let url = format!("{}/accounts/acme/settings", tenants.server.control_url());
    let held: Value = tenants
        .http
        .get(url)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(
        (&held["default_count"], &held["rate_limits"]["preset"]),
        (&json!(7), &json!("business"))
    );
}
