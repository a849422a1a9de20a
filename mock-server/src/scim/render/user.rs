//! What answers show of a user.
//!
//! A list shows less than a get. `roles` and `groups` are one object on a get and arrays elsewhere, the
//! manager is a plain string.

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::super::{CORE_USER, ENTERPRISE, LOGIN, ZOOM};
use super::{Location, VERSION, render};
use crate::account::{Answer, Phone, User, is_shown};

/// A user as an operation shows them; the keys in the order of Zoom's examples.
#[derive(Serialize)]
struct ShownUser<'a> {
    id: &'a str,
    meta: Meta<'a>,
    schemas: Schemas,
    name: Name<'a>,
    emails: [Email<'a>; 1],
    #[serde(rename = "displayName")]
    display_name: DisplayName<'a>,
    #[serde(rename = "userName")]
    user_name: &'a str,
    active: bool,
    #[serde(rename = "userType")]
    user_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    locale: Option<&'a str>,
    #[serde(rename = "phoneNumbers", skip_serializing_if = "<[Phone]>::is_empty")]
    phones: &'a [Phone],
    #[serde(skip_serializing_if = "Option::is_none")]
    roles: Option<OneOrMany<Role<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    groups: Option<OneOrMany<Membership<'a>>>,
    #[serde(rename = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User")]
    enterprise: Enterprise<'a>,
    #[serde(
        rename = "urn:ietf:params:scim:schemas:extension:zoom:1.0:User",
        skip_serializing_if = "Option::is_none"
    )]
    zoom: Option<Extension<'a>>,
    #[serde(
        rename = "urn:us:zoom:scim:schemas:extension:1.0:ZoomUser",
        skip_serializing_if = "Option::is_none"
    )]
    login: Option<Login>,
    /// An administrator alone sees it.
    #[serde(rename = "zoomRoom", skip_serializing_if = "is_false")]
    zoom_room: bool,
    /// An administrator alone sees it.
    #[serde(rename = "forceInactive", skip_serializing_if = "is_false")]
    force_inactive: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_false(value: &bool) -> bool {
    !*value
}

#[derive(Serialize)]
struct Meta<'a> {
    #[serde(rename = "resourceType")]
    resource_type: &'a str,
    location: Location<'a>,
    version: &'a str,
    /// Whole seconds in UTC: time stamps are kept that way.
    created: Timestamp,
    #[serde(rename = "lastModified")]
    last_modified: Timestamp,
}

/// The schemas of a user.
#[derive(Clone, Copy)]
struct Schemas {
    zoom: bool,
    login: bool,
}

impl Serialize for Schemas {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let extensions = [self.zoom.then_some(ZOOM), self.login.then_some(LOGIN)];
        let all = [CORE_USER, ENTERPRISE]
            .into_iter()
            .chain(extensions.into_iter().flatten());
        serializer.collect_seq(all)
    }
}

/// The name to show: the one that was set, else given and family name.
struct DisplayName<'a>(&'a User);

impl Serialize for DisplayName<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let user = self.0;
        match (&user.display_name, &user.given_name, &user.family_name) {
            (Some(name), _, _) | (None, Some(name), None) | (None, None, Some(name)) => {
                serializer.serialize_str(name)
            }
            (None, Some(given), Some(family)) => {
                serializer.collect_str(&format_args!("{given} {family}"))
            }
            (None, None, None) => serializer.serialize_str(""),
        }
    }
}

#[derive(Serialize)]
struct Name<'a> {
    #[serde(rename = "givenName", skip_serializing_if = "Option::is_none")]
    given_name: Option<&'a str>,
    #[serde(rename = "familyName", skip_serializing_if = "Option::is_none")]
    family_name: Option<&'a str>,
}

#[derive(Serialize)]
struct Email<'a> {
    r#type: &'a str,
    value: &'a str,
    primary: bool,
}

impl Serialize for Phone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Shown<'a> {
            r#type: &'a str,
            value: &'a str,
        }
        Shown {
            r#type: &self.kind,
            value: &self.value,
        }
        .serialize(serializer)
    }
}

#[derive(Serialize)]
struct Role<'a> {
    display: &'a str,
    value: &'a str,
    primary: bool,
}

#[derive(Serialize)]
struct Membership<'a> {
    r#type: &'a str,
    value: &'a str,
    display: &'a str,
}

/// One object on a get, an array elsewhere.
#[derive(Serialize)]
#[serde(untagged)]
enum OneOrMany<T> {
    One(T),
    Many(Vec<T>),
}

impl<T> OneOrMany<T> {
    /// `None` where there is nothing.
    fn of(mut all: impl Iterator<Item = T>, view: View) -> Option<Self> {
        let first = all.next()?;
        Some(match view {
            View::Get => Self::One(first),
            View::List | View::Create | View::Update | View::Patch | View::Snapshot => {
                Self::Many(std::iter::once(first).chain(all).collect())
            }
        })
    }
}

