//! The life of a user, with Zoom's own words where it says no.

use reqwest::Method;
use serde_json::{Value, json};

use super::client::Zoom;

const ZOOM: &str = "urn:ietf:params:scim:schemas:extension:zoom:1.0:User";
const DOMAIN: &str = "The email domain does not match the associated domain of the account, please contact Zoom \
                      Customer Support to set up if necessary.";

fn mail(address: &str) -> Value {
    json!({ "emails": [{ "type": "work", "value": address, "primary": true }] })
}

/// Holds: reactivate, inactive-put, deactivate-licences
#[tokio::test]
async fn an_inactive_user_takes_attributes_only_with_the_activation() {
    let zoom = Zoom::start();
    let path = zoom.by_hand(&json!({ "userName": "ann@example.com", "userType": "Licensed" }));
    zoom.put(&path, &json!({ "active": false })).await;
    let user = zoom.get(&path).await.json();
    assert_eq!(
        (&user["active"], &user["userType"]),
        (&json!(false), &json!("Basic"))
    );
    zoom.put(&path, &json!({ "title": "Lead" }))
        .await
        .is_scim_error(400, "User is inactive or locked.");
    let back = zoom
        .put(&path, &json!({ "active": true, "userType": "Licensed" }))
        .await
        .json();
    assert_eq!(
        (&back["active"], &back["userType"]),
        (&json!(true), &json!("Licensed"))
    );
    zoom.set_active(&path, false).await;
    assert_eq!(zoom.set_active(&path, true).await.json()["active"], true);
}

/// Holds: admin-active, admin-delete, admin-email, room-free, force-inactive, fixed-protected-put
#[tokio::test]
async fn admins_rooms_and_the_force_inactive_are_protected() {
    let zoom = Zoom::start();
    let admin =
        zoom.by_hand(&json!({ "userName": "admin@example.com", "roles": [{ "value": "Admin" }] }));
    let room = zoom.by_hand(
        &json!({ "userName": "room@example.com", "zoomRoom": true, "userType": "Licensed" }),
    );
    let forced = zoom.by_hand(&json!({ "userName": "forced@example.com", "forceInactive": true }));
    const PROTECTED: &str = "Cannot activate or deactivate Zoom Room and Admin users.";
    zoom.set_active(&admin, false)
        .await
        .is_scim_error(400, PROTECTED);
    zoom.set_active(&room, false)
        .await
        .is_scim_error(400, PROTECTED);
    zoom.put(&admin, &json!({ "active": false }))
        .await
        .is_scim_error(400, PROTECTED);
    zoom.put(&admin, &mail("new@example.com"))
        .await
        .is_scim_error(400, "Cannot change the email of Admin user.");
    zoom.delete(&admin)
        .await
        .is_scim_error(400, "Cannot delete Admin user.");
    zoom.put(&room, &json!({ "userType": "Basic" }))
        .await
        .is_scim_error(400, "Cannot update Zoom Room user to free");
    zoom.set_active(&forced, true)
        .await
        .is_scim_error(400, "User is force inactive.");
    assert_eq!(
        zoom.put(&admin, &json!({ "title": "Boss" })).await.status,
        200
    );
    assert_eq!(zoom.delete(&room).await.status, 204);
}

