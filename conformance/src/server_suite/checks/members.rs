//! The members of groups, which are seen on the users.

use serde_json::json;

use super::groups::{listed, patch};
use super::zoom::SCIM2;
use crate::server_suite::check::{Check, Needs, Section};
use crate::server_suite::judge::{holds, refused, status};
use crate::server_suite::made::Kind;
use crate::server_suite::session::{Session, Step, id_of};
use crate::server_suite::wire::{Answer, Request, encoded};

static MEMBERS: Check = Check::zoom(
    "groups.patch.members",
    SCIM2,
    "a member who is added shows the group, and one who is removed does not",
    "keep members, and show them on the user",
);
static REPLACED: Check = Check::zoom(
    "groups.patch.replace-members",
    SCIM2,
    "replace members: those who were sent, and nobody else",
    "take all members out who were not sent",
);
static DELETE: Check = Check::must(
    "groups.delete",
    "RFC 7644 section 3.6",
    "a delete is answered with 204, and the group is gone",
    "delete the group",
);
static USERS_STAY: Check = Check::must(
    "groups.delete.members-stay",
    "RFC 7644 section 3.6",
    "a member survives the group",
    "delete the group alone",
);

pub(super) const SECTION: Section = Section {
    topic: "groups",
    needs: Needs::Writes,
    checks: &[&MEMBERS, &REPLACED, &DELETE, &USERS_STAY],
    run: |session| Box::pin(run(session)),
};

async fn run(s: &mut Session) -> Step {
    listed(s).await?;
    let group = &s.new_group("members").await?;
    let user = s.new_user("member", json!({})).await?;
    let (group_id, user_id) = (id_of(group), id_of(&user));
    let name = group.text("/displayName").unwrap_or_default().to_owned();
    let shows = |answer: &Answer| {
        let groups = answer.at("/groups").cloned().unwrap_or_default();
        groups.to_string().contains(&name)
    };
    let add = json!({ "op": "add", "path": "members", "value": [{ "value": user_id }] });
    let answer = s.send(patch(&group_id, &add)).await?;
    let with = s.user(&user_id).await?;
    let added = status(&answer, 204).and(holds(shows(&with), || {
        "the user does not show the group".to_owned()
    }));
    s.judge(&MEMBERS, &with, added);
    let other = s.new_user("member", json!({})).await?;
    let all = json!({ "op": "replace", "path": "members", "value": [{ "value": id_of(&other) }] });
    let answer = s.send(patch(&group_id, &all)).await?;
    let (gone, come) = (s.user(&user_id).await?, s.user(&id_of(&other)).await?);
    let replaced = status(&answer, 204).and(holds(!shows(&gone) && shows(&come), || {
        "the members are not those who were sent".to_owned()
    }));
    s.judge(&REPLACED, &come, replaced);
    let back = json!({ "op": "add", "path": "members", "value": [{ "value": user_id }] });
    s.send(patch(&group_id, &back)).await?;
    let path = format!("members[value eq \"{user_id}\"]");
    let answer = s
        .send(patch(&group_id, &json!({ "op": "remove", "path": path })))
        .await?;
    let without = s.user(&user_id).await?;
    let removed = status(&answer, 204).and(holds(!shows(&without), || {
        "the user still shows the group".to_owned()
    }));
    s.judge(&MEMBERS, &without, removed);
    let deleted = s
        .send(Request::delete(format!("/Groups/{}", encoded(&group_id))))
        .await?;
    let gone = s.read(Kind::Group, &group_id).await?;
    s.judge(
        &DELETE,
        &deleted,
        status(&deleted, 204).and(status(&gone, 404)),
    );
    let again = s
        .send(Request::delete(format!("/Groups/{}", encoded(&group_id))))
        .await?;
    s.judge(&DELETE, &again, refused(&again));
    let there = s.user(&user_id).await?;
    s.judge(&USERS_STAY, &there, status(&there, 200));
    Ok(())
}
