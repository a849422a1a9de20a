//! What an account's administrator can set.

use serde::{Deserialize, Serialize};

use super::choices::Choices;
use crate::limit::RateLimits;
use crate::scim::page::MAX_COUNT;

/// How many users a list holds that does not say how many (Zoom's SCIM2 reference).
const DEFAULT_COUNT: usize = 1;
/// How many Basic users an account may have (Microsoft's tutorial for Zoom).
const BASIC_SEATS: usize = 9_999;
/// The most names that a list in the settings may hold.
const MAX_NAMES: usize = 1_000;

/// An account's plan. Single Sign-On, and with it SCIM2, starts with Business.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Plan {
    /// No Single Sign-On.
    Free,
    /// No Single Sign-On.
    Pro,
    /// The least that has Single Sign-On.
    #[default]
    Business,
    /// As Business here.
    Education,
    /// As Business here.
    Enterprise,
}

/// What the role of the app's owner may do: an operation of SCIM2's without it answers 403, one of REST's 400.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub enum Permission {
    /// Reading users.
    #[serde(rename = "User:Read")]
    UserRead,
    /// Changing users.
    #[serde(rename = "User:Edit")]
    UserEdit,
    /// Reading groups.
    #[serde(rename = "Group:Read")]
    GroupRead,
    /// Changing groups.
    #[serde(rename = "Group:Edit")]
    GroupEdit,
}

impl Permission {
    /// The name as Zoom writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UserRead => "User:Read",
            Self::UserEdit => "User:Edit",
            Self::GroupRead => "Group:Read",
            Self::GroupEdit => "Group:Edit",
        }
    }
}

/// How many users may hold what; `null` is without limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Seats {
    /// Users of the type Basic.
    pub basic: Option<usize>,
    /// Users of the type Licensed.
    pub licensed: Option<usize>,
    /// Users of the type On-Prem.
    pub on_prem: Option<usize>,
    /// Users with a `zoomUnited` plan.
    pub zoom_united: Option<usize>,
    /// Users with `zoomOneBizPlus`: Zoom Workplace Business Plus.
    pub zoom_one_biz_plus: Option<usize>,
    /// Users with `zoomOneEntPremier`: Zoom Workplace Enterprise Premier.
    pub zoom_one_ent_premier: Option<usize>,
    /// Users with `zoomOneSchoolCampusPlus`: Zoom Workplace for Education School and Campus Plus.
    pub zoom_one_school_campus_plus: Option<usize>,
    /// Users with `zoomOneEduEntPremier`: Zoom Workplace for Education Enterprise Premier.
    pub zoom_one_edu_ent_premier: Option<usize>,
    /// Users with `zoomOneEdu`: Zoom Workplace for Education Enterprise Student.
    pub zoom_one_edu: Option<usize>,
}

impl Default for Seats {
    fn default() -> Self {
        Self {
            basic: Some(BASIC_SEATS),
            licensed: None,
            on_prem: None,
            zoom_united: None,
            zoom_one_biz_plus: None,
            zoom_one_ent_premier: None,
            zoom_one_school_campus_plus: None,
            zoom_one_edu_ent_premier: None,
            zoom_one_edu: None,
        }
    }
}

/// The settings of an account, as its administrator knows them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The plan.
    pub plan: Plan,
    /// Whether Single Sign-On is enabled; without it every user operation of SCIM2 answers 400.
    pub sso: bool,
    /// The domains associated with the account; `null` takes every address, which is our default because a
    /// first try should succeed.
    pub associated_domains: Option<Vec<String>>,
    /// How many users may hold what.
    #[serde(deserialize_with = "super::object::object")]
    pub seats: Seats,
    /// The names of the roles that there are.
    pub roles: Vec<String>,
    /// The roles whose users are not activated, deactivated, deleted or readdressed through SCIM2.
    pub admin_roles: Vec<String>,
    /// What the role of the app's owner may do.
    pub permissions: Vec<Permission>,
    /// The name of the group that cannot be deleted, if the account has one.
    pub default_group: Option<String>,
    /// Zoom's rate limits; off by default.
    #[serde(deserialize_with = "super::object::object")]
    pub rate_limits: RateLimits,
    /// How many resources a list holds that does not say how many, from 1 to 100. Documented is 1.
    pub default_count: usize,
    /// How many resources a list holds at the most, whatever is asked for, from 1 to 100. Documented is 100; servers
    /// are seen that give fewer than they are asked for.
    pub page_cap: usize,
    /// How long tokens live, in seconds.
    pub token_expires_in_s: u32,
    /// What happens where Zoom's documents are silent.
    #[serde(deserialize_with = "super::object::object")]
    pub choices: Choices,
}

