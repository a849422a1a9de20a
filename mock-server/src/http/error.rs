//! Everything that Zoom answers with other than what was asked for, and the one place that chooses a status
//! for it (Zoom's SCIM2 and REST references; transcripts of clients).

use http::{HeaderValue, header};
use serde::Serialize;

use super::answer::Answer;
use crate::account::{
    Choices, GatewayErrors, GroupError, MediaType, Permission, Refusals, TakenEmailQuotes,
    UserError,
};
use crate::limit::{Exceeded, Standing};
use crate::oauth::{BearerError, TokenError};
use crate::operation::{Interface, Operation};
use crate::scim::error_body;
use crate::scim::filter::Unsupported;
use crate::scim::page::OutOfRange;
use crate::scim::read::InvalidAttribute;

/// How much of what was sent an answer repeats.
const MAX_ECHO: usize = 256;

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ZoomError {
    Token(TokenError),
    Bearer(BearerError),
    /// None of the operation's scopes was granted.
    MissingScope,
    /// The role of the app's owner does not allow it.
    Forbidden(Permission),
    RateLimited(Standing),
    NoSso,
    User(UserError),
    Group(GroupError),
    Filter(Unsupported),
    Paging(OutOfRange),
    Attribute(InvalidAttribute),
    /// Who is looked for is somewhere else: pending, or in somebody's own account.
    Elsewhere(String),
    /// The body is no JSON object.
    NotJson,
    EmptyJson,
    /// The patch of a user has no usable `active`.
    NoActive,
    /// The patch of a group is in no form that is understood.
    InvalidOperations,
    /// The patch of a group is longer than Zoom takes.
    PatchTooLong,
    /// The REST API knows no such user.
    RestNoUser(String),
    /// There is no such account.
    NoAccount(String),
    /// The account that the path names cannot be made; this is why.
    NoTenant(String),
    /// What is to name a scenario plays none.
    Magic(String),
    UnknownPath,
    /// The methods that the path takes.
    UnknownMethod(String),
    UriTooLong,
    BodyTooLarge,
    BodyTooSlow,
    BodyBroken,
}

macro_rules! from {
    ($($error:ty => $variant:ident),+ $(,)?) => {
        $(impl From<$error> for ZoomError {
            fn from(error: $error) -> Self {
                Self::$variant(error)
            }
        })+
    };
}

from! {
    TokenError => Token,
    BearerError => Bearer,
    UserError => User,
    GroupError => Group,
    Unsupported => Filter,
    OutOfRange => Paging,
    InvalidAttribute => Attribute,
}

/// What an error's answer depends on beside the error.
#[derive(Debug, Clone, Copy)]
pub(super) struct Context {
    pub(super) operation: Option<Operation>,
    pub(super) choices: Choices,
}

impl Context {
    /// Whose errors these are; what is no operation is the gateway's, as REST is.
    fn interface(self) -> Interface {
        self.operation.map_or(Interface::Rest, Operation::interface)
    }
}

/// An error in the envelope that it has.
enum Said {
    Scim(u16, String),
    /// Zoom's gateway and REST API: status, code, message.
    Coded(u16, u32, String),
    OAuth(u16, &'static str, String),
}

impl ZoomError {
    /// The answer.
    pub(super) fn answer(&self, context: Context) -> Answer {
        let is_scim = context.interface() == Interface::Scim;
        let media_type = if is_scim {
            context.choices.media_type
        } else {
            MediaType::Json
        };
        let standing = match self {
            Self::RateLimited(standing) => Some(*standing),
            _ => None,
        };
        // RFC 9110 section 15.5.6 asks for it.
        let allow = match self {
            Self::UnknownMethod(allowed) => HeaderValue::try_from(allowed).ok(),
            _ => None,
        };
        let (status, body) = match self.said(context) {
            Said::Scim(status @ (403 | 404 | 409), detail)
                if context.choices.refusals == Refusals::Gateway =>
            {
                let code = status.into();
                let message = &detail;
                (status, json(&Coded { code, message }))
            }
            Said::Scim(status, detail) => (status, error_body(status, &detail)),
            // The gateway stands before SCIM2, and has an envelope of its own.
            Said::Coded(status, _, message)
                if is_scim && context.choices.gateway_errors == GatewayErrors::Scim =>
            {
                (status, error_body(status, &message))
            }
            Said::Coded(status, code, message) => (
                status,
                json(&Coded {
                    code,
                    message: &message,
                }),
            ),
            Said::OAuth(status, error, reason) => (
                status,
                json(&OAuth {
                    reason: &reason,
                    error,
                }),
            ),
        };
        Answer {
            standing,
            headers: allow
                .into_iter()
                .map(|value| (header::ALLOW, value))
                .collect(),
            ..Answer::scim(status, body, media_type)
        }
    }

