//! Findings: what was seen where it is not what was expected.

use serde_json::Value;

use super::wire::Answer;

/// Nothing to say, or what was seen instead of what was expected.
pub(super) type Finding = Result<(), String>;

/// How much of a value is repeated, in characters.
const MAX_TOLD: usize = 120;

/// SCIM's schema of an error (RFC 7644 section 3.12).
pub(super) const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";
/// SCIM's schema of a list (RFC 7644 section 3.4.2).
pub(super) const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

/// The status is this one.
pub(super) fn status(answer: &Answer, expected: u16) -> Finding {
    one_of(answer, &[expected])
}

/// The status is one of these.
pub(super) fn one_of(answer: &Answer, expected: &[u16]) -> Finding {
    holds(expected.contains(&answer.status), || {
        format!("status {}{}", answer.status, said(answer))
    })
}

/// It was refused, in whatever words: a status of 400 to 499.
pub(super) fn refused(answer: &Answer) -> Finding {
    holds((400..500).contains(&answer.status), || {
        format!("status {}{}", answer.status, said(answer))
    })
}

/// A refusal in Zoom's words: one of the statuses, and a text with these words in it.
pub(super) fn refused_with(answer: &Answer, expected: u16, words: &str) -> Finding {
    status(answer, expected)?;
    let message = answer.message();
    holds(message.contains(words), || {
        format!("the text {}", told_text(message))
    })
}

/// What an error says, for a finding about its status.
fn said(answer: &Answer) -> String {
    match answer.message() {
        "" => String::new(),
        message => format!(", {}", told_text(message)),
    }
}

/// A finding where something is not so.
pub(super) fn holds(so: bool, seen: impl FnOnce() -> String) -> Finding {
    if so { Ok(()) } else { Err(seen()) }
}

/// A value at a place of an answer.
pub(super) fn equal(answer: &Answer, pointer: &str, expected: impl Into<Value>) -> Finding {
    same(
        pointer,
        answer.at(pointer).unwrap_or(&Value::Null),
        &expected.into(),
    )
}

/// Two values.
pub(super) fn same(what: &str, seen: &Value, expected: &Value) -> Finding {
    holds(seen == expected, || {
        format!("{what} is {}, not {}", told(seen), told(expected))
    })
}

/// Two texts, without regard to the case of ASCII letters.
pub(super) fn same_folded(what: &str, seen: Option<&str>, expected: &str) -> Finding {
    let so = seen.is_some_and(|seen| seen.eq_ignore_ascii_case(expected));
    holds(so, || match seen {
        None => format!("{what} is absent, not {}", told_text(expected)),
        Some(seen) => format!("{what} is {}, not {}", told_text(seen), told_text(expected)),
    })
}

/// A value, short enough for a line.
pub(super) fn told(value: &Value) -> String {
    match value {
        Value::Null => "absent".to_owned(),
        value => short(&value.to_string()),
    }
}

fn told_text(text: &str) -> String {
    told(&Value::from(text))
}

fn short(text: &str) -> String {
    match text.char_indices().nth(MAX_TOLD) {
        None => text.to_owned(),
        Some((at, _)) => format!("{}...", text.get(..at).unwrap_or_default()),
    }
}

/// The items of a list.
pub(super) fn resources(answer: &Answer) -> &[Value] {
    let resources = answer.at("/Resources").and_then(Value::as_array);
    resources.map(Vec::as_slice).unwrap_or_default()
}

/// The ids of a list's items; one without an id has an empty one.
pub(super) fn ids(answer: &Answer) -> Vec<&str> {
    let id = |item| Value::get(item, "id").and_then(Value::as_str);
    let items = resources(answer).iter();
    items.map(|item| id(item).unwrap_or_default()).collect()
}

/// `totalResults` of a list.
pub(super) fn total(answer: &Answer) -> Option<u64> {
    answer.at("/totalResults").and_then(Value::as_u64)
}

/// A list has this one item and no other.
pub(super) fn only(answer: &Answer, id: &str) -> Finding {
    status(answer, 200)?;
    let seen = ids(answer);
    holds(seen == [id], || match seen.len() {
        0 => "nobody is found".to_owned(),
        1 => "somebody else is found".to_owned(),
        many => format!("{many} are found"),
    })?;
    equal(answer, "/totalResults", 1)
}

/// A list has no item.
pub(super) fn nobody(answer: &Answer) -> Finding {
    status(answer, 200)?;
    let seen = resources(answer).len();
    holds(seen == 0, || format!("{seen} are found"))?;
    equal(answer, "/totalResults", 0)
}
