//! How much there is of something at once: on a page of Zoom's, and of writes under way.

use std::num::NonZeroUsize;

use serde::{Deserialize, Serialize};

/// What a scenario limits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// A page of Zoom's lists holds no more users than this, whatever is asked for; absent: 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page_cap: Option<NonZeroUsize>,
    /// So many writes the provisioner has under way at the most, where it can be told; absent: as many as it likes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workers: Option<NonZeroUsize>,
}

impl Limits {
    /// Whether nothing is other than usual.
    #[must_use]
    pub fn are_usual(&self) -> bool {
        *self == Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Scenario;

    #[test]
    fn what_is_usual_is_not_written_and_what_is_not_reads_back() {
        let usual = Scenario::empty();
        let json = serde_json::to_value(&usual).unwrap();
        assert!(json.get("limits").is_none());
        let odd = Scenario {
            limits: Limits {
                page_cap: NonZeroUsize::new(3),
                workers: NonZeroUsize::new(1),
            },
            ..usual
        };
        let json = serde_json::to_value(&odd).unwrap();
        assert_eq!(json["limits"]["page_cap"], 3);
        assert_eq!(serde_json::from_value::<Scenario>(json).unwrap(), odd);
    }

    #[test]
    fn none_and_unknown_limits_are_refused_by_name() {
        let read = |json| {
            serde_json::from_str::<Limits>(json)
                .unwrap_err()
                .to_string()
        };
        assert!(read(r#"{"page_cap":0}"#).contains("nonzero"));
        assert!(read(r#"{"pages":1}"#).contains("pages"));
    }
}
