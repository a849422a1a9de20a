//! Faults, scripted runs and scenarios.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::extract::{Fields, Named};
use super::reply::{ErrorBody, Refusal, Reply, created};
use crate::fault::{CATALOG, CatalogEntry, FaultRule, Held, InvalidRule, RunReport};
use crate::report_card::ReportCard;
use crate::scenario::{DoorKind, Scenario};
use crate::server::{Played, Zoom};

impl From<InvalidRule> for Refusal {
    fn from(error: InvalidRule) -> Self {
        let message = error.to_string();
        Self::invalid(&error.field, message)
    }
}

/// A rule, and what was counted of it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct FaultBody {
    #[serde(flatten)]
    rule: FaultRule,
    /// How many requests its conditions fitted.
    fitted: u64,
    /// How often it fired.
    fired: u64,
}

impl From<Held> for FaultBody {
    fn from(held: Held) -> Self {
        Self {
            rule: held.rule,
            fitted: held.fitted,
            fired: held.fired,
        }
    }
}

/// The rules in the order in which they are tried.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct FaultsBody {
    faults: Vec<FaultBody>,
    /// The scenario that is on.
    scenario: Option<&'static str>,
}

/// Rules to set.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FaultsChange {
    #[schema(value_type = Vec<Object>)]
    faults: Vec<Value>,
}

fn now(zoom: &Zoom) -> jiff::Timestamp {
    zoom.common.clock.now()
}

/// Every effect that there is, with its phases, what it acts on, and an example.
#[utoipa::path(get, path = "/faults/catalog", responses((status = 200, body = [CatalogEntry])))]
pub(super) async fn catalog() -> Json<&'static [CatalogEntry]> {
    Json(CATALOG)
}

/// The rules, with how often each has fired.
#[utoipa::path(get, path = "/faults", responses((status = 200, body = FaultsBody)))]
pub(super) async fn list(State(zoom): State<Arc<Zoom>>) -> Json<FaultsBody> {
    let held = zoom.faults.rules(now(&zoom));
    Json(FaultsBody {
        faults: held.into_iter().map(FaultBody::from).collect(),
        scenario: zoom.faults.scenario(),
    })
}

/// Sets these rules and no others, all or none.
#[utoipa::path(
    put, path = "/faults", request_body = FaultsChange,
    responses((status = 200, body = FaultsBody), (status = 400, body = ErrorBody)),
)]
pub(super) async fn replace(
    State(zoom): State<Arc<Zoom>>,
    Fields(change): Fields<FaultsChange>,
) -> Reply<Json<FaultsBody>> {
    let rules = FaultRule::read_all(&change.faults)?;
    zoom.faults.replace(rules, now(&zoom))?;
    Ok(list(State(zoom)).await)
}

/// Takes all rules and runs away, and turns the scenario off.
#[utoipa::path(delete, path = "/faults", responses((status = 204)))]
pub(super) async fn clear(State(zoom): State<Arc<Zoom>>) -> StatusCode {
    zoom.faults.clear();
    StatusCode::NO_CONTENT
}

fn no_rule(id: &str) -> Refusal {
    let message = format!("there is no rule `{id}`; GET /_mock/faults lists them");
    Refusal::new(StatusCode::NOT_FOUND, Some("id"), message)
}

/// A rule, with how often it has fired.
#[utoipa::path(
    get, path = "/faults/{id}", params(("id" = String, Path)),
    responses((status = 200, body = FaultBody), (status = 404, body = ErrorBody)),
)]
pub(super) async fn get(State(zoom): State<Arc<Zoom>>, Named(id): Named) -> Reply<Json<FaultBody>> {
    let held = zoom.faults.get(&id, now(&zoom));
    Ok(Json(held.ok_or_else(|| no_rule(&id))?.into()))
}

/// Sets a rule, in the place of the one of the same id or after all others. What was counted starts anew.
#[utoipa::path(
    put, path = "/faults/{id}", params(("id" = String, Path)), request_body = Object,
    responses((status = 200, body = FaultBody), (status = 400, body = ErrorBody)),
)]
pub(super) async fn set(
    State(zoom): State<Arc<Zoom>>,
    Named(id): Named,
    Fields(rule): Fields<Value>,
) -> Reply<Json<FaultBody>> {
    let rule = FaultRule::read(&rule, Some(&id))?;
    zoom.faults.set(rule, now(&zoom))?;
    get(State(zoom), Named(id)).await
}

/// Takes a rule away.
#[utoipa::path(
    delete, path = "/faults/{id}", params(("id" = String, Path)),
    responses((status = 200, body = FaultBody), (status = 404, body = ErrorBody)),
)]
pub(super) async fn remove(
    State(zoom): State<Arc<Zoom>>,
    Named(id): Named,
) -> Reply<Json<FaultBody>> {
    let held = zoom.faults.remove(&id);
    Ok(Json(held.ok_or_else(|| no_rule(&id))?.into()))
}

/// What happens to the requests of each operation, one after another.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RunSteps {
    /// From operations to arrays of steps: `ok`, `applied_then_lost`, `lost`, `rate_limited`, `daily_limit`,
    /// `unavailable`, `server_error`, `timeout`, an effect's name, or an object with `then` and `phase`.
    #[schema(value_type = Object)]
    steps: Value,
}

/// How requests belong to a run.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct RunStarted {
    id: String,
    /// The header that a request carries.
    header: RunHeader,
    /// The base of the paths that do without it.
    base_url: String,
}

/// A header.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct RunHeader {
    name: &'static str,
    value: String,
}

