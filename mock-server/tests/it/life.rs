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

/// Holds: admin-active, admin-delete, admin-email, room-free, force-inactive
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

/// Holds: delete, email-change, email-change-taken, create-taken
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
    assert_eq!(
        zoom.create(&json!({ "userName": "bob@example.com" }))
            .await
            .status,
        409
    );
}

/// Holds: whiteboards, attr-licences, attr-switches
#[tokio::test]
async fn licences_have_the_values_of_their_enumerations() {
    let zoom = Zoom::start();
    let path = format!("/Users/{}", zoom.user("ann@example.com").await);
    let both = json!({ ZOOM: { "zoomWhiteboard": true, "zoomWhiteboardPlus": true } });
    zoom.put(&path, &both).await.is_scim_error(
        400,
        "Cannot assign Zoom Whiteboard and Zoom Whiteboard Plus to a user at the same time.",
    );
    for good in [
        json!({ "zoomOneBizPlus": "33554432" }),
        json!({ "cxInsights": "1099511627776" }),
        json!({ "zoomDocs": true }),
    ] {
        let updated = zoom.put(&path, &json!({ ZOOM: good })).await;
        assert_eq!(updated.status, 200, "{good}: {}", updated.text);
    }
    for (bad, attribute) in [
        (json!({ "zoomOneBizPlus": "17" }), "zoomOneBizPlus"),
        (json!({ "zoomOneBizPlus": 16 }), "zoomOneBizPlus"),
        (json!({ "zoomDocs": "true" }), "zoomDocs"),
    ] {
        let detail = format!("The \"{attribute}\" of the request is invalid.");
        zoom.put(&path, &json!({ ZOOM: bad }))
            .await
            .is_scim_error(400, &detail);
    }
}

/// Holds: patch-schemas, patch-lower-case, patch-active
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
