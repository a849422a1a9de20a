//! The SCIM2 group operations.

use reqwest::Method;
use serde_json::{Value, json};

use super::client::{Answer, Zoom};

const CORE: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const ZOOM: &str = "urn:ietf:params:scim:schemas:extension:zoom:2.0:Group";
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

async fn create(zoom: &Zoom, name: &str) -> String {
    let created = post(zoom, &json!({ "displayName": name })).await;
    assert_eq!(created.status, 201, "{}", created.text);
    format!("/Groups/{}", created.json()["id"].as_str().unwrap())
}

async fn post(zoom: &Zoom, group: &Value) -> Answer {
    zoom.scim(Method::POST, "/Groups", Some(group)).await
}

async fn patch(zoom: &Zoom, path: &str, operations: &Value) -> Answer {
    zoom.patch(
        path,
        &json!({ "schemas": [PATCH], "Operations": operations }),
    )
    .await
}

/// The groups that a user is in.
async fn groups_of(zoom: &Zoom, user: &str) -> Vec<String> {
    let users = zoom.account.users();
    let user = users.iter().find(|held| held["id"] == user).unwrap();
    let groups = user["groups"].as_array().into_iter().flatten();
    groups
        .map(|group| group["value"].as_str().unwrap().to_owned())
        .collect()
}

/// Holds: group-shape, group-members-hidden, id-shape, scim-statuses
#[tokio::test]
async fn a_group_is_created_read_listed_and_deleted() {
    let zoom = Zoom::start();
    let sent = json!({ "schemas": [CORE], "displayName": "SCIM group", ZOOM: { "emailAlias": "scim@example.com" },
        "members": [{ "value": "nobody" }] });
    let created = post(&zoom, &sent).await;
    assert_eq!(created.status, 201, "{}", created.text);
    let group = created.json();
    let id = group["id"].as_str().unwrap();
    assert_eq!(id.len(), 22);
    let keys: Vec<&String> = group.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["displayName", "id", "meta", "schemas", ZOOM]);
    assert_eq!(group["schemas"], json!([CORE, ZOOM]));
    assert_eq!(group[ZOOM], json!({ "emailAlias": "scim@example.com" }));
    assert_eq!(group["meta"]["resourceType"], "Group");
    assert_eq!(
        group["meta"]["location"],
        format!("https://api.zoom.us/scim2/Groups/{id}")
    );
    let path = format!("/Groups/{id}");
    assert_eq!(zoom.get(&path).await.json(), group);
    let list = zoom.get("/Groups?count=10").await.json();
    assert_eq!(
        (&list["totalResults"], &list["Resources"][0]),
        (&json!(1), &group)
    );
    zoom.delete(&path).await.is(204, "");
    for method in [Method::GET, Method::DELETE] {
        zoom.scim(method, &path, None)
            .await
            .is_scim_error(404, "Group does not exist.");
    }
}

/// Holds: group-patch-name, group-patch-alias, group-patch-add, group-patch-remove, group-patch-replace,
/// group-members-hidden
#[tokio::test]
async fn every_documented_patch_works() {
    let zoom = Zoom::start();
    let (ann, bob) = (
        zoom.user("ann@example.com").await,
        zoom.user("bob@example.com").await,
    );
    let staff = create(&zoom, "Staff").await;
    let done = async |operations: Value| patch(&zoom, &staff, &operations).await.is(204, "");
    done(
        json!([{ "op": "add", "path": "members", "value": [{ "value": ann }, { "value": bob }] }]),
    )
    .await;
    assert_eq!(groups_of(&zoom, &ann).await, ["Staff"]);
    done(json!([{ "op": "remove", "path": format!("members[value eq \"{ann}\"]") }])).await;
    assert!(groups_of(&zoom, &ann).await.is_empty());
    done(json!([{ "op": "replace", "path": "members", "value": [{ "value": ann }] }])).await;
    assert!(groups_of(&zoom, &bob).await.is_empty());
    done(json!([{ "op": "replace", "value": { "displayName": "Everybody" } }])).await;
    assert_eq!(groups_of(&zoom, &ann).await, ["Everybody"]);
    done(
        json!([{ "op": "replace", "value": { format!("{ZOOM}:emailAlias"): "all@example.com" } }]),
    )
    .await;
    let group = zoom.get(&staff).await.json();
    assert_eq!(group[ZOOM]["emailAlias"], "all@example.com");
    assert_eq!(group.get("members"), None);
    let one = zoom.get(&format!("/Users/{ann}")).await.json();
    assert_eq!(
        one["groups"],
        json!({ "type": "direct", "value": "Everybody", "display": "Everybody" })
    );
}

