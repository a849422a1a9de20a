//! Who listens on a port already, as far as the system says.

use std::net::SocketAddr;

/// A listening socket's state in Linux's tables.
const LISTENING: &str = "0A";
/// How many processes are looked through at the most.
const MAX_PROCESSES: usize = 10_000;
/// How many open files of a process are looked through at the most.
const MAX_FILES: usize = 10_000;

/// The program that listens on the address's port, as `name (process 123)`; `None` where the system does not
/// tell, which is everywhere but on Linux, and for other people's processes.
pub(super) fn of(address: SocketAddr) -> Option<String> {
    let inode = ["/proc/net/tcp", "/proc/net/tcp6"]
        .into_iter()
        .filter_map(|table| std::fs::read_to_string(table).ok())
        .find_map(|table| listening_inode(&table, address.port()).map(str::to_owned))?;
    let socket = format!("socket:[{inode}]");
    let processes = std::fs::read_dir("/proc").ok()?.take(MAX_PROCESSES);
    for process in processes.filter_map(Result::ok) {
        let name = process.file_name();
        let Some(id) = name.to_str().filter(|name| name.parse::<u32>().is_ok()) else {
            continue;
        };
        let Ok(files) = std::fs::read_dir(process.path().join("fd")) else {
            continue;
        };
        let mut files = files.take(MAX_FILES).filter_map(Result::ok);
        if files
            .any(|file| std::fs::read_link(file.path()).is_ok_and(|to| to.as_os_str() == &*socket))
        {
            let program = std::fs::read_to_string(process.path().join("comm")).unwrap_or_default();
            return Some(format!("{} (process {id})", program.trim()));
        }
    }
    None
}

/// The inode of the socket that listens on a port, from a table like `/proc/net/tcp`: the second column is
/// the local address and port in hexadecimal, the fourth the state, the tenth the inode.
fn listening_inode(table: &str, port: u16) -> Option<&str> {
    table.lines().skip(1).find_map(|line| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let (_, local_port) = columns.get(1)?.rsplit_once(':')?;
        let is_it =
            u16::from_str_radix(local_port, 16) == Ok(port) && columns.get(3) == Some(&LISTENING);
        is_it.then(|| columns.get(9).copied()).flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_socket_that_listens_in_the_systems_table() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n   \
                     0: 0100007F:1F90 0100007F:D431 01 00000000:00000000 00:00000000 00000000     0        0 11 1\n   \
                     1: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 22 1\n";
        assert_eq!(listening_inode(table, 8080), Some("22"));
        assert_eq!(listening_inode(table, 8081), None);
        assert_eq!(listening_inode("", 8080), None);
    }
}
