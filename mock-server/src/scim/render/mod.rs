//! What answers show of users and groups (Zoom's SCIM2 reference).

mod group;
mod user;

use jiff::Timestamp;
use serde::{Serialize, Serializer};

pub(crate) use group::group;
pub(crate) use user::{View, list_item, snapshot, user};

/// Where Zoom says that its resources are, whatever address the server has.
const LOCATION: &str = "https://api.zoom.us/scim2";
/// The version that every resource has.
const VERSION: &str = "1.0.0";

#[derive(Serialize)]
struct Meta<'a> {
    #[serde(rename = "resourceType")]
    resource_type: &'a str,
    location: Location<'a>,
    version: &'a str,
    /// Whole seconds in UTC: time stamps are kept that way.
    created: Timestamp,
    #[serde(rename = "lastModified")]
    last_modified: Timestamp,
}

impl<'a> Meta<'a> {
    /// Of a resource of this type, which is found under its plural.
    fn new(
        resource_type: &'a str,
        location: Location<'a>,
        created: Timestamp,
        last_modified: Timestamp,
    ) -> Self {
        Self {
            resource_type,
            location,
            version: VERSION,
            created,
            last_modified,
        }
    }
}

/// Of which endpoint, and the id.
struct Location<'a>(&'a str, &'a str);

impl Serialize for Location<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{LOCATION}/{}/{}", self.0, self.1))
    }
}

/// How long a user's JSON is, as a rule.
const USUAL_BYTES: usize = 1280;

fn render(shown: &impl Serialize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(USUAL_BYTES);
    // Nothing here fails to be JSON, and a Vec takes every byte.
    let _ = serde_json::to_writer(&mut bytes, shown);
    bytes
}

#[cfg(test)]
mod tests;
