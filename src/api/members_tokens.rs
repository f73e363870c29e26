//! Members' personal tokens: `/api/v2/organization/personal-tokens/`.
use std::collections::BTreeMap;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::members::RoleJson;
use super::permission::{ManageMembers, ReadMembers};
use super::refusals::{Always, Forbidden, Missing};
use super::{May, Path, Query, Result, page};
use crate::access::Level;
use crate::error::{Error, Result as CoreResult};
use crate::http::App;
use crate::id::TokenId;
use crate::policies::{self, Policy};
use crate::tokens::{self, Beyond, MembersToken, State};

/// A personal token of a member, as the organization's owners see it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MembersToken)]
pub struct MembersTokenJson {
    id: i64,
    name: String,
    holder: HolderJson,
    state: State,
    /// The holder's in this organization.
    role: RoleJson,
    /// Resource to level, of what was picked for it; `null` is everything that its holder may do.
    permissions: Option<BTreeMap<String, Level>>,
    created_at: DateTime<Utc>,
    expires_at: Option<DateTime<Utc>>,
    last_used_at: Option<DateTime<Utc>>,
    /// Since when an owner keeps it out of this organization, where one does.
    blocked_at: Option<DateTime<Utc>>,
    /// The name of that owner.
    blocked_by: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Holder)]
struct HolderJson {
    user_id: i64,
    name: String,
    email: String,
}

impl MembersTokenJson {
    fn of(token: MembersToken, policy: &Policy, now: DateTime<Utc>) -> Self {
        let MembersToken { token, holder, blocked } = token;
        Self {
            id: token.id.0,
            state: token.state(policy, now),
            role: RoleJson::of(holder.power.standing),
            permissions: token.permissions(),
            holder: HolderJson {
                user_id: holder.user.0,
                name: holder.user_name,
                email: holder.email,
            },
            created_at: token.created_at,
            expires_at: token.expires_at,
            last_used_at: token.last_used_at,
            blocked_at: blocked.as_ref().map(|block| block.at),
            blocked_by: blocked.and_then(|block| block.by),
            name: token.name,
        }
    }
}

/// Which tokens.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MembersTokensQuery {
    /// Where the page begins: taken from the `Link` of the page before.
    after: Option<String>,
    /// How many, 1 to 200; 50 unless said otherwise.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200)]
    limit: Option<String>,
}

/// List members' personal tokens
///
/// Those that can act in the organization, and those that are blocked; never their values. The
/// newest first.
#[utoipa::path(get, path = "/api/v2/organization/personal-tokens/", tag = "Members",
    operation_id = "list_members_tokens",
    params(MembersTokensQuery),
    responses(
        (status = 200, description = "A page of tokens", body = [MembersTokenJson],
            headers(("Link" = String, description = "The next page, as `rel=\"next\"`, where there is one."))),
        Always, Forbidden, Missing
    ))]
pub async fn list(
    reader: May<ReadMembers>,
    app: Data<App>,
    req: HttpRequest,
    query: Query<MembersTokensQuery>,
) -> Result<HttpResponse> {
    let (organization, now) = (reader.organization(), app.clock.now());
    let beyond = match query.0.after.as_deref().map(str::parse) {
        None => Beyond::Nothing,
        Some(Ok(id)) => Beyond::After(id),
        Some(Err(_)) => {
            return Err(Error::field("after", "This is not a place in this list.").into());
        }
    };
    let limit = page::limit(query.0.limit.as_deref())?;
    let read = app.db.read(move |conn| {
        let policy = policies::of_instance(conn)?;
        CoreResult::Ok((tokens::of_members(conn, organization, beyond, limit)?, policy))
    });
    let ((listed, more), policy) = read.await?;
    let after = listed.last().filter(|_| more).map(|last| last.token.id.to_string());
    let listed: Vec<_> =
        listed.into_iter().map(|one| MembersTokenJson::of(one, &policy, now)).collect();
    Ok(page::answer(&req, &listed, after))
}

/// Block a member's token
///
/// It has no power in this organization from now on; it works on elsewhere. Its holder is told.
#[utoipa::path(put, path = "/api/v2/organization/personal-tokens/{id}/block/", tag = "Members",
    operation_id = "block_members_token",
    params(("id" = i64, Path, description = "The token's id")),
    responses((status = 200, description = "The token as it is now", body = MembersTokenJson),
        Always, Forbidden, Missing))]
pub async fn block(
    owner: May<ManageMembers>,
    app: Data<App>,
    id: Path<TokenId>,
) -> Result<HttpResponse> {
    let blocked = app.db.write(move |tx| {
        let token = tokens::block(tx, owner.actor(), owner.organization(), id.0)?;
        Ok((token, policies::of_instance(tx.conn())?))
    });
    let (token, policy) = blocked.await?;
    Ok(HttpResponse::Ok().json(MembersTokenJson::of(token, &policy, app.clock.now())))
}

/// Unblock a member's token
///
/// For whoever holds all that it may do here: power is only passed down.
#[utoipa::path(delete, path = "/api/v2/organization/personal-tokens/{id}/block/", tag = "Members",
    operation_id = "unblock_members_token",
    params(("id" = i64, Path, description = "The token's id")),
    responses((status = 204, description = "It is let in again"), Always, Forbidden, Missing))]
pub async fn unblock(
    owner: May<ManageMembers>,
    app: Data<App>,
    id: Path<TokenId>,
) -> Result<HttpResponse> {
    let unblocked = app.db.write(move |tx| {
        tokens::unblock(tx, owner.actor(), owner.organization(), id.0, &owner.grant())
    });
    unblocked.await?;
    Ok(HttpResponse::NoContent().finish())
}
