//! What is remembered between runs: in memory, in a file, and in a database.

mod cluster;
mod contract;
mod crash;
mod damage;
mod files;
mod postgres;
mod postgres_program;

/// The arguments of a command that works on a state.
fn on<'a>(command: &'a str, state: &'a str) -> Vec<&'a str> {
    let mut arguments = vec![command, "--state", state];
    if command != "status" {
        arguments.extend(["--connection", "connection.toml"]);
    }
    if ["plan", "sync", "delete-rule"].contains(&command) {
        arguments.extend(["--rule", "rule.toml"]);
    }
    if ["plan", "sync"].contains(&command) {
        arguments.extend(["--directory", "directory.json"]);
    }
    arguments
}
