//! Which operation a request asks for.

use http::Method;
use percent_encoding::percent_decode_str;

use crate::operation::Operation;

/// Where a request leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Route {
    pub(super) prefixes: Prefixes,
    pub(super) target: Target,
}

/// What the path names before the path that Zoom has: a hosted client can be given a URL, and no header.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Prefixes {
    /// The account, by `/t/{account}`.
    pub(super) tenant: Option<String>,
    /// The scripted run, by `/r/{run}`.
    pub(super) run: Option<String>,
    /// The scenario, by `/s/{scenario}`.
    pub(super) scenario: Option<String>,
}

/// What is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// An operation, with the id in its path; empty where it has none.
    Operation(Operation, String),
    /// Something that does not take the method, and the methods that it takes, as the header `Allow` has them.
    UnknownMethod(String),
    /// Nothing.
    UnknownPath,
}

/// The bases under which Zoom's SCIM2 is known; all are the same.
const SCIM_BASES: [&str; 3] = ["/scim2", "/v2/scim2", "/scim"];
/// The operations by path and method. A braced part stands for one segment, and `{scim}` for any base of
/// SCIM2's. Zoom's own clients write `Users` and `users` alike.
const ROUTES: [(&str, &str, Operation); 15] = [
    ("POST", "/oauth/token", Operation::IssueToken),
    ("GET", "{scim}/Users", Operation::ListUsers),
    ("POST", "{scim}/Users", Operation::CreateUser),
    ("GET", "{scim}/Users/{id}", Operation::GetUser),
    ("PUT", "{scim}/Users/{id}", Operation::UpdateUser),
    ("PATCH", "{scim}/Users/{id}", Operation::PatchUser),
    ("DELETE", "{scim}/Users/{id}", Operation::DeleteUser),
    ("GET", "{scim}/Groups", Operation::ListGroups),
    ("POST", "{scim}/Groups", Operation::CreateGroup),
    ("GET", "{scim}/Groups/{id}", Operation::GetGroup),
    ("PATCH", "{scim}/Groups/{id}", Operation::PatchGroup),
    ("DELETE", "{scim}/Groups/{id}", Operation::DeleteGroup),
    ("GET", "/v2/users", Operation::RestListUsers),
    ("GET", "/v2/users/{id}", Operation::RestGetUser),
    (
        "GET",
        "/v2/accounts/{id}/managed_domains",
        Operation::RestListManagedDomains,
    ),
];

/// Finds the way.
pub(super) fn find(method: &Method, path: &str) -> Route {
    let (prefixes, path) = prefixes(path);
    let path = Path::new(path);
    let mut fitting = ROUTES
        .iter()
        .filter(|(takes, ..)| method.as_str() == *takes);
    let found = fitting.find_map(|(_, pattern, operation)| {
        let id = path.matched(pattern)?;
        Some(Target::Operation(*operation, id.unwrap_or_default()))
    });
    let target = found.unwrap_or_else(|| match allowed(&path) {
        methods if methods.is_empty() => Target::UnknownPath,
        methods => Target::UnknownMethod(methods),
    });
    Route { prefixes, target }
}

/// The methods that a path takes; empty where there is nothing.
fn allowed(path: &Path<'_>) -> String {
    let fitting = ROUTES
        .iter()
        .filter(|(_, pattern, _)| path.matched(pattern).is_some());
    fitting
        .map(|(method, _, _)| *method)
        .collect::<Vec<_>>()
        .join(", ")
}

/// What a path names before Zoom's own, each once and in any order, and the rest of it.
fn prefixes(path: &str) -> (Prefixes, &str) {
    let (mut prefixes, mut rest) = (Prefixes::default(), path);
    loop {
        let Some((kind, named)) = rest.get(..3).zip(rest.get(3..)) else {
            return (prefixes, rest);
        };
        let held = match kind {
            "/t/" => &mut prefixes.tenant,
            "/r/" => &mut prefixes.run,
            "/s/" => &mut prefixes.scenario,
            _ => return (prefixes, rest),
        };
        let end = named.find('/').unwrap_or(0);
        let (name, after) = named.split_at(end);
        match decoded(name).filter(|name| !name.is_empty()) {
            Some(name) if held.is_none() => *held = Some(name),
            _ => return (prefixes, rest),
        }
        rest = after;
    }
}

