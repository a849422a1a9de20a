//! A user as JSON: what a request says, and what each operation shows (Zoom's SCIM2 reference).
//!
//! A list shows less than a get. `roles` and `groups` are one object on a get and arrays elsewhere, the
//! manager is a plain string. Attributes that Zoom does not document are accepted and dropped.

use bytes::Bytes;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::account::{Phone, User, UserChange, UserType};

const CORE: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const ZOOM: &str = "urn:ietf:params:scim:schemas:extension:zoom:1.0:User";
const LOGIN: &str = "urn:us:zoom:scim:schemas:extension:1.0:ZoomUser";
/// Where Zoom says that its users are, whatever address the server has.
const LOCATION: &str = "https://api.zoom.us/scim2/Users";
/// The kind of a phone number that does not say.
const DEFAULT_PHONE: &str = "work";

/// An attribute has a value that cannot be its.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("The \"{attribute}\" of the request is invalid.")]
pub(crate) struct InvalidAttribute {
    pub(crate) attribute: &'static str,
}

/// Reads a user or a part of one. `null` is the same as absent.
pub(crate) fn read(json: &Value) -> Result<UserChange, InvalidAttribute> {
    let name = object(json, "name")?;
    let enterprise = object(json, ENTERPRISE)?;
    let zoom = object(json, ZOOM)?;
    let user_type = text(Some(json), "userType")?;
    Ok(UserChange {
        user_name: text(Some(json), "userName")?,
        email: email(json)?,
        active: boolean(json, "active")?,
        display_name: text(Some(json), "displayName")?,
        given_name: text(name, "givenName")?,
        family_name: text(name, "familyName")?,
        user_type: match user_type {
            None => None,
            Some(text) => Some(UserType::parse(&text).ok_or(InvalidAttribute {
                attribute: "userType",
            })?),
        },
        title: text(Some(json), "title")?,
        locale: text(Some(json), "locale")?,
        phones: phones(json)?,
        roles: roles(json)?,
        department: text(enterprise, "department")?,
        organization: text(enterprise, "organization")?,
        cost_center: text(enterprise, "costCenter")?,
        employee_number: text(enterprise, "employeeNumber")?,
        manager: text(enterprise, "manager")?,
        zoom: zoom
            .and_then(Value::as_object)
            .map(simple_values)
            .unwrap_or_default(),
    })
}

fn present<'a>(json: &'a Value, key: &str) -> Option<&'a Value> {
    json.get(key).filter(|value| !value.is_null())
}

fn object<'a>(
    json: &'a Value,
    attribute: &'static str,
) -> Result<Option<&'a Value>, InvalidAttribute> {
    match present(json, attribute) {
        Some(value) if !value.is_object() => Err(InvalidAttribute { attribute }),
        value => Ok(value),
    }
}

fn text(json: Option<&Value>, attribute: &'static str) -> Result<Option<String>, InvalidAttribute> {
    match json.and_then(|json| present(json, attribute)) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(InvalidAttribute { attribute }),
    }
}

fn boolean(json: &Value, attribute: &'static str) -> Result<Option<bool>, InvalidAttribute> {
    match present(json, attribute) {
        None => Ok(None),
        Some(Value::Bool(value)) => Ok(Some(*value)),
        Some(_) => Err(InvalidAttribute { attribute }),
    }
}

/// The items of a multi-valued attribute; one object stands for an array of one, as Zoom itself writes it.
fn items<'a>(
    json: &'a Value,
    attribute: &'static str,
) -> Result<Option<&'a [Value]>, InvalidAttribute> {
    match present(json, attribute) {
        None => Ok(None),
        Some(Value::Array(items)) => Ok(Some(items)),
        Some(one @ Value::Object(_)) => Ok(Some(std::slice::from_ref(one))),
        Some(_) => Err(InvalidAttribute { attribute }),
    }
}

/// The first e-mail: Zoom takes one.
fn email(json: &Value) -> Result<Option<String>, InvalidAttribute> {
    match items(json, "emails")?.and_then(<[Value]>::first) {
        None => Ok(None),
        Some(email) => text(Some(email), "value"),
    }
}

fn phones(json: &Value) -> Result<Option<Vec<Phone>>, InvalidAttribute> {
    let Some(items) = items(json, "phoneNumbers")? else {
        return Ok(None);
    };
    let mut phones = Vec::with_capacity(items.len());
    for item in items {
        let kind = text(Some(item), "type")?.unwrap_or_else(|| DEFAULT_PHONE.to_owned());
        if let Some(value) = text(Some(item), "value")? {
            phones.push(Phone { kind, value });
        }
    }
    Ok(Some(phones))
}

