//! The limits that an administrator sets.

use serde::{Deserialize, Serialize};

/// What a run may do without being asked twice: the table `[safety]` of a connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Safety {
    /// Up to so many users are removed in a run, whatever part of all that is. A directory may shrink by so many
    /// in any case, too.
    pub max_removals: usize,
    /// Up to this part of the linked users is removed in a run, in percent.
    pub max_removal_percent: u8,
    /// By how much a directory may shrink from one run to the next, in percent.
    pub max_shrink_percent: u8,
    /// Who is never disabled or deleted: addresses, or ids of the directory.
    pub protect: Vec<String>,
}

impl Default for Safety {
    fn default() -> Self {
        Self {
            max_removals: 10,
            max_removal_percent: 10,
            max_shrink_percent: 20,
            protect: Vec::new(),
        }
    }
}

impl Safety {
    /// Checks the values.
    ///
    /// # Errors
    ///
    /// The first key whose value cannot be, and what is wrong with it.
    pub(crate) fn check(&self) -> Result<(), (&'static str, String)> {
        for (key, percent) in [
            ("safety.max_removal_percent", self.max_removal_percent),
            ("safety.max_shrink_percent", self.max_shrink_percent),
        ] {
            if percent > 100 {
                return Err((key, format!("is {percent}; it is a percentage, 0 to 100")));
            }
        }
        let is_stray = |entry: &&String| entry.trim() != entry.as_str() || entry.is_empty();
        match self.protect.iter().find(is_stray) {
            Some(entry) => Err((
                "safety.protect",
                format!(
                    "has the entry {entry:?}, which is empty or has white space at an end, and would protect nobody"
                ),
            )),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_cannot_be_are_refused_by_the_key() {
        let key = |text: &str| {
            let safety: Safety = toml::from_str(text).unwrap();
            safety.check().err().map(|(key, _)| key)
        };
        assert_eq!(key(""), None);
        assert_eq!(
            key("max_removals = 0\nmax_removal_percent = 0\nmax_shrink_percent = 100"),
            None
        );
        let removal = Some("safety.max_removal_percent");
        assert_eq!(key("max_removal_percent = 101"), removal);
        let shrink = Some("safety.max_shrink_percent");
        assert_eq!(key("max_shrink_percent = 255"), shrink);
        for entry in ["\"\"", "\" a@b\"", "\"a@b\\n\""] {
            let text = format!("protect = [\"x\", {entry}]");
            assert_eq!(key(&text), Some("safety.protect"), "{entry}");
        }
        for text in [
            "max_removals = -1",
            "max_removal_percent = 1.5",
            "max_removal_percent = 256",
            "max_removal = 1",
            "protect = \"a@b\"",
        ] {
            assert!(toml::from_str::<Safety>(text).is_err(), "{text}");
        }
    }
}