/// Holds: create-domain, email-change-domain, pending, filter-pending
#[tokio::test]
async fn an_address_outside_the_associated_domains_is_refused() {
    let zoom = Zoom::set_to(&json!({ "associated_domains": ["example.com"] }));
    zoom.create(&json!({ "userName": "ann@other.example" }))
        .await
        .is_scim_error(409, DOMAIN);
    let path = format!("/Users/{}", zoom.user("ann@example.com").await);
    zoom.put(&path, &mail("ann@other.example"))
        .await
        .is_scim_error(409, DOMAIN);

    zoom.set(&json!({ "choices": { "unassociated_domain": "pending" } }));
    let pending = zoom
        .create(&json!({ "userName": "bob@other.example" }))
        .await;
    assert_eq!(pending.status, 201);
    let path = format!("/Users/{}", pending.json()["id"].as_str().unwrap());
    zoom.get(&path)
        .await
        .is_scim_error(404, "User does not exist.");
    zoom.get("/Users?filter=userName%20eq%20bob@other.example")
        .await
        .is_scim_error(
            400,
            "User bob@other.example not exist or not belong to this account.",
        );
    zoom.create(&json!({ "userName": "bob@other.example" }))
        .await
        .is_scim_error(400, "The email \"bob@other.example\" is already in use.");
    assert_eq!(zoom.account.pending_users().len(), 1);
    zoom.account.accept_pending("BOB@other.example").unwrap();
    assert_eq!(
        zoom.get(&path).await.json()["userName"],
        "bob@other.example"
    );
}

/// Holds: delete, fixed-deleted-id, email-change, email-change-taken, create-taken
#[tokio::test]
async fn an_address_belongs_to_one_user_at_a_time() {
    let zoom = Zoom::start();
    let ann = zoom.user("ann@example.com").await;
    let bob = format!("/Users/{}", zoom.user("bob@example.com").await);
    zoom.put(&bob, &mail("ANN@example.com"))
        .await
        .is_scim_error(409, "Email 'ANN@example.com' has already been used.");
    let path = format!("/Users/{ann}");
    let moved = zoom
        .put(&path, &mail("ann.archer@example.com"))
        .await
        .json();
    assert_eq!(
        (&moved["id"], &moved["userName"]),
        (&json!(ann), &json!("ann.archer@example.com"))
    );
    zoom.create(&json!({ "userName": "Ann.Archer@example.com" }))
        .await
        .is_scim_error(
            400,
            "The email \"Ann.Archer@example.com\" is already in use.",
        );
    zoom.delete(&path).await.is(204, "");
    for method in [Method::GET, Method::PUT, Method::PATCH, Method::DELETE] {
        let patch = json!({ "Operations": [{ "op": "replace", "value": { "active": true } }] });
        zoom.scim(method, &path, Some(&patch))
            .await
            .is_scim_error(404, "User does not exist.");
    }
    assert_ne!(zoom.user("ann.archer@example.com").await, ann);
}

/// Holds: paid-seats, basic-seats, plan-seats, plan-invalid
#[tokio::test]
async fn seats_run_out_in_zooms_words() {
    let zoom = Zoom::start();
    assert_eq!(zoom.account.settings().seats.basic, Some(9_999));
    let seats = json!({
        "licensed": 0, "on_prem": 0, "zoom_united": 0, "zoom_one_biz_plus": 0, "zoom_one_ent_premier": 0,
        "zoom_one_school_campus_plus": 0, "zoom_one_edu_ent_premier": 0, "zoom_one_edu": 0,
    });
    zoom.set(&json!({ "seats": seats }));
    for user_type in ["Licensed", "On-Prem"] {
        let user = json!({ "userName": "ann@example.com", "userType": user_type });
        zoom.create(&user)
            .await
            .is_scim_error(409, "Cannot add paid users.");
    }
    for (attribute, value, plan) in [
        ("zoomUnited", "32", "Zoom United Plan"),
        ("zoomOneBizPlus", "16", "Zoom Workplace Business Plus"),
        (
            "zoomOneEntPremier",
            "134217728",
            "Zoom Workplace Enterprise Premier",
        ),
        (
            "zoomOneSchoolCampusPlus",
            "137438953472",
            "Zoom Workplace for Education School and Campus Plus",
        ),
        (
            "zoomOneEduEntPremier",
            "4294967296",
            "Zoom Workplace for Education Enterprise Premier",
        ),
        (
            "zoomOneEdu",
            "576460752303423488",
            "Zoom Workplace for Education Enterprise Student",
        ),
    ] {
        let user = json!({ "userName": "ann@example.com", ZOOM: { attribute: value } });
        zoom.create(&user)
            .await
            .is_scim_error(409, &format!("Cannot create more users with {plan}."));
    }
    let user = json!({ "userName": "ann@example.com", ZOOM: { "zoomUnited": "3" } });
    zoom.create(&user)
        .await
        .is_scim_error(409, "The Zoom United Plan is invalid.");
    assert_eq!(zoom.account.users().len(), 0);
    let path = format!("/Users/{}", zoom.user("ann@example.com").await);
    zoom.put(&path, &json!({ "userType": "Licensed" }))
        .await
        .is_scim_error(409, "Cannot add paid users.");
    zoom.set(&json!({ "seats": { "basic": 1 } }));
    zoom.create(&json!({ "userName": "bob@example.com" }))
        .await
        .is_scim_error(409, "Cannot add basic users.");
}

