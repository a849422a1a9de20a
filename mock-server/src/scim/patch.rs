//! Patches (RFC 7644 section 3.5.2), in the few forms that Zoom documents.

use serde_json::Value;

use super::MAX_TEXT_BYTES;
use crate::account::{GroupChange, MemberChange};

/// How many operations a patch has at the most. Zoom names no limit.
const MAX_OPERATIONS: usize = 100;
/// The schema of Zoom's extension of a group, which a patch joins with the attribute's name by a colon.
const GROUP_EMAIL_ALIAS: &str = "urn:ietf:params:scim:schemas:extension:zoom:2.0:Group:emailAlias";

/// The `active` that the patch of a user asks for, or `None` where it asks for none that can be used: a patch
/// of a user sets `active` and nothing else.
///
/// Documented is `{"op":"replace","value":{"active":false}}`. Leniently, the form with a path, other cases of
/// `op`, and the strings `"True"` and `"False"`, which Entra sends, are understood as well. The last operation
/// counts.
pub(crate) fn active(body: &Value, lenient: bool) -> Option<bool> {
    // The key is case-sensitive: Zoom has refused `operations`.
    let operations = body.get("Operations")?.as_array()?;
    if operations.len() > MAX_OPERATIONS {
        return None;
    }
    operations
        .iter()
        .filter_map(|operation| active_of(operation, lenient))
        .next_back()
}

