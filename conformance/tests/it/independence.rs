//! The walls between the crates, and around the oracle.

use std::collections::BTreeSet;
use std::path::Path;

use cargo_metadata::{DependencyKind, MetadataCommand};

/// The names of the workspace's own crates that each crate depends on, by the kind of dependency.
fn edges() -> BTreeSet<(String, String, bool)> {
    let metadata = MetadataCommand::new()
        .manifest_path(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"))
        .no_deps()
        .exec()
        .unwrap();
    let own: BTreeSet<String> = metadata
        .packages
        .iter()
        .map(|package| package.name.to_string())
        .collect();
    assert_eq!(
        own.iter().map(String::as_str).collect::<Vec<_>>(),
        ["conformance", "mock-server", "provisioner"]
    );
    metadata
        .packages
        .iter()
        .flat_map(|package| {
            package
                .dependencies
                .iter()
                .filter(|dependency| own.contains(&dependency.name))
                .map(|dependency| {
                    let normal = dependency.kind == DependencyKind::Normal;
                    (package.name.to_string(), dependency.name.clone(), normal)
                })
        })
        .collect()
}

#[test]
fn the_mock_and_the_provisioner_do_not_know_each_other() {
    let expected = [
        ("conformance".to_owned(), "mock-server".to_owned(), true),
        ("conformance".to_owned(), "provisioner".to_owned(), true),
    ];
    assert_eq!(edges(), BTreeSet::from(expected));
}

#[test]
fn the_oracle_uses_std_serde_and_plain_scenario_data_alone() {
    let mut files = Vec::new();
    collect(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src/oracle"),
        &mut files,
    );
    assert!(files.len() >= 5, "{files:?}");
    let allowed = [
        "std::",
        "serde::",
        "super::",
        "crate::configuration::",
        "crate::scenario::",
    ];
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        for line in text.lines() {
            let Some(import) = line
                .trim()
                .strip_prefix("use ")
                .or(line.trim().strip_prefix("pub use "))
            else {
                for foreign in ["provisioner::", "mock_server::", "reqwest::", "crate::run"] {
                    assert!(!line.contains(foreign), "{}: {line}", file.display());
                }
                continue;
            };
            let local = !import.contains("::") || import.starts_with(|c: char| c.is_uppercase());
            let gathered = ["account::", "history::", "row::", "table::"]
                .iter()
                .any(|own| import.starts_with(own));
            assert!(
                local || gathered || allowed.iter().any(|root| import.starts_with(root)),
                "{}: {line}",
                file.display()
            );
        }
    }
}

/// The oracle's files, without its tests.
fn collect(folder: &Path, files: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.file_name().unwrap() != "tests.rs" {
            files.push(path);
        }
    }
}
