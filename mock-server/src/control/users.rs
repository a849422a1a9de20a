//! What an administrator does by hand with users and groups.

use axum::Json;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::extract::{Fields, Named, Of};
use super::reply::{ErrorBody, Reply, created};

/// Users with everything that is stored of them.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct UsersBody {
    #[schema(value_type = Vec<Object>)]
    users: Vec<Value>,
}

/// The id of what was made.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct IdBody {
    id: String,
}

/// All users in the order of their creation, each with every attribute that is stored.
#[utoipa::path(
    get, path = "/accounts/{account}/users", params(("account" = String, Path)),
    responses((status = 200, body = UsersBody), (status = 404, body = ErrorBody)),
)]
pub(super) async fn list(Of(account): Of) -> Json<UsersBody> {
    Json(UsersBody {
        users: account.users(),
    })
}

/// Adds a user; `active` may be false, and `zoomRoom` and `forceInactive` true.
#[utoipa::path(
    post, path = "/accounts/{account}/users", params(("account" = String, Path)),
    request_body = Object,
    responses((status = 201, body = IdBody), (status = "4XX", body = ErrorBody)),
)]
pub(super) async fn add(
    Of(account): Of,
    Fields(user): Fields<Value>,
) -> Reply<(StatusCode, Json<IdBody>)> {
    Ok(created(IdBody {
        id: account.add_user(&user)?,
    }))
}

/// Users to add.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ManyUsers {
    #[schema(value_type = Vec<Object>)]
    users: Vec<Value>,
}

/// The ids of what was made.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct IdsBody {
    ids: Vec<String>,
}

/// Adds many users, all or none.
#[utoipa::path(
    post, path = "/accounts/{account}/users/bulk", params(("account" = String, Path)),
    request_body = ManyUsers,
    responses((status = 201, body = IdsBody), (status = "4XX", body = ErrorBody)),
)]
pub(super) async fn add_many(
    Of(account): Of,
    Fields(many): Fields<ManyUsers>,
) -> Reply<(StatusCode, Json<IdsBody>)> {
    Ok(created(IdsBody {
        ids: account.add_users(&many.users)?,
    }))
}

/// How many users to make up.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Seed {
    count: usize,
}

/// How many users were made up.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct Seeded {
    added: usize,
}

/// Makes up users, `user1@example.com` and so on, and adds those whose address is free.
#[utoipa::path(
    post, path = "/accounts/{account}/users/seed", params(("account" = String, Path)),
    request_body = Seed,
    responses((status = 201, body = Seeded), (status = "4XX", body = ErrorBody)),
)]
pub(super) async fn seed(
    Of(account): Of,
    Fields(seed): Fields<Seed>,
) -> Reply<(StatusCode, Json<Seeded>)> {
    // Many take seconds, in which the thread has others to answer.
    let seeding = tokio::task::spawn_blocking(move || account.seed_users(seed.count));
    let added = match seeding.await {
        Ok(added) => added?,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    };
    Ok(created(Seeded { added }))
}

/// Changes a user; what is left out stays.
#[utoipa::path(
    patch, path = "/accounts/{account}/users/{id}",
    params(("account" = String, Path), ("id" = String, Path)), request_body = Object,
    responses((status = 204), (status = "4XX", body = ErrorBody)),
)]
pub(super) async fn edit(
    Of(account): Of,
    Named(id): Named,
    Fields(change): Fields<Value>,
) -> Reply<StatusCode> {
    account.edit_user(&id, &change)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Deletes a user, whoever they are.
#[utoipa::path(
    delete, path = "/accounts/{account}/users/{id}",
    params(("account" = String, Path), ("id" = String, Path)),
    responses((status = 204), (status = 404, body = ErrorBody)),
)]
pub(super) async fn remove(Of(account): Of, Named(id): Named) -> Reply<StatusCode> {
    account.remove_user(&id)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Groups with their members.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct GroupsBody {
    #[schema(value_type = Vec<Object>)]
    groups: Vec<Value>,
}

/// All groups in the order of their creation, each with the ids of its members.
#[utoipa::path(
    get, path = "/accounts/{account}/groups", params(("account" = String, Path)),
    responses((status = 200, body = GroupsBody), (status = 404, body = ErrorBody)),
)]
pub(super) async fn groups(Of(account): Of) -> Json<GroupsBody> {
    Json(GroupsBody {
        groups: account.groups(),
    })
}

/// Adds a group, with its `members` if there are any.
#[utoipa::path(
    post, path = "/accounts/{account}/groups", params(("account" = String, Path)),
    request_body = Object,
    responses((status = 201, body = IdBody), (status = "4XX", body = ErrorBody)),
)]
pub(super) async fn add_group(
    Of(account): Of,
    Fields(group): Fields<Value>,
) -> Reply<(StatusCode, Json<IdBody>)> {
    Ok(created(IdBody {
        id: account.add_group(&group)?,
    }))
}

/// The users who have not accepted yet, by address. SCIM2 does not show them.
#[utoipa::path(
    get, path = "/accounts/{account}/pending", params(("account" = String, Path)),
    responses((status = 200, body = UsersBody), (status = 404, body = ErrorBody)),
)]
pub(super) async fn pending(Of(account): Of) -> Json<UsersBody> {
    Json(UsersBody {
        users: account.pending_users(),
    })
}

/// A pending user accepts, and is a user of the account from now on.
#[utoipa::path(
    post, path = "/accounts/{account}/pending/{address}/accept",
    params(("account" = String, Path), ("address" = String, Path)),
    responses((status = 200, body = IdBody), (status = 404, body = ErrorBody)),
)]
pub(super) async fn accept(Of(account): Of, Named(address): Named) -> Reply<Json<IdBody>> {
    Ok(Json(IdBody {
        id: account.accept_pending(&address)?,
    }))
}

/// Addresses that belong to somebody else's Zoom account from now on, and that do not any more.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ForeignAddresses {
    add: Vec<String>,
    remove: Vec<String>,
}

/// Sets which addresses belong to somebody else's Zoom account.
#[utoipa::path(
    put, path = "/accounts/{account}/foreign-addresses", params(("account" = String, Path)),
    request_body = ForeignAddresses,
    responses((status = 204), (status = "4XX", body = ErrorBody)),
)]
pub(super) async fn foreign_addresses(
    Of(account): Of,
    Fields(addresses): Fields<ForeignAddresses>,
) -> StatusCode {
    for address in &addresses.add {
        account.add_foreign_address(address);
    }
    for address in &addresses.remove {
        account.remove_foreign_address(address);
    }
    StatusCode::NO_CONTENT
}