    fn said(&self, context: Context) -> Said {
        let scim = |status, detail: &str| Said::Scim(status, detail.to_owned());
        match self {
            Self::Token(error) => Said::OAuth(400, error.code(), error.to_string()),
            Self::Bearer(error) => Said::Coded(401, 124, error.to_string()),
            Self::MissingScope => missing_scope(context.operation),
            Self::Forbidden(permission) => forbidden(*permission, context),
            Self::RateLimited(standing) => rate_limited(standing, context),
            Self::NoSso => scim(400, "Account has not enabled Single Sign-On."),
            Self::User(error) => user_error(error, context.choices),
            Self::Group(error) => group_error(error),
            Self::Filter(Unsupported(name)) => {
                Said::Scim(400, unsupported_filter(name, context.operation))
            }
            Self::Paging(OutOfRange(name)) => Said::Scim(400, invalid(name)),
            Self::Attribute(error) => Said::Scim(400, invalid(error.attribute)),
            Self::Elsewhere(address) => {
                let address = echo(address);
                Said::Scim(
                    400,
                    format!("User {address} not exist or not belong to this account."),
                )
            }
            Self::NotJson => scim(400, "The request body must be in JSON format."),
            Self::EmptyJson => scim(400, "The request JSON must not be empty."),
            Self::NoActive => scim(400, "The request json did not contains valid active field."),
            Self::InvalidOperations => Said::Scim(400, invalid("Operations")),
            Self::PatchTooLong => scim(
                400,
                "The request body size exceeds the 100,000 character limit. Please reduce the payload size \
                 or contact Zoom Support to request a limit increase.",
            ),
            Self::RestNoUser(id) => {
                Said::Coded(404, 1001, format!("User does not exist: {}.", echo(id)))
            }
            // The token endpoint knows a wrong account by one error, wherever it is named.
            Self::NoAccount(_) if context.interface() == Interface::OAuth => {
                Self::Token(TokenError::InvalidAccount).said(context)
            }
            Self::NoAccount(id) => {
                Said::Coded(404, 2001, format!("Account does not exist: {}.", echo(id)))
            }
            // The stand-in's own words: Zoom knows no magic.
            Self::Magic(why) => match context.operation.map(Operation::interface) {
                Some(Interface::OAuth) => Said::OAuth(400, "invalid_client", why.clone()),
                _ => Said::Coded(404, 2300, why.clone()),
            },
            // Zoom has no such error: the accounts of this server are made by the path, Zoom's are not.
            Self::NoTenant(why) => Said::OAuth(400, "invalid_request", why.clone()),
            // Zoom documents the text under 400; the statuses of these two are HTTP's own, our choice.
            Self::UnknownPath => {
                Said::Coded(404, 2300, "This API endpoint is not recognized.".to_owned())
            }
            Self::UnknownMethod(_) => {
                Said::Coded(405, 2300, "This API endpoint is not recognized.".to_owned())
            }
            // Zoom is silent about these four: HTTP's own statuses, our texts.
            Self::UriTooLong => transport(414, "The request URI is too long.", context),
            Self::BodyTooLarge => transport(413, "The request body is too large.", context),
            Self::BodyTooSlow => transport(408, "The request body did not come in time.", context),
            Self::BodyBroken => transport(
                400,
                "The request body ended before it was complete.",
                context,
            ),
        }
    }
}

/// What is wrong with a request before anybody has looked at what it says.
fn transport(status: u16, text: &str, context: Context) -> Said {
    let text = text.to_owned();
    match context.interface() {
        Interface::Scim => Said::Scim(status, text),
        Interface::Rest => Said::Coded(status, status.into(), text),
        Interface::OAuth => Said::OAuth(status, "invalid_request", text),
    }
}

fn missing_scope(operation: Option<Operation>) -> Said {
    let scopes = operation
        .map(Operation::scopes)
        .unwrap_or_default()
        .join(", ");
    let message = format!("Invalid access token, does not contain scopes:[{scopes}].");
    Said::Coded(400, 4711, message)
}

/// The texts differ by operation in Zoom's reference, the one of the delete by a space. REST has its gateway's
/// code for it.
fn forbidden(permission: Permission, context: Context) -> Said {
    let is_rest = context.interface() == Interface::Rest;
    let permission = permission.as_str();
    let detail = match context.operation {
        _ if is_rest => {
            let message =
                format!("Invalid access token. Does not contain permissions [{permission}].");
            return Said::Coded(400, 200, message);
        }
        Some(Operation::ListUsers) => {
            format!("The current login user does not have the \"{permission}\" permission.")
        }
        Some(Operation::DeleteUser) => {
            format!("The request was denied due to insufficient permissions:\"{permission}\".")
        }
        _ => format!("The request was denied due to insufficient permissions: \"{permission}\"."),
    };
    Said::Scim(403, detail)
}

fn rate_limited(standing: &Standing, context: Context) -> Said {
    if context.interface() == Interface::Scim
        && context.choices.gateway_errors == GatewayErrors::Scim
    {
        return Said::Scim(429, "Too Many Requests.".to_owned());
    }
    let message = match standing.exceeded {
        Some(Exceeded::Day { .. }) => {
            "You have reached the maximum daily rate limit for this API. Refer to the response header for \
             details on when you can make another request."
        }
        Some(Exceeded::Second { .. }) | None => {
            "You have reached the maximum per-second rate limit for this API. Try again later."
        }
    };
    Said::Coded(429, 429, message.to_owned())
}

fn unsupported_filter(name: &str, operation: Option<Operation>) -> String {
    match operation {
        Some(Operation::ListGroups) => {
            format!("The current filter does not support the filter name: {name}")
        }
        _ => format!("The current filter is not supported, the filter name: {name}"),
    }
}

fn user_error(error: &UserError, choices: Choices) -> Said {
    let said = |status, detail: &str| Said::Scim(status, detail.to_owned());
    match error {
        UserError::InvalidUserName => Said::Scim(400, invalid("userName")),
        UserError::InvalidEmail => Said::Scim(400, invalid("emails")),
        UserError::InvalidAttribute(name) => Said::Scim(400, invalid(name)),
        UserError::TakenOnCreate(email) => Said::Scim(
            400,
            format!("The email \"{}\" is already in use.", echo(email)),
        ),
        UserError::TakenOnUpdate(email) => {
            let quote = match choices.taken_email_quotes {
                TakenEmailQuotes::Single => "'",
                TakenEmailQuotes::Double => "''",
            };
            Said::Scim(
                409,
                format!("Email {quote}{}{quote} has already been used.", echo(email)),
            )
        }
        UserError::UnassociatedDomain => said(
            409,
            "The email domain does not match the associated domain of the account, please contact Zoom \
             Customer Support to set up if necessary.",
        ),
        UserError::NotFound => said(404, "User does not exist."),
        UserError::Inactive => said(400, "User is inactive or locked."),
        UserError::ForceInactive => said(400, "User is force inactive."),
        UserError::Protected => said(
            400,
            "Cannot activate or deactivate Zoom Room and Admin users.",
        ),
        UserError::ProtectedFromDelete => said(400, "Cannot delete Admin user."),
        UserError::ProtectedEmail => said(400, "Cannot change the email of Admin user."),
        UserError::RoomToFree => said(400, "Cannot update Zoom Room user to free"),
        UserError::BothWhiteboards => said(
            400,
            "Cannot assign Zoom Whiteboard and Zoom Whiteboard Plus to a user at the same time.",
        ),
        UserError::NoPaidSeats => said(409, "Cannot add paid users."),
        // Zoom documents a limit, and no text for it.
        UserError::NoBasicSeats => said(409, "Cannot add basic users."),
        UserError::InvalidPlan(plan) => Said::Scim(409, format!("The {plan} is invalid.")),
        UserError::NoPlanSeats(plan) => {
            Said::Scim(409, format!("Cannot create more users with {plan}."))
        }
        // A limit of this server, and no fact about Zoom.
        UserError::TooMany => said(409, "Cannot add more users."),
    }
}

fn group_error(error: &GroupError) -> Said {
    let said = |status, detail: &str| Said::Scim(status, detail.to_owned());
    match error {
        GroupError::NotFound => said(404, "Group does not exist."),
        GroupError::InvalidName => Said::Scim(400, invalid("DisplayName")),
        GroupError::Exists(name) => Said::Scim(409, format!("Group {} exists.", echo(name))),
        GroupError::Default => said(400, "Cannot delete account default group."),
        GroupError::UnknownMember => said(404, "User does not exist."),
        GroupError::TooMany => said(400, "Create group failed."),
    }
}

/// Zoom's words for a part of the request that cannot be used.
fn invalid(name: &str) -> String {
    format!("The \"{name}\" of the request is invalid.")
}

/// As much of what was sent as an answer repeats.
fn echo(text: &str) -> &str {
    match text.char_indices().nth(MAX_ECHO) {
        Some((end, _)) => text.get(..end).unwrap_or_default(),
        None => text,
    }
}

#[derive(Serialize)]
struct Coded<'a> {
    code: u32,
    message: &'a str,
}

#[derive(Serialize)]
struct OAuth<'a> {
    reason: &'a str,
    error: &'a str,
}

fn json(body: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(body).unwrap_or_default()
}
