use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::{ENTERPRISE, LOGIN, ZOOM};
use super::*;
use crate::account::{Roster, Settings, User};
use crate::ids::Ids;
use crate::scim::read;

fn jill() -> (User, Roster) {
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
    (stored.user.clone(), roster)
}

fn json_of(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

#[test]
fn a_get_shows_a_user_as_zoom_does() {
    let (jill, roster) = jill();
    let groups = roster.groups.names(&jill.groups);
    let shown = user(&jill, &groups, View::Get);
    insta::assert_snapshot!(String::from_utf8(shown).unwrap());
}

#[test]
fn a_group_is_shown_as_zoom_does() {
    let (_, roster) = jill();
    let staff = roster.groups.by_name("staff").unwrap();
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
    let (jill, roster) = jill();
    let groups = roster.groups.names(&jill.groups);
    let shown = |view| json_of(&user(&jill, &groups, view));
    let list = json_of(&list_item(&jill));
    for absent in ["title", "locale", "phoneNumbers", "roles", "groups", ZOOM] {
        assert_eq!(list.get(absent), None, "{absent}");
    }
    assert_eq!(list[ENTERPRISE], json!({"department": "Development"}));
    let get = shown(View::Get);
    let create = shown(View::Create);
    let update = shown(View::Update);
    let patch = shown(View::Patch);
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
