//! Servers that repeat what they were told.

use super::super::door::http;
use super::*;

/// A server that repeats everything it was told, in many forms and places.
#[tokio::test]
async fn a_server_that_repeats_secrets_gets_none_of_them_told() {
    for place in ["token", "users"] {
        for form in 0..6 {
            let door = Door::http(move |request| {
                let is_token = request.starts_with("POST");
                if is_token != (place == "token") {
                    return zoom(request);
                }
                // A token that was not issued yet is no secret of ours.
                let token = if is_token { "" } else { TOKEN };
                let header = |line: &&str| line.to_ascii_lowercase().starts_with("authorization");
                let header = request.lines().find(header).unwrap_or_default();
                let told = format!("{header} {SECRET} {CLIENT}:{SECRET} {token} {request}");
                let told = match form {
                    0 => told,
                    1 => percent(&told),
                    2 => STANDARD.encode(format!("xy{SECRET}z")) + &STANDARD.encode(token),
                    3 => URL_SAFE_NO_PAD.encode(format!("{CLIENT}:{SECRET}")),
                    4 => url::form_urlencoded::byte_serialize(told.as_bytes()).collect(),
                    _ => percent(SECRET).to_lowercase() + &percent(token).to_lowercase(),
                };
                let page = format!("<html><title>{told}</title></html>");
                match form % 3 {
                    0 => json(
                        400,
                        &json!({ "reason": told, "error": told, "detail": told, told.clone(): told }),
                    ),
                    1 => http(400, &[("content-type", "text/html")], &page),
                    _ => json(200, &json!({ told.clone(): told, "message": told })),
                }
            })
            .await;
            let diagnosis = tested(&at(&door), PATIENT).await;
            assert!(!diagnosis.ok, "{place} {form}");
            assert_only_reads(&door);
        }
    }
    // An answer with the token that breaks off, or has it under another name.
    let cut = format!("{{\"access_token\":\"{TOKEN}\",\"expi");
    for (reply, expected) in [
        (http(200, &[], &cut), Code::AnswerCut),
        (json(200, &json!({ "token": TOKEN })), Code::TokenMissing),
    ] {
        let door = with_token(reply).await;
        assert_eq!(code(&tested(&at(&door), PATIENT).await), expected);
    }
    // The secret may also be repeated where the host of a redirect, a scope or a lifetime stands.
    let away = http(302, &[("location", &format!("https://{TOKEN}/"))], "");
    let door = with_users(away).await;
    assert_eq!(code(&tested(&at(&door), PATIENT).await), Code::Redirected);
    for reply in [
        json(
            200,
            &json!({ "access_token": TOKEN, "scope": format!("{SECRET} {TOKEN}") }),
        ),
        json(200, &json!({ "access_token": TOKEN, "expires_in": SECRET })),
    ] {
        let door = with_token(reply).await;
        tested(&at(&door), PATIENT).await;
    }
}

#[tokio::test]
async fn what_steers_a_terminal_is_not_repeated() {
    let steering = json!({ "reason": "\u{1b}[2Jgone\r\nok  all is well", "error": "x" });
    let door = with_token(json(400, &steering)).await;
    let evidence = tested(&at(&door), PATIENT)
        .await
        .diagnosis
        .unwrap()
        .evidence;
    assert!(!evidence.contains(char::is_control), "{evidence:?}");
    let long = json!({ "reason": "x".repeat(100_000), "error": "x" });
    let door = with_token(json(400, &long)).await;
    let evidence = tested(&at(&door), PATIENT)
        .await
        .diagnosis
        .unwrap()
        .evidence;
    assert!(evidence.len() < 600, "{}", evidence.len());
}
