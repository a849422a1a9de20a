use serde_json::json;

use super::*;

fn said(status: u16, body: &str) -> Result<Option<Value>, ErrorKind> {
    asked(Asked::Change, status, body)
}

fn asked(asked: Asked, status: u16, body: &str) -> Result<Option<Value>, ErrorKind> {
    let said = Said {
        status,
        is_json: true,
        wait: None,
        daily: false,
        body: body.as_bytes(),
    };
    judge(asked, &said)
}

fn envelope(status: u16, detail: &str) -> String {
    json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "detail": detail, "status": status })
        .to_string()
}

fn systemic<T>(reason: Reason) -> Result<T, ErrorKind> {
    Err(ErrorKind::Systemic(reason))
}

/// Zoom's SCIM2 reference, operation by operation.
#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn every_documented_error_of_scim_has_its_kind() {
    let user = [
        (
            Asked::List,
            400,
            "The current filter is not supported, the filter name: title",
        ),
        (
            Asked::Create,
            400,
            "The \"userName\" of the request is invalid.",
        ),
        (
            Asked::Create,
            400,
            "The request body must be in JSON format.",
        ),
        (Asked::Create, 400, "The request JSON must not be empty."),
        (
            Asked::Create,
            409,
            "The email domain does not match the associated domain of the account, please contact Zoom Customer Support to set up if necessary.",
        ),
        (Asked::Create, 409, "The Zoom United Plan is invalid."),
        (Asked::Change, 400, "User is inactive or locked."),
        (Asked::Change, 400, "Cannot change the email of Admin user."),
        (Asked::Change, 400, "Cannot update Zoom Room user to free"),
        (
            Asked::Change,
            400,
            "Cannot assign Zoom Whiteboard and Zoom Whiteboard Plus to a user at the same time.",
        ),
        (Asked::Change, 400, "User is force inactive."),
        (
            Asked::Change,
            400,
            "The request json did not contains valid active field.",
        ),
    ];
    for (what, status, detail) in user {
        let kind = asked(what, status, &envelope(status, detail));
        assert_eq!(kind, Err(ErrorKind::User), "{detail}");
    }
    for detail in [
        "Cannot add paid users.",
        "Cannot add basic users.",
        "Cannot create more users with Zoom United Plan.",
        "Cannot create more users with Zoom Workplace Pro Plus.",
    ] {
        let kind = asked(Asked::Create, 409, &envelope(409, detail));
        assert_eq!(kind, Err(ErrorKind::NoSeat), "{detail}");
    }
    let others = [
        (
            Asked::Change,
            400,
            "Cannot activate or deactivate Zoom Room and Admin users.",
            ErrorKind::Protected,
        ),
        (
            Asked::Delete,
            400,
            "Cannot delete Admin user.",
            ErrorKind::Protected,
        ),
        (
            Asked::Create,
            400,
            "The email \"a@b\" is already in use.",
            ErrorKind::Conflict,
        ),
        (
            Asked::Change,
            409,
            "Email ''a@b'' has already been used.",
            ErrorKind::Conflict,
        ),
        (
            Asked::Change,
            409,
            "Email 'a@b' has already been used.",
            ErrorKind::Conflict,
        ),
        (
            Asked::List,
            400,
            "User a@b not exist or not belong to this account.",
            ErrorKind::Gone,
        ),
        (Asked::Get, 404, "User does not exist.", ErrorKind::Gone),
        (Asked::Change, 404, "User does not exist.", ErrorKind::Gone),
        (Asked::Delete, 404, "User does not exist.", ErrorKind::Gone),
        (
            Asked::List,
            400,
            "Account has not enabled Single Sign-On.",
            ErrorKind::Systemic(Reason::Account),
        ),
        (
            Asked::List,
            403,
            "The current login user does not have the \"User:Read\" permission.",
            ErrorKind::Systemic(Reason::Permission),
        ),
        (
            Asked::Create,
            403,
            "The request was denied due to insufficient permissions: \"User:Edit\".",
            ErrorKind::Systemic(Reason::Permission),
        ),
        (
            Asked::Delete,
            403,
            "The request was denied due to insufficient permissions:\"User:Edit\".",
            ErrorKind::Systemic(Reason::Permission),
        ),
        (
            Asked::Create,
            429,
            "Too Many Requests.",
            ErrorKind::Throttled(Throttle {
                wait: None,
                daily: false,
            }),
        ),
    ];
    for (what, status, detail, kind) in others {
        assert_eq!(
            asked(what, status, &envelope(status, detail)),
            Err(kind),
            "{detail}"
        );
    }
}