/// Starts a scripted run.
#[utoipa::path(
    post, path = "/runs", request_body = RunSteps,
    responses((status = 201, body = RunStarted), (status = 400, body = ErrorBody)),
)]
pub(super) async fn start_run(
    State(zoom): State<Arc<Zoom>>,
    Fields(run): Fields<RunSteps>,
) -> Reply<(StatusCode, Json<RunStarted>)> {
    let id = zoom.faults.start_run(&run.steps)?;
    Ok(created(RunStarted {
        header: RunHeader {
            name: "x-zoom-mock-run",
            value: id.clone(),
        },
        base_url: format!("{}/r/{id}", zoom.urls.base_url),
        id,
    }))
}

fn no_run(id: &str) -> Refusal {
    let message = format!("there is no run `{id}`; POST /_mock/runs starts one");
    Refusal::new(StatusCode::NOT_FOUND, Some("id"), message)
}

/// How a run stands, and how the client did in it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct RunBody {
    #[serde(flatten)]
    run: RunReport,
    report_card: ReportCard,
}

impl RunBody {
    fn find(zoom: &Zoom, id: &str) -> Reply<Json<Self>> {
        let run = zoom.faults.run(id).ok_or_else(|| no_run(id))?;
        let report_card = zoom.run_report_card(id);
        Ok(Json(Self { run, report_card }))
    }
}

/// What of a run was met, what is left, and whether it is completed; with the client's report card.
#[utoipa::path(
    get, path = "/runs/{id}", params(("id" = String, Path)),
    responses((status = 200, body = RunBody), (status = 404, body = ErrorBody)),
)]
pub(super) async fn run(State(zoom): State<Arc<Zoom>>, Named(id): Named) -> Reply<Json<RunBody>> {
    RunBody::find(&zoom, &id)
}

/// Ends a run, and says how it stood; with the client's report card.
#[utoipa::path(
    delete, path = "/runs/{id}", params(("id" = String, Path)),
    responses((status = 200, body = RunBody), (status = 404, body = ErrorBody)),
)]
pub(super) async fn end_run(
    State(zoom): State<Arc<Zoom>>,
    Named(id): Named,
) -> Reply<Json<RunBody>> {
    let body = RunBody::find(&zoom, &id)?;
    zoom.faults.remove_run(&id);
    Ok(body)
}

/// Every scenario.
#[utoipa::path(get, path = "/scenarios", responses((status = 200, body = [Object])))]
pub(super) async fn scenarios() -> Json<&'static [Scenario]> {
    Json(Scenario::all())
}

/// Which scenario to turn on.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ScenarioChange {
    name: String,
    /// The account that it is for, and whose right values the form has; absent: the first, and the rules hold
    /// for all.
    #[serde(default)]
    account: Option<String>,
}

/// The scenario that is on.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct ScenarioBody {
    name: Option<&'static str>,
}

/// Which scenario is on.
#[utoipa::path(get, path = "/scenario", responses((status = 200, body = ScenarioBody)))]
pub(super) async fn scenario(State(zoom): State<Arc<Zoom>>) -> Json<ScenarioBody> {
    Json(ScenarioBody {
        name: zoom.faults.scenario(),
    })
}

/// Turns a scenario on in the place of the one that is, and says what to enter into the form.
#[utoipa::path(
    put, path = "/scenario", request_body = ScenarioChange,
    responses((status = 200, body = Played), (status = "4XX", body = ErrorBody)),
)]
pub(super) async fn play(
    State(zoom): State<Arc<Zoom>>,
    Fields(change): Fields<ScenarioChange>,
) -> Reply<Json<Played>> {
    let played = zoom.play(&change.name, change.account.as_deref());
    Ok(Json(played.map_err(|error| {
        let status = match &error.field[..] {
            "door" => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::NOT_FOUND,
        };
        Refusal::new(status, Some(&error.field), error.to_string())
    })?))
}

/// Turns the scenario off.
#[utoipa::path(delete, path = "/scenario", responses((status = 204)))]
pub(super) async fn stop(State(zoom): State<Arc<Zoom>>) -> StatusCode {
    zoom.stop_playing();
    StatusCode::NO_CONTENT
}

/// A listener of its own.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct DoorBody {
    kind: &'static str,
    /// Where it is; Zoom's paths are below it, where it lets anybody in.
    base_url: String,
    /// The certificate of the server's authority, which a client has to trust, in PEM.
    #[serde(skip_serializing_if = "Option::is_none")]
    ca_pem: Option<String>,
}

/// Opens a listener for what happens before a request arrives: `refuse`, `accept_stall`, `half_open`,
/// `tls_good`, `tls_expired`, `tls_not_yet_valid`, `tls_wrong_host`, `tls_self_signed`, `tls_untrusted_root`,
/// `plain_on_tls_port`, `handshake_stall`. It stays until the scenario is turned off.
#[utoipa::path(
    put, path = "/doors/{kind}", params(("kind" = String, Path)),
    responses((status = 200, body = DoorBody), (status = "4XX", body = ErrorBody)),
)]
pub(super) async fn open_door(
    State(zoom): State<Arc<Zoom>>,
    Named(name): Named,
) -> Reply<Json<DoorBody>> {
    let kinds = DoorKind::ALL.map(DoorKind::as_str);
    let kind = DoorKind::ALL.into_iter().find(|kind| kind.as_str() == name);
    let kind = kind.ok_or_else(|| {
        let message = format!("there is no door `{name}`; there are {}", kinds.join(", "));
        Refusal::new(StatusCode::NOT_FOUND, Some("kind"), message)
    })?;
    let failed =
        |message: String| Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, Some("kind"), message);
    let base_url = zoom.doors.open(&zoom, kind).map_err(failed)?;
    let ca_pem = match kind.is_https() {
        true => Some(zoom.doors.ca_pem().map_err(failed)?),
        false => None,
    };
    Ok(Json(DoorBody {
        kind: kind.as_str(),
        base_url,
        ca_pem,
    }))
}
