//! The filter of a list: Zoom documents `userName eq` and `externalId eq`, and writes values unquoted;
//! clients send them quoted as well (RFC 7644 section 3.4.2.2).

/// The longest filter that is read.
const MAX_BYTES: usize = 4096;
/// How much of an unsupported filter's name is repeated in the answer.
const MAX_ECHO: usize = 64;

/// What a list is narrowed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Filter {
    /// The user of this address.
    UserName(String),
    /// The user of this Zoom id, which is what Zoom takes an externalId for.
    ExternalId(String),
}

/// The filter is not supported; the text is the name that Zoom repeats.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("The current filter is not supported, the filter name: {0}")]
pub(crate) struct Unsupported(String);

impl Filter {
    /// Reads `attribute eq value`. Attribute and operator are case-insensitive; a value in double quotes is a
    /// JSON string, any other is taken as it stands.
    pub(crate) fn parse(text: &str) -> Result<Self, Unsupported> {
        let text = text.trim();
        let (attribute, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let refuse = || Unsupported(attribute.chars().take(MAX_ECHO).collect());
        if text.len() > MAX_BYTES {
            return Err(refuse());
        }
        let (operator, value) = rest
            .trim_start()
            .split_once(char::is_whitespace)
            .ok_or_else(refuse)?;
        if !operator.eq_ignore_ascii_case("eq") {
            return Err(refuse());
        }
        let value = Self::value(value.trim()).ok_or_else(refuse)?;
        match attribute {
            name if name.eq_ignore_ascii_case("userName") => Ok(Self::UserName(value)),
            name if name.eq_ignore_ascii_case("externalId") => Ok(Self::ExternalId(value)),
            _ => Err(refuse()),
        }
    }

    fn value(text: &str) -> Option<String> {
        if text.starts_with('"') {
            return serde_json::from_str(text).ok();
        }
        // An unquoted value has no space, so that `a eq b and c eq d` is not read as one value.
        let plain = !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || c == '"');
        plain.then(|| text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_quoted_and_unquoted_values() {
        let ann = Ok(Filter::UserName("ann+1@example.com".to_owned()));
        for text in [
            "userName eq ann+1@example.com",
            "userName eq \"ann+1@example.com\"",
            "  USERNAME  EQ  \"ann+1@example.com\" ",
        ] {
            assert_eq!(Filter::parse(text), ann, "{text}");
        }
        assert_eq!(
            Filter::parse("externalId eq abc"),
            Ok(Filter::ExternalId("abc".to_owned()))
        );
    }

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
            ("", ""),
        ] {
            assert_eq!(
                Filter::parse(text),
                Err(Unsupported(name.to_owned())),
                "{text}"
            );
        }
        let long = "x".repeat(MAX_BYTES * 2);
        assert_eq!(Filter::parse(&long), Err(Unsupported("x".repeat(MAX_ECHO))));
    }

    proptest! {
        #[test]
        fn any_value_survives_quoting(value in ".{0,80}") {
            let text = format!("userName eq {}", serde_json::to_string(&value).unwrap());
            prop_assert_eq!(Filter::parse(&text), Ok(Filter::UserName(value)));
        }

        #[test]
        fn nothing_makes_it_panic(text in "\\PC{0,200}") {
            let _ = Filter::parse(&text);
        }
    }
}
