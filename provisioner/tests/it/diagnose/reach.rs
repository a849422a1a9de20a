//! Reaching a host, and getting an answer at all.

use super::super::door::http;
use super::*;

#[tokio::test]
async fn both_hosts_are_reached_for_where_they_differ() {
    let (token, scim) = (Door::http(zoom).await, Door::http(zoom).await);
    let split = connection(token.url("/oauth/token"), scim.url("/scim2"));
    let diagnosis = tested(&split, PATIENT).await;
    let reached = diagnosis.steps.iter();
    let reached: Vec<_> = reached
        .filter(|step| step.name == StepName::Tcp)
        .filter_map(|step| step.host.clone())
        .collect();
    assert_eq!(
        reached,
        [token.address.to_string(), scim.address.to_string()]
    );
    assert_eq!((token.count(""), scim.count("")), (1, 2));
    // Where the second is not there, no secret has been sent to the first.
    let gone = connection(token.url("/oauth/token"), refused().await + "/scim2");
    let diagnosis = tested(&gone, PATIENT).await;
    assert_eq!((code(&diagnosis), token.count("")), (Code::Refused, 1));
}

/// The URL of a port that nobody listens at.
async fn refused() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

#[tokio::test]
async fn says_why_a_host_is_not_reached() {
    let gone = refused().await;
    let diagnosis = tested(&connection(gone.clone() + "/t", gone + "/scim2"), PATIENT).await;
    assert_eq!(
        (code(&diagnosis), last(&diagnosis)),
        (Code::Refused, StepName::Tcp)
    );

    let nowhere = "https://no-such-host.invalid";
    let nowhere = connection(format!("{nowhere}/t"), format!("{nowhere}/scim2"));
    let diagnosis = tested(&nowhere, SHORT).await;
    assert_eq!(
        (code(&diagnosis), last(&diagnosis)),
        (Code::HostNotFound, StepName::NameResolution)
    );
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_host_that_takes_no_connection_is_not_waited_for_long() {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    // Nobody accepts: once the queue is full, connecting stalls.
    let mut queue = Vec::new();
    let limit = Duration::from_millis(200);
    while let Ok(stream) =
        tokio::time::timeout(limit, tokio::net::TcpStream::connect(address)).await
    {
        queue.push(stream.unwrap());
    }
    let url = format!("http://{address}");
    let full = connection(format!("{url}/t"), format!("{url}/scim2"));
    let limits = TestLimits {
        connect: limit,
        ..PATIENT
    };
    let diagnosis = tested(&full, limits).await;
    assert_eq!(
        (code(&diagnosis), last(&diagnosis)),
        (Code::ConnectTimeout, StepName::Tcp)
    );
}

#[tokio::test]
async fn says_how_an_answer_did_not_come() {
    for (reply, limits, expected) in [
        (Reply::Silence, SHORT, Code::ReadTimeout),
        (Reply::Close, PATIENT, Code::Dropped),
        (Reply::Reset, PATIENT, Code::Dropped),
    ] {
        let door = with_token(reply.clone()).await;
        let diagnosis = tested(&at(&door), limits).await;
        assert_eq!(code(&diagnosis), expected, "{reply:?}");
        assert_eq!(last(&diagnosis), StepName::Token);
        assert_eq!(door.requests().len(), 1, "once: {reply:?}");
        let door = with_users(reply.clone()).await;
        let diagnosis = tested(&at(&door), limits).await;
        assert_eq!(code(&diagnosis), expected, "{reply:?}");
        assert_eq!(last(&diagnosis), StepName::Scim);
    }
    // An answer that stops half-way is late as well.
    let half = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{".to_vec();
    let door = with_users(Reply::Bytes(half)).await;
    assert_eq!(code(&tested(&at(&door), PATIENT).await), Code::AnswerCut);
}

#[tokio::test]
async fn what_is_not_http_is_not_zoom() {
    let address = speaks(Some(b"SSH-2.0-OpenSSH_9.6\r\n")).await;
    let url = format!("http://{address}");
    let ssh = connection(format!("{url}/t"), format!("{url}/scim2"));
    assert_eq!(code(&tested(&ssh, PATIENT).await), Code::TokenNotJson);
}

#[tokio::test]
async fn settings_are_judged_before_anything_is_sent() {
    let door = Door::http(zoom).await;
    let right = || at(&door);
    for (wrong, expected) in [
        (
            Connection {
                client_secret: format!("{SECRET}\n").into(),
                ..right()
            },
            Code::StrayWhiteSpace,
        ),
        (
            Connection {
                account_id: " acc".to_owned(),
                ..right()
            },
            Code::StrayWhiteSpace,
        ),
        (
            Connection {
                scim_url: format!("http://u:{SECRET}@127.0.0.1/scim2"),
                ..right()
            },
            Code::InvalidUrl,
        ),
        (
            Connection {
                token_url: "http://zoom.us/oauth/token".to_owned(),
                ..right()
            },
            Code::InsecureUrl,
        ),
        (
            Connection {
                token_url: String::new(),
                ..right()
            },
            Code::InvalidUrl,
        ),
    ] {
        let transport = Transport::new().unwrap();
        let diagnosis = test_connection(&wrong, &transport, PATIENT).await;
        assert_eq!(code(&diagnosis), expected);
        assert_eq!(diagnosis.steps.len(), 1);
        assert_shows_no_secret(&serde_json::to_string(&diagnosis).unwrap());
    }
    assert_eq!(door.connections(), 0);
}

#[tokio::test]
async fn a_moment_of_unavailability_is_waited_for() {
    let unavailable = |times: usize, headers: &'static [(&str, &str)]| {
        let seen = std::sync::Mutex::new(0);
        Door::http(move |request| {
            let mut seen = seen.lock().unwrap();
            *seen += 1;
            if *seen <= times {
                http(503, headers, "")
            } else {
                zoom(request)
            }
        })
    };
    let door = unavailable(2, &[]).await;
    assert!(tested(&at(&door), PATIENT).await.ok);
    assert_eq!(door.count("POST"), 3);
    let door = unavailable(1, &[("retry-after", "0")]).await;
    assert!(tested(&at(&door), PATIENT).await.ok);
    for (times, headers, requests) in [
        (9, &[][..], 3),
        (1, &[("retry-after", "60")], 1),
        (1, &[("retry-after", "Sun, 01 Feb 2026 00:00:00 GMT")], 1),
    ] {
        let door = unavailable(times, headers).await;
        let diagnosis = tested(&at(&door), PATIENT).await;
        assert_eq!(code(&diagnosis), Code::ZoomUnavailable);
        assert_eq!(door.requests().len(), requests);
    }
}
