//! The saved stories that run first, always: what once went wrong, or is easily got wrong.
//!
//! They are the files of `fixtures/regressions`, compiled in, so that no run is without them.

use std::path::Path;

use crate::report::{Saved, SavedError};
use crate::scenario::Scenario;

/// The files, by name.
const FILES: [(&str, &str); 8] = [
    (
        "failing-disable.json",
        include_str!("../../fixtures/regressions/failing-disable.json"),
    ),
    (
        "killed-after-create.json",
        include_str!("../../fixtures/regressions/killed-after-create.json"),
    ),
    (
        "killed-after-recreate.json",
        include_str!("../../fixtures/regressions/killed-after-recreate.json"),
    ),
    (
        "killed-in-rule-deletion.json",
        include_str!("../../fixtures/regressions/killed-in-rule-deletion.json"),
    ),
    (
        "lost-create.json",
        include_str!("../../fixtures/regressions/lost-create.json"),
    ),
    (
        "refused-token.json",
        include_str!("../../fixtures/regressions/refused-token.json"),
    ),
    (
        "throttled-removal.json",
        include_str!("../../fixtures/regressions/throttled-removal.json"),
    ),
    (
        "unread-user.json",
        include_str!("../../fixtures/regressions/unread-user.json"),
    ),
];

/// The scenarios of the saved stories, in the order of their names.
///
/// # Errors
///
/// When a file is no saved story that this program reads.
pub fn regressions() -> Result<Vec<Scenario>, SavedError> {
    FILES
        .iter()
        .map(|(name, text)| {
            let path = Path::new("fixtures/regressions").join(name);
            Ok(Saved::parse(&path, text)?.scenario)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_file_of_the_folder_is_among_them_and_has_an_id_of_its_own() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/regressions");
        let there: BTreeSet<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        let here: BTreeSet<String> = FILES.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(here, there);
        for (scenario, (name, _)) in regressions().unwrap().iter().zip(FILES) {
            let stem = name.strip_suffix(".json").unwrap();
            let id = format!("{}/saved/{stem}", scenario.configuration);
            assert_eq!(scenario.id, id);
        }
    }
}
