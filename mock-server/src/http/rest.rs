//! The few calls of Zoom's REST API that the administrator of a provisioner would try (Zoom's user and
//! account references). They read; nothing is written here.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use super::Call;
use super::answer::Answer;
use super::error::ZoomError;
use super::reply::Reply;
use crate::account::{Phone, State, User};

/// How many users a page has that does not say, and at the most.
const DEFAULT_PAGE_SIZE: usize = 30;
const MAX_PAGE_SIZE: usize = 2_000;

/// Which users a list is of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Status {
    Active,
    Inactive,
    Pending,
}

struct ListQuery {
    status: Status,
    page_size: usize,
    /// From 0.
    start: usize,
}

impl ListQuery {
    /// Reads a query; what is out of range is taken for the nearest that fits: our choice.
    fn read(query: Option<&str>) -> Self {
        let (mut status, mut page_size) = (Status::Active, DEFAULT_PAGE_SIZE);
        let (mut page_number, mut token) = (1, None);
        for (key, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            match (key.as_ref(), value.as_ref()) {
                ("status", "inactive") => status = Status::Inactive,
                ("status", "pending") => status = Status::Pending,
                ("page_size", text) => page_size = text.parse().unwrap_or(page_size),
                ("page_number", text) => page_number = text.parse().unwrap_or(page_number),
                ("next_page_token", text) => token = start_of(text),
                _ => {}
            }
        }
        let page_size = page_size.clamp(1, MAX_PAGE_SIZE);
        let start = token.unwrap_or_else(|| page_size.saturating_mul(page_number.max(1) - 1));
        Self {
            status,
            page_size,
            start,
        }
    }
}

/// A token says where its page starts, and nothing that a client should read.
fn token_of(start: usize) -> String {
    URL_SAFE_NO_PAD.encode(start.to_be_bytes())
}

fn start_of(token: &str) -> Option<usize> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    Some(usize::from_be_bytes(bytes.try_into().ok()?))
}

/// A page of users, in the order of Zoom's keys.
#[derive(Serialize)]
struct Page<'a> {
    next_page_token: String,
    page_count: usize,
    page_number: usize,
    page_size: usize,
    total_records: usize,
    users: Vec<ShownUser<'a>>,
}

/// A user, in the order of Zoom's keys. Those after `user_created_at` are not in a list, and pending users have
/// no id.
#[derive(Serialize)]
struct ShownUser<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    email: &'a str,
    r#type: u8,
    first_name: &'a str,
    last_name: &'a str,
    display_name: String,
    dept: &'a str,
    status: &'a str,
    verified: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    group_ids: Option<&'a [Box<str>]>,
    employee_unique_id: &'a str,
    created_at: Timestamp,
    user_created_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    job_title: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    company: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cost_center: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    manager: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    login_types: Option<[u8; 2]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone_numbers: Option<Vec<ShownPhone<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role_name: Option<&'a str>,
}

#[derive(Serialize)]
struct ShownPhone<'a> {
    label: &'a str,
    number: &'a str,
    verified: bool,
}

/// The ways to log in that SCIM2 calls workEmail and sso.
const LOGIN_TYPES: [u8; 2] = [100, 101];