#[derive(Serialize)]
struct Enterprise<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    department: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    organization: Option<&'a str>,
    #[serde(rename = "costCenter", skip_serializing_if = "Option::is_none")]
    cost_center: Option<&'a str>,
    #[serde(rename = "employeeNumber", skip_serializing_if = "Option::is_none")]
    employee_number: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    manager: Option<&'a str>,
}

/// Zoom's own extension, as far as a view shows it.
struct Extension<'a> {
    held: &'a Map<String, Value>,
    view: View,
}

impl Extension<'_> {
    fn shown(&self) -> impl Iterator<Item = (&String, &Value)> {
        let view = self.view;
        self.held.iter().filter(move |(name, _)| match view {
            View::List => false,
            View::Get => is_shown(name, Answer::Get),
            View::Create => is_shown(name, Answer::Create),
            View::Update => is_shown(name, Answer::Update),
            View::Patch => is_shown(name, Answer::Patch),
            View::Snapshot => true,
        })
    }
}

impl Serialize for Extension<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.shown())
    }
}

#[derive(Serialize)]
struct Login {
    #[serde(rename = "loginType")]
    login_type: LoginType,
}

#[derive(Serialize)]
struct LoginType {
    #[serde(rename = "workEmail")]
    work_email: bool,
    sso: bool,
}

/// Who looks: the answer to an operation, or an administrator, who sees everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum View {
    List,
    Get,
    Create,
    Update,
    Patch,
    /// The control side's.
    Snapshot,
}

impl<'a> ShownUser<'a> {
    fn new(user: &'a User, groups: &'a [Box<str>], view: View) -> Self {
        let login = matches!(view, View::List | View::Get | View::Snapshot);
        let whole = view != View::List;
        // Only the answers to writes show title and locale.
        let written = !matches!(view, View::List | View::Get);
        // An update's answer lacks what the enterprise extension has beside department and organization.
        let enterprise = matches!(view, View::Create | View::Get | View::Snapshot);
        let zoom = Extension {
            held: &user.zoom,
            view,
        };
        let zoom = (whole && zoom.shown().next().is_some()).then_some(zoom);
        let roles = user.role_names().enumerate().map(|(index, role)| Role {
            display: role,
            value: role,
            primary: index == 0,
        });
        let memberships = groups.iter().map(|name| Membership {
            r#type: "direct",
            value: name,
            display: name,
        });
        Self {
            id: &user.id,
            meta: Meta {
                resource_type: "User",
                location: Location("Users", &user.id),
                version: VERSION,
                created: user.created,
                last_modified: user.last_modified,
            },
            schemas: Schemas {
                zoom: zoom.is_some(),
                login,
            },
            name: Name {
                given_name: user.given_name.as_deref(),
                family_name: user.family_name.as_deref(),
            },
            emails: [Email {
                r#type: "work",
                value: &user.user_name,
                primary: true,
            }],
            display_name: DisplayName(user),
            user_name: &user.user_name,
            active: user.active,
            user_type: user.user_type.as_str(),
            title: user.title.as_deref().filter(|_| written),
            locale: user.locale.as_deref().filter(|_| written),
            phones: if whole { &user.phones } else { &[] },
            roles: whole.then(|| OneOrMany::of(roles, view)).flatten(),
            groups: whole.then(|| OneOrMany::of(memberships, view)).flatten(),
            enterprise: Enterprise {
                department: user.department.as_deref(),
                organization: user.organization.as_deref().filter(|_| whole),
                cost_center: user.cost_center.as_deref().filter(|_| enterprise),
                employee_number: user.employee_number.as_deref().filter(|_| enterprise),
                manager: user.manager.as_deref().filter(|_| enterprise),
            },
            zoom,
            login: login.then_some(Login {
                login_type: LoginType {
                    work_email: true,
                    sso: true,
                },
            }),
            zoom_room: user.zoom_room && view == View::Snapshot,
            force_inactive: user.force_inactive && view == View::Snapshot,
        }
    }
}

/// As an answer shows a user, who is in groups of these names.
pub(crate) fn user(user: &User, groups: &[Box<str>], view: View) -> Vec<u8> {
    render(&ShownUser::new(user, groups, view))
}

/// As a list shows a user.
pub(crate) fn list_item(user: &User) -> Vec<u8> {
    render(&ShownUser::new(user, &[], View::List))
}

/// Everything that is stored of a user, for the control side.
pub(crate) fn snapshot(user: &User, groups: &[Box<str>]) -> Value {
    let shown = ShownUser::new(user, groups, View::Snapshot);
    serde_json::to_value(shown).unwrap_or_default()
}
