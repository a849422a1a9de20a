//! Bugs that show in a mishap, whose story is theirs.

use super::ALL;
use crate::configuration::Configuration;
use crate::generate::mishaps;
use crate::scenario::Scenario;
use crate::seeded_bugs::Bug;

const ON: Configuration = Configuration::PERMISSIVE;
const NO_CREATE: Configuration = Configuration {
    create: false,
    ..ON
};
const NO_UPDATE: Configuration = Configuration {
    update: false,
    ..ON
};

pub(super) fn story(bug: Bug) -> Option<Scenario> {
    let (configuration, name) = mishap(bug)?;
    told(configuration, name)
}

/// The mishap of this name.
pub(super) fn told(configuration: Configuration, name: &str) -> Option<Scenario> {
    let id = format!("{configuration}/mishap/{name}");
    mishaps().find(|mishap| mishap.id == id)
}

/// The mishap in which a bug shows.
fn mishap(bug: Bug) -> Option<(Configuration, &'static str)> {
    Some(match bug {
        Bug::B29 => (ON, "filter-ignored"),
        Bug::B30 => (ON, "address-with-a-quote"),
        Bug::B31 => (ON, "address-with-a-plus"),
        Bug::B32 => (ON, "id-that-needs-encoding"),
        Bug::B34 | Bug::B104 => (ON, "address-with-capitals"),
        Bug::B37 => (NO_UPDATE, "address-still-held"),
        Bug::B43 => (ON, "space-at-the-end"),
        Bug::B46 | Bug::B48 => (ON, "lost-create"),
        Bug::B49 | Bug::B51 => (ON, "wait-in-seconds"),
        Bug::B50 => (ON, "wait-until-a-date"),
        Bug::B54 | Bug::B72 => (ON, "unavailable-for-ann"),
        Bug::B56 => (ON, "unavailable-once"),
        Bug::B57 => (ON, "wait-twice"),
        Bug::B59 => (ON, "token-refused-once"),
        Bug::B60 => (ON, "every-token-refused-for-ann"),
        Bug::B61 => (ON, "token-refused-in-a-crowd"),
        Bug::B64 => (ON, "redirect"),
        Bug::B65 => (ON, "html-with-200"),
        Bug::B67 => (ON, "no-content"),
        Bug::B68 => (ALL, "lost-delete"),
        Bug::B69 => (ON, "gone-for-a-moment"),
        Bug::B70 => (NO_CREATE, "gone-for-a-moment"),
        Bug::B71 => (ON, "silence"),
        Bug::B73 => (ON, "unavailable-for-a-while"),
        Bug::B75 | Bug::B76 => (ON, "small-pages"),
        Bug::B77 => (ON, "total-too-high"),
        Bug::B78 => (ON, "second-page-refused"),
        Bug::B79 => (ON, "pages-move-on"),
        Bug::B80 => (ALL, "listed-twice"),
        Bug::B82 => (ON, "empty-directory"),
        Bug::B83 => (ON, "read-breaks-off"),
        Bug::B84 | Bug::B85 | Bug::B86 | Bug::B87 => (ON, "more-leave-than-may"),
        Bug::B88 => (ON, "allowed-once"),
        Bug::B95 => (ALL, "killed-at-create-3"),
        Bug::B96 => (ON, "killed-at-removal-1"),
        Bug::B102 => (ON, "emptied"),
        Bug::B106 => (ON, "nothing-to-say"),
        Bug::B107 => (ON, "update-in-vain"),
        Bug::B108 => (ON, "renamed-to-taken-and-changed"),
        Bug::B115 | Bug::B116 | Bug::B117 => (ON, "tested"),
        Bug::B121 => (ON, "failed-and-overtaken"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mishap_that_is_named_is_there() {
        for bug in Bug::ALL {
            assert_eq!(mishap(*bug).is_some(), story(*bug).is_some(), "{bug}");
        }
        // B122 shows in it under another policy.
        assert!(told(ON, "emptied").is_some());
    }
}
