//! Which operations were used and which scopes they needed, so that an app can be trimmed to least privilege.

use serde::Serialize;

use crate::operation::{OPERATIONS, Operation};

/// How often each operation was let in, and how often a missing scope kept it out.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Usage {
    allowed: [u64; OPERATIONS],
    refused: [u64; OPERATIONS],
}

/// The scopes of an account's apps, and what they were good for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ScopeReport {
    /// What the apps of the account have.
    pub granted: Vec<String>,
    /// The granted scopes that let an operation in.
    pub used: Vec<UsedScope>,
    /// The operations that no granted scope let in.
    pub missing: Vec<MissingScope>,
    /// The granted scopes that no operation so far has needed.
    pub unneeded: Vec<String>,
}

/// A scope and what it let in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct UsedScope {
    /// The scope.
    pub scope: String,
    /// The operations.
    pub operations: Vec<String>,
    /// How many requests.
    pub requests: u64,
}

/// An operation that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct MissingScope {
    /// The operation.
    pub operation: String,
    /// The scopes of which one would have sufficed.
    pub one_of: Vec<String>,
    /// How many requests.
    pub requests: u64,
}

impl Usage {
    pub(crate) fn allow(&mut self, operation: Operation) {
        if let Some(count) = self.allowed.get_mut(operation as usize) {
            *count += 1;
        }
    }

    pub(crate) fn refuse(&mut self, operation: Operation) {
        if let Some(count) = self.refused.get_mut(operation as usize) {
            *count += 1;
        }
    }

    /// How often each operation was let in and kept out, where it was asked for.
    pub(crate) fn counted(&self) -> impl Iterator<Item = (Operation, u64, u64)> {
        let counts = self.allowed.into_iter().zip(self.refused);
        let counted = Operation::ALL.into_iter().zip(counts);
        counted
            .map(|(operation, (allowed, refused))| (operation, allowed, refused))
            .filter(|(_, allowed, refused)| allowed + refused > 0)
    }

    /// Sets how often an operation was let in and kept out.
    pub(crate) fn set(&mut self, operation: Operation, allowed: u64, refused: u64) {
        let index = operation as usize;
        if let (Some(let_in), Some(kept_out)) =
            (self.allowed.get_mut(index), self.refused.get_mut(index))
        {
            (*let_in, *kept_out) = (allowed, refused);
        }
    }

    /// What was seen so far. `granted` is sorted, each once.
    pub(crate) fn report(&self, granted: Vec<String>) -> ScopeReport {
        let mut used: Vec<UsedScope> = Vec::new();
        let mut missing = Vec::new();
        let counts = self.allowed.into_iter().zip(self.refused);
        for (operation, (allowed, refused)) in Operation::ALL.into_iter().zip(counts) {
            let scope = operation.allowed_by(granted.iter().map(String::as_str));
            if let Some(scope) = scope.filter(|scope| allowed > 0 && !scope.is_empty()) {
                let name = operation.as_str().to_owned();
                match used.iter_mut().find(|used| used.scope == scope) {
                    Some(known) => {
                        known.operations.push(name);
                        known.requests += allowed;
                    }
                    None => used.push(UsedScope {
                        scope: scope.to_owned(),
                        operations: vec![name],
                        requests: allowed,
                    }),
                }
            }
            if refused > 0 {
                missing.push(MissingScope {
                    operation: operation.as_str().to_owned(),
                    one_of: operation
                        .scopes()
                        .iter()
                        .map(|scope| (*scope).to_owned())
                        .collect(),
                    requests: refused,
                });
            }
        }
        let is_used = |scope: &&String| used.iter().any(|used| used.scope == **scope);
        let unneeded = granted
            .iter()
            .filter(|scope| !is_used(scope))
            .cloned()
            .collect();
        ScopeReport {
            granted,
            used,
            missing,
            unneeded,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_what_an_app_could_do_without() {
        let mut usage = Usage::default();
        usage.allow(Operation::ListUsers);
        usage.allow(Operation::CreateUser);
        usage.allow(Operation::IssueToken);
        usage.refuse(Operation::RestListUsers);
        let granted = ["account:master", "scim2"].map(str::to_owned).to_vec();
        let report = usage.report(granted);
        assert_eq!(report.used.len(), 1);
        assert_eq!(report.used[0].operations, ["users.list", "users.create"]);
        assert_eq!(report.unneeded, ["account:master"]);
        assert_eq!(report.missing[0].operation, "rest.users.list");
    }
}
