//! Settings that cannot be: URLs, credentials and the files that they are in.

use provisioner::cli::{EXIT_INPUT, EXIT_OK};

use super::super::program::{SECRET, said};
use super::{PLAN, settled, told, writes};

#[tokio::test]
async fn urls_and_credentials_are_named_by_their_key() {
    let desk = settled().await;
    let file = std::fs::read_to_string(desk.path().join("connection.toml")).unwrap();
    let url = format!("{}/scim2", desk.zoom.url);
    let host = desk.zoom.url.trim_start_matches("http://").to_owned();
    for (old, new, key) in [
        (url.as_str(), format!("{host}/scim2"), "scim_url"),
        (&url, format!("//{host}/scim2"), "scim_url"),
        (&url, format!("http://u:pass@{host}/scim2"), "scim_url"),
        (&url, format!("{url}#part"), "scim_url"),
        (&url, format!("{url}?a=b"), "scim_url"),
        (&url, "scim2".to_owned(), "scim_url"),
        (&url, String::new(), "scim_url"),
        ("\"cid\"", "\" cid\"".to_owned(), "oauth_client_id"),
        ("\"cid\"", "\"c\\tid\"".to_owned(), "oauth_client_id"),
        ("\"acc\"", "\"acc\\u00a0\"".to_owned(), "oauth_account_id"),
        ("\"acc\"", "5".to_owned(), "line 3"),
        (
            "\"acc\"",
            "\"acc\"\noauth_account_id = \"b\"".to_owned(),
            "line 4",
        ),
    ] {
        desk.write("connection.toml", &file.replace(old, &new));
        let told = said(&desk.run(&PLAN).await, EXIT_INPUT);
        assert!(
            told.contains(key) && told.contains("connection.toml"),
            "{new}: {told}"
        );
        assert!(!told.contains("pass@"), "{told}");
    }
    desk.write("connection.toml", &file);
    said(&desk.run(&PLAN).await, EXIT_OK);
    assert_eq!(writes(&desk), 0);
}

#[tokio::test]
async fn a_secret_file_ends_with_one_line_break_and_has_no_other() {
    let desk = settled().await;
    let (first, rest) = SECRET.split_at(4);
    for text in [
        String::new(),
        "\n".to_owned(),
        format!(" {SECRET}"),
        format!("{SECRET} "),
        format!("{SECRET}\n\n"),
        format!("{first}\n{rest}\n"),
        format!("{first}\t{rest}"),
        format!("\u{feff}{SECRET}"),
    ] {
        desk.write("secret", &text);
        let told = said(&desk.run(&PLAN).await, EXIT_INPUT);
        assert!(told.contains("client_secret_file"), "{text:?}: {told}");
    }
    let utf16: Vec<u8> = SECRET.encode_utf16().flat_map(u16::to_le_bytes).collect();
    std::fs::write(
        desk.path().join("secret"),
        [&[0xff, 0xfe], &utf16[..]].concat(),
    )
    .unwrap();
    assert!(said(&desk.run(&PLAN).await, EXIT_INPUT).contains("UTF-8"));
    std::fs::remove_file(desk.path().join("secret")).unwrap();
    let told = said(&desk.run(&PLAN).await, EXIT_INPUT);
    assert!(
        told.contains("`client_secret_file`: the file that it names"),
        "{told}"
    );
    desk.write("secret", &format!("{SECRET}\r\n"));
    said(&desk.run(&PLAN).await, EXIT_OK);
}

#[tokio::test]
async fn roots_that_are_none_are_refused() {
    let desk = settled().await;
    desk.append("connection.toml", "ca_file = \"ca.pem\"\n");
    let certificate = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let whole = certificate.cert.pem();
    let latin = [whole.as_bytes(), b"\xe9\xff"].concat();
    let mut spoilt = vec![Vec::new(), b"no certificate".to_vec(), vec![0; 100]];
    spoilt.push(whole.as_bytes()[..whole.len() / 3].to_vec());
    spoilt.push(whole.as_bytes()[..whole.len() * 2 / 3].to_vec());
    for bytes in spoilt {
        std::fs::write(desk.path().join("ca.pem"), &bytes).unwrap();
        let told = told(&desk.run(&PLAN).await);
        assert!(
            told.contains("ca_file") && told.contains("ca.pem"),
            "{told}"
        );
        said(&desk.run(&PLAN).await, EXIT_INPUT);
    }
    // What stands around certificates is nobody's concern.
    std::fs::write(desk.path().join("ca.pem"), latin).unwrap();
    told(&desk.run(&PLAN).await);
    assert_eq!(writes(&desk), 0);
}
