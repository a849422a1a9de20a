//! The patch of a user, which in Zoom sets `active` and nothing else.

use serde_json::Value;

/// How many operations are looked at.
const MAX_OPERATIONS: usize = 100;

/// The `active` that a patch asks for, or `None` where it asks for none that can be used.
///
/// Documented is `{"op":"replace","value":{"active":false}}`. The form with a path, other cases of `op`, and
/// the strings `"True"` and `"False"`, which Entra sends, are accepted as well: our choice. The last
/// operation counts.
pub(crate) fn active(body: &Value) -> Option<bool> {
    // The key is case-sensitive: Zoom has refused `operations`.
    let operations = body.get("Operations")?.as_array()?;
    operations
        .iter()
        .take(MAX_OPERATIONS)
        .filter_map(operation)
        .next_back()
}

fn operation(operation: &Value) -> Option<bool> {
    let op = operation.get("op")?.as_str()?;
    if !op.eq_ignore_ascii_case("replace") && !op.eq_ignore_ascii_case("add") {
        return None;
    }
    let value = operation.get("value")?;
    match operation.get("path").and_then(Value::as_str) {
        None => boolean(value.get("active")?),
        Some(path) if path.eq_ignore_ascii_case("active") => boolean(value),
        Some(_) => None,
    }
}

fn boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(active) => Some(*active),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reads_the_forms_that_clients_send() {
        for (operation, expected) in [
            (
                json!({"op":"replace","value":{"active":false}}),
                Some(false),
            ),
            (
                json!({"op":"Replace","path":"active","value":true}),
                Some(true),
            ),
            (
                json!({"op":"Add","path":"active","value":"False"}),
                Some(false),
            ),
            (json!({"op":"remove","path":"active"}), None),
            (json!({"op":"replace","path":"title","value":"x"}), None),
            (json!({"op":"replace","value":{"active":1}}), None),
            (json!({"op":"replace","value":"x"}), None),
            (json!("replace"), None),
        ] {
            assert_eq!(
                active(&json!({ "Operations": [operation] })),
                expected,
                "{operation}"
            );
        }
    }

    #[test]
    fn the_last_usable_operation_counts() {
        let on = json!({"op":"replace","value":{"active":true}});
        let off = json!({"op":"replace","value":{"active":false}});
        assert_eq!(
            active(&json!({ "Operations": [on, off, {"op":"remove"}] })),
            Some(false)
        );
        assert_eq!(active(&json!({ "operations": [on] })), None);
        assert_eq!(active(&json!({ "Operations": {} })), None);
        assert_eq!(active(&json!([])), None);
    }
}
