//! Which of the two sides a request is for: the control API's routes, or Zoom's own.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use http::uri::PathAndQuery;
use http::{Request, Uri};
use hyper::body::Incoming;
use tower::ServiceExt as _;

use super::Zoom;
use super::wire::Wire;
use crate::control;
use crate::http::exchange::{self, Cut};
use crate::http::is_too_long;

/// Where the control API is.
const CONTROL: &str = "/_mock";

/// Both sides; clones share them.
#[derive(Clone)]
pub(super) struct Site {
    zoom: Arc<Zoom>,
    control: Router,
}

impl Site {
    pub(super) fn new(zoom: &Arc<Zoom>) -> Self {
        let control = Router::new().nest(CONTROL, control::routes(zoom));
        Self {
            zoom: Arc::clone(zoom),
            control: control.with_state(Arc::clone(zoom)),
        }
    }

    /// Answers a request. Zoom's side is a table of its own, without a router's way to it.
    pub(super) async fn answer(
        self: Arc<Self>,
        mut request: Request<Incoming>,
        wire: Arc<Wire>,
    ) -> Result<Response, Cut> {
        // The router has no path that ends with a slash.
        if request.uri().path().strip_prefix(CONTROL) == Some("/") {
            *request.uri_mut() = without_slash(request.uri());
        }
        let below = request.uri().path().strip_prefix(CONTROL);
        if below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
            if is_too_long(request.uri()) {
                return Ok(control::uri_too_long());
            }
            let control = self.control.clone();
            return Ok(match control.oneshot(request.map(Body::new)).await {
                Ok(answer) => answer,
                Err(never) => match never {},
            });
        }
        exchange::answer(&self.zoom, request, &wire).await
    }
}

/// The address of the control API itself, as it was sent but for the slash at its end.
fn without_slash(uri: &Uri) -> Uri {
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::from_static(CONTROL));
    Uri::from_parts(parts).unwrap_or_else(|_| uri.clone())
}