fn roles(json: &Value) -> Result<Option<Vec<String>>, InvalidAttribute> {
    let Some(items) = items(json, "roles")? else {
        return Ok(None);
    };
    let mut roles = Vec::with_capacity(items.len());
    for item in items {
        roles.extend(text(Some(item), "value")?);
    }
    Ok(Some(roles))
}

/// What is kept of Zoom's own extension: text, numbers and booleans.
fn simple_values(extension: &Map<String, Value>) -> Map<String, Value> {
    let simple = |value: &Value| value.is_string() || value.is_number() || value.is_boolean();
    extension
        .iter()
        .filter(|(_, value)| simple(value))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

/// A user as an operation shows them; the keys in the order of Zoom's examples.
#[derive(Serialize)]
struct Shown<'a> {
    id: &'a str,
    meta: Meta<'a>,
    schemas: Vec<&'a str>,
    name: Name<'a>,
    emails: [Email<'a>; 1],
    #[serde(rename = "displayName")]
    display_name: String,
    #[serde(rename = "userName")]
    user_name: &'a str,
    active: bool,
    #[serde(rename = "userType")]
    user_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    locale: Option<&'a str>,
    #[serde(rename = "phoneNumbers", skip_serializing_if = "Option::is_none")]
    phones: Option<Vec<ShownPhone<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    roles: Option<Roles<'a>>,
    #[serde(rename = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User")]
    enterprise: Enterprise<'a>,
    #[serde(
        rename = "urn:ietf:params:scim:schemas:extension:zoom:1.0:User",
        skip_serializing_if = "Option::is_none"
    )]
    zoom: Option<&'a Map<String, Value>>,
    #[serde(
        rename = "urn:us:zoom:scim:schemas:extension:1.0:ZoomUser",
        skip_serializing_if = "Option::is_none"
    )]
    login: Option<Login>,
}

#[derive(Serialize)]
struct Meta<'a> {
    #[serde(rename = "resourceType")]
    resource_type: &'a str,
    location: String,
    version: &'a str,
    created: String,
    #[serde(rename = "lastModified")]
    last_modified: String,
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

#[derive(Serialize)]
struct ShownPhone<'a> {
    r#type: &'a str,
    value: &'a str,
}

#[derive(Serialize)]
struct Role<'a> {
    display: &'a str,
    value: &'a str,
    primary: bool,
}

