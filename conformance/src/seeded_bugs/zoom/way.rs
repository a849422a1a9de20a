//! A request on its way: over a socket, or without one where Zoom is in the same process.

use http::HeaderMap;

use super::Zoom;
use crate::driver::{NoAnswer, VirtualTime};

/// An answer as it came.
pub(super) struct Met {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Met {
    pub(super) fn header(&self, name: http::HeaderName) -> Option<String> {
        let value = self.headers.get(name)?;
        value.to_str().ok().map(str::to_owned)
    }
}

impl Zoom {
    /// Sends a request, and says why no whole answer came.
    pub(super) async fn exchange(&self, request: reqwest::RequestBuilder) -> Result<Met, String> {
        match &self.time {
            Some(time) if time.is_inside() => within(time, request).await,
            _ => over_a_socket(request)
                .await
                .map_err(|error| error.to_string()),
        }
    }
}

async fn over_a_socket(request: reqwest::RequestBuilder) -> reqwest::Result<Met> {
    let answer = request.send().await?;
    Ok(Met {
        status: answer.status().as_u16(),
        headers: answer.headers().clone(),
        body: answer.bytes().await?.into(),
    })
}

async fn within(time: &VirtualTime, request: reqwest::RequestBuilder) -> Result<Met, String> {
    let request = request.build().map_err(|error| error.to_string())?;
    let patience = request.timeout().copied();
    let request = http::Request::<reqwest::Body>::try_from(request);
    let request = request.map_err(|error| error.to_string())?;
    let whole = |body: reqwest::Body| body.as_bytes().unwrap_or_default().to_vec();
    // As on a wire, others get their turn before the answer comes.
    tokio::task::yield_now().await;
    let sent = time.send(request.map(whole));
    let answer = match patience {
        Some(patience) => tokio::time::timeout(patience, sent)
            .await
            .map_err(|_| "no answer in time".to_owned())?,
        None => match sent.await {
            // Whoever has no patience to lose waits for ever.
            Err(NoAnswer::TimedOut) => std::future::pending().await,
            answer => answer,
        },
    };
    let (head, body) = answer.map_err(|none| none.to_string())?.into_parts();
    Ok(Met {
        status: head.status.as_u16(),
        headers: head.headers,
        body,
    })
}
