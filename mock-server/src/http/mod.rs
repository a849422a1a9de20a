//! The only place that knows axum: the routes, who may come in, and which status an answer has.

mod answer;
mod control;
mod evidence;
mod guard;
mod token;
mod users;

use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{delete, get, post, put};

use crate::server::Zoom;

/// The largest request body that is read.
pub(crate) const MAX_BODY_BYTES: usize = 1024 * 1024;
/// The bases under which Zoom's SCIM2 is known; all are the same.
const SCIM_BASES: [&str; 3] = ["/scim2", "/v2/scim2", "/scim"];

/// All routes.
pub(crate) fn routes(zoom: &Arc<Zoom>) -> Router {
    let users = get(users::list).post(users::create);
    let user = get(users::get)
        .put(users::update)
        .patch(users::patch)
        .delete(users::delete);
    let scim = Router::new()
        .route("/Users", users.clone())
        .route("/users", users)
        .route("/Users/{id}", user.clone())
        .route("/users/{id}", user);
    let mut zoom_itself = Router::new().route("/oauth/token", post(token::issue));
    for base in SCIM_BASES {
        zoom_itself = zoom_itself.nest(base, scim.clone());
    }
    zoom_itself = zoom_itself
        .fallback(answer::unknown_path)
        .method_not_allowed_fallback(answer::unknown_method)
        .layer(from_fn_with_state(Arc::clone(zoom), evidence::record));

    let control = Router::new()
        .route("/health", get(control::health))
        .route(
            "/accounts",
            get(control::accounts).post(control::create_account),
        )
        .route(
            "/accounts/{account}",
            get(control::account).delete(control::delete_account),
        )
        .route("/accounts/{account}/reset", post(control::reset_account))
        .route(
            "/accounts/{account}/users",
            get(control::users).post(control::add_user),
        )
        .route(
            "/accounts/{account}/users/{id}",
            delete(control::remove_user).patch(control::edit_user),
        )
        .route(
            "/accounts/{account}/foreign-addresses",
            put(control::add_foreign_addresses),
        )
        .route("/reset", post(control::reset))
        .route(
            "/journal",
            get(control::journal).delete(control::clear_journal),
        )
        .route("/clock", get(control::clock).put(control::advance_clock))
        .fallback(control::unknown_path)
        .method_not_allowed_fallback(control::unknown_method)
        .layer(from_fn(guard::local_only));

    Router::new()
        .nest("/_mock", control)
        .merge(zoom_itself)
        .with_state(Arc::clone(zoom))
}
