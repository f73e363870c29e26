//! An organization: `/api/v2/organization/{id or slug}`.
use actix_web::HttpResponse;
use actix_web::web::Data;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::permission::ReadOrganization;
use super::refusals::{Always, Forbidden, Missing};
use super::{May, Result};
use crate::error::Error;
use crate::http::App;
use crate::organizations;

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Organization)]
pub struct OrganizationJson {
    id: i64,
    slug: String,
    name: String,
    created_at: DateTime<Utc>,
}

/// Get an organization
///
/// With any of its tokens that holds `organization:read`.
#[utoipa::path(get, path = "/api/v2/organization/{organization}", tag = "Organization",
    operation_id = "get_organization",
    params(("organization" = String, Path, description = "The organization's id or slug")),
    responses((status = 200, description = "The organization", body = OrganizationJson),
        Always, Forbidden, Missing))]
pub async fn show(reader: May<ReadOrganization>, app: Data<App>) -> Result<HttpResponse> {
    let id = reader.organization();
    let organization = app.db.read(move |conn| organizations::by_id(conn, id)).await?;
    let organization = organization.ok_or(Error::NotFound("organization"))?;
    Ok(HttpResponse::Ok().json(OrganizationJson {
        id: organization.id.0,
        slug: organization.slug,
        name: organization.name,
        created_at: organization.created_at,
    }))
}
