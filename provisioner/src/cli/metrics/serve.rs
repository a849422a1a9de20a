//! The port for readiness and metrics.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE, HOST};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use super::Metrics;
use super::loopback::{Loopback, is_loopback_host};
use crate::cli::Failure;

/// How many connections there are at once; more are closed.
const MAX_CONNECTIONS: usize = 32;
/// How long the head of a request may take.
const HEAD_LIMIT: Duration = Duration::from_secs(5);
/// How long a connection may live; whoever asks every few seconds makes another now and then.
const CONNECTION_LIMIT: Duration = Duration::from_secs(120);
/// How large the head of a request may be, in bytes: the least that hyper allows.
const MAX_HEAD_BYTES: usize = 8 * 1024;
/// How long to wait when no connection can be taken, such as for want of file descriptors.
const ACCEPT_WAIT: Duration = Duration::from_millis(100);
/// What `Content-Type` says of metrics.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Begins to serve; gives the address that is bound.
pub(in crate::cli) async fn serve(
    address: Loopback,
    metrics: Arc<Metrics>,
) -> Result<SocketAddr, Failure> {
    let failed = |error| Failure::Metrics {
        address: address.0,
        error,
    };
    let listener = TcpListener::bind(address.0).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    tokio::spawn(accept(listener, metrics));
    Ok(bound)
}

async fn accept(listener: TcpListener, metrics: Arc<Metrics>) {
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(ACCEPT_WAIT).await;
            continue;
        };
        if let Ok(place) = Arc::clone(&places).try_acquire_owned() {
            let metrics = Arc::clone(&metrics);
            tokio::spawn(async move {
                let _ = tokio::time::timeout(CONNECTION_LIMIT, talk(stream, &metrics)).await;
                drop(place);
            });
        }
    }
}

/// What goes wrong on a connection is the other end's business.
async fn talk(stream: TcpStream, metrics: &Metrics) {
    let answer = service_fn(|request| {
        let answer = answer(&request, metrics);
        async { Ok::<_, Infallible>(answer) }
    });
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_LIMIT)
        .max_buf_size(MAX_HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), answer)
        .await;
}

fn answer(request: &Request<Incoming>, metrics: &Metrics) -> Response<Full<Bytes>> {
    let host = request.headers().get(HOST);
    let host = host.and_then(|host| host.to_str().ok());
    // A page from elsewhere may have made its name resolve to this machine (DNS rebinding).
    if !host.is_some_and(is_loopback_host) {
        return text(StatusCode::MISDIRECTED_REQUEST, "this is not that host\n");
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let mut refused = text(StatusCode::METHOD_NOT_ALLOWED, "GET is all there is\n");
        let allow = HeaderValue::from_static("GET, HEAD");
        refused.headers_mut().insert(ALLOW, allow);
        return refused;
    }
    match request.uri().path() {
        "/healthz" => text(StatusCode::OK, "alive\n"),
        "/readyz" => match metrics.unready() {
            None => text(StatusCode::OK, "ready\n"),
            Some(why) => text(
                StatusCode::SERVICE_UNAVAILABLE,
                format!("not ready: {why}\n"),
            ),
        },
        "/metrics" => match metrics.text() {
            Ok(all) => {
                let mut answer = text(StatusCode::OK, all);
                let media_type = HeaderValue::from_static(OPEN_METRICS);
                answer.headers_mut().insert(CONTENT_TYPE, media_type);
                answer
            }
            Err(_) => text(
                StatusCode::INTERNAL_SERVER_ERROR,
                "no metrics can be made\n",
            ),
        },
        _ => text(
            StatusCode::NOT_FOUND,
            "there are /healthz, /readyz and /metrics\n",
        ),
    }
}

fn text(status: StatusCode, body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut answer = Response::new(Full::new(body.into()));
    *answer.status_mut() = status;
    let media_type = HeaderValue::from_static("text/plain; charset=utf-8");
    answer.headers_mut().insert(CONTENT_TYPE, media_type);
    answer
}
