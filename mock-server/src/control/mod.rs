//! The control API under `/_mock`: what a test does with the stand-in itself.

mod accounts;
mod apps;
mod clock;
mod extract;
mod faults;
mod guard;
mod incident;
mod journal;
mod reply;
mod report_card;
mod server;
mod snapshots;
mod tokens;
mod users;
mod why;

use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::middleware::from_fn_with_state;
use utoipa::openapi::{InfoBuilder, OpenApi, OpenApiBuilder, ServerBuilder};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) use self::reply::uri_too_long;
use self::reply::{unknown_method, unknown_path};
use crate::server::Zoom;

/// The description of the control API, made once.
static DESCRIPTION: OnceLock<String> = OnceLock::new();

/// All routes, each with its description.
fn described() -> (Router<Arc<Zoom>>, OpenApi) {
    OpenApiRouter::new()
        .routes(routes!(server::index))
        .routes(routes!(server::health))
        .routes(routes!(server::openapi))
        .routes(routes!(server::choices))
        .routes(routes!(server::reset))
        .routes(routes!(clock::get, clock::set))
        .routes(routes!(accounts::list, accounts::create))
        .routes(routes!(accounts::get, accounts::delete))
        .routes(routes!(accounts::settings, accounts::change_settings))
        .routes(routes!(accounts::reset))
        .routes(routes!(accounts::scopes))
        .routes(routes!(report_card::of_account))
        .routes(routes!(clock::get_account, clock::set_account))
        .routes(routes!(apps::list, apps::create))
        .routes(routes!(apps::get, apps::change, apps::delete))
        .routes(routes!(apps::activate))
        .routes(routes!(apps::deactivate))
        .routes(routes!(apps::rotate_secret))
        .routes(routes!(tokens::mint, tokens::revoke_all))
        .routes(routes!(tokens::revoke))
        .routes(routes!(users::list, users::add))
        .routes(routes!(users::add_many))
        .routes(routes!(users::seed))
        .routes(routes!(users::edit, users::remove))
        .routes(routes!(users::groups, users::add_group))
        .routes(routes!(users::pending))
        .routes(routes!(users::accept))
        .routes(routes!(users::foreign_addresses))
        .routes(routes!(snapshots::list))
        .routes(routes!(snapshots::take, snapshots::delete))
        .routes(routes!(snapshots::restore))
        .routes(routes!(journal::find, journal::clear))
        .routes(routes!(journal::count))
        .routes(routes!(journal::wait))
        .routes(routes!(journal::events))
        .routes(routes!(journal::archive))
        .routes(routes!(why::why))
        .routes(routes!(incident::save))
        .routes(routes!(faults::catalog))
        .routes(routes!(faults::list, faults::replace, faults::clear))
        .routes(routes!(faults::get, faults::set, faults::remove))
        .routes(routes!(faults::start_run))
        .routes(routes!(faults::run, faults::end_run))
        .routes(routes!(faults::scenarios))
        .routes(routes!(faults::open_door))
        .routes(routes!(faults::scenario, faults::play, faults::stop))
        .split_for_parts()
}

/// All routes behind the guard.
pub(crate) fn routes(zoom: &Arc<Zoom>) -> Router<Arc<Zoom>> {
    let (router, _) = described();
    router
        .fallback(unknown_path)
        .method_not_allowed_fallback(unknown_method)
        .layer(from_fn_with_state(Arc::clone(zoom), guard::check))
}

/// The OpenAPI description, as JSON.
fn description() -> &'static str {
    DESCRIPTION.get_or_init(|| {
        let (_, api) = described();
        let info = InfoBuilder::new()
            .title("zoom-mock control API")
            .version(env!("CARGO_PKG_VERSION"))
            .description(Some(
                "What a test does with the stand-in for Zoom itself: accounts, apps, users, journal, clock, \
                 tokens. Errors are {\"error\":{\"message\":...,\"field\":...}}.",
            ));
        let servers = [ServerBuilder::new().url("/_mock").build()];
        let api = OpenApiBuilder::from(api).info(info.build()).servers(Some(servers));
        api.build().to_pretty_json().unwrap_or_default()
    })
}

#[cfg(test)]
mod tests {
    /// The description is generated; this shows every change of it in a review.
    #[test]
    fn the_description_is_the_one_that_was_reviewed() {
        insta::assert_snapshot!("openapi", super::description());
    }
}
