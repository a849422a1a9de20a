//! What is remembered between runs: in memory, in a file, and in a database.

#[cfg(unix)]
mod cluster;
#[cfg(unix)]
mod contract;
#[cfg(unix)]
mod crash;
#[cfg(unix)]
mod damage;
mod files;
#[cfg(unix)]
mod postgres;
#[cfg(unix)]
mod postgres_program;

/// The arguments of a command that works on a state.
#[cfg(unix)]
fn on<'a>(command: &'a str, state: &'a str) -> Vec<&'a str> {
    let mut arguments = vec![command, "--state", state];
    if command != "status" {
        arguments.extend(["--connection", "connection.toml"]);
    }
    if ["plan", "sync", "watch", "delete-rule"].contains(&command) {
        arguments.extend(["--rule", "rule.toml"]);
    }
    if ["plan", "sync", "watch"].contains(&command) {
        arguments.extend(["--directory", "directory.json"]);
    }
    arguments
}
