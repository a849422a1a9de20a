//! The example files.

use std::path::PathBuf;

use provisioner::Directory;
use provisioner::directory::{DirectoryFile, PingOneFile, Source as _};

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../fixtures")
        .join(name)
}

async fn read(name: &str) -> Directory {
    let file = DirectoryFile::new(fixture(name)).unwrap();
    file.read().await.unwrap()
}

#[tokio::test]
async fn the_three_examples_hold_the_same_users() {
    let json = read("directory.json").await;
    assert_eq!(json.users.len(), 25);
    assert!(json.complete && json.refused.is_empty() && json.notices.is_empty());
    assert_eq!(read("directory.csv").await, json);
    assert_eq!(read("directory.ndjson").await, json);
}

#[tokio::test]
async fn the_example_of_pingone_is_read() {
    let file = PingOneFile::read(&fixture("pingone.toml")).unwrap();
    let source = file.with_secret(Some("s3cret".to_owned())).unwrap();
    let shown = format!("{file:?} {source:?}");
    assert!(shown.contains("https://api.pingone.eu/") && !shown.contains("s3cret"));
}

#[tokio::test]
async fn a_file_that_is_not_there_is_named() {
    let file = DirectoryFile::new("no/such.csv").unwrap();
    let error = file.read().await.unwrap_err().to_string();
    assert!(error.starts_with("no/such.csv: "), "{error}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_folder_is_no_directory_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("users.json");
    std::fs::create_dir(&path).unwrap();
    let error = DirectoryFile::new(&path).unwrap().read().await.unwrap_err();
    assert!(error.to_string().contains("users.json: "), "{error}");
}
