//! Every organization of the instance: `/api/v2/admin/organizations/`.
use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{PageQuery, SomeOrganization};
use crate::access::Standing;
use crate::accounts;
use crate::api::refusals::{Always, Forbidden, Missing, TooLarge};
use crate::api::{Json, Path, PlatformAdmin, Query, Result, page};
use crate::db::Start;
use crate::error::Error;
use crate::http::App;
use crate::id::{OrganizationId, UserId};
use crate::organizations::{self, Directory, Organization};

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AdministeredOrganization)]
pub struct OrganizationJson {
    id: i64,
    slug: String,
    name: String,
    is_suspended: bool,
    created_at: DateTime<Utc>,
}

impl OrganizationJson {
    fn of(organization: Organization) -> Self {
        let Organization { id, slug, name, suspended_at, created_at } = organization;
        Self { id: id.0, slug, name, is_suspended: suspended_at.is_some(), created_at }
    }
}

/// An organization that is wanted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
#[schema(as = AdministeredOrganizationFields)]
pub struct OrganizationFields {
    #[serde(default)]
    #[schema(required, min_length = 2, max_length = 40, example = "globex")]
    slug: String,
    #[serde(default)]
    #[schema(required, min_length = 1, max_length = 80, example = "Globex")]
    name: String,
    /// The id of the user who owns it.
    #[schema(example = 1)]
    owner_id: i64,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
#[schema(as = AdministeredOrganizationChange, example = json!({"is_suspended": false}))]
pub struct OrganizationChange {
    /// While it is, none of its tokens works, and nobody enters it.
    is_suspended: bool,
}

/// List organizations
#[utoipa::path(get, path = "/api/v2/admin/organizations/", tag = "Platform",
    operation_id = "list_organizations",
    params(PageQuery),
    responses((status = 200, description = "Organizations by name", body = [OrganizationJson],
            headers(("Link" = String, description = "The next page, where there is one: `rel=\"next\"`."))),
        Always, Forbidden))]
pub async fn list(
    _: PlatformAdmin,
    app: Data<App>,
    query: Query<PageQuery>,
    req: HttpRequest,
) -> Result<HttpResponse> {
    let PageQuery { search, after, limit } = query.0;
    let wanted = Directory {
        search: search.unwrap_or_default(),
        start: after.map_or(Start::First, |id| Start::After(OrganizationId(id))),
        limit: page::limit(limit.as_deref())?,
    };
    let (found, more) = app.db.read(move |conn| organizations::directory(conn, &wanted)).await?;
    let after = found.last().filter(|_| more).map(|(last, _)| last.id.to_string());
    let organizations: Vec<_> =
        found.into_iter().map(|(organization, _)| OrganizationJson::of(organization)).collect();
    Ok(page::answer(&req, &organizations, after))
}

/// Create an organization
#[utoipa::path(post, path = "/api/v2/admin/organizations/", tag = "Platform",
    operation_id = "create_organization",
    request_body = OrganizationFields,
    responses(
        (status = 201, description = "The organization", body = OrganizationJson,
            headers(("Location" = String, description = "Where the organization is from now on."))),
        Always, Forbidden, TooLarge
    ))]
pub async fn create(
    admin: PlatformAdmin,
    app: Data<App>,
    fields: Json<OrganizationFields>,
) -> Result<HttpResponse> {
    let OrganizationFields { slug, name, owner_id } = fields.0;
    let organization = app
        .db
        .write(move |tx| {
            let owner = accounts::by_id(tx.conn(), UserId(owner_id))?;
            let owner = owner.filter(|user| user.disabled_at.is_none());
            let owner = owner.ok_or_else(|| Error::field("owner_id", "There is no such user."))?;
            let made = organizations::create(tx, admin.actor(), &slug, &name)?;
            let who = (owner.id, owner.name.as_str());
            organizations::add_member(tx, admin.actor(), made.id, who, Standing::Owner)?;
            Ok(made)
        })
        .await?;
    let path = format!("/api/v2/admin/organizations/{}/", organization.id);
    let organization = OrganizationJson::of(organization);
    Ok(HttpResponse::Created().insert_header((header::LOCATION, path)).json(organization))
}

/// Get an organization of the instance
#[utoipa::path(get, path = "/api/v2/admin/organizations/{id}/", tag = "Platform",
    operation_id = "get_administered_organization",
    params(("id" = i64, Path, description = "The organization's id")),
    responses((status = 200, description = "The organization", body = OrganizationJson),
        Always, Forbidden, Missing))]
pub async fn show(
    _: PlatformAdmin,
    app: Data<App>,
    id: Path<SomeOrganization>,
) -> Result<HttpResponse> {
    let organization = app.db.read(move |conn| organizations::by_id(conn, id.0.0)).await?;
    let organization = organization.ok_or(Error::NotFound("organization"))?;
    Ok(HttpResponse::Ok().json(OrganizationJson::of(organization)))
}

/// Suspend or resume an organization
#[utoipa::path(patch, path = "/api/v2/admin/organizations/{id}/", tag = "Platform",
    operation_id = "change_administered_organization",
    params(("id" = i64, Path, description = "The organization's id")),
    request_body = OrganizationChange,
    responses((status = 200, description = "The organization as it is now", body = OrganizationJson),
        Always, Forbidden, Missing, TooLarge))]
pub async fn change(
    admin: PlatformAdmin,
    app: Data<App>,
    id: Path<SomeOrganization>,
    fields: Json<OrganizationChange>,
) -> Result<HttpResponse> {
    let (id, suspended) = (id.0.0, fields.0.is_suspended);
    let organization = app
        .db
        .write(move |tx| {
            let before = organizations::by_id(tx.conn(), id)?;
            let before = before.ok_or(Error::NotFound("organization"))?;
            if before.suspended_at.is_some() == suspended {
                return Ok(before);
            }
            organizations::set_suspended(tx, admin.actor(), id, suspended)
        })
        .await?;
    Ok(HttpResponse::Ok().json(OrganizationJson::of(organization)))
}
