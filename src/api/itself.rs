//! The token about itself: `/api/v2/token/`.
use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::web::Data;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::refusals::{Always, Conflicting, Forbidden, TooLarge};
use super::token_fields::RotateFields;
use super::token_json::{AccessJson, SecretJson, Whole};
use super::{Caller, IdempotencyKey, OptionalJson, Result};
use crate::access::Level;
use crate::error::Error;
use crate::format::Kind;
use crate::http::App;
use crate::tokens::{self, Held, Reach, State};

/// The token that asks.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ThisToken)]
pub struct ItselfJson {
    id: i64,
    /// `oat`: an organization's; `sat`: a service account's; `pat`: a person's.
    #[schema(example = "oat")]
    kind: &'static str,
    name: String,
    /// Masked. In full in the answer of rotate, and never again.
    token: String,
    /// In the answer of rotate only, of a person's token or a service account's: the same secret with
    /// its holder's key material, for the clients of application secrets.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    personal_secret_token: Option<String>,
    /// In the answer of rotate only: the same secret as the REST calls for application secrets take
    /// it, after `Bearer`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    rest_token: Option<String>,
    state: State,
    expires_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    last_used_at: Option<DateTime<Utc>>,
    may_rotate_itself: bool,
    /// Of an organization's token: what it was given.
    access_config: Option<AccessJson>,
    /// Of a person's token: what was picked for it; `null` is everything that its holder may do.
    permissions: Option<BTreeMap<String, Level>>,
    /// Of a person's token: whose.
    user: Option<UserJson>,
    /// Of a service account's token: whose. What the account may do, the token may.
    service_account: Option<AccountJson>,
    /// Where it reaches, and what it may do there at this moment.
    organizations: Vec<ReachJson>,
    /// Of a person's token: organizations of theirs, by slug, whose owners keep it out.
    blocked_in: Vec<String>,
    secrets: Vec<SecretJson>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = User)]
struct UserJson {
    id: i64,
    name: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ServiceAccountName)]
struct AccountJson {
    id: i64,
    name: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Reach)]
struct ReachJson {
    id: i64,
    slug: String,
    /// `owner`, `manager`, `operator` or `readonly`.
    #[schema(example = "operator")]
    role: &'static str,
    all_projects: bool,
    projects: Vec<String>,
    /// Resource to level, after everything that narrows it.
    #[schema(example = json!({"records": "write", "metrics": "read"}))]
    permissions: BTreeMap<String, Level>,
}

impl ReachJson {
    fn of(reach: &Reach) -> Self {
        let power = &reach.power;
        Self {
            id: reach.organization.0,
            slug: reach.slug.to_string(),
            role: power.standing.name(),
            all_projects: power.projects.is_all(),
            projects: power.projects.listed().map(str::to_owned).collect(),
            permissions: reach.held().map(|(name, level)| (name.to_owned(), level)).collect(),
        }
    }
}

/// About this token
///
/// What it is, how long it lives, and what it may do.
#[utoipa::path(get, path = "/api/v2/token/", tag = "This token", operation_id = "get_this_token",
    responses((status = 200, description = "The token", body = ItselfJson), Always))]
pub async fn show(caller: Caller, app: Data<App>) -> Result<HttpResponse> {
    let now = app.clock.now();
    let json = app.db.read(move |conn| {
        let token = tokens::find(conn, caller.holder(), caller.verdict().token)?;
        let whole = Whole::of(conn, token.ok_or(Error::NotFound("token"))?)?;
        Ok(json(&caller, &whole, now))
    });
    Ok(HttpResponse::Ok().json(json.await?))
}

fn json(caller: &Caller, whole: &Whole, now: DateTime<Utc>) -> ItselfJson {
    let token = &whole.token;
    let (user, service_account) = match &caller.verdict().holder {
        Held::Organization { .. } => (None, None),
        Held::ServiceAccount { account, name, .. } => {
            (None, Some(AccountJson { id: account.0, name: name.to_string() }))
        }
        Held::Person { user, name, .. } => {
            (Some(UserJson { id: user.0, name: name.to_string() }), None)
        }
    };
    ItselfJson {
        id: token.id.0,
        kind: token.kind().name(),
        name: token.name.clone(),
        token: whole.text(),
        personal_secret_token: whole.personal_text(),
        rest_token: whole.rest_text(),
        state: whole.state(now),
        expires_at: token.expires_at,
        created_at: token.created_at,
        last_used_at: token.last_used_at,
        may_rotate_itself: token.may_rotate_itself,
        access_config: (token.kind() == Kind::Oat).then(|| AccessJson::of(token.access())),
        permissions: token.permissions().filter(|_| user.is_some()),
        user,
        service_account,
        organizations: caller.verdict().reaches().iter().map(ReachJson::of).collect(),
        blocked_in: caller.verdict().barred().iter().map(|one| one.slug.clone()).collect(),
        secrets: whole.secrets(now),
    }
}

/// Delete this token
///
/// For good: it stops working at once.
#[utoipa::path(delete, path = "/api/v2/token/", tag = "This token",
    operation_id = "delete_this_token",
    responses((status = 204, description = "It works no more"), Always, Forbidden))]
pub async fn revoke(caller: Caller, app: Data<App>) -> Result<HttpResponse> {
    caller.itself()?;
    app.db
        .write(move |tx| {
            tokens::revoke(tx, caller.actor(), caller.holder(), caller.verdict().token)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Rotate this token's secret
///
/// Only where that was allowed when it was created. The answer holds the new token in full, this
/// once; the old secret works on for the grace period.
#[utoipa::path(post, path = "/api/v2/token/rotate/", tag = "This token",
    operation_id = "rotate_this_token",
    params(("Idempotency-Key" = Option<String>, Header, nullable = false, description = "Makes a retry safe: with \
        the same key, within a day, a rotation whose answer was lost is answered again.")),
    request_body = Option<RotateFields>,
    responses((status = 200, description = "The token, in full", body = ItselfJson),
        Always, Forbidden, Conflicting, TooLarge))]
pub async fn rotate(
    caller: Caller,
    app: Data<App>,
    key: IdempotencyKey,
    fields: OptionalJson<RotateFields>,
) -> Result<HttpResponse> {
    caller.itself()?;
    let (grace, key, shared) = (fields.0.grace()?, key.digest(&app), app.clone());
    let rotated = app.db.write(move |tx| {
        let (by, mint, now) = (caller.actor(), &shared.mint, tx.now());
        let (holder, verdict) = (caller.holder(), caller.verdict());
        let issued = tokens::rotate_itself(tx, by, holder, verdict, grace, mint, key)?;
        let whole = Whole::revealed(tx.conn(), issued)?;
        Ok(json(&caller, &whole, now))
    });
    Ok(HttpResponse::Ok().json(rotated.await?))
}