/// One object on a get, an array elsewhere.
#[derive(Serialize)]
#[serde(untagged)]
enum Roles<'a> {
    One(Role<'a>),
    Many(Vec<Role<'a>>),
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

/// What an operation leaves out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum View {
    List,
    Get,
    Create,
    Update,
    Snapshot,
}

impl<'a> Shown<'a> {
    fn new(user: &'a User, view: View) -> Self {
        let login = matches!(view, View::List | View::Get | View::Snapshot);
        let whole = view != View::List;
        // Only the answers to writes show title and locale.
        let written = matches!(view, View::Create | View::Update | View::Snapshot);
        // An update's answer lacks what the enterprise extension has beside department and organization.
        let enterprise = matches!(view, View::Create | View::Get | View::Snapshot);
        let zoom = Some(&user.zoom).filter(|zoom| whole && !zoom.is_empty());
        let mut schemas = vec![CORE, ENTERPRISE];
        schemas.extend(zoom.map(|_| ZOOM));
        schemas.extend(login.then_some(LOGIN));
        let phones = user.phones.iter().map(|phone| ShownPhone {
            r#type: &phone.kind,
            value: &phone.value,
        });
        Self {
            id: &user.id,
            meta: Meta {
                resource_type: "User",
                location: format!("{LOCATION}/{}", user.id),
                version: "1.0.0",
                created: user.created.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
                last_modified: user
                    .last_modified
                    .strftime("%Y-%m-%dT%H:%M:%SZ")
                    .to_string(),
            },
            schemas,
            name: Name {
                given_name: user.given_name.as_deref(),
                family_name: user.family_name.as_deref(),
            },
            emails: [Email {
                r#type: "work",
                value: &user.user_name,
                primary: true,
            }],
            display_name: user.shown_name(),
            user_name: &user.user_name,
            active: user.active,
            user_type: user.user_type.as_str(),
            title: user.title.as_deref().filter(|_| written),
            locale: user.locale.as_deref().filter(|_| written),
            phones: (whole && !user.phones.is_empty()).then(|| phones.collect()),
            roles: whole.then(|| Roles::of(user, view)),
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
        }
    }
}

impl<'a> Roles<'a> {
    fn of(user: &'a User, view: View) -> Self {
        let mut roles = user.roles.iter().enumerate().map(|(index, role)| Role {
            display: role,
            value: role,
            primary: index == 0,
        });
        match (view, roles.next()) {
            (View::Get, Some(first)) => Self::One(first),
            (_, first) => Self::Many(first.into_iter().chain(roles).collect()),
        }
    }
}

fn render(user: &User, view: View) -> Bytes {
    serde_json::to_vec(&Shown::new(user, view))
        .unwrap_or_default()
        .into()
}

/// As a get shows a user.
pub(crate) fn single(user: &User) -> Bytes {
    render(user, View::Get)
}

/// As a list shows a user.
pub(crate) fn list_item(user: &User) -> Bytes {
    render(user, View::List)
}

/// As the answer to a create shows the user.
pub(crate) fn created(user: &User) -> Bytes {
    render(user, View::Create)
}

/// As the answer to an update or patch shows the user.
pub(crate) fn updated(user: &User) -> Bytes {
    render(user, View::Update)
}

/// Everything that is stored, for the control side.
pub(crate) fn snapshot(user: &User) -> Value {
    serde_json::to_value(Shown::new(user, View::Snapshot)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::account::Users;
    use crate::ids::Ids;

    fn jill() -> User {
        let json = json!({
            "schemas": ["anything"],
            "userName": "jchill@example.com",
            "name": {"givenName": "Jill", "familyName": "Chill"},
            "userType": "Pro",
            "title": "Developer",
            "locale": "San Jose",
            "phoneNumbers": [{"value": "+15550100"}],
            "roles": [{"value": "Admin"}, {"value": "Member"}],
            "nickName": "dropped",
            ENTERPRISE: {"department": "Development", "costCenter": "US01", "manager": "thill@example.com"},
            ZOOM: {"pronouns": "she", "nested": {"is": "dropped"}},
        });
        let now = jiff::Timestamp::from_second(1_700_802_795).unwrap();
        let mut users = Users::default();
        let stored = users
            .create(read(&json).unwrap(), &mut Ids::new(1, "jill"), now)
            .unwrap();
        stored.user.clone()
    }

    fn keys(bytes: &Bytes) -> String {
        let json: serde_json::Value = serde_json::from_slice(bytes).unwrap();
        let map = json.as_object().unwrap();
        let mut keys: Vec<&str> = map.keys().map(String::as_str).collect();
        keys.sort_unstable();
        keys.join(" ")
    }

    #[test]
    fn a_get_shows_a_user_as_zoom_does() {
        let text = String::from_utf8(single(&jill()).to_vec()).unwrap();
        insta::assert_snapshot!(text);
    }

    #[test]
    fn a_list_shows_less_and_a_write_shows_other_things_than_a_get() {
        let jill = jill();
        let list = keys(&list_item(&jill));
        for absent in ["title", "locale", "phoneNumbers", "roles", ZOOM] {
            assert!(!list.contains(absent), "{absent} is in {list}");
        }
        assert!(!keys(&single(&jill)).contains("title"));
        assert!(keys(&created(&jill)).contains("title"));
        assert!(keys(&updated(&jill)).contains("locale"));
        let get: Value = serde_json::from_slice(&single(&jill)).unwrap();
        let update: Value = serde_json::from_slice(&updated(&jill)).unwrap();
        assert!(get["roles"].is_object() && update["roles"].is_array());
        assert!(
            get[ENTERPRISE]["costCenter"].is_string() && update[ENTERPRISE]["costCenter"].is_null()
        );
    }

    #[test]
    fn names_the_attribute_of_a_wrong_type() {
        for (json, attribute) in [
            (json!({"userName": 5}), "userName"),
            (json!({"active": "yes"}), "active"),
            (json!({"name": "Jill"}), "name"),
            (json!({"userType": "Gold"}), "userType"),
            (json!({"emails": "a@b"}), "emails"),
            (json!({"phoneNumbers": [{"value": 5}]}), "value"),
            (json!({ENTERPRISE: []}), ENTERPRISE),
        ] {
            assert_eq!(read(&json), Err(InvalidAttribute { attribute }), "{json}");
        }
        assert_eq!(
            read(&json!({"userName": null, "title": null})),
            Ok(UserChange::default())
        );
    }
}
