//! The attributes of a user: what each operation takes, and what each answer shows.

use serde_json::{Value, json};

use super::client::Zoom;

const CORE: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const ZOOM: &str = "urn:ietf:params:scim:schemas:extension:zoom:1.0:User";
const GROUP_ZOOM: &str = "urn:ietf:params:scim:schemas:extension:zoom:2.0:Group";
const LOGIN: &str = "urn:us:zoom:scim:schemas:extension:1.0:ZoomUser";

/// Everything that a create takes.
fn everything() -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "userName": "jchill@example.com",
        "emails": [{ "type": "work", "value": "other@example.com", "primary": true }],
        "name": { "givenName": "Jill", "familyName": "Chill", "middleName": "dropped" },
        "userType": "Licensed",
        "title": "Developer",
        "locale": "San Jose",
        "phoneNumbers": [{ "value": "+1 2015550123" }, { "type": "mobile", "value": "+15550100" }],
        "roles": [{ "value": "Member" }, { "value": "Trainer" }],
        "groups": [{ "value": "Staff" }],
        "externalId": "dropped",
        "addresses": [{ "locality": "dropped" }],
        ENTERPRISE: {
            "department": "Development", "organization": "Example", "costCenter": "US01",
            "employeeNumber": "123", "manager": "thill@example.com", "division": "dropped",
        },
        ZOOM: {
            "pronouns": "she/her", "personalLinkName": "jill", "transferee": "thill@example.com",
            "zoomUnited": "32", "zoomWhiteboard": true, "zoomMailAndCalendar": true,
            "zoomRevenueAcceleratorRole": "Manager", "zoomWorkplaceSubscription": "A-1",
            "zoomPhoneExtNumber": "0", "zoomContactCenterPackage": "Elite", "badge": "7",
        },
        LOGIN: { "loginType": { "workEmail": false, "sso": false } },
    })
}

/// The shown attributes without id and meta, which the time decides.
fn shown(mut user: Value) -> Value {
    let map = user.as_object_mut().unwrap();
    map.remove("id");
    map.remove("meta");
    user
}

struct Jill {
    zoom: Zoom,
    created: Value,
    path: String,
}

impl Jill {
    async fn create() -> Self {
        let zoom = Zoom::start();
        zoom.scim(
            reqwest::Method::POST,
            "/Groups",
            Some(&json!({ "displayName": "Staff" })),
        )
        .await;
        let created = zoom.create(&everything()).await;
        assert_eq!(created.status, 201, "{}", created.text);
        let created = created.json();
        let path = format!("/Users/{}", created["id"].as_str().unwrap());
        Self {
            zoom,
            created,
            path,
        }
    }
}

/// What every answer shows.
fn common() -> Value {
    json!({
        "name": { "givenName": "Jill", "familyName": "Chill" },
        "emails": [{ "type": "work", "value": "jchill@example.com", "primary": true }],
        "displayName": "Jill Chill",
        "userName": "jchill@example.com",
        "active": true,
        "userType": "Licensed",
    })
}

fn with(mut base: Value, more: Value) -> Value {
    let Value::Object(more) = more else {
        unreachable!()
    };
    base.as_object_mut().unwrap().extend(more);
    base
}

/// What the answers to a write show beside that.
fn written() -> Value {
    json!({
        "schemas": [CORE, ENTERPRISE, ZOOM],
        "title": "Developer",
        "locale": "San Jose",
        "phoneNumbers": [{ "type": "work", "value": "+1 2015550123" }, { "type": "mobile", "value": "+15550100" }],
        "roles": [
            { "display": "Member", "value": "Member", "primary": true },
            { "display": "Trainer", "value": "Trainer", "primary": false },
        ],
        "groups": [{ "type": "direct", "value": "Staff", "display": "Staff" }],
    })
}