/// Holds: basic-seats
#[tokio::test]
async fn the_ten_thousandth_basic_user_is_one_too_many() {
    let zoom = Zoom::start();
    zoom.account.seed_users(9_998).unwrap();
    let last = json!({ "userName": "last@example.com" });
    assert_eq!(zoom.create(&last).await.status, 201, "the 9,999th");
    let beyond = json!({ "userName": "beyond@example.com" });
    zoom.create(&beyond)
        .await
        .is_scim_error(409, "Cannot add basic users.");
    let licensed = json!({ "userName": "beyond@example.com", "userType": "Licensed" });
    let licensed = zoom.create(&licensed).await;
    assert_eq!(licensed.status, 201, "only Basic users are counted");
    let path = format!("/Users/{}", licensed.json()["id"].as_str().unwrap());
    zoom.put(&path, &json!({ "userType": "Basic" }))
        .await
        .is_scim_error(409, "Cannot add basic users.");
}

/// The numbers of each licence, as Zoom's SCIM2 reference lists them.
const LICENCES: [(&str, &[&str]); 10] = [
    (
        "zoomUnited",
        &[
            "1", "2", "4", "8", "16", "32", "64", "128", "256", "512", "1024", "2048", "4096",
            "8192", "16384", "32768", "65536", "131072",
        ],
    ),
    ("zoomOneBizPlus", &["16", "32", "64", "128", "33554432"]),
    (
        "zoomOneEntPremier",
        &[
            "134217728",
            "268435456",
            "536870912",
            "1073741824",
            "2147483648",
        ],
    ),
    (
        "zoomOneEduEntPremier",
        &[
            "4294967296",
            "8589934592",
            "17179869184",
            "34359738368",
            "68719476736",
        ],
    ),
    (
        "zoomOneSchoolCampusPlus",
        &[
            "137438953472",
            "274877906944",
            "549755813888",
            "1099511627776",
            "2199023255552",
        ],
    ),
    ("zoomOneEdu", &["576460752303423488"]),
    ("zoomAutoDialer", &["1073741824"]),
    ("zoomFrontline", &["2048"]),
    ("cxInsights", &["1099511627776"]),
    ("zoomEnhancedMedia", &["4503599627370496"]),
];

/// The licences that are on or off, as Zoom's SCIM2 reference lists them; an update's answer does not show the
/// last three.
const SWITCHES: [&str; 19] = [
    "zoomIQ",
    "zoomRevenueAccelerator",
    "zoomCustomerManagedKey",
    "zoomWhiteboard",
    "zoomWhiteboardPlus",
    "zoomTranslatedCaptions",
    "zoomHuddles",
    "zoomWorkforceManagement",
    "zoomQualityManagement",
    "zoomScheduler",
    "zoomClipsPlus",
    "zoomComplianceManagement",
    "zoomDocs",
    "clinicalNotes",
    "zoomClinicians",
    "zoomCustomAICompanion",
    "zoomMailAndCalendar",
    "visitorManagement",
    "zoomAICompanion",
];
const NOT_ON_UPDATE: usize = 3;

