//! What went over the wire in a test of a connection: nothing of it may be a write.

use mock_server::Exchange;

/// The exchanges that would change something: an operation that writes, or what fits no route and could have,
/// had the URL been right. A token is asked for with a POST too, wherever the token URL leads.
#[must_use]
pub fn writes(exchanges: &[impl AsRef<Exchange>], token_url: &str) -> Vec<String> {
    let token_path = path_of(token_url);
    let is_write = |exchange: &&Exchange| match exchange.operation {
        Some(operation) => operation.is_write(),
        None => {
            let reads = matches!(exchange.method.as_str(), "GET" | "HEAD" | "OPTIONS");
            !reads && exchange.path.trim_end_matches('/') != token_path
        }
    };
    let told = |exchange: &Exchange| {
        let operation = exchange.operation.map(mock_server::Operation::as_str);
        format!(
            "{} {} {}",
            operation.unwrap_or("no operation:"),
            exchange.method,
            exchange.path
        )
    };
    exchanges
        .iter()
        .map(AsRef::as_ref)
        .filter(is_write)
        .map(told)
        .collect()
}

/// The path of a URL, without a slash at the end.
fn path_of(url: &str) -> &str {
    let behind_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = behind_scheme
        .find('/')
        .and_then(|at| behind_scheme.get(at..))
        .unwrap_or_default();
    let path = path.split(['?', '#']).next().unwrap_or_default();
    path.trim_end_matches('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_what_stands_behind_the_host() {
        for (url, path) in [
            ("https://zoom.us/oauth/token", "/oauth/token"),
            ("https://zoom.us/oauth/token/?a=/b#c", "/oauth/token"),
            ("zoom.us/oauth/token", "/oauth/token"),
            ("https://zoom.us/", ""),
            ("https://zoom.us", ""),
            ("", ""),
        ] {
            assert_eq!(path_of(url), path, "{url}");
        }
    }
}