pub(super) fn list_users(state: &mut State, call: &Call<'_>) -> Result<Reply, ZoomError> {
    let query = ListQuery::read(call.query);
    let roster = &state.roster;
    let inactive = roster.users.tally().inactive();
    let (start, size) = (query.start, query.page_size);
    let of_activity = |active: bool| {
        let all = roster.users.starting_at(0).map(|stored| &stored.user);
        let some = all.filter(move |user| user.active == active);
        some.skip(start).take(size).collect()
    };
    let (total, page): (usize, Vec<&User>) = match query.status {
        // Where all are active, a page costs its own length, wherever it is.
        Status::Active if inactive == 0 => {
            let page = roster.users.starting_at(start).take(size);
            (
                roster.users.len(),
                page.map(|stored| &stored.user).collect(),
            )
        }
        Status::Active => (roster.users.len() - inactive, of_activity(true)),
        Status::Inactive => (inactive, of_activity(false)),
        Status::Pending => {
            let page = roster.pending().skip(start).take(size).collect();
            (roster.pending().count(), page)
        }
    };
    let next = start.saturating_add(size);
    Ok(ok(&Page {
        next_page_token: if next < total {
            token_of(next)
        } else {
            String::new()
        },
        page_count: total.div_ceil(size),
        page_number: start / size + 1,
        page_size: size,
        total_records: total,
        users: page
            .into_iter()
            .map(|user| listed_user(user, query.status))
            .collect(),
    }))
}

fn listed_user(user: &User, status: Status) -> ShownUser<'_> {
    let is_there = status != Status::Pending;
    ShownUser {
        id: is_there.then_some(&user.id),
        email: &user.user_name,
        r#type: user.user_type.rest(),
        first_name: text(user.given_name.as_deref()),
        last_name: text(user.family_name.as_deref()),
        display_name: user.shown_name(),
        dept: text(user.department.as_deref()),
        status: match status {
            Status::Active => "active",
            Status::Inactive => "inactive",
            Status::Pending => "pending",
        },
        verified: 1,
        group_ids: is_there.then_some(&user.groups),
        employee_unique_id: text(user.employee_number.as_deref()),
        created_at: user.created,
        user_created_at: user.created,
        account_id: None,
        job_title: None,
        company: None,
        location: None,
        cost_center: None,
        manager: None,
        login_types: None,
        phone_numbers: None,
        role_name: None,
    }
}

pub(super) fn get_user(state: &mut State, call: &Call<'_>) -> Result<Reply, ZoomError> {
    let id = match call.id {
        "me" => call.account.owner_id(),
        id => id,
    };
    let users = &state.roster.users;
    let stored = users.get(id).or_else(|| users.by_name(id));
    let stored = stored.ok_or_else(|| ZoomError::RestNoUser(call.id.to_owned()))?;
    let user = &stored.user;
    let status = if user.active {
        Status::Active
    } else {
        Status::Inactive
    };
    Ok(ok(&ShownUser {
        account_id: Some(call.account.id()),
        job_title: Some(text(user.title.as_deref())),
        company: Some(text(user.organization.as_deref())),
        location: Some(text(user.locale.as_deref())),
        cost_center: Some(text(user.cost_center.as_deref())),
        manager: Some(text(user.manager.as_deref())),
        login_types: Some(LOGIN_TYPES),
        phone_numbers: Some(user.phones.iter().map(phone).collect()),
        role_name: user.role_names().next(),
        ..listed_user(user, status)
    }))
}

fn phone(phone: &Phone) -> ShownPhone<'_> {
    ShownPhone {
        label: match &*phone.kind {
            "mobile" => "Mobile",
            "home" => "Home",
            "fax" => "Fax",
            _ => "Office",
        },
        number: &phone.value,
        verified: false,
    }
}

pub(super) fn managed_domains(state: &mut State, call: &Call<'_>) -> Result<Reply, ZoomError> {
    if call.id != "me" && call.id != call.account.id() {
        return Err(ZoomError::NoAccount(call.id.to_owned()));
    }
    let domains = state
        .settings
        .associated_domains
        .as_deref()
        .unwrap_or_default();
    let shown: Vec<Value> = domains
        .iter()
        .map(|domain| json!({ "domain": domain, "status": "verified" }))
        .collect();
    Ok(ok(
        &json!({ "domains": shown, "total_records": domains.len() }),
    ))
}

fn text(text: Option<&str>) -> &str {
    text.unwrap_or_default()
}

fn ok(body: &impl Serialize) -> Reply {
    Answer::json(200, serde_json::to_vec(body).unwrap_or_default()).into()
}
