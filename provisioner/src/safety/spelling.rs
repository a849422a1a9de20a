//! Servers that keep values in a spelling of their own: in lower case, without white space around them, or composed
//! (NFC).

use compact_str::CompactString;
use icu_normalizer::ComposingNormalizerBorrowed;

use crate::plan::{Account, Change};

/// Whether an update would change nothing but the spelling of what the account has.
pub(crate) fn is_spelling(change: &Change, account: &Account) -> bool {
    let is_held = |(attribute, value): (_, &CompactString)| {
        let held = account.attributes.get(attribute);
        held.is_some_and(|held| spelling(held) == spelling(value))
    };
    !change.activate
        && change.email.is_none()
        && !change.attributes.is_empty()
        && change.attributes.iter().all(is_held)
}

/// What different spellings of a value have in common.
fn spelling(value: &str) -> String {
    let composed = ComposingNormalizerBorrowed::new_nfc().normalize(value.trim());
    composed.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::{Attribute, Attributes};

    #[test]
    fn f29_case_white_space_and_composition_are_spelling() {
        let changes = |held: &str, value: &str| {
            let attributes =
                |value: &str| Attributes::from_iter([(Attribute::Title, value.into())]);
            let account = Account {
                id: "z1".into(),
                user_name: "a@b".into(),
                active: true,
                attributes: attributes(held),
            };
            let change = Change {
                attributes: attributes(value),
                ..Change::default()
            };
            is_spelling(&change, &account)
        };
        for (held, value) in [
            ("head of it", "Head of IT"),
            ("Lead", " Lead\n"),
            ("Am\u{e9}lie", "Ame\u{301}lie"),
            ("am\u{e9}lie", " AME\u{301}LIE "),
        ] {
            assert!(changes(held, value), "{held} {value}");
        }
        for (held, value) in [
            ("", "Lead"),
            ("Lead", ""),
            ("Lead", "Leader"),
            ("Lead", "L ead"),
        ] {
            assert!(!changes(held, value), "{held} {value}");
        }
    }
}
