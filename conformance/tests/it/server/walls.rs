//! The suite for servers shares nothing with the mock or the provisioner, or it would believe what they believe.

use std::path::{Path, PathBuf};

/// The one file that knows the mock: it starts the good server of the proof.
const KNOWS_THE_MOCK: &str = "defects/prove.rs";

#[test]
fn the_server_suite_has_a_client_of_its_own() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/server_suite");
    let mut files = Vec::new();
    collect(&folder, &mut files);
    assert!(files.len() > 40, "{files:?}");
    for file in files {
        if file.ends_with(KNOWS_THE_MOCK) {
            continue;
        }
        let text = std::fs::read_to_string(&file).unwrap();
        for foreign in [
            "mock_server",
            "provisioner::",
            "crate::driver",
            "crate::oracle",
            "crate::run",
        ] {
            assert!(!text.contains(foreign), "{}: {foreign}", file.display());
        }
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.push(path);
        }
    }
}
