//! Groups, where the server has them.

use serde_json::{Value, json};

use super::zoom::SCIM2;
use crate::server_suite::check::{Check, Needs, Section};
use crate::server_suite::judge::{
    Finding, LIST as LIST_RESPONSE, equal, holds, nobody, only, refused_with, resources, status,
    total,
};
use crate::server_suite::made::Kind;
use crate::server_suite::session::{Session, Step, Stop, filtered, id_of};
use crate::server_suite::wire::{Answer, Request, encoded};

const TOPIC: &str = "groups";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
/// The schema of Zoom's extension of a group.
const ZOOM_GROUP: &str = "urn:ietf:params:scim:schemas:extension:zoom:2.0:Group";

static LIST: Check = Check::must(
    "groups.list",
    "RFC 7644 section 3.4.2",
    "a list of groups is a ListResponse with a total",
    "list groups as users are listed",
);
static UNSUPPORTED: Check = Check::zoom(
    "groups.filter.unsupported",
    SCIM2,
    "another filter: 400, `The current filter does not support ...`",
    "refuse filters that you do not have",
);
static MISSING: Check = Check::zoom(
    "groups.not-found",
    SCIM2,
    "an id that no group has: 404, `Group does not exist.`",
    "answer 404 in Zoom's words",
);
static CREATE: Check = Check::must(
    "groups.create",
    "RFC 7644 section 3.3",
    "a create is answered with 201, id, displayName, schemas and meta",
    "answer with the group",
);
static GET: Check = Check::must(
    "groups.get",
    "RFC 7644 section 3.4.1",
    "get shows the group of the id",
    "look the id up",
);
static FILTER: Check = Check::zoom(
    "groups.filter.name-eq",
    SCIM2,
    "displayName eq finds this group and no other",
    "obey the filter",
);
static PAGING: Check = Check::must(
    "groups.paging",
    "RFC 7644 section 3.4.2.4",
    "startIndex and count cut pages of groups",
    "cut pages of groups as of users",
);
static DUPLICATE: Check = Check::zoom(
    "groups.duplicate",
    SCIM2,
    "a name that is taken: 409, `Group ... exists.`",
    "keep names of groups unique",
);
static NO_NAME: Check = Check::zoom(
    "groups.name-needed",
    SCIM2,
    "without displayName: 400",
    "refuse a group without a name",
);
static AGREES: Check = Check::must(
    "groups.list-agrees",
    "RFC 7644 section 3.4",
    "a group in a list is the group that get shows",
    "read both from the same record",
);
static ALIAS: Check = Check::zoom(
    "groups.alias",
    SCIM2,
    "emailAlias of Zoom's extension is stored, and replaced by a patch",
    "store the alias",
);
static RENAME: Check = Check::zoom(
    "groups.patch.name",
    SCIM2,
    "replace displayName: 204, and get shows it",
    "store the name",
);
static INVALID: Check = Check::zoom(
    "groups.patch.invalid",
    SCIM2,
    "another form: 400, `The \"Operations\" of the request is invalid.`",
    "refuse operations that you do not have",
);

pub(super) const SECTION: Section = Section {
    topic: TOPIC,
    needs: Needs::Nothing,
    checks: &[&LIST, &UNSUPPORTED, &MISSING],
    run: |session| Box::pin(run(session)),
};
pub(super) const WRITES: Section = Section {
    topic: TOPIC,
    needs: Needs::Writes,
    checks: &[
        &CREATE, &GET, &FILTER, &PAGING, &DUPLICATE, &NO_NAME, &RENAME, &INVALID, &ALIAS, &AGREES,
    ],
    run: |session| Box::pin(writes(session)),
};

/// A list of groups; a server without groups has nothing here to be checked.
pub(super) async fn listed(s: &mut Session) -> Result<Answer, Stop> {
    let answer = s
        .send(Request::get("/Groups?startIndex=1&count=10"))
        .await?;
    match answer.status {
        404 | 501 => Err(Stop::Needs(format!(
            "the server has no groups: status {}",
            answer.status
        ))),
        _ => Ok(answer),
    }
}

async fn run(s: &mut Session) -> Step {
    let answer = listed(s).await?;
    let finding = status(&answer, 200)
        .and(super::list::has_schema(&answer, LIST_RESPONSE))
        .and(equal(&answer, "/itemsPerPage", resources(&answer).len()))
        .and(holds(
            total(&answer) >= Some(resources(&answer).len() as u64),
            || "no total".to_owned(),
        ));
    s.judge(&LIST, &answer, finding);
    let answer = s.send(filtered("/Groups", "zcUnknown eq \"x\"")).await?;
    let words = "The current filter does not support";
    s.judge(&UNSUPPORTED, &answer, refused_with(&answer, 400, words));
    let answer = s.read(Kind::Group, "zc-no-group-has-this-id").await?;
    s.judge(
        &MISSING,
        &answer,
        refused_with(&answer, 404, "Group does not exist"),
    );
    Ok(())
}