/// Holds: attr-user-name, attr-emails, attr-name, attr-display-name, attr-title-locale, attr-phones,
/// attr-roles-groups, attr-enterprise, attr-manager, attr-zoom, attr-custom, attr-write-only, attr-subscriptions,
/// attr-login-type, attr-unknown, schemas-not-checked, schemas-shown
#[tokio::test]
async fn a_create_shows_everything_but_what_is_write_only() {
    let jill = Jill::create().await;
    let expected = with(
        with(common(), written()),
        json!({
            ENTERPRISE: {
                "department": "Development", "organization": "Example", "costCenter": "US01",
                "employeeNumber": "123", "manager": "thill@example.com",
            },
            ZOOM: {
                "pronouns": "she/her", "personalLinkName": "jill", "transferee": "thill@example.com",
                "zoomUnited": "32", "zoomWhiteboard": true, "zoomMailAndCalendar": true,
                "zoomRevenueAcceleratorRole": "Manager", "zoomWorkplaceSubscription": "A-1", "badge": "7",
            },
        }),
    );
    assert_eq!(shown(jill.created), expected);
}

/// Holds: attr-title-locale, attr-roles-groups, attr-enterprise, attr-custom, attr-login-type, schemas-shown
#[tokio::test]
async fn a_get_shows_one_role_and_one_group_and_how_to_log_in() {
    let jill = Jill::create().await;
    let expected = with(
        common(),
        json!({
            "schemas": [CORE, ENTERPRISE, ZOOM, LOGIN],
            "phoneNumbers": written()["phoneNumbers"],
            "roles": { "display": "Member", "value": "Member", "primary": true },
            "groups": { "type": "direct", "value": "Staff", "display": "Staff" },
            ENTERPRISE: {
                "department": "Development", "organization": "Example", "costCenter": "US01",
                "employeeNumber": "123", "manager": "thill@example.com",
            },
            ZOOM: {
                "pronouns": "she/her", "personalLinkName": "jill", "transferee": "thill@example.com",
                "zoomUnited": "32", "zoomWhiteboard": true, "zoomMailAndCalendar": true,
                "zoomWorkplaceSubscription": "A-1",
            },
            LOGIN: { "loginType": { "workEmail": true, "sso": true } },
        }),
    );
    assert_eq!(shown(jill.zoom.get(&jill.path).await.json()), expected);
}

/// Holds: list-thin, attr-login-type, schemas-shown
#[tokio::test]
async fn a_list_is_thinner_than_a_get() {
    let jill = Jill::create().await;
    let listed = jill.zoom.get("/Users?count=5").await.json();
    let expected = with(
        common(),
        json!({
            "schemas": [CORE, ENTERPRISE, LOGIN],
            ENTERPRISE: { "department": "Development" },
            LOGIN: { "loginType": { "workEmail": true, "sso": true } },
        }),
    );
    assert_eq!(shown(listed["Resources"][0].clone()), expected);
}

/// Holds: put-partial, attr-enterprise, attr-switches, attr-user-name-put
#[tokio::test]
async fn an_update_shows_what_a_create_does_less_a_few() {
    let jill = Jill::create().await;
    let change = json!({ "userName": "ignored@example.com", "title": "Lead", ENTERPRISE: { "costCenter": "US02" } });
    let updated = jill.zoom.put(&jill.path, &change).await;
    assert_eq!(updated.status, 200, "{}", updated.text);
    let mut expected = with(
        with(common(), written()),
        json!({
            ENTERPRISE: { "department": "Development", "organization": "Example" },
            ZOOM: {
                "pronouns": "she/her", "personalLinkName": "jill", "transferee": "thill@example.com",
                "zoomUnited": "32", "zoomWhiteboard": true, "zoomRevenueAcceleratorRole": "Manager",
                "zoomWorkplaceSubscription": "A-1", "badge": "7",
            },
        }),
    );
    expected["title"] = json!("Lead");
    assert_eq!(shown(updated.json()), expected);
    let got = jill.zoom.get(&jill.path).await.json();
    assert_eq!(got[ENTERPRISE]["costCenter"], "US02");
    assert_eq!(
        got[ENTERPRISE]["manager"], "thill@example.com",
        "what a PUT leaves out stays"
    );
}