/// Zoom's gateway and the codes of its OAuth (sections 1.4, 3.3, 3.4 and 5 of what is known of Zoom).
#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn every_code_of_the_gateway_has_its_kind() {
    let daily = ErrorKind::Throttled(Throttle {
        wait: None,
        daily: true,
    });
    let second = ErrorKind::Throttled(Throttle {
        wait: None,
        daily: false,
    });
    let rows = [
        (401, 124, "Invalid access token.", ErrorKind::Token),
        (401, 124, "Access token is expired.", ErrorKind::Token),
        (400, 124, "Access token is expired.", ErrorKind::Token),
        (
            400,
            4711,
            "Invalid access token, does not contain scopes:[scim2].",
            ErrorKind::Systemic(Reason::Scope),
        ),
        (
            400,
            4700,
            "Invalid access token, does not contain scopes.",
            ErrorKind::Systemic(Reason::Scope),
        ),
        (
            403,
            4700,
            "Invalid access token, does not contain scopes.",
            ErrorKind::Systemic(Reason::Scope),
        ),
        (400, 4700, "Token cannot be empty.", ErrorKind::Token),
        (
            400,
            4702,
            "Invalid client.",
            ErrorKind::Systemic(Reason::Credentials),
        ),
        (
            400,
            4704,
            "Invalid client secret.",
            ErrorKind::Systemic(Reason::Credentials),
        ),
        (
            400,
            4717,
            "The app has been disabled",
            ErrorKind::Systemic(Reason::Credentials),
        ),
        (400, 4741, "The token has been revoked.", ErrorKind::Token),
        (
            400,
            200,
            "Invalid access token. Does not contain permissions [User:Edit].",
            ErrorKind::Systemic(Reason::Permission),
        ),
        (
            400,
            200,
            "No permission.",
            ErrorKind::Systemic(Reason::Permission),
        ),
        (
            400,
            200,
            "Invalid api key or secret.",
            ErrorKind::Systemic(Reason::Credentials),
        ),
        (400, 300, "Validation Failed.", ErrorKind::User),
        (
            400,
            1005,
            "Email \"a@b\" has already been used.",
            ErrorKind::Conflict,
        ),
        (
            404,
            2300,
            "This API endpoint is not recognized.",
            ErrorKind::Systemic(Reason::Protocol),
        ),
        (
            429,
            429,
            "You have reached the maximum per-second rate limit for this API. Try again later.",
            second,
        ),
        (
            429,
            429,
            "You have reached the maximum daily rate limit for this API. Refer to the response header for details on when you can make another request.",
            daily,
        ),
        (
            429,
            429,
            "Too many concurrent requests. A request to disassociate this user has already been made.",
            second,
        ),
    ];
    for (status, code, message, kind) in rows {
        let body = json!({ "code": code, "message": message }).to_string();
        assert_eq!(said(status, &body), Err(kind), "{status} {message}");
    }
}

#[test]
fn every_error_of_the_token_endpoint_has_its_kind() {
    let refusals = [
        ("Invalid client_id or client_secret", "invalid_client"),
        ("Bad Request", "invalid_request"),
        ("unsupported grant type", "unsupported_grant_type"),
        ("Invalid Token!", "invalid_grant"),
        ("Invalid authorization code", "invalid_grant"),
    ];
    for (reason, error) in refusals {
        let body = json!({ "reason": reason, "error": error }).to_string();
        for status in [400, 401] {
            assert_eq!(
                asked(Asked::Token, status, &body),
                systemic(Reason::Credentials),
                "{reason}"
            );
        }
    }
    let throttle = Throttle {
        wait: None,
        daily: false,
    };
    assert_eq!(
        asked(Asked::Token, 429, ""),
        Err(ErrorKind::Throttled(throttle))
    );
    assert_eq!(
        asked(Asked::Token, 503, "<html>"),
        Err(ErrorKind::Transient)
    );
    for (status, body) in [
        (404, ""),
        (302, ""),
        (400, "<html>"),
        (200, "<html>"),
        (200, "{"),
    ] {
        assert_eq!(
            asked(Asked::Token, status, body),
            systemic(Reason::Protocol),
            "{status} {body}"
        );
    }
}

/// F27: a duplicate without scimType, without a body, with a code, or with a status of another time.
#[test]
fn f27_a_duplicate_is_known_by_its_status_first() {
    let conflict = Err(ErrorKind::Conflict);
    assert_eq!(asked(Asked::Create, 409, ""), conflict);
    assert_eq!(asked(Asked::Create, 409, "<html>"), conflict);
    assert_eq!(
        asked(Asked::Create, 409, &envelope(409, "User exists")),
        conflict
    );
    let coded = json!({ "code": 1005, "message": "User already in the account: a@b" }).to_string();
    assert_eq!(asked(Asked::Create, 400, &coded), conflict);
    assert_eq!(asked(Asked::Create, 409, &coded), conflict);
}