async fn writes(s: &mut Session) -> Step {
    listed(s).await?;
    let group = s.new_group("group").await?;
    let name = group.text("/displayName").unwrap_or_default().to_owned();
    s.judge(
        &CREATE,
        &group,
        status(&group, 201).and(whole(&group, &group)),
    );
    let back = s.read(Kind::Group, &id_of(&group)).await?;
    s.judge(&GET, &back, status(&back, 200).and(whole(&back, &group)));
    let other = s.new_group("group").await?;
    let found = s
        .send(filtered("/Groups", &format!("displayName eq \"{name}\"")))
        .await?;
    s.judge(&FILTER, &found, only(&found, &id_of(&group)));
    let item = resources(&found).first().cloned().unwrap_or_default();
    s.judge(&AGREES, &back, equal(&back, "", item));
    let unknown = s.names.group("unknown");
    let found = s
        .send(filtered(
            "/Groups",
            &format!("displayName eq \"{unknown}\""),
        ))
        .await?;
    s.judge(&FILTER, &found, nobody(&found));
    paging(s).await?;
    let body = json!({ "schemas": [GROUP], "displayName": name });
    let again = s.send(Request::post("/Groups", &body)).await?;
    s.judge(&DUPLICATE, &again, refused_with(&again, 409, "exists"));
    let nameless = s
        .send(Request::post("/Groups", &json!({ "schemas": [GROUP] })))
        .await?;
    s.judge(&NO_NAME, &nameless, status(&nameless, 400));
    patches(s, &id_of(&other)).await?;
    alias(s).await
}

fn whole(answer: &Answer, group: &Answer) -> Finding {
    equal(answer, "/id", id_of(group))?;
    let name = group.text("/displayName").unwrap_or_default();
    holds(!name.is_empty(), || "no displayName".to_owned())?;
    equal(answer, "/displayName", name)?;
    super::list::has_schema(answer, GROUP)?;
    equal(answer, "/meta/resourceType", "Group")
}

async fn paging(s: &mut Session) -> Step {
    let two = s.send(Request::get("/Groups?startIndex=1&count=2")).await?;
    let second = s.send(Request::get("/Groups?startIndex=2&count=1")).await?;
    let id = |answer: &Answer, place: usize| {
        let item = resources(answer).get(place);
        item.and_then(|item| item.get("id")).cloned()
    };
    let so = resources(&two).len() == 2
        && resources(&second).len() == 1
        && id(&second, 0) == id(&two, 1);
    s.judge(
        &PAGING,
        &second,
        holds(so, || "another group than the second".to_owned()),
    );
    Ok(())
}

pub(super) fn patch(id: &str, operation: &Value) -> Request {
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation],
    });
    Request::patch(format!("/Groups/{}", encoded(id)), &body)
}

async fn patches(s: &mut Session, id: &str) -> Step {
    let name = s.names.group("renamed");
    let answer = s
        .send(patch(
            id,
            &json!({ "op": "replace", "value": { "displayName": name } }),
        ))
        .await?;
    let back = s.read(Kind::Group, id).await?;
    s.judge(
        &RENAME,
        &answer,
        status(&answer, 204).and(equal(&back, "/displayName", name)),
    );
    let answer = s
        .send(patch(id, &json!({ "op": "zc-no-such-op", "value": {} })))
        .await?;
    s.judge(
        &INVALID,
        &answer,
        refused_with(&answer, 400, "\"Operations\" of the request is invalid"),
    );
    Ok(())
}

async fn alias(s: &mut Session) -> Step {
    let (name, one, other) = (
        s.names.group("alias"),
        s.names.address("alias"),
        s.names.address("alias"),
    );
    let body = json!({
        "schemas": [GROUP, ZOOM_GROUP], "displayName": name, ZOOM_GROUP: { "emailAlias": one },
    });
    let made = s.send(Request::post("/Groups", &body)).await?;
    let pointer = format!("/{ZOOM_GROUP}/emailAlias");
    s.judge(
        &ALIAS,
        &made,
        status(&made, 201).and(equal(&made, &pointer, one)),
    );
    let key = format!("{ZOOM_GROUP}:emailAlias");
    let replace = json!({ "op": "replace", "value": { key: other } });
    let answer = s.send(patch(&id_of(&made), &replace)).await?;
    let back = s.read(Kind::Group, &id_of(&made)).await?;
    s.judge(
        &ALIAS,
        &back,
        status(&answer, 204).and(equal(&back, &pointer, other)),
    );
    Ok(())
}
