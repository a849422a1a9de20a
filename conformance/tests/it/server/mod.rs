//! The suite for servers: against good ones, wrong ones, and what is no server at all.

mod good;
mod input;
mod interruption;
mod peer;
mod proof;
mod walls;

use std::process::{Command, Output};

use mock_server::{Account, Config, MockServer};
use serde_json::json;

/// How many users an account has before it is checked.
const USERS: u32 = 5;

/// A mock with an account of a few users.
fn zoom() -> (MockServer, Account) {
    let server = MockServer::start(&Config::default()).unwrap();
    let account = server.default_account();
    for number in 0..USERS {
        let user = json!({ "userName": format!("user{number}@example.com"), "displayName": "U" });
        account.add_user(&user).unwrap();
    }
    (server, account)
}

/// `zoom-conformance server` against the mock, with these arguments as well.
fn command(server: &MockServer, account: &Account, arguments: &[&str]) -> Command {
    let credentials = account.credentials();
    let mut command = against(&server.scim_url(), &server.token_url());
    command
        .args(["--account-id", &credentials.account_id])
        .args(["--client-id", &credentials.client_id])
        .args(arguments)
        .env("ZOOM_CLIENT_SECRET", &credentials.client_secret);
    command
}

/// `zoom-conformance server` against these URLs, and nothing in its environment.
fn against(scim_url: &str, token_url: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zoom-conformance"));
    command.args(["server", "--scim-url", scim_url, "--token-url", token_url]);
    for name in [
        "ZOOM_CLIENT_SECRET",
        "ZOOM_READ_ONLY_CLIENT_SECRET",
        "ZOOM_EXPIRED_TOKEN",
    ] {
        command.env_remove(name);
    }
    command
}

fn run(server: &MockServer, account: &Account, arguments: &[&str]) -> Output {
    command(server, account, arguments).output().unwrap()
}