fn active_of(operation: &Value, lenient: bool) -> Option<bool> {
    let op = operation.get("op")?.as_str()?;
    let value = operation.get("value")?;
    let path = operation.get("path").and_then(Value::as_str);
    if !lenient {
        let documented = op == "replace" && path.is_none();
        return value.get("active")?.as_bool().filter(|_| documented);
    }
    if !op.eq_ignore_ascii_case("replace") && !op.eq_ignore_ascii_case("add") {
        return None;
    }
    match path {
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

/// The changes that the patch of a group asks for, or `None` where one of its operations is in no form that
/// is understood. Beside the documented forms, a removal of `members` with a list of values is understood,
/// and a `displayName` as a path: our choice.
pub(crate) fn group(body: &Value) -> Option<Vec<GroupChange>> {
    let operations = body.get("Operations")?.as_array()?;
    if operations.is_empty() || operations.len() > MAX_OPERATIONS {
        return None;
    }
    let mut changes = Vec::new();
    for operation in operations {
        changes.extend(group_changes(operation)?);
    }
    Some(changes)
}

fn group_changes(operation: &Value) -> Option<Vec<GroupChange>> {
    let op = operation.get("op")?.as_str()?.to_ascii_lowercase();
    let path = operation.get("path").and_then(Value::as_str);
    let value = operation.get("value");
    let members = |change| Some(vec![GroupChange::Members(change, member_ids(value?)?)]);
    match (op.as_str(), path) {
        ("replace", None) => attributes(value?),
        ("replace", Some("displayName")) => {
            Some(vec![GroupChange::Name(value?.as_str()?.to_owned())])
        }
        ("add", Some("members")) => members(MemberChange::Add),
        ("replace", Some("members")) => members(MemberChange::Replace),
        ("remove", Some("members")) if value.is_some() => members(MemberChange::Remove),
        ("remove", Some(path)) => {
            let ids = vec![selected_member(path)?];
            Some(vec![GroupChange::Members(MemberChange::Remove, ids)])
        }
        _ => None,
    }
}

/// `{"displayName": ...}`, or the alias under its long name, or both.
fn attributes(value: &Value) -> Option<Vec<GroupChange>> {
    let attributes = value.as_object()?;
    let text = |name| {
        attributes
            .get(name)
            .map(|value| value.as_str().map(str::to_owned))
    };
    let mut changes = Vec::new();
    if let Some(name) = text("displayName") {
        changes.push(GroupChange::Name(name?));
    }
    if let Some(alias) = text(GROUP_EMAIL_ALIAS) {
        let alias = alias.filter(|alias| alias.len() <= MAX_TEXT_BYTES);
        changes.push(GroupChange::EmailAlias(alias?));
    }
    Some(changes).filter(|changes| !changes.is_empty())
}

/// `[{"value": id}, ...]`.
pub(crate) fn member_ids(value: &Value) -> Option<Vec<String>> {
    let members = value.as_array()?.iter();
    members
        .map(|member| member.get("value")?.as_str().map(str::to_owned))
        .collect()
}

/// The id in `members[value eq "id"]`.
fn selected_member(path: &str) -> Option<String> {
    let filter = path.strip_prefix("members[")?.strip_suffix(']')?.trim();
    let (attribute, rest) = filter.split_once(char::is_whitespace)?;
    let (operator, value) = rest.trim_start().split_once(char::is_whitespace)?;
    let known = attribute.eq_ignore_ascii_case("value") && operator.eq_ignore_ascii_case("eq");
    let id: String = serde_json::from_str(value.trim()).ok()?;
    known.then_some(id)
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
                active(&json!({ "Operations": [operation] }), true),
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
            active(&json!({ "Operations": [on, off, {"op":"remove"}] }), true),
            Some(false)
        );
        assert_eq!(active(&json!({ "operations": [on] }), true), None);
        assert_eq!(active(&json!({ "Operations": {} }), true), None);
        assert_eq!(active(&json!([]), true), None);
        let many = vec![on; MAX_OPERATIONS + 1];
        assert_eq!(active(&json!({ "Operations": many }), true), None);
        assert_eq!(
            active(&json!({ "Operations": many[1..] }), true),
            Some(true)
        );
    }

    #[test]
    fn strictly_only_the_documented_form_counts() {
        let strict = |operation: Value| active(&json!({ "Operations": [operation] }), false);
        assert_eq!(
            strict(json!({"op":"replace","value":{"active":false}})),
            Some(false)
        );
        for other in [
            json!({"op":"Replace","value":{"active":false}}),
            json!({"op":"replace","path":"active","value":false}),
            json!({"op":"replace","value":{"active":"False"}}),
            json!({"op":"add","value":{"active":false}}),
        ] {
            assert_eq!(strict(other.clone()), None, "{other}");
        }
    }

    #[test]
    fn reads_every_documented_form_of_a_groups_patch() {
        let read = |operation: Value| group(&json!({ "Operations": [operation] }));
        let members = |change, ids: &[&str]| {
            let ids = ids.iter().map(|id| (*id).to_owned()).collect();
            Some(vec![GroupChange::Members(change, ids)])
        };
        assert_eq!(
            read(json!({"op":"replace","value":{"displayName":"Staff"}})),
            Some(vec![GroupChange::Name("Staff".to_owned())])
        );
        assert_eq!(
            read(json!({"op":"replace","value":{GROUP_EMAIL_ALIAS:"staff@example.com"}})),
            Some(vec![GroupChange::EmailAlias(
                "staff@example.com".to_owned()
            )])
        );
        let ann = json!([{"value":"ann"}]);
        assert_eq!(
            read(json!({"op":"add","path":"members","value":ann})),
            members(MemberChange::Add, &["ann"])
        );
        assert_eq!(
            read(json!({"op":"remove","path":"members[value eq \"ann\"]"})),
            members(MemberChange::Remove, &["ann"])
        );
        assert_eq!(
            read(json!({"op":"replace","path":"members","value":[]})),
            members(MemberChange::Replace, &[])
        );
    }

    #[test]
    fn refuses_a_groups_patch_that_it_does_not_understand() {
        let long = "x".repeat(MAX_TEXT_BYTES + 1);
        for operation in [
            json!({"op":"replace","value":{GROUP_EMAIL_ALIAS:long}}),
            json!({"op":"replace","value":{"nickName":"x"}}),
            json!({"op":"replace","value":{"displayName":5}}),
            json!({"op":"add","path":"owners","value":[]}),
            json!({"op":"add","path":"members","value":"ann"}),
            json!({"op":"add","path":"members","value":[{"id":"ann"}]}),
            json!({"op":"remove","path":"members[value eq ann]"}),
            json!({"op":"remove","path":"members[id eq \"ann\"]"}),
            json!({"op":"move","path":"members"}),
            json!("add"),
        ] {
            assert_eq!(
                group(&json!({ "Operations": [operation] })),
                None,
                "{operation}"
            );
        }
        assert_eq!(group(&json!({ "Operations": [] })), None);
        assert_eq!(group(&json!({})), None);
    }
}
