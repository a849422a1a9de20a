//! Every file under `fixtures/` is read by a test and listed in the README.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

#[test]
fn every_fixture_is_listed_in_the_readme() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let files: BTreeSet<String> = std::fs::read_dir(root().join("fixtures"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(files.len() >= 3, "{files:?}");
    for file in files {
        assert!(
            readme.contains(&format!("fixtures/{file}")),
            "the README does not name {file}"
        );
    }
}

#[test]
fn the_directory_has_25_believable_users() {
    let text = std::fs::read_to_string(root().join("fixtures/directory.json")).unwrap();
    let users: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
    assert_eq!(users.len(), 25);
    let usernames: Vec<&str> = users
        .iter()
        .map(|user| user["username"].as_str().unwrap())
        .collect();
    assert!(usernames.iter().any(|username| username.contains('+')));
    assert!(usernames.iter().any(|username| username.contains('\'')));
    assert!(users.iter().any(|user| user.get("phone").is_none()));
    assert!(users.iter().any(|user| user["enabled"] == false));
    assert!(!text.is_ascii());
}