/// Holds: patch-active, deactivate-licences, attr-active
#[tokio::test]
async fn a_patch_shows_the_user_and_a_deactivation_takes_the_licences() {
    let jill = Jill::create().await;
    let patched = jill.zoom.set_active(&jill.path, false).await;
    assert_eq!(patched.status, 200, "{}", patched.text);
    let mut expected = with(
        with(common(), written()),
        json!({
            ENTERPRISE: { "department": "Development", "organization": "Example" },
            ZOOM: {
                "pronouns": "she/her", "personalLinkName": "jill", "transferee": "thill@example.com", "badge": "7",
            },
        }),
    );
    expected["active"] = json!(false);
    expected["userType"] = json!("Basic");
    assert_eq!(shown(patched.json()), expected);
}

/// Holds: id-shape, meta, meta-modified
#[tokio::test]
async fn ids_and_meta_have_zooms_shape() {
    let zoom = Zoom::start();
    let start = "2026-01-31T12:00:00.5Z".parse().unwrap();
    zoom.account.clock().freeze(Some(start));
    let created = zoom
        .create(&json!({ "userName": "ann@example.com" }))
        .await
        .json();
    let id = created["id"].as_str().unwrap();
    assert_eq!(id.len(), 22);
    assert!(
        id.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'),
        "{id}"
    );
    let meta = |modified: &str| {
        json!({
            "resourceType": "User",
            "location": format!("https://api.zoom.us/scim2/Users/{id}"),
            "version": "1.0.0",
            "created": "2026-01-31T12:00:00Z",
            "lastModified": modified,
        })
    };
    assert_eq!(created["meta"], meta("2026-01-31T12:00:00Z"));
    zoom.account
        .clock()
        .advance(jiff::SignedDuration::from_secs(90))
        .unwrap();
    let path = format!("/Users/{id}");
    let updated = zoom.put(&path, &json!({ "title": "Lead" })).await.json();
    assert_eq!(updated["meta"], meta("2026-01-31T12:01:30Z"));
    assert_eq!(
        zoom.get(&path).await.json()["meta"],
        meta("2026-01-31T12:01:30Z")
    );
}

/// Holds: attr-user-type, attr-user-type-old, attr-user-type-default
#[tokio::test]
async fn a_user_type_is_one_of_four() {
    let zoom = Zoom::start();
    let path = format!("/Users/{}", zoom.user("ann@example.com").await);
    assert_eq!(zoom.get(&path).await.json()["userType"], "Basic");
    for (sent, kept) in [
        ("Licensed", "Licensed"),
        ("On-Prem", "On-Prem"),
        ("Collaboration", "Collaboration"),
        ("Pro", "Licensed"),
        ("Corp", "On-Prem"),
        ("Basic", "Basic"),
    ] {
        let updated = zoom.put(&path, &json!({ "userType": sent })).await.json();
        assert_eq!(updated["userType"], kept, "{sent}");
    }
}

/// Holds: attr-display-name
#[tokio::test]
async fn a_display_name_is_made_of_the_names_until_it_is_set() {
    let zoom = Zoom::start();
    let path =
        zoom.by_hand(&json!({ "userName": "ann@example.com", "name": { "givenName": "Ann" } }));
    let name = async || zoom.get(&path).await.json()["displayName"].clone();
    assert_eq!(name().await, "Ann");
    zoom.put(&path, &json!({ "name": { "familyName": "Archer" } }))
        .await;
    assert_eq!(name().await, "Ann Archer");
    zoom.put(&path, &json!({ "displayName": "A. Archer" }))
        .await;
    zoom.put(&path, &json!({ "name": { "givenName": "Anna" } }))
        .await;
    assert_eq!(name().await, "A. Archer");
}

fn refused(attribute: &str) -> String {
    format!("The \"{attribute}\" of the request is invalid.")
}

