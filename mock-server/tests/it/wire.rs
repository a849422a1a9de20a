//! Connections: TLS, HTTP/2, and clients that are slow, silent or gone.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use mock_server::{Config, MockServer, Timeouts};
use reqwest::Version;

/// Longer than any test takes: a time-out that is not the one under test.
const LONG: Duration = Duration::from_secs(600);
/// Short, so that a test of it is.
const SHORT: Duration = Duration::from_millis(50);

fn patient() -> Timeouts {
    Timeouts {
        header: LONG,
        body: LONG,
        idle: LONG,
    }
}

fn start(timeouts: Timeouts) -> MockServer {
    MockServer::start(&Config {
        timeouts,
        ..Config::default()
    })
    .unwrap()
}

/// Sends bytes and reads until the server closes the connection; the read would hang where it does not.
fn sent(server: &MockServer, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(server.base_url().trim_start_matches("http://")).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(60)))
        .unwrap();
    stream.write_all(bytes).unwrap();
    let mut answer = Vec::new();
    // A reset is a close, too.
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn a_client_that_says_nothing_is_let_go() {
    let server = start(Timeouts {
        idle: SHORT,
        ..patient()
    });
    assert_eq!(sent(&server, b""), "");
}

#[test]
fn a_client_that_stays_after_its_request_is_let_go() {
    let server = start(Timeouts {
        idle: SHORT,
        ..patient()
    });
    let answer = sent(&server, b"GET /nowhere HTTP/1.1\r\nhost: localhost\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
}

#[test]
fn a_client_that_never_reads_is_let_go() {
    let server = start(Timeouts {
        idle: SHORT,
        ..patient()
    });
    let mut stream = TcpStream::connect(server.base_url().trim_start_matches("http://")).unwrap();
    // Where the server waits for it, the client's own writing stops, and this is how long it would wait.
    stream
        .set_write_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let requests = "GET /_mock/openapi.json HTTP/1.1\r\nhost: localhost\r\n\r\n".repeat(1_000);
    let error = loop {
        if let Err(error) = stream.write_all(requests.as_bytes()) {
            break error;
        }
    };
    assert!(
        matches!(
            error.kind(),
            ErrorKind::ConnectionReset | ErrorKind::BrokenPipe
        ),
        "{error}"
    );
}

#[test]
fn headers_that_do_not_end_are_not_waited_for() {
    let server = start(Timeouts {
        header: SHORT,
        ..patient()
    });
    let answer = sent(&server, b"GET /nowhere HTTP/1.1\r\nhost: localh");
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 408"),
        "{answer}"
    );
}

#[test]
fn a_body_that_does_not_end_is_not_waited_for() {
    let server = start(Timeouts {
        body: SHORT,
        ..patient()
    });
    let head = b"POST /scim2/Users HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{";
    let answer = sent(&server, head);
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    let control =
        b"POST /_mock/accounts HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{";
    let answer = sent(&server, control);
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
}

/// Holds: head-limit
#[test]
fn a_head_has_limits() {
    let server = start(patient());
    let first_line = |head: String| {
        let answer = sent(
            &server,
            format!("{head}connection: close\r\n\r\n").as_bytes(),
        );
        answer.lines().next().unwrap_or_default().to_owned()
    };
    let with_target = |path: &str, length: usize| {
        let padding = "x".repeat(length - path.len());
        first_line(format!(
            "GET {path}{padding} HTTP/1.1\r\nhost: localhost\r\n"
        ))
    };
    const KIB: usize = 1024;
    for path in ["/scim2/Users?a=", "/oauth/token?a=", "/_mock/health?a="] {
        assert!(!with_target(path, 8 * KIB).contains("414"), "{path}");
        assert!(with_target(path, 8 * KIB + 1).contains("414"), "{path}");
        assert!(with_target(path, 15 * KIB).contains("414"), "{path}");
        assert!(with_target(path, 17 * KIB).contains("431"), "{path}");
    }
    let with_headers = |number: usize, length: usize| {
        let header = |number: usize| format!("x-{number}: {}\r\n", "x".repeat(length));
        let headers: String = (0..number).map(header).collect();
        first_line(format!(
            "GET /nowhere HTTP/1.1\r\nhost: localhost\r\n{headers}"
        ))
    };
    assert!(with_headers(98, 1).contains("404"));
    assert!(with_headers(99, 1).contains("431"));
    assert!(with_headers(1, 15 * KIB).contains("404"));
    assert!(with_headers(1, 17 * KIB).contains("431"));
    assert!(with_headers(1, 512 * KIB).contains("431"));
    assert_eq!(Timeouts::default().header, Duration::from_secs(10));
}

