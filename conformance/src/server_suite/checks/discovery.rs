//! The documents by which a server describes itself. Zoom documents none, so 404 is right; what is there has
//! to be right, too.

use serde_json::Value;

use crate::server_suite::check::{Check, Needs, Section};
use crate::server_suite::judge::{Finding, LIST, holds, told};
use crate::server_suite::session::{Session, Step};
use crate::server_suite::wire::{Answer, Request};

const CONFIG_SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";

static CONFIG: Check = Check::must(
    "discovery.service-provider-config",
    "RFC 7644 section 4; RFC 7643 section 5",
    "/ServiceProviderConfig is absent, as at Zoom, or has patch, filter and the rest",
    "answer 404, or with all that RFC 7643 asks for",
);
static TYPES: Check = Check::must(
    "discovery.resource-types",
    "RFC 7644 section 4",
    "/ResourceTypes is absent, as at Zoom, or a list",
    "answer 404, or with a ListResponse",
);
static SCHEMAS: Check = Check::must(
    "discovery.schemas",
    "RFC 7644 section 4",
    "/Schemas is absent, as at Zoom, or a list",
    "answer 404, or with a ListResponse",
);

pub(super) const SECTION: Section = Section {
    topic: "discovery",
    needs: Needs::Nothing,
    checks: &[&CONFIG, &TYPES, &SCHEMAS],
    run: |session| Box::pin(run(session)),
};

async fn run(s: &mut Session) -> Step {
    let answer = s.send(Request::get("/ServiceProviderConfig")).await?;
    s.judge(&CONFIG, &answer, absent_or(&answer, config));
    for (check, path) in [(&TYPES, "/ResourceTypes"), (&SCHEMAS, "/Schemas")] {
        let answer = s.send(Request::get(path)).await?;
        s.judge(check, &answer, absent_or(&answer, list));
    }
    Ok(())
}

fn absent_or(answer: &Answer, there: fn(&Answer) -> Finding) -> Finding {
    match answer.status {
        200 => there(answer),
        404 | 501 => Ok(()),
        other => Err(format!("status {other}")),
    }
}

fn config(answer: &Answer) -> Finding {
    has_schema(answer, CONFIG_SCHEMA)?;
    for key in ["patch", "bulk", "filter", "changePassword", "sort", "etag"] {
        let pointer = format!("/{key}/supported");
        let seen = answer.at(&pointer).cloned().unwrap_or_default();
        holds(seen.is_boolean(), || {
            format!("{pointer} is {}", told(&seen))
        })?;
    }
    let schemes = answer
        .at("/authenticationSchemes")
        .is_some_and(Value::is_array);
    holds(schemes, || "no authenticationSchemes".to_owned())
}

fn list(answer: &Answer) -> Finding {
    has_schema(answer, LIST)?;
    let resources = answer.at("/Resources").is_some_and(Value::is_array);
    holds(resources, || "no Resources".to_owned())
}

fn has_schema(answer: &Answer, schema: &str) -> Finding {
    let schemas = answer.at("/schemas").and_then(Value::as_array);
    let so = schemas.is_some_and(|all| all.iter().any(|one| one == schema));
    holds(so, || format!("schemas without {schema}"))
}
