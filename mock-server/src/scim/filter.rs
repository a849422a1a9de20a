//! The filter of a list: Zoom documents `userName eq`, `externalId eq` and `displayName eq`, and writes
//! values unquoted; clients send them quoted as well (RFC 7644 section 3.4.2.2).

/// The longest filter that is read.
const MAX_BYTES: usize = 4096;
/// How much of an unsupported filter's name is repeated in the answer.
const MAX_ECHO: usize = 64;

/// What a list of users is narrowed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum UserFilter {
    /// The user of this address.
    UserName(String),
    /// The user of this Zoom id, which is what Zoom takes an externalId for.
    ExternalId(String),
}

/// The filter is not supported; the text is the name that Zoom repeats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unsupported(pub(crate) String);

/// Reads the filter of a list of users.
pub(crate) fn users(text: &str) -> Result<UserFilter, Unsupported> {
    let (attribute, value) = equals(text)?;
    // An unquoted value has no space, so that `a eq b and c eq d` is not read as one value.
    let value = value.read(|text| !text.contains(char::is_whitespace));
    match value {
        Some(value) if attribute.eq_ignore_ascii_case("userName") => {
            Ok(UserFilter::UserName(value))
        }
        Some(value) if attribute.eq_ignore_ascii_case("externalId") => {
            Ok(UserFilter::ExternalId(value))
        }
        _ => Err(unsupported(attribute)),
    }
}

/// Reads the filter of a list of groups: the name that a group has to have. Names have spaces, and Zoom
/// writes them unquoted.
pub(crate) fn groups(text: &str) -> Result<String, Unsupported> {
    let (attribute, value) = equals(text)?;
    match value.read(|_| true) {
        Some(name) if attribute.eq_ignore_ascii_case("displayName") => Ok(name),
        _ => Err(unsupported(attribute)),
    }
}

/// A value as it was sent.
struct Sent<'a>(&'a str);

impl Sent<'_> {
    /// A value in double quotes is a JSON string, any other is taken as it stands if it may.
    fn read(&self, may_be_plain: impl Fn(&str) -> bool) -> Option<String> {
        if self.0.starts_with('"') {
            return serde_json::from_str(self.0).ok();
        }
        let plain = !self.0.is_empty() && !self.0.contains('"') && may_be_plain(self.0);
        plain.then(|| self.0.to_owned())
    }
}

/// Reads `attribute eq value`. Attribute and operator are case-insensitive.
fn equals(text: &str) -> Result<(&str, Sent<'_>), Unsupported> {
    let text = text.trim();
    let (attribute, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    if text.len() > MAX_BYTES {
        return Err(unsupported(attribute));
    }
    match rest.trim_start().split_once(char::is_whitespace) {
        Some((operator, value)) if operator.eq_ignore_ascii_case("eq") => {
            Ok((attribute, Sent(value.trim())))
        }
        _ => Err(unsupported(attribute)),
    }
}

fn unsupported(attribute: &str) -> Unsupported {
    Unsupported(attribute.chars().take(MAX_ECHO).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_quoted_and_unquoted_values() {
        let ann = Ok(UserFilter::UserName("ann+1@example.com".to_owned()));
        for text in [
            "userName eq ann+1@example.com",
            "userName eq \"ann+1@example.com\"",
            "  USERNAME  EQ  \"ann+1@example.com\" ",
        ] {
            assert_eq!(users(text), ann, "{text}");
        }
        assert_eq!(
            users("externalId eq abc"),
            Ok(UserFilter::ExternalId("abc".to_owned()))
        );
        for text in ["displayName eq SCIM group", "displayname eq \"SCIM group\""] {
            assert_eq!(groups(text), Ok("SCIM group".to_owned()), "{text}");
        }
    }

    /// Holds: filter-operators
    #[test]
    fn names_the_filter_that_it_does_not_support() {
        for (text, name) in [
            ("emails eq x", "emails"),
            ("userName co x", "userName"),
            ("userName", "userName"),
            ("userName eq", "userName"),
            ("userName eq a and active eq true", "userName"),
            ("userName eq \"open", "userName"),
            ("userName eq 'a b'", "userName"),
            ("displayName eq x", "displayName"),
            ("", ""),
        ] {
            assert_eq!(users(text), Err(Unsupported(name.to_owned())), "{text}");
        }
        assert_eq!(groups("id eq x"), Err(Unsupported("id".to_owned())));
        let long = "x".repeat(MAX_BYTES * 2);
        assert_eq!(users(&long), Err(Unsupported("x".repeat(MAX_ECHO))));
    }

    proptest! {
        #[test]
        fn any_value_survives_quoting(value in ".{0,80}") {
            let quoted = serde_json::to_string(&value).unwrap();
            prop_assert_eq!(
                users(&format!("userName eq {quoted}")),
                Ok(UserFilter::UserName(value.clone()))
            );
            prop_assert_eq!(groups(&format!("displayName eq {quoted}")), Ok(value));
        }

        #[test]
        fn nothing_makes_it_panic(text in "\\PC{0,200}") {
            let _ = (users(&text), groups(&text));
        }
    }
}
