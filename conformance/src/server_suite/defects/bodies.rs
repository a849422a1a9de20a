//! Servers that take bodies which they should refuse.

use serde_json::{Value, json};

use super::call::{Asked, Given};
use super::catalogue::Defect;

pub(super) static ALL: &[Defect] = &[
    Defect::given(
        "broken-json-200",
        "bodies.not-json",
        "a body that is no JSON is answered with 200",
        |_, _, given| {
            if given.says("JSON format") {
                *given = Given::json_of(200, &json!({}));
            }
        },
    ),
    Defect::given(
        "broken-json-otherwise",
        "bodies.not-json-words",
        "it is refused in other words",
        |_, _, given| {
            if given.says("JSON format") {
                *given = Given::refusal(400, "Bad request.");
            }
        },
    ),
    Defect::given(
        "empty-body-200",
        "bodies.empty",
        "an empty body is answered with 200",
        |_, asked, given| {
            if asked.body.is_empty() && writes(asked) {
                *given = Given::json_of(200, &json!({}));
            }
        },
    ),
    Defect::given(
        "list-body-201",
        "bodies.not-an-object",
        "a list is answered with 201",
        |_, asked, given| {
            if asked.body == "[1,2]" {
                *given = Given::json_of(201, &json!({}));
            }
        },
    ),
    Defect::given(
        "number-for-a-name",
        "bodies.wrong-type",
        "a number is taken for a userName",
        |_, asked, given| {
            if asked.users("POST") && asked.json().get("userName").is_some_and(Value::is_number) {
                *given = Given::json_of(201, &json!({}));
            }
        },
    ),
    Defect::own(
        "broken-json-half-read",
        "bodies.nothing-done",
        "of a body that breaks off the beginning is stored",
        |behind, asked| {
            Box::pin(async move {
                if let Some(id) = asked
                    .user("PUT")
                    .filter(|_| asked.json().is_null() && asked.body.contains("After"))
                {
                    behind
                        .own(
                            "PUT",
                            &format!("/Users/{id}"),
                            &json!({ "displayName": "After" }),
                        )
                        .await;
                }
                behind.ask(&asked).await
            })
        },
    ),
];

fn writes(asked: &Asked) -> bool {
    asked.users("POST") || asked.user("PUT").is_some() || asked.user("PATCH").is_some()
}
