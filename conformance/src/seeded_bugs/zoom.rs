//! The reference provisioner's requests: no retries, no cleverness.

use serde_json::{Map, Value, json};

use crate::driver::{ConnectionSettings, DriverError};

/// How many users are asked for at once, and how many pages are read at the most.
const PAGE: usize = 100;
const MAX_PAGES: usize = 1_000;

/// Zoom, through one connection.
pub(super) struct Zoom {
    pub(super) http: reqwest::Client,
    pub(super) connection: ConnectionSettings,
    pub(super) token: Option<String>,
}

/// What Zoom answered to a write.
pub(super) enum Answer {
    Done(Value),
    NotFound,
    Duplicate,
}

impl Zoom {
    /// All users, by what each page returned.
    pub(super) async fn list(&mut self) -> Result<Vec<Value>, DriverError> {
        let mut users: Vec<Value> = Vec::new();
        for _ in 0..MAX_PAGES {
            let query = format!("?startIndex={}&count={PAGE}", users.len() + 1);
            let (status, page) = self.send("GET", &query, None).await?;
            let items = page.get("Resources").and_then(Value::as_array).cloned();
            let (200, Some(items)) = (status, items) else {
                return Err(unexpected("list", status, &page));
            };
            let total = page
                .get("totalResults")
                .and_then(Value::as_u64)
                .unwrap_or(0);
            let empty = items.is_empty();
            users.extend(items);
            if empty || users.len() as u64 >= total {
                return Ok(users);
            }
        }
        Err(DriverError::Answered(
            "the list of users does not end".to_owned(),
        ))
    }

    pub(super) async fn get(&mut self, id: &str) -> Result<Option<Value>, DriverError> {
        match self.send("GET", &format!("/{id}"), None).await? {
            (200, user) => Ok(Some(user)),
            (404, _) => Ok(None),
            (status, body) => Err(unexpected("get", status, &body)),
        }
    }

    pub(super) async fn create(&mut self, user: Map<String, Value>) -> Result<Answer, DriverError> {
        self.write("POST", "", Some(Value::Object(user))).await
    }

    pub(super) async fn put(
        &mut self,
        id: &str,
        change: Map<String, Value>,
    ) -> Result<Answer, DriverError> {
        self.write("PUT", &format!("/{id}"), Some(Value::Object(change)))
            .await
    }

    pub(super) async fn deactivate(&mut self, id: &str) -> Result<Answer, DriverError> {
        let operation = json!({ "op": "replace", "value": { "active": false } });
        let body = json!({ "Operations": [operation] });
        self.write("PATCH", &format!("/{id}"), Some(body)).await
    }

    pub(super) async fn delete(&mut self, id: &str) -> Result<Answer, DriverError> {
        self.write("DELETE", &format!("/{id}"), None).await
    }

    async fn write(
        &mut self,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> Result<Answer, DriverError> {
        let (status, answer) = self.send(method, path, body).await?;
        let duplicate = answer.to_string().contains("already");
        match status {
            200 | 201 | 204 => Ok(Answer::Done(answer)),
            404 => Ok(Answer::NotFound),
            400 | 409 if duplicate => Ok(Answer::Duplicate),
            _ => Err(unexpected(method, status, &answer)),
        }
    }

    async fn send(
        &mut self,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> Result<(u16, Value), DriverError> {
        let token = match &self.token {
            Some(token) => token.clone(),
            None => self.issue().await?,
        };
        let method = reqwest::Method::from_bytes(method.as_bytes())
            .map_err(|error| DriverError::Answered(error.to_string()))?;
        let url = format!("{}/Users{path}", self.connection.scim_url);
        let mut request = self.http.request(method, url).bearer_auth(token);
        if let Some(mut body) = body {
            if let Some(map) = body.as_object_mut() {
                map.insert(
                    "schemas".to_owned(),
                    json!(["urn:ietf:params:scim:schemas:core:2.0:User"]),
                );
            }
            request = request.json(&body);
        }
        let response = request.send().await.map_err(|error| unreachable(&error))?;
        let status = response.status().as_u16();
        let text = response.text().await.map_err(|error| unreachable(&error))?;
        Ok((status, serde_json::from_str(&text).unwrap_or(Value::Null)))
    }

    async fn issue(&mut self) -> Result<String, DriverError> {
        let form = [
            ("grant_type", "account_credentials"),
            ("account_id", self.connection.account_id.as_str()),
        ];
        let request = self
            .http
            .post(&self.connection.token_url)
            .basic_auth(
                &self.connection.client_id,
                Some(&self.connection.client_secret),
            )
            .form(&form);
        let response = request.send().await.map_err(|error| unreachable(&error))?;
        let answer: Value = response.json().await.map_err(|error| unreachable(&error))?;
        let token = answer.get("access_token").and_then(Value::as_str);
        let token = token
            .ok_or_else(|| DriverError::Answered("no token".to_owned()))?
            .to_owned();
        self.token = Some(token.clone());
        Ok(token)
    }
}

fn unexpected(what: &str, status: u16, body: &Value) -> DriverError {
    DriverError::Answered(format!("{what} was answered with {status}: {body}"))
}

fn unreachable(error: &reqwest::Error) -> DriverError {
    DriverError::Answered(format!("Zoom could not be reached: {error}"))
}
