//! A provisioner that is a server: each message is posted to it, and the body of its answer is the answer.

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use serde_json::Value;
use tokio::time::timeout;
use url::{Host, Url};

use super::misconduct::{Broken, Misconduct};
use super::{MAX_ANSWER_BYTES, told};

/// How much of what is said in one scenario is kept.
const KEPT_BYTES: usize = 64 * 1024;

/// A running server on this machine.
pub(super) struct Server {
    client: Client,
    url: Url,
    answers: String,
}

/// The text is no URL of a provisioner on this machine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{url}` is no URL of a provisioner on this machine ({why}): write it as http://127.0.0.1:8000, for the \
     messages hold a secret, and the Zoom that they lead to is on this machine alone"
)]
pub struct NotAServer {
    url: String,
    why: &'static str,
}

/// Reads the URL of a provisioner that is a server.
pub(super) fn server_url(text: &str) -> Result<Url, NotAServer> {
    let refuse = |why| NotAServer {
        url: text.to_owned(),
        why,
    };
    let url = Url::parse(text).map_err(|_| refuse("it cannot be read"))?;
    if url.scheme() != "http" {
        return Err(refuse("it does not begin with http://"));
    }
    let is_here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    match is_here {
        true => Ok(url),
        false => Err(refuse("its host is another machine")),
    }
}

impl Server {
    pub(super) fn new(url: Url) -> Result<Self, Broken> {
        // Whoever was first has installed it, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .no_proxy()
            .redirect(Policy::none())
            .build();
        let client = client.map_err(|error| broken(Misconduct::Unreachable, &error))?;
        Ok(Self {
            client,
            url,
            answers: String::new(),
        })
    }

    /// Posts a message and reads the answer's body; or says why there is none.
    pub(super) async fn ask(
        &mut self,
        what: &str,
        message: &Value,
        deadline: Duration,
    ) -> Result<Vec<u8>, Broken> {
        let answer = timeout(deadline, self.exchange(what, message)).await;
        let late = |_| {
            let seconds = deadline.as_secs_f64();
            let why = format!("it did not answer `{what}` in {seconds} s");
            Broken::new(Misconduct::TimedOut, why)
        };
        let body = answer.map_err(late)??;
        if self.answers.len() < KEPT_BYTES {
            self.answers.push_str(&String::from_utf8_lossy(&body));
        }
        Ok(body)
    }

    async fn exchange(&self, what: &str, message: &Value) -> Result<Vec<u8>, Broken> {
        let request = self.client.post(self.url.clone()).json(message);
        let answer = request.send().await.map_err(|error| {
            let misconduct = match what {
                "hello" => Misconduct::Unreachable,
                _ => Misconduct::Crashed,
            };
            broken(misconduct, &error)
        })?;
        let status = answer.status();
        let body = body(what, answer).await?;
        if status.as_u16() != 200 {
            let said = told(&String::from_utf8_lossy(&body));
            let why = format!("it answered `{what}` with HTTP {status}, and not with 200: {said}");
            return Err(Broken::new(Misconduct::Rubbish, why));
        }
        Ok(body)
    }

    pub(super) fn output(&self) -> &str {
        &self.answers
    }

    pub(super) fn forget_output(&mut self) {
        self.answers.clear();
    }
}

/// The answer's body, as far as an answer may be long.
async fn body(what: &str, mut answer: Response) -> Result<Vec<u8>, Broken> {
    let mut body = Vec::new();
    let cut = |error: reqwest::Error| broken(Misconduct::Crashed, &error);
    while let Some(chunk) = answer.chunk().await.map_err(cut)? {
        body.extend(chunk);
        if body.len() > MAX_ANSWER_BYTES {
            let why = format!("its answer to `{what}` exceeds {MAX_ANSWER_BYTES} bytes");
            return Err(Broken::new(Misconduct::Flood, why));
        }
    }
    Ok(body)
}

/// An error with its causes, of which the last says most.
fn broken(misconduct: Misconduct, error: &reqwest::Error) -> Broken {
    let mut why = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        why = format!("{why}: {inner}");
        cause = inner.source();
    }
    Broken::new(misconduct, why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_server_on_this_machine_is_told_secrets() {
        for url in [
            "http://127.0.0.1:8000",
            "http://localhost:1/driver",
            "http://[::1]:80/",
        ] {
            assert!(server_url(url).is_ok(), "{url}");
        }
        for (url, why) in [
            ("https://127.0.0.1", "begin with http"),
            ("http://example.com", "another machine"),
            ("http://192.168.0.1", "another machine"),
            ("127.0.0.1:8000", "read"),
            ("", "read"),
        ] {
            let refused = server_url(url).unwrap_err().to_string();
            assert!(refused.contains(why), "{url}: {refused}");
        }
    }
}
