//! What tokens may be: the organization's at `/api/v2/organization/policy/`, and of people's own at
//! `/api/v2/admin/policy/`. Both say what a change would block before it is made.
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::permission::{ManagePolicy, ReadPolicy};
use super::read::instant;
use super::refusals::{Always, Forbidden, Missing, TooLarge};
use super::{Json, May, PlatformAdmin, Query, Result, page};
use crate::error::{Error, Result as CoreResult};
use crate::http::App;
use crate::id::{OrganizationId, TokenId};
use crate::organizations;
use crate::policies::{self, Enforcement, Policy, Rule};
use crate::tokens::{self, Affected, Trial};

#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[schema(as = Rule)]
struct RuleJson {
    /// `null`: no limit.
    #[schema(example = 180)]
    max_lifetime_days: Option<i32>,
    /// Whether a token may live for ever.
    #[schema(example = false)]
    allow_non_expiring: bool,
}

/// What new tokens are held to, and, unless `pending` says otherwise, those that exist.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Policy)]
pub struct PolicyJson {
    /// `null`: no limit.
    #[schema(minimum = 1, maximum = 36500, example = 180)]
    max_lifetime_days: Option<i32>,
    /// Whether a token may live for ever.
    #[schema(example = false)]
    allow_non_expiring: bool,
    /// Only while tokens that exist are not held to it yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pending: Option<PendingJson>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PendingPolicy)]
struct PendingJson {
    /// From when on tokens that exist are held to the policy. `null`: it only warns.
    enforced_from: Option<DateTime<Utc>>,
    /// What they are held to until then.
    until_then: RuleJson,
}

impl RuleJson {
    fn of(rule: Rule) -> Self {
        let Rule { max_lifetime_days, allow_non_expiring } = rule;
        Self { max_lifetime_days, allow_non_expiring }
    }
}

impl PolicyJson {
    fn of(policy: &Policy, now: DateTime<Utc>) -> Self {
        let Rule { max_lifetime_days, allow_non_expiring } = policy.rule;
        let until_then = RuleJson::of(policy.before);
        let pending = policy
            .is_pending(now)
            .then_some(PendingJson { enforced_from: policy.enforced_from, until_then });
        Self { max_lifetime_days, allow_non_expiring, pending }
    }
}

/// A policy that is wanted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
#[schema(example = json!({
    "max_lifetime_days": 180, "allow_non_expiring": false, "enforced_from": null
}))]
pub struct PolicyFields {
    /// `null`: no limit.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required, minimum = 1, maximum = 36500, example = 180)]
    max_lifetime_days: Option<i32>,
    /// Whether a token may live for ever.
    #[schema(example = false)]
    allow_non_expiring: bool,
    /// From when on tokens that exist are held to it: today or later; at once, where it is left out.
    /// `null`: never, it only warns.
    #[serde(default, deserialize_with = "enforcement")]
    #[schema(value_type = Option<DateTime<Utc>>)]
    enforced_from: Option<Enforcement>,
}

impl PolicyFields {
    fn read(&self) -> (Rule, Enforcement) {
        let &Self { max_lifetime_days, allow_non_expiring, enforced_from } = self;
        let rule = Rule { max_lifetime_days, allow_non_expiring };
        (rule, enforced_from.unwrap_or(Enforcement::Now))
    }
}

fn enforcement<'de, D: Deserializer<'de>>(reader: D) -> Result<Option<Enforcement>, D::Error> {
    let Some(text) = Option::<String>::deserialize(reader)? else {
        return Ok(Some(Enforcement::Warn));
    };
    Ok(Some(Enforcement::From(instant(&text)?)))
}

/// What a policy would do to the tokens that there are.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PolicyPreview)]
pub struct PreviewJson {
    /// Tokens that would be blocked, beside those that are.
    blocks: i64,
    /// Tokens that are blocked now.
    blocked_now: i64,
    /// Of these, the ones that would work again.
    frees: i64,
    /// A page of those that would be blocked, in the order in which they were made.
    tokens: Vec<AffectedJson>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AffectedToken)]
struct AffectedJson {
    id: i64,
    /// `oat`, `sat` or `pat`.
    #[schema(example = "oat")]
    kind: &'static str,
    name: String,
    /// Masked.
    #[schema(example = "jtn_oat_rjm9czn9...")]
    token: String,
    /// What the policy has against it.
    #[schema(example = "lives longer than 30 days")]
    reason: String,
    expires_at: Option<DateTime<Utc>>,
    last_used_at: Option<DateTime<Utc>>,
    /// Its holder, or who created it for the organization.
    user: Option<WhoseJson>,
    /// The service account whose token it is.
    service_account: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TokenHolder)]
struct WhoseJson {
    id: i64,
    name: String,
    email: String,
}

impl AffectedJson {
    fn of(token: Affected, rule: &Rule) -> Self {
        let user = token.user.zip(token.user_name.clone()).zip(token.email.clone());
        Self {
            id: token.id.0,
            kind: token.kind().name(),
            token: token.masked(),
            reason: token.reason(rule),
            name: token.name,
            expires_at: token.expires_at,
            last_used_at: token.last_used_at,
            user: user.map(|((id, name), email)| WhoseJson { id: id.0, name, email }),
            service_account: token.service_account,
        }
    }
}

/// Which page of the tokens that would be blocked.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PreviewQuery {
    /// Where the page begins: taken from the `Link` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<TokenId>,
    /// How many, 1 to 200; 50 unless said otherwise.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200)]
    limit: Option<String>,
}

/// Get the policy
#[utoipa::path(get, path = "/api/v2/organization/policy/", tag = "Policy",
    operation_id = "get_policy",
    responses((status = 200, description = "The policy", body = PolicyJson),
        Always, Forbidden, Missing))]