/// How long a token lives, in seconds, unless an account says otherwise (Zoom's token endpoint).
const TOKEN_EXPIRES_IN_S: u32 = 3600;

impl Default for Settings {
    fn default() -> Self {
        Self {
            plan: Plan::default(),
            sso: true,
            associated_domains: None,
            seats: Seats::default(),
            roles: ["Owner", "Admin", "Member"].map(str::to_owned).to_vec(),
            admin_roles: ["Owner", "Admin"].map(str::to_owned).to_vec(),
            permissions: vec![
                Permission::UserRead,
                Permission::UserEdit,
                Permission::GroupRead,
                Permission::GroupEdit,
            ],
            default_group: None,
            rate_limits: RateLimits::default(),
            default_count: DEFAULT_COUNT,
            page_cap: MAX_COUNT,
            token_expires_in_s: TOKEN_EXPIRES_IN_S,
            choices: Choices::default(),
        }
    }
}

/// Settings that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{field}` {message}")]
pub struct InvalidSettings {
    /// The key.
    pub field: &'static str,
    /// What is wrong with it.
    pub message: String,
}

impl Settings {
    /// Whether SCIM2 answers for users: Single Sign-On is on, and the plan has it.
    pub(crate) fn has_sso(&self) -> bool {
        self.sso && !matches!(self.plan, Plan::Free | Plan::Pro)
    }

    pub(crate) fn permits(&self, permission: Permission) -> bool {
        self.permissions.contains(&permission)
    }

    /// Whether the domain of an address is associated with the account.
    pub(crate) fn is_associated(&self, address: &str) -> bool {
        let Some(domains) = &self.associated_domains else {
            return true;
        };
        let domain = address.rsplit('@').next().unwrap_or_default();
        domains
            .iter()
            .any(|known| known.eq_ignore_ascii_case(domain))
    }

    pub(crate) fn is_admin_role(&self, role: &str) -> bool {
        self.admin_roles.iter().any(|admin| admin == role)
    }

    /// Checks what the types cannot.
    pub(crate) fn check(&self) -> Result<(), InvalidSettings> {
        let invalid = |field, message: &str| {
            Err(InvalidSettings {
                field,
                message: message.to_owned(),
            })
        };
        for (field, count) in [
            ("default_count", self.default_count),
            ("page_cap", self.page_cap),
        ] {
            if !(1..=MAX_COUNT).contains(&count) {
                return invalid(field, "is from 1 to 100");
            }
        }
        if self.token_expires_in_s == 0 {
            return invalid("token_expires_in_s", "is at least 1");
        }
        if self
            .default_group
            .as_deref()
            .is_some_and(|name| name.trim().is_empty())
        {
            return invalid("default_group", "must not be empty; null is for none");
        }
        let domains = self.associated_domains.as_deref().unwrap_or_default();
        if domains
            .iter()
            .any(|domain| domain.is_empty() || domain.contains('@'))
        {
            return invalid(
                "associated_domains",
                "holds domains without `@`, such as example.com",
            );
        }
        for (field, names) in [
            ("roles", &self.roles[..]),
            ("admin_roles", &self.admin_roles[..]),
            ("associated_domains", domains),
        ] {
            if names.len() > MAX_NAMES {
                return invalid(field, "holds more names than 1000");
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn single_sign_on_needs_a_plan_that_has_it() {
        for (plan, sso, works) in [
            (Plan::Free, true, false),
            (Plan::Pro, true, false),
            (Plan::Business, true, true),
            (Plan::Enterprise, false, false),
        ] {
            let settings = Settings {
                plan,
                sso,
                ..Settings::default()
            };
            assert_eq!(settings.has_sso(), works, "{plan:?}");
        }
    }

    #[test]
    fn domains_compare_without_case() {
        let domains = Some(vec!["Example.com".to_owned()]);
        let settings = Settings {
            associated_domains: domains,
            ..Settings::default()
        };
        assert!(settings.is_associated("ann@example.COM"));
        assert!(!settings.is_associated("ann@sub.example.com"));
        assert!(Settings::default().is_associated("ann@anywhere.example"));
    }

    #[test]
    fn the_defaults_are_valid_and_read_back() {
        let settings = Settings::default();
        assert_eq!(settings.check(), Ok(()));
        let json = serde_json::to_value(&settings).unwrap();
        assert_eq!(serde_json::from_value::<Settings>(json).unwrap(), settings);
        let wrong = Settings {
            default_count: 101,
            ..settings
        };
        assert_eq!(wrong.check().unwrap_err().field, "default_count");
        let wrong = Settings {
            page_cap: 0,
            ..Settings::default()
        };
        assert_eq!(wrong.check().unwrap_err().field, "page_cap");
    }
}
