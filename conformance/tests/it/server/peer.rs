//! What listens on a port and is no Zoom.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Listens until it is dropped.
pub(super) struct Peer {
    address: SocketAddr,
    over: Arc<AtomicBool>,
}

impl Peer {
    /// One that answers each connection's first bytes with these; without any it never answers.
    pub(super) fn start(answer: Option<String>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let over = Arc::new(AtomicBool::new(false));
        let ends = Arc::clone(&over);
        std::thread::spawn(move || {
            let mut held = Vec::new();
            for stream in listener.incoming() {
                if ends.load(Ordering::Relaxed) {
                    return;
                }
                let mut stream = stream.unwrap();
                if let Some(answer) = &answer {
                    let _ = stream.read(&mut [0; 4096]);
                    let _ = stream.write_all(answer.as_bytes());
                } else {
                    held.push(stream);
                }
            }
        });
        Self { address, over }
    }

    /// One that answers with this status, headers and body.
    pub(super) fn answering(head: &str, body: &str) -> Self {
        let length = body.len();
        Self::start(Some(format!(
            "HTTP/1.1 {head}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
        )))
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        // The one that is waited for.
        let _ = std::net::TcpStream::connect(self.address);
    }
}