/// Holds: attr-licences, plan-invalid
#[tokio::test]
async fn a_licence_takes_every_number_of_its_enumeration_and_no_other() {
    let zoom = Zoom::start();
    let path = format!("/Users/{}", zoom.user("ann@example.com").await);
    for (name, values) in LICENCES {
        for value in values {
            let updated = zoom.put(&path, &json!({ ZOOM: { name: value } })).await;
            assert_eq!(updated.json()[ZOOM][name], *value, "{}", updated.text);
            assert_eq!(zoom.get(&path).await.json()[ZOOM][name], *value);
        }
        let highest = values.last().unwrap();
        let others = [
            json!("0"),
            json!("3"),
            json!(format!("+{highest}")),
            json!(format!("0{highest}")),
            json!(format!("{highest} ")),
            json!(format!("{highest}0")),
            json!("Pro"),
        ];
        for value in others {
            let answer = zoom.put(&path, &json!({ ZOOM: { name: value } })).await;
            match name {
                "zoomUnited" => answer.is_scim_error(409, "The Zoom United Plan is invalid."),
                _ => {
                    answer.is_scim_error(400, &format!("The \"{name}\" of the request is invalid."))
                }
            }
        }
        let number: u64 = highest.parse().unwrap();
        zoom.put(&path, &json!({ ZOOM: { name: number } }))
            .await
            .is_scim_error(400, &format!("The \"{name}\" of the request is invalid."));
        assert_eq!(zoom.get(&path).await.json()[ZOOM][name], *highest);
    }
}

/// Holds: attr-switches, whiteboards
#[tokio::test]
async fn a_switch_is_on_or_off_and_shown_where_zoom_shows_it() {
    for (index, name) in SWITCHES.into_iter().enumerate() {
        let zoom = Zoom::start();
        let on_update = index < SWITCHES.len() - NOT_ON_UPDATE;
        let user = json!({ "userName": "ann@example.com", ZOOM: { name: true } });
        let created = zoom.create(&user).await.json();
        assert_eq!(created[ZOOM][name], true, "{name} {created}");
        let path = format!("/Users/{}", created["id"].as_str().unwrap());
        let updated = zoom.put(&path, &json!({ ZOOM: { name: false } })).await;
        assert_eq!(updated.status, 200, "{}", updated.text);
        let shown = updated.json().pointer(&format!("/{ZOOM}/{name}")).cloned();
        assert_eq!(shown, on_update.then_some(json!(false)), "{name}");
        assert_eq!(zoom.get(&path).await.json()[ZOOM][name], false, "{name}");
        let patched = zoom.set_active(&path, true).await.json();
        assert_eq!(patched[ZOOM][name], false, "{name}");
        for value in [json!("true"), json!(1), json!("")] {
            zoom.put(&path, &json!({ ZOOM: { name: value } }))
                .await
                .is_scim_error(400, &format!("The \"{name}\" of the request is invalid."));
        }
    }
    let zoom = Zoom::start();
    let path = format!("/Users/{}", zoom.user("ann@example.com").await);
    let both = json!({ ZOOM: { "zoomWhiteboard": true, "zoomWhiteboardPlus": true } });
    zoom.put(&path, &both).await.is_scim_error(
        400,
        "Cannot assign Zoom Whiteboard and Zoom Whiteboard Plus to a user at the same time.",
    );
}

/// Holds: patch-schemas, patch-lower-case, patch-active, fixed-patch
#[tokio::test]
async fn a_patch_sets_active_and_nothing_else() {
    let zoom = Zoom::start();
    let path = format!("/Users/{}", zoom.user("ann@example.com").await);
    let foreign = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "Operations": [{ "op": "replace", "value": { "active": false } }],
    });
    assert_eq!(zoom.patch(&path, &foreign).await.json()["active"], false);
    for nothing in [
        json!({ "operations": [{ "op": "replace", "value": { "active": true } }] }),
        json!({ "Operations": [{ "op": "replace", "value": { "title": "x" } }] }),
        json!({ "Operations": [] }),
    ] {
        zoom.patch(&path, &nothing)
            .await
            .is_scim_error(400, "The request json did not contains valid active field.");
    }
    assert_eq!(zoom.get(&path).await.json()["active"], false);
}
