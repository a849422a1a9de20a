//! Directory files that are cut off at any byte: nobody is made up, and nobody is taken for gone.

use provisioner::Directory;
use provisioner::directory::{DirectoryFile, Source as _};

const JSON: &str = r#"[{"id":"u0","username":"ann@example.com","given_name":"Ann","groups":["staff"]},
{"id":"u1","username":"bob@example.com.au","given_name":"Bob","enabled":false}]"#;
const NDJSON: &str = "{\"id\":\"u0\",\"username\":\"ann@example.com\",\"given_name\":\"Ann\"}\n\
                      {\"id\":\"u1\",\"username\":\"bob@example.com.au\",\"enabled\":false}\n";
const CSV: &str = "id,username,given_name,enabled\n\
                   u0,ann@example.com,Ann,true\n\
                   u1,bob@example.com.au,\"Bob, the other\",false\n";

async fn read(name: &str, bytes: &[u8]) -> Option<Directory> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    let file = DirectoryFile::new(&path).unwrap();
    let read = file.read().await;
    if let Err(error) = &read {
        assert!(error.to_string().contains(name), "{error}");
    }
    read.ok()
}

#[tokio::test]
async fn wherever_it_is_cut_who_is_read_is_who_was_written() {
    for (name, text) in [("d.json", JSON), ("d.ndjson", NDJSON), ("d.csv", CSV)] {
        let whole = read(name, text.as_bytes()).await.unwrap();
        assert_eq!(whole.users.len(), 2, "{name}");
        for kept in 0..text.len() - 1 {
            let Some(part) = read(name, &text.as_bytes()[..kept]).await else {
                continue;
            };
            for user in &part.users {
                assert!(
                    whole.users.contains(user),
                    "{name}, cut to {kept}: {user:?}"
                );
            }
            let is_whole = part.users.len() + part.refused.len() == 2;
            assert!(
                !part.complete || is_whole,
                "{name}, cut to {kept}, looks complete"
            );
        }
    }
}