#[test]
fn what_is_no_http_is_refused() {
    let server = start(patient());
    for garbage in [
        &b"\x16\x03\x01\x00\x05hello\r\n\r\n"[..],
        b"GET\r\n\r\n",
        b"\r\n\r\n\0\0\0\0",
    ] {
        let answer = sent(&server, garbage);
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 400"),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn tls_is_spoken_to_who_trusts_the_authority_with_http_2() {
    let server = MockServer::start(&Config {
        tls: true,
        ..Config::default()
    })
    .unwrap();
    assert!(server.base_url().starts_with("https://127.0.0.1:"));
    let _ = rustls::crypto::ring::default_provider().install_default();
    let authority = reqwest::Certificate::from_pem(server.ca_pem().unwrap().as_bytes()).unwrap();
    let client = |version_2: bool| {
        let builder = reqwest::Client::builder()
            .no_proxy()
            .tls_certs_only([authority.clone()]);
        if version_2 {
            builder
        } else {
            builder.http1_only()
        }
        .build()
        .unwrap()
    };
    for (version_2, version) in [(true, Version::HTTP_2), (false, Version::HTTP_11)] {
        let answer = client(version_2)
            .get(format!("{}/health", server.control_url()))
            .send()
            .await
            .unwrap();
        assert_eq!((answer.status().as_u16(), answer.version()), (200, version));
    }
    let by_name = server.control_url().replace("127.0.0.1", "localhost");
    assert_eq!(
        client(true)
            .get(format!("{by_name}/health"))
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
    let stranger = super::client::http()
        .get(format!("{}/health", server.control_url()))
        .send()
        .await;
    assert!(stranger.is_err(), "nobody trusts it who was not told to");
}

/// Who is reached from elsewhere is reached by other names.
#[tokio::test]
async fn the_certificate_is_for_every_name_of_the_server() {
    let server = MockServer::start(&Config {
        listen: "0.0.0.0:0".parse().unwrap(),
        tls: true,
        tls_names: vec!["mock.example".to_owned(), "192.0.2.7".to_owned()],
        control_token: Some("token".to_owned()),
        ..Config::default()
    })
    .unwrap();
    let _ = rustls::crypto::ring::default_provider().install_default();
    let authority = reqwest::Certificate::from_pem(server.ca_pem().unwrap().as_bytes()).unwrap();
    let port: u16 = server
        .base_url()
        .rsplit(':')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    let asked = async |name: &str| {
        let client = reqwest::Client::builder()
            .no_proxy()
            .tls_certs_only([authority.clone()])
            .resolve(name, ([127, 0, 0, 1], port).into())
            .build()
            .unwrap();
        let url = format!("https://{name}:{port}/_mock/health");
        client.get(url).bearer_auth("token").send().await
    };
    for name in ["localhost", "127.0.0.1", "mock.example"] {
        assert_eq!(asked(name).await.unwrap().status(), 200, "{name}");
    }
    assert!(asked("other.example").await.is_err());
    if let Ok(own) = std::fs::read_to_string("/proc/sys/kernel/hostname") {
        assert_eq!(asked(own.trim()).await.unwrap().status(), 200, "{own}");
    }
}

#[tokio::test]
async fn http_2_is_spoken_without_tls_to_who_begins_with_it() {
    let server = start(patient());
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder()
        .no_proxy()
        .http2_prior_knowledge()
        .build()
        .unwrap();
    let answer = client
        .get(format!("{}/health", server.control_url()))
        .send()
        .await
        .unwrap();
    assert_eq!(
        (answer.status().as_u16(), answer.version()),
        (200, Version::HTTP_2)
    );
    let padded = async |bytes: usize| {
        let request = client.get(format!("{}/health", server.control_url()));
        let answer = request.header("x-padding", "x".repeat(bytes)).send().await;
        // A client that heeds the limit by itself does not ask.
        answer.map_or(431, |answer| answer.status().as_u16())
    };
    assert_eq!(
        (padded(15 * 1024).await, padded(17 * 1024).await),
        (200, 431)
    );
}

#[test]
fn a_stop_lets_the_request_under_way_be_answered() {
    let server = start(patient());
    let address = server.base_url().trim_start_matches("http://").to_owned();
    let mut stream = TcpStream::connect(&address).unwrap();
    let head = "POST /scim2/Users HTTP/1.1\r\nhost: localhost\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    // The server asks for the body: the request is under way.
    let mut asked = [0; "HTTP/1.1 100 Continue\r\n\r\n".len()];
    stream.read_exact(&mut asked).unwrap();
    let stopping = std::thread::spawn(move || server.stop(LONG));
    // Once nobody listens any more, the stop has begun.
    while TcpStream::connect(&address).is_ok() {
        std::thread::yield_now();
    }
    stream.write_all(b"{}").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    stopping.join().unwrap();
}

#[test]
fn a_stop_does_not_wait_for_what_has_no_end() {
    let server = start(patient());
    let address = server.base_url().trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).unwrap();
    let head = b"GET /_mock/journal/events HTTP/1.1\r\nhost: localhost\r\n\r\n";
    stream.write_all(head).unwrap();
    // It has begun.
    let mut first = [0; "HTTP/1.1 200 OK\r\n".len()];
    stream.read_exact(&mut first).unwrap();
    let (stopped, wait) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        server.stop(LONG);
        stopped.send(()).unwrap();
    });
    wait.recv_timeout(Duration::from_secs(30)).unwrap();
    let mut rest = String::new();
    stream.read_to_string(&mut rest).unwrap();
    assert!(
        rest.ends_with("0\r\n\r\n"),
        "the stream is ended well: {rest}"
    );
}
