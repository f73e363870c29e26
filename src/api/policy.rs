//! What the organization's tokens may be: `/api/v2/organization/policy/`.
use actix_web::HttpResponse;
use actix_web::web::Data;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::permission::{ManagePolicy, ReadPolicy};
use super::refusals::{Always, Forbidden, Missing, TooLarge};
use super::{Json, May, Result};
use crate::error::Error;
use crate::http::App;
use crate::organizations;
use crate::policies::{self, Policy};

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
#[schema(as = Policy)]
pub struct PolicyJson {
    /// `null`: no limit.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required, minimum = 1, maximum = 36500, example = 180)]
    max_lifetime_days: Option<i32>,
    /// Whether a token may live for ever.
    #[schema(example = false)]
    allow_non_expiring: bool,
}

impl PolicyJson {
    fn of(policy: Policy) -> Self {
        let Policy { max_lifetime_days, allow_non_expiring } = policy;
        Self { max_lifetime_days, allow_non_expiring }
    }
}

/// Get the policy
#[utoipa::path(get, path = "/api/v2/organization/policy/", tag = "Policy",
    operation_id = "get_policy",
    responses((status = 200, description = "The policy", body = PolicyJson),
        Always, Forbidden, Missing))]
pub async fn show(reader: May<ReadPolicy>, app: Data<App>) -> Result<HttpResponse> {
    let organization = reader.organization();
    let policy = app.db.read(move |conn| policies::of_organization(conn, organization)).await?;
    Ok(HttpResponse::Ok().json(PolicyJson::of(policy)))
}

/// Replace the policy
///
/// Tokens that it no longer allows are blocked, until it does or their expiry is changed.
#[utoipa::path(put, path = "/api/v2/organization/policy/", tag = "Policy",
    operation_id = "replace_policy",
    request_body = PolicyJson,
    responses((status = 200, description = "The policy as it is now", body = PolicyJson),
        Always, Forbidden, Missing, TooLarge))]
pub async fn replace(
    manager: May<ManagePolicy>,
    app: Data<App>,
    fields: Json<PolicyJson>,
) -> Result<HttpResponse> {
    let Json(PolicyJson { max_lifetime_days, allow_non_expiring }) = fields;
    let policy = Policy { max_lifetime_days, allow_non_expiring };
    app.db
        .write(move |tx| {
            let organization = organizations::by_id(tx.conn(), manager.organization())?;
            let organization = organization.ok_or(Error::NotFound("organization"))?;
            let whose = Some((organization.id, organization.name.as_str()));
            policies::change(tx, manager.actor(), whose, policy)
        })
        .await?;
    Ok(HttpResponse::Ok().json(PolicyJson::of(policy)))
}
