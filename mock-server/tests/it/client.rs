//! A small client, and a server for each test.

use mock_server::{Account, AccountSpec, Config, MockServer};
use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder};
use serde_json::Value;

/// A server with an account and a client that knows its credentials.
pub(crate) struct Zoom {
    pub(crate) server: MockServer,
    pub(crate) account: Account,
    pub(crate) http: reqwest::Client,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Asserts status and body, the body byte for byte.
    #[track_caller]
    pub(crate) fn is(&self, status: u16, body: &str) {
        assert_eq!((self.status, self.text.as_str()), (status, body));
    }

    /// Asserts a SCIM error in Zoom's envelope.
    #[track_caller]
    pub(crate) fn is_scim_error(&self, status: u16, detail: &str) {
        let detail = Value::from(detail);
        let schemas = r#"["urn:ietf:params:scim:api:messages:2.0:Error"]"#;
        self.is(
            status,
            &format!(r#"{{"schemas":{schemas},"detail":{detail},"status":{status}}}"#),
        );
    }
}

pub(crate) fn http() -> reqwest::Client {
    // Another test may have installed the provider already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

impl Zoom {
    pub(crate) fn start() -> Self {
        Self::with(AccountSpec::default())
    }

    pub(crate) fn with(spec: AccountSpec) -> Self {
        let server = MockServer::start(&Config::default()).unwrap();
        let account = server.create_account(spec).unwrap();
        Self {
            server,
            account,
            http: http(),
        }
    }

    pub(crate) async fn send(&self, request: RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        Answer {
            status,
            headers: response.headers().clone(),
            text: response.text().await.unwrap(),
        }
    }

    /// A token request with these parameters in the form body.
    pub(crate) async fn ask_token(&self, id: &str, secret: &str, form: &[(&str, &str)]) -> Answer {
        let request = self
            .http
            .post(self.server.token_url())
            .basic_auth(id, Some(secret))
            .form(form);
        self.send(request).await
    }

    pub(crate) async fn token(&self) -> String {
        let credentials = self.account.credentials();
        let form = [
            ("grant_type", "account_credentials"),
            ("account_id", &credentials.account_id),
        ];
        let answer = self
            .ask_token(&credentials.client_id, &credentials.client_secret, &form)
            .await;
        answer.json()["access_token"].as_str().unwrap().to_owned()
    }

    /// A SCIM request with a fresh token.
    pub(crate) async fn scim(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let url = format!("{}{path}", self.server.scim_url());
        let mut request = self
            .http
            .request(method, url)
            .bearer_auth(self.token().await);
        if let Some(body) = body {
            request = request.json(body);
        }
        self.send(request).await
    }

    /// A request to any path of the server with a fresh token.
    pub(crate) async fn fetch(&self, path: &str) -> Answer {
        let url = format!("{}{path}", self.server.base_url());
        self.send(self.http.get(url).bearer_auth(self.token().await))
            .await
    }

    /// A request to the control API.
    pub(crate) async fn control(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let url = format!("{}{path}", self.server.control_url());
        let mut request = self.http.request(method, url);
        if let Some(body) = body {
            request = request.json(body);
        }
        self.send(request).await
    }

    /// Changes the account's settings.
    #[track_caller]
    pub(crate) fn set(&self, change: &Value) {
        self.account.change_settings(change).unwrap();
    }

    /// Adds a user by hand and gives the path of SCIM2 that leads to them.
    #[track_caller]
    pub(crate) fn by_hand(&self, user: &Value) -> String {
        format!("/Users/{}", self.account.add_user(user).unwrap())
    }

    pub(crate) async fn put(&self, path: &str, change: &Value) -> Answer {
        self.scim(Method::PUT, path, Some(change)).await
    }

    pub(crate) async fn patch(&self, path: &str, patch: &Value) -> Answer {
        self.scim(Method::PATCH, path, Some(patch)).await
    }

    /// The documented patch of `active`.
    pub(crate) async fn set_active(&self, path: &str, active: bool) -> Answer {
        let operation = serde_json::json!({ "op": "replace", "value": { "active": active } });
        let patch = serde_json::json!({ "Operations": [operation] });
        self.patch(path, &patch).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.scim(Method::DELETE, path, None).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.scim(Method::GET, path, None).await
    }

    pub(crate) async fn create(&self, user: &Value) -> Answer {
        self.scim(Method::POST, "/Users", Some(user)).await
    }

    /// A server whose account has these settings.
    pub(crate) fn set_to(settings: &Value) -> Self {
        let zoom = Self::start();
        zoom.set(settings);
        zoom
    }

    /// Creates a user of this address and gives the id.
    pub(crate) async fn user(&self, address: &str) -> String {
        let created = self
            .create(&serde_json::json!({ "userName": address }))
            .await;
        assert_eq!(created.status, 201, "{}", created.text);
        created.json()["id"].as_str().unwrap().to_owned()
    }
}