/// Holds: bound-texts, bound-values
#[tokio::test]
async fn texts_and_lists_have_limits() {
    let zoom = Zoom::start();
    let path = format!("/Users/{}", zoom.user("ann@example.com").await);
    let texts = |text: String| {
        [
            ("displayName", json!({ "displayName": text })),
            ("givenName", json!({ "name": { "givenName": text } })),
            ("familyName", json!({ "name": { "familyName": text } })),
            ("title", json!({ "title": text })),
            ("locale", json!({ "locale": text })),
            ("value", json!({ "phoneNumbers": [{ "value": text }] })),
            ("value", json!({ "roles": [{ "value": text }] })),
            ("value", json!({ "groups": [{ "value": text }] })),
            ("department", json!({ ENTERPRISE: { "department": text } })),
            (
                "organization",
                json!({ ENTERPRISE: { "organization": text } }),
            ),
            ("costCenter", json!({ ENTERPRISE: { "costCenter": text } })),
            (
                "employeeNumber",
                json!({ ENTERPRISE: { "employeeNumber": text } }),
            ),
            ("manager", json!({ ENTERPRISE: { "manager": text } })),
            ("pronouns", json!({ ZOOM: { "pronouns": text } })),
            ("customAttribute", json!({ ZOOM: { "badge": text } })),
            ("Subscription", json!({ ZOOM: { "aSubscription": text } })),
        ]
    };
    for (attribute, change) in texts("x".repeat(1025)) {
        zoom.put(&path, &change)
            .await
            .is_scim_error(400, &refused(attribute));
    }
    for (attribute, change) in texts("x".repeat(1024)) {
        assert_eq!(zoom.put(&path, &change).await.status, 200, "{attribute}");
    }
    for attribute in ["phoneNumbers", "roles", "groups", "emails"] {
        let some = vec![json!({ "value": "ann@example.com" }); 101];
        zoom.put(&path, &json!({ attribute: some }))
            .await
            .is_scim_error(400, &refused(attribute));
        let updated = zoom.put(&path, &json!({ attribute: some[1..] })).await;
        assert_eq!(updated.status, 200, "{attribute}: {}", updated.text);
    }
    let off = json!({ "op": "replace", "value": { "active": false } });
    zoom.patch(&path, &json!({ "Operations": vec![off; 101] }))
        .await
        .is_scim_error(400, "The request json did not contains valid active field.");
}

/// Holds: bound-custom, attr-custom
#[tokio::test]
async fn attributes_of_the_accounts_own_are_counted_over_all_requests() {
    let zoom = Zoom::start();
    let path = format!("/Users/{}", zoom.user("ann@example.com").await);
    let put =
        async |name: String, value: &str| zoom.put(&path, &json!({ ZOOM: { name: value } })).await;
    for number in 1..=5 {
        assert_eq!(put(format!("own{number}"), "1").await.status, 200);
    }
    put("own6".to_owned(), "1")
        .await
        .is_scim_error(400, &refused("customAttribute"));
    assert_eq!(put("own5".to_owned(), "2").await.status, 200, "a new value");
    put("x".repeat(129), "1")
        .await
        .is_scim_error(400, &refused("customAttribute"));
    for number in 1..=40 {
        assert_eq!(put(format!("{number}Subscription"), "1").await.status, 200);
    }
    put("41Subscription".to_owned(), "1")
        .await
        .is_scim_error(400, &refused("Subscription"));
    let held = &zoom.account.users()[0][ZOOM];
    assert_eq!(held.as_object().unwrap().len(), 45, "{held}");
    assert_eq!(held["own5"], "2");
}

/// The keys of the members of a user and of a group, in the order of Zoom's examples.
const META: &str = "id meta resourceType location version created lastModified";
const GROUP_META: &str = "id meta resourceType version location created lastModified";
const NAMES: &str =
    "schemas name givenName familyName emails type value primary displayName userName active";
const PLACE: &str = "department organization costCenter employeeNumber manager";

/// Asserts that the keys of an answer stand in it in this order, each for the first time after the one before.
#[track_caller]
fn assert_order(text: &str, keys: &[&str]) {
    let mut rest = text;
    for key in keys.iter().flat_map(|keys| keys.split(' ')) {
        let found = rest.split_once(&format!("\"{key}\":"));
        assert!(found.is_some(), "{key} is not in its place: {text}");
        rest = found.unwrap().1;
    }
}

