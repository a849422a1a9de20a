//! TLS: certificates, and ports that do not speak it.

use provisioner::Family;

use super::super::door::{Authority, Server, authority};
use super::*;

fn trusting(door: &Door, authority: &Authority) -> Connection {
    Connection {
        trusted_roots: TrustedRoots::from_pem(authority.pem().as_bytes()).unwrap(),
        ..connection(door.https("/oauth/token"), door.https("/scim2"))
    }
}

#[tokio::test]
async fn an_authority_of_ones_own_is_trusted_if_named() {
    let ours = authority("ours");
    let door = Door::tls(&Server::under(&ours, |_| {}), zoom).await;
    let diagnosis = tested(&trusting(&door, &ours), PATIENT).await;
    assert!(diagnosis.ok, "{diagnosis:#?}");
    let tls = &diagnosis.steps[3];
    assert_eq!((tls.name, tls.outcome), (StepName::Tls, StepOutcome::Ok));
    assert!(
        tls.detail.contains("TLS 1.3") && tls.detail.contains("CN=ours"),
        "{tls:?}"
    );
    assert_only_reads(&door);
    let untrusting = Connection {
        trusted_roots: TrustedRoots::default(),
        ..trusting(&door, &ours)
    };
    let diagnosis = tested(&untrusting, PATIENT).await;
    assert_eq!(code(&diagnosis), Code::TlsUntrustedRoot);
}

#[tokio::test]
async fn says_what_is_wrong_with_a_certificate_and_sends_nothing_to_it() {
    let (ours, theirs) = (authority("ours"), authority("theirs"));
    // An authority of the same name, with another key.
    let double = authority("ours");
    let year = |year| rcgen::date_time_ymd(year, 1, 31);
    for (server, expected, evidence) in [
        (
            Server::under(&ours, |params| {
                (params.not_before, params.not_after) = (year(2001), year(2002));
            }),
            Code::TlsExpired,
            "to 2002-01-31T00:00:00Z",
        ),
        (
            Server::under(&ours, |params| {
                (params.not_before, params.not_after) = (year(2101), year(2102));
            }),
            Code::TlsNotYetValid,
            "from 2101-01-31T00:00:00Z",
        ),
        (
            Server::under(&ours, |params| {
                let name = rcgen::string::Ia5String::try_from("zoom.example").unwrap();
                params.subject_alt_names = vec![rcgen::SanType::DnsName(name)];
            }),
            Code::TlsWrongHost,
            "for zoom.example",
        ),
        (
            Server::self_signed(false),
            Code::TlsSelfSigned,
            "issued by CN=rcgen self signed cert",
        ),
        (
            Server::self_signed(true),
            Code::TlsSelfSigned,
            "issued by CN=rcgen self signed cert",
        ),
        (
            Server::under(&theirs, |_| {}),
            Code::TlsUntrustedRoot,
            "issued by CN=theirs",
        ),
        (
            Server::under(&double, |_| {}),
            Code::TlsUntrustedRoot,
            "issued by CN=ours",
        ),
    ] {
        let door = Door::tls(&server, zoom).await;
        let diagnosis = tested(&trusting(&door, &ours), PATIENT).await;
        assert_eq!(code(&diagnosis), expected, "{diagnosis:#?}");
        assert_eq!(last(&diagnosis), StepName::Tls);
        let problem = diagnosis.diagnosis.unwrap();
        assert_eq!(problem.family, Family::Tls);
        assert!(problem.evidence.contains(evidence), "{}", problem.evidence);
        assert_eq!((door.connections(), door.requests().len()), (1, 0));
    }
}

#[tokio::test]
async fn says_that_a_port_does_not_speak_tls() {
    let https = |address: std::net::SocketAddr| {
        connection(
            format!("https://{address}/oauth/token"),
            format!("https://{address}/scim2"),
        )
    };
    for (says, expected) in [
        (&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], Code::TlsNotSpoken),
        (b"SSH-2.0-OpenSSH_9.6\r\n", Code::TlsNotSpoken),
        // An alert: handshake failure.
        (&[21, 3, 3, 0, 2, 2, 40], Code::TlsFailed),
        (b"", Code::TlsFailed),
    ] {
        let address = speaks(Some(says)).await;
        let diagnosis = tested(&https(address), PATIENT).await;
        assert_eq!(code(&diagnosis), expected, "{diagnosis:#?}");
        assert_eq!(last(&diagnosis), StepName::Tls);
    }
    let diagnosis = tested(&https(speaks(None).await), SHORT).await;
    assert_eq!(code(&diagnosis), Code::TlsStalled);
}
