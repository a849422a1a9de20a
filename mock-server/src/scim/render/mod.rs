//! What answers show of users and groups (Zoom's SCIM2 reference).

mod group;
mod user;

use serde::{Serialize, Serializer};

pub(crate) use group::group;
pub(crate) use user::{View, list_item, snapshot, user};

/// Where Zoom says that its resources are, whatever address the server has.
const LOCATION: &str = "https://api.zoom.us/scim2";
/// The version that every resource has.
const VERSION: &str = "1.0.0";

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