/// Holds: key-order
#[tokio::test]
async fn keys_have_zooms_order_on_the_wire() {
    let Jill {
        zoom,
        created,
        path,
    } = Jill::create().await;
    let again = with(everything(), json!({ "userName": "again@example.com" }));
    let made = zoom.create(&again).await.text;
    let many = "userType title locale phoneNumbers type value roles display value primary groups type value display";
    assert_order(&made, &[META, NAMES, many, ENTERPRISE, PLACE, ZOOM]);
    let got = zoom.get(&path).await.text;
    let one = "userType phoneNumbers roles display value primary groups type value display";
    let login = [LOGIN, "loginType workEmail sso"].join(" ");
    assert_order(&got, &[META, NAMES, one, ENTERPRISE, PLACE, ZOOM, &login]);
    let id = created["id"].as_str().unwrap();
    for user in [&made, &got] {
        assert!(user.starts_with("{\"id\":\""), "{user}");
    }
    let list = zoom
        .get(&format!("/Users?filter=externalId%20eq%20{id}"))
        .await;
    let schema = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
    let head = format!(
        r#"{{"schemas":["{schema}"],"totalResults":1,"startIndex":1,"itemsPerPage":1,"Resources":[{{"id":"{id}""#
    );
    assert!(list.text.starts_with(&head), "{}", list.text);
    assert_order(
        &list.text,
        &[META, NAMES, "userType", ENTERPRISE, "department", &login],
    );
}

/// Holds: key-order
#[tokio::test]
async fn the_keys_of_a_group_have_their_own_order() {
    let zoom = Zoom::start();
    let group =
        json!({ "displayName": "Staff", GROUP_ZOOM: { "emailAlias": "staff@example.com" } });
    let made = zoom
        .scim(reqwest::Method::POST, "/Groups", Some(&group))
        .await;
    let path = format!("/Groups/{}", made.json()["id"].as_str().unwrap());
    let got = zoom.get(&path).await;
    assert_eq!(got.text, made.text);
    assert!(got.text.starts_with("{\"id\":\""), "{}", got.text);
    for group in [got, zoom.get("/Groups").await] {
        assert_order(
            &group.text,
            &[GROUP_META, "schemas displayName", GROUP_ZOOM, "emailAlias"],
        );
    }
}

/// Holds: attr-phones, fixed-phones
#[tokio::test]
async fn a_phone_has_one_of_five_types() {
    let zoom = Zoom::start();
    let path = format!("/Users/{}", zoom.user("ann@example.com").await);
    for kind in ["mobile", "office", "home", "fax", "work"] {
        let phones = json!([{ "type": kind, "value": "+1 2015550123" }]);
        let change = json!({ "phoneNumbers": phones });
        assert_eq!(
            zoom.put(&path, &change).await.json()["phoneNumbers"],
            phones
        );
        assert_eq!(zoom.get(&path).await.json()["phoneNumbers"], phones);
    }
    for number in ["+1 2015550123", "0201-555", "extension 7", ""] {
        let phones = json!([{ "type": "work", "value": number }]);
        let updated = zoom.put(&path, &json!({ "phoneNumbers": phones })).await;
        assert_eq!(updated.json()["phoneNumbers"], phones);
    }
    for kind in ["pager", "Work", "", "other"] {
        let change = json!({ "phoneNumbers": [{ "type": kind, "value": "1" }] });
        zoom.put(&path, &change)
            .await
            .is_scim_error(400, &refused("phoneNumbers"));
    }
    let without = json!({ "phoneNumbers": [{ "value": "1" }] });
    assert_eq!(
        zoom.put(&path, &without).await.json()["phoneNumbers"][0]["type"],
        "work"
    );
}

/// Holds: attr-user-type
#[tokio::test]
async fn a_user_type_that_zoom_does_not_have_is_refused() {
    let zoom = Zoom::start();
    let path = format!("/Users/{}", zoom.user("ann@example.com").await);
    for user_type in ["", "basic", "Gold", "Unassigned", "None", "On-prem"] {
        zoom.put(&path, &json!({ "userType": user_type }))
            .await
            .is_scim_error(400, &refused("userType"));
        let bob = json!({ "userName": "bob@example.com", "userType": user_type });
        zoom.create(&bob)
            .await
            .is_scim_error(400, &refused("userType"));
    }
    assert_eq!(zoom.account.user_count(), 1);
}