pub async fn show(reader: May<ReadPolicy>, app: Data<App>) -> Result<HttpResponse> {
    shown(&app, Some(reader.organization())).await
}

/// Replace the policy
///
/// New tokens are held to it at once, and those that exist from `enforced_from` on: what it does not
/// allow is blocked then, until it is allowed or its expiry is changed.
#[utoipa::path(put, path = "/api/v2/organization/policy/", tag = "Policy",
    operation_id = "replace_policy",
    request_body = PolicyFields,
    responses((status = 200, description = "The policy as it is now", body = PolicyJson),
        Always, Forbidden, Missing, TooLarge))]
pub async fn replace(
    manager: May<ManagePolicy>,
    app: Data<App>,
    fields: Json<PolicyFields>,
) -> Result<HttpResponse> {
    let (rule, enforcement) = fields.0.read();
    let policy = app
        .db
        .write(move |tx| {
            let organization = organizations::by_id(tx.conn(), manager.organization())?;
            let organization = organization.ok_or(Error::NotFound("organization"))?;
            let whose = Some((organization.id, organization.name.as_str()));
            policies::change(tx, manager.actor(), whose, rule, enforcement)
        })
        .await?;
    Ok(HttpResponse::Ok().json(PolicyJson::of(&policy, app.clock.now())))
}

/// See what a policy would block
///
/// Changes nothing.
#[utoipa::path(post, path = "/api/v2/organization/policy/preview/", tag = "Policy",
    operation_id = "preview_policy",
    params(PreviewQuery),
    request_body = PolicyFields,
    responses((status = 200, description = "What it would do", body = PreviewJson,
            headers(("Link" = String, description = "The next page, where there is one: `rel=\"next\"`."))),
        Always, Forbidden, Missing, TooLarge))]
pub async fn preview(
    reader: May<ReadPolicy>,
    app: Data<App>,
    query: Query<PreviewQuery>,
    fields: Json<PolicyFields>,
    req: HttpRequest,
) -> Result<HttpResponse> {
    previewed(&app, Some(reader.organization()), query.0, &fields.0, &req).await
}

/// Get the policy for personal access tokens
#[utoipa::path(get, path = "/api/v2/admin/policy/", tag = "Platform",
    operation_id = "get_personal_token_policy",
    responses((status = 200, description = "The policy", body = PolicyJson), Always, Forbidden))]
pub async fn show_personal(_: PlatformAdmin, app: Data<App>) -> Result<HttpResponse> {
    shown(&app, None).await
}

/// Replace the policy for personal access tokens
///
/// New tokens are held to it at once, and those that exist from `enforced_from` on: what it does not
/// allow is blocked then, until it is allowed or its expiry is changed.
#[utoipa::path(put, path = "/api/v2/admin/policy/", tag = "Platform",
    operation_id = "replace_personal_token_policy",
    request_body = PolicyFields,
    responses((status = 200, description = "The policy as it is now", body = PolicyJson),
        Always, Forbidden, TooLarge))]
pub async fn replace_personal(
    admin: PlatformAdmin,
    app: Data<App>,
    fields: Json<PolicyFields>,
) -> Result<HttpResponse> {
    let (rule, enforcement) = fields.0.read();
    let change =
        app.db.write(move |tx| policies::change(tx, admin.actor(), None, rule, enforcement));
    Ok(HttpResponse::Ok().json(PolicyJson::of(&change.await?, app.clock.now())))
}

/// See what a policy for personal access tokens would block
///
/// Changes nothing.
#[utoipa::path(post, path = "/api/v2/admin/policy/preview/", tag = "Platform",
    operation_id = "preview_personal_token_policy",
    params(PreviewQuery),
    request_body = PolicyFields,
    responses((status = 200, description = "What it would do", body = PreviewJson,
            headers(("Link" = String, description = "The next page, where there is one: `rel=\"next\"`."))),
        Always, Forbidden, TooLarge))]
pub async fn preview_personal(
    _: PlatformAdmin,
    app: Data<App>,
    query: Query<PreviewQuery>,
    fields: Json<PolicyFields>,
    req: HttpRequest,
) -> Result<HttpResponse> {
    previewed(&app, None, query.0, &fields.0, &req).await
}

async fn shown(app: &App, whose: Option<OrganizationId>) -> Result<HttpResponse> {
    let policy = app.db.read(move |conn| policies::of(conn, whose)).await?;
    Ok(HttpResponse::Ok().json(PolicyJson::of(&policy, app.clock.now())))
}

async fn previewed(
    app: &App,
    whose: Option<OrganizationId>,
    query: PreviewQuery,
    fields: &PolicyFields,
    req: &HttpRequest,
) -> Result<HttpResponse> {
    let (now, limit) = (app.clock.now(), page::limit(query.limit.as_deref())?);
    let (rule, enforcement) = fields.read();
    rule.check()?;
    enforcement.check(now)?;
    let work = move |conn: &mut _| {
        let policy = policies::of(conn, whose)?;
        let trial = Trial { organization: whose, policy, rule, from: enforcement.from(now) };
        let effect = tokens::effect(conn, &trial, now)?;
        CoreResult::Ok((effect, tokens::affected(conn, &trial, query.after, limit, now)?))
    };
    let (effect, (affected, more)) = app.db.read(work).await?;
    let after = affected.last().filter(|_| more).map(|last| last.id.to_string());
    let preview = PreviewJson {
        blocks: effect.blocks,
        blocked_now: effect.blocked_now,
        frees: effect.frees,
        tokens: affected.into_iter().map(|token| AffectedJson::of(token, &rule)).collect(),
    };
    Ok(page::answer_with(req, &preview, after))
}