/// A write that may have been done is not the same as a read that may be asked again.
#[test]
fn an_answer_that_is_lost_leaves_a_write_unknown() {
    let lost = [
        Why::TimedOut,
        Why::Dropped,
        Why::NotHttp,
        Why::Cut,
        Why::TooLarge,
    ];
    for why in lost {
        for write in [Asked::Create, Asked::Change, Asked::Delete] {
            assert_eq!(unanswered(write, why), ErrorKind::Unknown, "{why:?}");
        }
        for read in [Asked::Token, Asked::List, Asked::Get] {
            assert_eq!(unanswered(read, why), ErrorKind::Transient, "{why:?}");
        }
    }
    for status in [408, 500, 502, 503, 504, 520] {
        assert_eq!(
            asked(Asked::Create, status, ""),
            Err(ErrorKind::Unknown),
            "{status}"
        );
        assert_eq!(
            asked(Asked::List, status, ""),
            Err(ErrorKind::Transient),
            "{status}"
        );
    }
}

/// F12 and F13: before a connection stands nothing was sent; a certificate is no matter of time.
#[test]
fn f12_f13_no_connection_is_transient_and_a_bad_certificate_is_not() {
    for kind in [
        None,
        Some(io::ErrorKind::ConnectionRefused),
        Some(io::ErrorKind::TimedOut),
    ] {
        assert_eq!(
            unanswered(Asked::Create, Why::NotConnected(kind)),
            ErrorKind::Transient
        );
    }
    let tls = Why::NotConnected(Some(io::ErrorKind::InvalidData));
    assert_eq!(
        unanswered(Asked::Create, tls),
        ErrorKind::Systemic(Reason::Tls)
    );
    assert_eq!(
        unanswered(Asked::Get, Why::NotSent),
        ErrorKind::Systemic(Reason::NotSent)
    );
}

/// F16, F18 and F32: what is taken for an answer.
#[test]
fn what_is_no_json_is_no_list_and_no_proof_of_a_create() {
    assert_eq!(
        asked(Asked::List, 200, "{\"Resources\":["),
        Err(ErrorKind::Transient)
    );
    assert_eq!(
        asked(Asked::Create, 201, "{\"id\":\"z"),
        Err(ErrorKind::Unknown)
    );
    assert_eq!(asked(Asked::Create, 200, "<html>"), Err(ErrorKind::Unknown));
    assert_eq!(asked(Asked::Change, 204, ""), Ok(None));
    let portal = Said {
        status: 200,
        is_json: false,
        wait: None,
        daily: false,
        body: b"<html>",
    };
    assert_eq!(judge(Asked::List, &portal), systemic(Reason::Protocol));
}

/// F40: who is gone already is gone; F76: a redirect is an error; a wrong URL is nobody's end.
#[test]
fn a_user_who_is_gone_is_told_from_a_url_that_is_wrong() {
    assert_eq!(asked(Asked::Delete, 404, ""), Err(ErrorKind::Gone));
    assert_eq!(
        asked(Asked::Get, 404, &envelope(404, "Not here")),
        Err(ErrorKind::Gone)
    );
    assert_eq!(asked(Asked::Get, 404, ""), systemic(Reason::Protocol));
    assert_eq!(
        asked(Asked::List, 404, &envelope(404, "User does not exist.")),
        systemic(Reason::Protocol)
    );
    for status in [301, 302, 307, 308, 405] {
        assert_eq!(said(status, ""), systemic(Reason::Protocol), "{status}");
    }
}

/// F30 and F41: a refusal with 403 that is about one user is one user's.
#[test]
fn a_403_is_everybodys_where_it_is_about_permission() {
    assert_eq!(
        said(403, &envelope(403, "No seat of this licence is left.")),
        Err(ErrorKind::User)
    );
    assert_eq!(said(403, "<html>"), systemic(Reason::Permission));
}

#[test]
fn zooms_words_are_repeated_but_not_without_end() {
    let body = json!({ "detail": "x".repeat(10_000) }).to_string();
    let said = |body: &'static [u8]| Said {
        status: 400,
        is_json: true,
        wait: None,
        daily: false,
        body,
    };
    let long = Said {
        body: body.as_bytes(),
        ..said(b"")
    };
    assert!(
        told("create", ErrorKind::User, &long, &Redactor::default())
            .message
            .len()
            < 400
    );
    let none = told(
        "create",
        ErrorKind::User,
        &said(b"<html>"),
        &Redactor::default(),
    );
    assert!(none.message.ends_with("no explanation"));
}

#[test]
fn a_secret_at_the_place_of_the_cut_is_not_told_in_part() {
    let secret = "c4n4ry-of-some-length";
    for before in 270..310 {
        let body = json!({ "detail": format!("{}{secret}", "x".repeat(before)) }).to_string();
        let said = Said {
            status: 400,
            is_json: true,
            wait: None,
            daily: false,
            body: body.as_bytes(),
        };
        let redactor = Redactor::new("cid", &secret.to_owned().into());
        let told = told("create", ErrorKind::User, &said, &redactor);
        assert!(!told.message.contains("c4n4"), "{told}");
    }
}
