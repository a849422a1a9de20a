//! Wrong groups.

use serde_json::{Value, json};

use super::call::{Given, On, put};
use super::catalogue::Defect;

pub(super) static ALL: &[Defect] = &[
    Defect::given(
        "groups-without-schemas",
        "groups.list",
        "a list of groups has no schemas",
        |_, asked, given| {
            if asked.on() == On::Groups && asked.method == "GET" {
                given.edit(|body| {
                    body.remove("schemas");
                });
            }
        },
    ),
    Defect::asked(
        "groups-filter-ignored",
        "groups.filter.name-eq",
        "filters of groups are ignored",
        |_, asked| {
            if asked.on() == On::Groups {
                asked.set_query("filter", None);
            }
        },
    ),
    Defect::given(
        "groups-any-filter",
        "groups.filter.unsupported",
        "unknown filters of groups are an empty list",
        |_, _, given| {
            if given.says("does not support the filter") {
                *given = Given::json_of(200, &json!({ "totalResults": 0, "Resources": [] }));
            }
        },
    ),
    Defect::given(
        "group-nobody-400",
        "groups.not-found",
        "an unknown group is answered with 400",
        |_, asked, given| {
            if asked.group("GET").is_some() && given.status == 404 {
                *given = Given::refusal(400, "Group does not exist.");
            }
        },
    ),
    Defect::given(
        "group-200",
        "groups.create",
        "a create is answered with 200",
        |_, asked, given| {
            if asked.on() == On::Groups && given.status == 201 {
                given.status = 200;
            }
        },
    ),
    Defect::given(
        "group-without-name",
        "groups.get",
        "get shows another name",
        |_, asked, given| {
            if asked.group("GET").is_some() {
                given.each(|group| put(group, "displayName", "Group"));
            }
        },
    ),
    Defect::asked(
        "groups-without-pages",
        "groups.paging",
        "startIndex of groups is ignored",
        |_, asked| {
            if asked.on() == On::Groups && asked.method == "GET" {
                asked.set_query("startIndex", Some("1"));
            }
        },
    ),
    Defect::own(
        "group-duplicates",
        "groups.duplicate",
        "two groups may have one name",
        |behind, asked| {
            Box::pin(async move {
                let given = behind.ask(&asked).await;
                if asked.on() == On::Groups && given.status == 409 {
                    return Given::json_of(
                        201,
                        &json!({ "id": "phantom", "displayName": asked.text("displayName") }),
                    );
                }
                given
            })
        },
    ),
    Defect::given(
        "groups-list-without-meta",
        "groups.list-agrees",
        "groups in a list have no meta",
        |_, asked, given| {
            if asked.on() == On::Groups && asked.method == "GET" {
                given.each(|group| {
                    group.remove("meta");
                });
            }
        },
    ),
    Defect::asked(
        "group-alias-lost",
        "groups.alias",
        "emailAlias is not stored",
        |_, asked| {
            asked.body = asked.body.replace("emailAlias", "zcAlias");
        },
    ),
    Defect::asked(
        "group-members-added",
        "groups.patch.replace-members",
        "members are added where they are to be replaced",
        |_, asked| {
            if asked.group("PATCH").is_some() && asked.body.contains("\"path\":\"members\"") {
                asked.body = asked.body.replace("\"replace\"", "\"add\"");
            }
        },
    ),
    Defect::given(
        "group-nameless",
        "groups.name-needed",
        "a group needs no name",
        |_, asked, given| {
            if asked.on() == On::Groups
                && asked.method == "POST"
                && asked.text("displayName").is_none()
            {
                *given = Given::json_of(201, &json!({ "id": "phantom" }));
            }
        },
    ),
    Defect::own(
        "group-not-renamed",
        "groups.patch.name",
        "a new name is not stored",
        |behind, asked| {
            Box::pin(async move {
                let rename = asked.group("PATCH").is_some() && asked.body.contains("displayName");
                if rename {
                    Given::empty(204)
                } else {
                    behind.ask(&asked).await
                }
            })
        },
    ),
    Defect::own(
        "group-members-lost",
        "groups.patch.members",
        "members are not stored",
        |behind, asked| {
            Box::pin(async move {
                let members = asked.group("PATCH").is_some() && asked.body.contains("members");
                if members {
                    Given::empty(204)
                } else {
                    behind.ask(&asked).await
                }
            })
        },
    ),
    Defect::own(
        "group-members-stay",
        "groups.patch.members",
        "members are never removed",
        |behind, asked| {
            Box::pin(async move {
                let removal = asked.group("PATCH").is_some() && asked.body.contains("\"remove\"");
                if removal {
                    Given::empty(204)
                } else {
                    behind.ask(&asked).await
                }
            })
        },
    ),
    Defect::given(
        "group-any-operation",
        "groups.patch.invalid",
        "unknown operations are answered with 204",
        |_, _, given| {
            if given.says("of the request is invalid") && given.body.contains("Operations") {
                *given = Given::empty(204);
            }
        },
    ),
    Defect::own(
        "group-stays",
        "groups.delete",
        "a delete leaves the group",
        |behind, asked| {
            Box::pin(async move {
                match asked.group("DELETE") {
                    Some(_) => Given::empty(204),
                    None => behind.ask(&asked).await,
                }
            })
        },
    ),
    Defect::own(
        "group-takes-members",
        "groups.delete.members-stay",
        "a delete takes the members as well",
        |behind, asked| {
            Box::pin(async move {
                let member = asked.json().pointer("/Operations/0/value/0/value").cloned();
                if let (Some(_), Some(member)) = (asked.group("PATCH"), member) {
                    behind.remember(|memory| memory.values.insert("member".to_owned(), member));
                }
                if asked.group("DELETE").is_some() {
                    let member = behind.remember(|memory| memory.values.get("member").cloned());
                    if let Some(id) = member.as_ref().and_then(Value::as_str) {
                        behind
                            .own("DELETE", &format!("/Users/{id}"), &Value::Null)
                            .await;
                    }
                }
                behind.ask(&asked).await
            })
        },
    ),
];
