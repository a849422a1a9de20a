//! What answers show of a group.

use jiff::Timestamp;
use serde::Serialize;

use super::super::{CORE_GROUP, GROUP_ZOOM};
use super::{Location, VERSION, render};
use crate::account::Group;

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

/// In Zoom's example of a group version and location stand the other way round than in that of a user.
#[derive(Serialize)]
struct Meta<'a> {
    #[serde(rename = "resourceType")]
    resource_type: &'a str,
    version: &'a str,
    location: Location<'a>,
    created: Timestamp,
    #[serde(rename = "lastModified")]
    last_modified: Timestamp,
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
            version: VERSION,
            location: Location("Groups", &group.id),
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
