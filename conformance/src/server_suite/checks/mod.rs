//! The checks, a topic in a file.

mod access;
mod bodies;
mod create;
mod delete;
mod discovery;
mod enterprise;
mod filter;
mod get;
mod groups;
mod life;
mod limits;
mod list;
mod members;
mod patch;
mod put;
mod scope;
mod together;
mod token;
mod transport;
mod types;
mod unique;

use super::check::Section;
pub(super) use limits::observe as observe_limit;
pub(super) use token::TOPIC as TOKEN_TOPIC;
pub(super) use transport::observe;

/// Zoom's documents and what is known beside them, as they are cited.
mod zoom {
    /// Zoom's page on Server-to-Server OAuth.
    pub(super) const OAUTH: &str = "Zoom, Server-to-Server OAuth";
    /// Zoom's list of OAuth errors, and what clients have recorded.
    pub(super) const OAUTH_ERRORS: &str = "Zoom, OAuth errors; clients' records";
    /// Zoom's reference of SCIM2.
    pub(super) const SCIM2: &str = "Zoom, SCIM2 API reference";
    /// What clients have recorded of SCIM2.
    pub(super) const SEEN: &str = "clients' records of Zoom's SCIM2";
    /// Zoom's list of scopes.
    pub(super) const SCOPES: &str = "Zoom, OAuth scopes";
    /// Zoom's page on rate limits.
    pub(super) const LIMITS: &str = "Zoom, API rate limits";
}

/// All sections, in the order in which they run.
pub(super) const SECTIONS: &[Section] = &[
    token::SECTION,
    access::SECTION,
    access::EXPIRED,
    access::WRITES,
    access::CHANGES_SECTION,
    scope::SECTION,
    scope::WRITES,
    transport::SECTION,
    transport::WRITES,
    discovery::SECTION,
    list::SECTION,
    filter::SECTION,
    get::SECTION,
    get::WRITES,
    create::SECTION,
    put::SECTION,
    put::EMAIL_SECTION,
    patch::SECTION,
    delete::SECTION,
    life::SECTION,
    unique::SECTION,
    types::SECTION,
    enterprise::SECTION,
    bodies::SECTION,
    groups::SECTION,
    groups::WRITES,
    members::SECTION,
    together::SECTION,
    together::OF_GROUPS,
    limits::SECTION,
];