/// Holds: group-patch-invalid, group-patch-long, group-not-found, group-name-invalid, group-exists, group-default
#[tokio::test]
async fn refusals_are_zooms_own() {
    let zoom = Zoom::set_to(&json!({ "default_group": "Default" }));
    let staff = create(&zoom, "Staff").await;
    for name in [json!(null), json!(""), json!("  "), json!(5)] {
        post(&zoom, &json!({ "displayName": name, "schemas": [CORE] }))
            .await
            .is_scim_error(400, "The \"DisplayName\" of the request is invalid.");
    }
    post(&zoom, &json!({ "displayName": "STAFF" }))
        .await
        .is_scim_error(409, "Group STAFF exists.");
    for operations in [
        json!([]),
        json!([{ "op": "add", "path": "members" }]),
        json!([{ "op": "move", "path": "members", "value": [] }]),
        json!([{ "op": "remove", "path": "members[value eq unquoted]" }]),
        json!([{ "op": "replace", "value": { "displayName": 5 } }]),
        json!("Operations"),
    ] {
        patch(&zoom, &staff, &operations)
            .await
            .is_scim_error(400, "The \"Operations\" of the request is invalid.");
    }
    let long = json!([{ "op": "replace", "value": { "displayName": "x".repeat(100_000) } }]);
    patch(&zoom, &staff, &long).await.is_scim_error(
        400,
        "The request body size exceeds the 100,000 character limit. Please reduce the payload size or contact Zoom \
         Support to request a limit increase.",
    );
    let rename = json!([{ "op": "replace", "value": { "displayName": "Crew" } }]);
    patch(&zoom, "/Groups/nobody", &rename)
        .await
        .is_scim_error(404, "Group does not exist.");
    let found = zoom
        .get("/Groups?count=5&filter=displayName%20eq%20default")
        .await
        .json();
    let default = format!("/Groups/{}", found["Resources"][0]["id"].as_str().unwrap());
    zoom.delete(&default)
        .await
        .is_scim_error(400, "Cannot delete account default group.");
    assert_eq!(zoom.account.groups().len(), 2);
}

/// Holds: filter-display-name, filter-groups-refused
#[tokio::test]
async fn groups_are_found_by_name() {
    let zoom = Zoom::start();
    create(&zoom, "Sales & Service").await;
    create(&zoom, "Staff").await;
    let total = async |filter: &str| {
        let query =
            reqwest::Url::parse_with_params("http://x", [("filter", filter), ("count", "9")])
                .unwrap();
        zoom.get(&format!("/Groups?{}", query.query().unwrap()))
            .await
    };
    assert_eq!(
        total("displayName eq \"sales & service\"").await.json()["totalResults"],
        1
    );
    assert_eq!(
        total("displayName eq Staff").await.json()["totalResults"],
        1
    );
    assert_eq!(
        total("displayName eq Nobody").await.json()["totalResults"],
        0
    );
    total("members eq x").await.is_scim_error(
        400,
        "The current filter does not support the filter name: members",
    );
}

/// Holds: group-create-failed
#[tokio::test]
async fn there_is_an_end_to_groups() {
    let zoom = Zoom::start();
    let mut groups = 0;
    while zoom
        .account
        .add_group(&json!({ "displayName": format!("Group {groups}") }))
        .is_ok()
    {
        groups += 1;
    }
    assert_eq!(groups, zoom.account.groups().len());
    post(&zoom, &json!({ "displayName": "One more" }))
        .await
        .is_scim_error(400, "Create group failed.");
}
