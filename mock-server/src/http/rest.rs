//! The few calls of Zoom's REST API that the administrator of a provisioner would try (Zoom's user and
//! account references). They read; nothing is written here.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::Call;
use super::answer::Answer;
use super::error::ZoomError;
use super::reply::Reply;
use crate::account::{State, User};

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

pub(super) fn list_users(state: &mut State, call: &Call<'_>) -> Result<Reply, ZoomError> {
    let query = ListQuery::read(call.query);
    let stored = state.roster.users.starting_at(0).map(|stored| &stored.user);
    let of_status: Vec<&User> = match query.status {
        Status::Active => stored.filter(|user| user.active).collect(),
        Status::Inactive => stored.filter(|user| !user.active).collect(),
        Status::Pending => state.roster.pending().collect(),
    };
    let total = of_status.len();
    let page = of_status
        .into_iter()
        .skip(query.start)
        .take(query.page_size);
    let users: Vec<Value> = page.map(|user| listed_user(user, query.status)).collect();
    let next = query.start.saturating_add(query.page_size);
    Ok(ok(&json!({
        "page_count": total.div_ceil(query.page_size),
        "page_number": query.start / query.page_size + 1,
        "page_size": query.page_size,
        "total_records": total,
        "next_page_token": if next < total { token_of(next) } else { String::new() },
        "users": users,
    })))
}

/// Pending users have no id.
fn listed_user(user: &User, status: Status) -> Value {
    let mut json = json!({
        "email": user.user_name,
        "type": user.user_type.rest(),
        "first_name": text(user.given_name.as_deref()),
        "last_name": text(user.family_name.as_deref()),
        "display_name": user.shown_name(),
        "dept": text(user.department.as_deref()),
        "status": match status {
            Status::Active => "active",
            Status::Inactive => "inactive",
            Status::Pending => "pending",
        },
        "verified": 1,
        "created_at": user.created.to_string(),
        "user_created_at": user.created.to_string(),
    });
    if let (true, Some(map)) = (status != Status::Pending, json.as_object_mut()) {
        map.insert("id".to_owned(), user.id.as_ref().into());
        map.insert("group_ids".to_owned(), json!(user.groups));
    }
    json
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
    let mut json = listed_user(user, status);
    let phones: Vec<Value> = user.phones.iter().map(phone).collect();
    let more = json!({
        "account_id": call.account.id(),
        "job_title": text(user.title.as_deref()),
        "company": text(user.organization.as_deref()),
        "location": text(user.locale.as_deref()),
        "cost_center": text(user.cost_center.as_deref()),
        "manager": text(user.manager.as_deref()),
        "employee_unique_id": text(user.employee_number.as_deref()),
        "login_types": [100, 101],
        "phone_numbers": phones,
        "role_name": user.role_names().next(),
    });
    if let (Some(json), Value::Object(more)) = (json.as_object_mut(), more) {
        json.extend(more);
    }
    Ok(ok(&json))
}

fn phone(phone: &crate::account::Phone) -> Value {
    let label = match &*phone.kind {
        "mobile" => "Mobile",
        "home" => "Home",
        "fax" => "Fax",
        _ => "Office",
    };
    json!({ "label": label, "number": phone.value, "verified": false })
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

fn ok(body: &Value) -> Reply {
    Answer::json(200, body.to_string()).into()
}