/// A path, and what of it stands behind a base of SCIM2's.
struct Path<'a> {
    whole: &'a str,
    scim: Option<&'a str>,
}

impl<'a> Path<'a> {
    fn new(whole: &'a str) -> Self {
        let behind = |base: &&str| {
            whole
                .strip_prefix(base)
                .filter(|rest| rest.starts_with('/'))
        };
        Self {
            whole,
            scim: SCIM_BASES.iter().find_map(behind),
        }
    }

    /// Whether the path is of a pattern; the inner part is the id where the pattern has one.
    fn matched(&self, pattern: &str) -> Option<Option<String>> {
        match pattern.strip_prefix("{scim}") {
            Some(rest) => segments(rest, self.scim?),
            None if self.scim.is_some() => None,
            None => segments(pattern, self.whole),
        }
    }
}

fn segments(pattern: &str, path: &str) -> Option<Option<String>> {
    let mut id = None;
    let (mut wanted, mut held) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), held.next()) {
            (None, None) => return Some(id),
            // An id is never empty: `/Users/` names nobody.
            (Some("{id}"), Some(segment)) if !segment.is_empty() => id = Some(decoded(segment)?),
            (Some(wanted), Some(held)) if wanted.eq_ignore_ascii_case(held) => {}
            _ => return None,
        }
    }
}

/// A segment, percent-decoded; what is no UTF-8 is nobody's name.
fn decoded(segment: &str) -> Option<String> {
    let decoded = percent_decode_str(segment).decode_utf8().ok()?;
    Some(decoded.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(method: &str, path: &str) -> Target {
        find(&method.parse().unwrap(), path).target
    }

    fn to(operation: Operation, id: &str) -> Target {
        Target::Operation(operation, id.to_owned())
    }

    #[test]
    fn every_operation_has_its_route() {
        for (method, pattern, operation) in ROUTES {
            let path = pattern.replace("{scim}", "/scim2").replace("{id}", "a%2Fb");
            let id = if pattern.contains("{id}") { "a/b" } else { "" };
            assert_eq!(target(method, &path), to(operation, id), "{path}");
        }
    }

    #[test]
    fn all_bases_and_both_spellings_are_the_same() {
        for path in ["/scim2/Users", "/v2/scim2/users", "/scim/USERS"] {
            assert_eq!(target("GET", path), to(Operation::ListUsers, ""), "{path}");
        }
    }

    #[test]
    fn tells_a_wrong_method_from_a_wrong_path() {
        let takes = |methods: &str| Target::UnknownMethod(methods.to_owned());
        assert_eq!(target("DELETE", "/scim2/Users"), takes("GET, POST"));
        assert_eq!(
            target("PUT", "/scim2/Groups/x"),
            takes("GET, PATCH, DELETE")
        );
        for path in [
            "/",
            "/scim2",
            "/scim2/Users/",
            "/scim2//Users",
            "/scim2/Users/a/b",
            "/scim3/Users",
            "/scim2/ServiceProviderConfig",
            "/scim2Users",
            "/scim2/Users/%ff",
        ] {
            assert_eq!(target("GET", path), Target::UnknownPath, "{path}");
        }
    }

    #[test]
    fn a_prefix_names_the_account() {
        let route = find(&Method::GET, "/t/acme%20inc/scim2/Users/x");
        assert_eq!(route.prefixes.tenant.as_deref(), Some("acme inc"));
        assert_eq!(route.target, to(Operation::GetUser, "x"));
        let route = find(&Method::POST, "/s/wrong-secret/r/7/t/acme/oauth/token");
        let named = Prefixes {
            tenant: Some("acme".to_owned()),
            run: Some("7".to_owned()),
            scenario: Some("wrong-secret".to_owned()),
        };
        assert_eq!(route.prefixes, named);
        assert_eq!(route.target, to(Operation::IssueToken, ""));
        for path in [
            "/t/acme",
            "/t//scim2/Users",
            "/t/%ff/scim2/Users",
            "/tt/a/scim2/Users",
        ] {
            let route = find(&Method::GET, path);
            assert_eq!(
                (route.prefixes, route.target),
                (Prefixes::default(), Target::UnknownPath),
                "{path}"
            );
        }
    }
}
