//! A bare axum server: routes, reads the body, and returns the same bytes whatever is asked.

use std::net::SocketAddr;
use std::sync::mpsc;

use axum::Router;
use axum::body::Bytes;
use axum::routing::{any, get};
use http::{StatusCode, header};
use tokio::sync::oneshot;

/// A running server; gone when dropped.
pub(crate) struct Bare {
    authority: String,
    stop: Option<oneshot::Sender<()>>,
}

impl Bare {
    pub(crate) fn authority(&self) -> &str {
        &self.authority
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
    }
}

/// Serves the status and the body of an answer, on as many threads as the stand-in has.
pub(crate) fn serve(answer: Vec<u8>) -> Bare {
    let head = answer
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .unwrap()
        + 4;
    let status = StatusCode::from_bytes(&answer[9..12]).unwrap();
    let body = Bytes::from(answer).slice(head..);
    let (stop, stopped) = oneshot::channel();
    let (ready, address) = mpsc::channel::<SocketAddr>();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let answer = move |_: Bytes| {
                let body = body.clone();
                async move { (status, [(header::CONTENT_TYPE, "application/json;charset=UTF-8")], body) }
            };
            let router = Router::new()
                .route("/scim2/Users", any(answer.clone()))
                .route("/scim2/Users/{id}", get(answer));
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            ready.send(listener.local_addr().unwrap()).unwrap();
            tokio::select! {
                served = axum::serve(axum::serve::ListenerExt::tap_io(listener, |stream| { let _ = stream.set_nodelay(true); }), router) => served.unwrap(),
                _ = stopped => {}
            }
        });
        runtime.shutdown_background();
    });
    Bare {
        authority: address.recv().unwrap().to_string(),
        stop: Some(stop),
    }
}
