//! The enterprise extension (RFC 7643 section 4.3), in Zoom's way.

use serde_json::json;

use super::put::put;
use super::zoom::SCIM2;
use crate::server_suite::check::{Check, Needs, Section};
use crate::server_suite::judge::{equal, only, resources, same};
use crate::server_suite::session::{ENTERPRISE, Session, Step, id_of, name_of};

static LISTED: Check = Check::zoom(
    "enterprise.department-listed",
    SCIM2,
    "a list shows the department, as get does",
    "show department in lists",
);
static MANAGER: Check = Check::zoom(
    "enterprise.manager",
    SCIM2,
    "manager is a text, an address",
    "show manager as the text that was sent",
);
static ONE: Check = Check::zoom(
    "enterprise.partial",
    SCIM2,
    "an update of the department leaves the others",
    "merge the extension",
);
static ALL: Check = Check::zoom(
    "enterprise.all-stored",
    SCIM2,
    "organization, costCenter and employeeNumber are updated, too",
    "store the whole extension",
);
static OUTSIDE: Check = Check::must(
    "enterprise.under-its-urn",
    "RFC 7643 section 3.3",
    "what belongs to the extension stands under its URN alone",
    "do not show department at the top",
);

pub(super) const SECTION: Section = Section {
    topic: "enterprise attributes",
    needs: Needs::Writes,
    checks: &[&LISTED, &MANAGER, &ONE, &ALL, &OUTSIDE],
    run: |session| Box::pin(run(session)),
};

async fn run(s: &mut Session) -> Step {
    let user = s.new_user("enterprise", json!({})).await?;
    let id = id_of(&user);
    let at = |key: &str| format!("/{ENTERPRISE}/{key}");
    let found = s.find(&name_of(&user)).await?;
    let item = resources(&found).first().cloned().unwrap_or_default();
    let department = item.pointer(&at("department")).cloned().unwrap_or_default();
    s.judge(
        &LISTED,
        &found,
        only(&found, &id).and(same("department", &department, &"Quality".into())),
    );
    let back = s.user(&id).await?;
    s.judge(
        &MANAGER,
        &back,
        equal(&back, &at("manager"), "boss@example.com"),
    );
    s.judge(
        &OUTSIDE,
        &back,
        equal(&back, "/department", serde_json::Value::Null),
    );
    s.send(put(&id, json!({ ENTERPRISE: { "department": "Sales" } })))
        .await?;
    let back = s.user(&id).await?;
    let mut finding = equal(&back, &at("department"), "Sales");
    for (key, expected) in [
        ("organization", "Example"),
        ("costCenter", "QA01"),
        ("employeeNumber", "4711"),
    ] {
        finding = finding.and(equal(&back, &at(key), expected));
    }
    s.judge(&ONE, &back, finding);
    let all = json!({
        "department": "Legal", "organization": "Other", "costCenter": "LG02", "employeeNumber": "1",
        "manager": "chief@example.com",
    });
    s.send(put(&id, json!({ ENTERPRISE: all }))).await?;
    let back = s.user(&id).await?;
    let mut finding = Ok(());
    for key in [
        "department",
        "organization",
        "costCenter",
        "employeeNumber",
        "manager",
    ] {
        let expected = all.get(key).cloned().unwrap_or_default();
        finding = finding.and(equal(&back, &at(key), expected));
    }
    s.judge(&ALL, &back, finding);
    Ok(())
}
