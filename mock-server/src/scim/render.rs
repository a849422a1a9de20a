//! What answers show of users and groups (Zoom's SCIM2 reference).
//!
//! A list shows less than a get. `roles` and `groups` are one object on a get and arrays elsewhere, the
//! manager is a plain string.

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::{CORE_GROUP, CORE_USER, ENTERPRISE, GROUP_ZOOM, LOGIN, ZOOM};
use crate::account::{Answer, Group, Groups, Phone, User, is_shown};

/// Where Zoom says that its resources are, whatever address the server has.
const LOCATION: &str = "https://api.zoom.us/scim2";
/// The version that every resource has.
const VERSION: &str = "1.0.0";

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

/// Of which endpoint, and the id.
struct Location<'a>(&'a str, &'a str);

impl Serialize for Location<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{LOCATION}/{}/{}", self.0, self.1))
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
#[derive(Clone, Copy, PartialEq, Eq)]
enum View {
    List,
    Get,
    Create,
    Update,
    Patch,
    Snapshot,
}

impl<'a> ShownUser<'a> {
    fn new(user: &'a User, groups: Option<&'a Groups>, view: View) -> Self {
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
        let named = user
            .groups
            .iter()
            .filter_map(|id| Some(&*groups?.get(id)?.display_name));
        let memberships = named.map(|name| Membership {
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

/// How long a user's JSON is, as a rule.
const USUAL_BYTES: usize = 1280;

fn render(shown: &impl Serialize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(USUAL_BYTES);
    // Nothing here fails to be JSON, and a Vec takes every byte.
    let _ = serde_json::to_writer(&mut bytes, shown);
    bytes
}

/// As a get shows a user.
pub(crate) fn single(user: &User, groups: &Groups) -> Vec<u8> {
    render(&ShownUser::new(user, Some(groups), View::Get))
}

/// As a list shows a user.
pub(crate) fn list_item(user: &User) -> Vec<u8> {
    render(&ShownUser::new(user, None, View::List))
}

/// As the answer to a create shows the user.
pub(crate) fn created(user: &User, groups: &Groups) -> Vec<u8> {
    render(&ShownUser::new(user, Some(groups), View::Create))
}

/// As the answer to an update shows the user.
pub(crate) fn updated(user: &User, groups: &Groups) -> Vec<u8> {
    render(&ShownUser::new(user, Some(groups), View::Update))
}

/// As the answer to a patch shows the user.
pub(crate) fn patched(user: &User, groups: &Groups) -> Vec<u8> {
    render(&ShownUser::new(user, Some(groups), View::Patch))
}

/// Everything that is stored of a user, for the control side.
pub(crate) fn snapshot(user: &User, groups: &Groups) -> Value {
    let shown = ShownUser::new(user, Some(groups), View::Snapshot);
    serde_json::to_value(shown).unwrap_or_default()
}

/// A group, in every answer the same.
#[derive(Serialize)]
struct ShownGroup<'a> {
    id: &'a str,
    meta: Meta<'a>,
    schemas: [&'a str; 2],
    #[serde(rename = "displayName")]
    display_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    members: Option<Vec<Member<'a>>>,
    #[serde(rename = "urn:ietf:params:scim:schemas:extension:zoom:2.0:Group")]
    zoom: GroupExtension<'a>,
}

#[derive(Serialize)]
struct Member<'a> {
    value: &'a str,
}

#[derive(Serialize)]
struct GroupExtension<'a> {
    #[serde(rename = "emailAlias", skip_serializing_if = "Option::is_none")]
    email_alias: Option<&'a str>,
}

/// As every answer shows a group; with its members where the account has chosen so.
pub(crate) fn group(group: &Group, members: bool) -> Vec<u8> {
    let ids = group.members.iter().map(|id| Member { value: id });
    render(&ShownGroup {
        id: &group.id,
        meta: Meta {
            resource_type: "Group",
            location: Location("Groups", &group.id),
            version: VERSION,
            created: group.created,
            last_modified: group.last_modified,
        },
        schemas: [CORE_GROUP, GROUP_ZOOM],
        display_name: &group.display_name,
        members: members.then(|| ids.collect()),
        zoom: GroupExtension {
            email_alias: group.email_alias.as_deref(),
        },
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::account::{Roster, Settings};
    use crate::ids::Ids;
    use crate::scim::read;

    fn jill() -> (User, Groups) {
        let json = json!({
            "schemas": ["anything"],
            "userName": "jchill@example.com",
            "name": {"givenName": "Jill", "familyName": "Chill"},
            "userType": "Pro",
            "title": "Developer",
            "locale": "San Jose",
            "phoneNumbers": [{"value": "+15550100"}],
            "roles": [{"value": "Admin"}, {"value": "Member"}],
            "groups": [{"value": "staff"}, {"value": "nobody's"}],
            "nickName": "dropped",
            ENTERPRISE: {"department": "Development", "costCenter": "US01", "manager": "thill@example.com"},
            ZOOM: {"pronouns": "she", "zoomUnited": "32", "colour": "red", "nested": {"is": "dropped"}},
        });
        let now = Timestamp::from_second(1_700_802_795).unwrap();
        let (mut roster, settings) = (Roster::default(), Settings::default());
        let mut ids = Ids::new(1, "jill");
        let staff = read::read_group(&json!({"displayName": "Staff"})).unwrap();
        roster
            .create_group(staff, &settings, &mut ids, now)
            .unwrap();
        let change = read::read(&json).unwrap();
        let stored = roster
            .create_user(change, &settings, || ids.id(), now)
            .unwrap();
        (stored.user.clone(), roster.groups)
    }

    fn json_of(bytes: &[u8]) -> Value {
        serde_json::from_slice(bytes).unwrap()
    }

    #[test]
    fn a_get_shows_a_user_as_zoom_does() {
        let (jill, groups) = jill();
        insta::assert_snapshot!(String::from_utf8(single(&jill, &groups)).unwrap());
    }

    #[test]
    fn a_group_is_shown_as_zoom_does() {
        let (_, groups) = jill();
        let staff = groups.by_name("staff").unwrap();
        insta::assert_snapshot!(String::from_utf8(group(staff, false)).unwrap());
        assert_eq!(
            json_of(&group(staff, true))["members"]
                .as_array()
                .unwrap()
                .len(),
            1
        );
    }

    #[test]
    fn a_list_shows_less_and_a_write_shows_other_things_than_a_get() {
        let (jill, groups) = jill();
        let list = json_of(&list_item(&jill));
        for absent in ["title", "locale", "phoneNumbers", "roles", "groups", ZOOM] {
            assert_eq!(list.get(absent), None, "{absent}");
        }
        assert_eq!(list[ENTERPRISE], json!({"department": "Development"}));
        let get = json_of(&single(&jill, &groups));
        let create = json_of(&created(&jill, &groups));
        let update = json_of(&updated(&jill, &groups));
        let patch = json_of(&patched(&jill, &groups));
        for written in [&create, &update, &patch] {
            assert_eq!(written["title"], "Developer");
            assert_eq!(written["locale"], "San Jose");
            assert_eq!(written[ZOOM]["colour"], "red");
            assert!(written["roles"].is_array() && written["groups"].is_array());
            assert_eq!(written.get(LOGIN), None);
        }
        assert_eq!((get.get("title"), get.get("locale")), (None, None));
        assert!(get["roles"].is_object() && get["groups"].is_object());
        assert_eq!(get[ZOOM], json!({"pronouns": "she", "zoomUnited": "32"}));
        assert_eq!(get[ENTERPRISE]["manager"], "thill@example.com");
        assert!(create[ENTERPRISE]["costCenter"].is_string());
        assert_eq!(update[ENTERPRISE].get("costCenter"), None);
    }
}
