//! Zoom's SCIM2: what requests say and what answers look like. Nothing here knows accounts or HTTP.

pub(crate) mod filter;
pub(crate) mod page;
pub(crate) mod patch;
pub(crate) mod read;
pub(crate) mod render;

use serde::Serialize;

const CORE_USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const CORE_GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const ZOOM: &str = "urn:ietf:params:scim:schemas:extension:zoom:1.0:User";
const GROUP_ZOOM: &str = "urn:ietf:params:scim:schemas:extension:zoom:2.0:Group";
const LOGIN: &str = "urn:us:zoom:scim:schemas:extension:1.0:ZoomUser";
/// The schema of an error (RFC 7644 section 3.12).
const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// The longest text that an attribute takes. Zoom names no limit; a user must not grow without one.
pub(crate) const MAX_TEXT_BYTES: usize = 1024;

/// An error as Zoom's SCIM2 writes it: the status is a number, and there is no scimType.
#[derive(Serialize)]
struct ErrorBody<'a> {
    schemas: [&'a str; 1],
    detail: &'a str,
    status: u16,
}

/// The body of an error.
pub(crate) fn error_body(status: u16, detail: &str) -> Vec<u8> {
    let body = ErrorBody {
        schemas: [ERROR],
        detail,
        status,
    };
    serde_json::to_vec(&body).unwrap_or_default()
}
