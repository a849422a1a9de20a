//! How a client behaved.

use axum::Json;
use serde::Deserialize;

use super::extract::{Keys, Of};
use super::reply::ErrorBody;
use crate::report_card::{CardQuery, ReportCard};

/// Which exchanges are looked at: all that is set has to fit.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(super) struct CardKeys {
    /// After this sequence number.
    since: Option<u64>,
    /// Of this client id.
    client_id: Option<String>,
}

/// The report card of an account's clients: whether they kept the waits they were told, how they went on after
/// failures, how they use tokens, whether they made duplicates, what they repeated in vain, and the scopes.
#[utoipa::path(
    get, path = "/accounts/{account}/report-card", params(("account" = String, Path), CardKeys),
    responses((status = 200, body = ReportCard), (status = "4XX", body = ErrorBody)),
)]
pub(super) async fn of_account(Of(account): Of, Keys(keys): Keys<CardKeys>) -> Json<ReportCard> {
    Json(account.report_card_of(&CardQuery {
        since: keys.since.unwrap_or(0),
        client_id: keys.client_id,
        run: None,
    }))
}
