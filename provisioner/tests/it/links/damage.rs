//! State files that are damaged, foreign, or cannot be written: refused before anything is sent, and left as they are.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::Command;

use provisioner::cli::{EXIT_OK, EXIT_STATE};

use super::cluster::named;
use super::files::by_hand;
use super::on;
use crate::program::{Desk, said};

/// How large SQLite's pages are.
const PAGE: usize = 4096;

/// A desk whose state holds somebody, and Zoom knows of nothing since.
async fn used() -> (Desk, PathBuf, Vec<u8>) {
    let desk = Desk::new().await;
    said(&desk.test().await, EXIT_OK);
    said(&desk.sync(&[]).await, EXIT_OK);
    desk.zoom.forget_requests();
    let path = desk.path().join("state.db");
    let whole = std::fs::read(&path).unwrap();
    (desk, path, whole)
}

/// Runs a sync that has to refuse its state, and gives what it said.
async fn refused(desk: &Desk, what: &str) -> String {
    let path = desk.path().join("state.db");
    let before = std::fs::read(&path).unwrap();
    let output = desk.sync(&["--full"]).await;
    assert_eq!(output.status.code(), Some(i32::from(EXIT_STATE)), "{what}");
    assert_eq!(std::fs::read(&path).unwrap(), before, "{what}");
    // A journal that begins with zeros undoes nothing.
    let journal = std::fs::read(desk.path().join("state.db-journal")).unwrap_or_default();
    assert!(journal.iter().take(8).all(|byte| *byte == 0), "{what}");
    assert_eq!(desk.zoom.count(""), 0, "{what}");
    String::from_utf8(output.stderr).unwrap()
}

#[tokio::test]
async fn a_file_that_was_cut_or_overwritten_is_refused() {
    let (desk, path, whole) = used().await;
    let length = whole.len();
    let mut damaged = Vec::new();
    let cuts = [
        0,
        1,
        16,
        99,
        100,
        512,
        PAGE - 1,
        PAGE,
        2 * PAGE,
        length / 2,
        length - PAGE,
        length - 1,
    ];
    for cut in cuts {
        damaged.push((format!("cut to {cut}"), whole[..cut].to_vec()));
    }
    for page in 0..length / PAGE {
        for byte in [0, 0xff] {
            let mut bytes = whole.clone();
            bytes[page * PAGE..(page + 1) * PAGE].fill(byte);
            damaged.push((format!("page {page} is all {byte}"), bytes));
        }
    }
    damaged.push(("text".to_owned(), b"no database ".repeat(1000)));
    damaged.push((
        "a head alone".to_owned(),
        [&whole[..16], &[7; 8000][..]].concat(),
    ));
    for (what, bytes) in damaged {
        std::fs::write(&path, bytes).unwrap();
        let told = refused(&desk, &what).await;
        assert!(
            told.contains("it was left as it is") && told.contains("from a backup"),
            "{what}: {told}"
        );
    }
    std::fs::write(&path, whole).unwrap();
    said(&desk.sync(&["--full"]).await, EXIT_OK);
}

#[tokio::test]
async fn a_file_with_other_contents_is_refused() {
    let (desk, path, whole) = used().await;
    for (sql, words) in [
        ("PRAGMA application_id = 1", "another program's database"),
        ("PRAGMA user_version = 1000", "newer version (schema 1000)"),
        ("PRAGMA user_version = 0", "no version"),
        (
            "UPDATE link SET json = substr(json, 1, 20)",
            "a damaged entry",
        ),
        ("UPDATE seen SET json = '[]'", "a damaged entry"),
        (
            "UPDATE seen SET json = replace(json, '\"status\"', '\"state\"')",
            "a damaged entry",
        ),
        ("INSERT INTO intent VALUES ('1', '')", "a damaged entry"),
        ("DROP TABLE intent", "no such table"),
    ] {
        std::fs::write(&path, &whole).unwrap();
        by_hand(&path, sql).await;
        let told = refused(&desk, sql).await;
        assert!(told.contains(words), "{sql}: {told}");
    }
}

/// Somebody for whom permissions count: root may do everything.
async fn as_somebody(desk: &Desk, arguments: &[&str]) -> std::process::Output {
    let program = desk.path().join("program");
    if !program.exists() {
        std::fs::copy(env!("CARGO_BIN_EXE_zoom-provisioner"), &program).unwrap();
    }
    let mut command = Command::new(program);
    desk.equip(&mut command).args(arguments);
    let owner = std::fs::metadata(desk.path()).unwrap();
    if let Some((user, group)) = named("nobody").filter(|_| owner.uid() == 0) {
        for entry in std::fs::read_dir(desk.path()).unwrap() {
            std::os::unix::fs::chown(entry.unwrap().path(), Some(user), Some(group)).unwrap();
        }
        command.uid(user).gid(group);
    }
    desk.output(command).await
}

#[tokio::test]
async fn a_file_or_folder_that_may_not_be_written_is_refused() {
    let (desk, path, whole) = used().await;
    let mode = |path: &std::path::Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    // Both may be reached by somebody else than their owner.
    let (file, folder) = (path.as_path(), desk.path());
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o777)).unwrap();
    said(
        &as_somebody(&desk, &on("status", "state.db")).await,
        EXIT_OK,
    );
    for (file_mode, folder_mode) in [(0o444, 0o777), (0o666, 0o555)] {
        // A journal that is left from before could be written where none could be made.
        let _ = std::fs::remove_file(desk.path().join("state.db-journal"));
        mode(file, file_mode);
        mode(folder, folder_mode);
        let told = said(
            &as_somebody(&desk, &on("sync", "state.db")).await,
            EXIT_STATE,
        );
        assert!(
            told.contains("let this user write the file and the folder"),
            "{told}"
        );
        assert_eq!(std::fs::read(file).unwrap(), whole);
    }
    mode(folder, 0o700);
    assert_eq!(desk.zoom.count(""), 0);
}

/// Runs the program where no file may grow, as on a full disk.
async fn without_room(desk: &Desk, arguments: &[&str]) -> std::process::Output {
    let mut command = Command::new("sh");
    desk.equip(&mut command)
        .args(["-c", "trap '' XFSZ; ulimit -f 0; exec \"$@\"", "sh"])
        .arg(env!("CARGO_BIN_EXE_zoom-provisioner"))
        .args(arguments);
    desk.output(command).await
}

#[tokio::test]
async fn a_full_disk_is_noticed_before_anything_is_sent() {
    let (desk, path, whole) = used().await;
    let told = said(
        &without_room(&desk, &on("sync", "state.db")).await,
        EXIT_STATE,
    );
    assert!(told.contains("see to the disk"), "{told}");
    assert_eq!(std::fs::read(&path).unwrap(), whole);
    assert_eq!(desk.zoom.count(""), 0);
    said(&desk.sync(&["--full"]).await, EXIT_OK);
    // A file that cannot be made leaves nothing that would be refused later.
    let test = on("test-connection", "other.db");
    said(&without_room(&desk, &test).await, EXIT_STATE);
    said(&desk.run(&test).await, EXIT_OK);
}
