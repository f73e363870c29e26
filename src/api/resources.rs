//! What permissions are about: `/api/v2/organization/resources/`.
use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::Data;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::permission::{ManageOrganization, ReadOrganization};
use super::read::ResourceName;
use super::refusals::{Always, Conflicting, Forbidden, Missing, TooLarge};
use super::{Json, May, Path, Result};
use crate::access::{CONTROL, DATA};
use crate::http::App;
use crate::organizations;

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Resource)]
pub struct ResourceJson {
    #[schema(example = "records")]
    name: String,
    kind: ResourceKind,
}

#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum ResourceKind {
    /// Of Jeton itself.
    Control,
    /// Of the APIs that Jeton protects.
    Data,
    /// Added by the organization.
    Own,
}

/// A resource that is wanted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub struct ResourceFields {
    /// Lower-case letters, digits and underscores; a letter first.
    #[serde(default)]
    #[schema(required, min_length = 1, max_length = 40, example = "harvests")]
    name: String,
}

/// List resources
///
/// The built-in ones, then the organization's own.
#[utoipa::path(get, path = "/api/v2/organization/resources/", tag = "Resources",
    operation_id = "list_resources",
    responses((status = 200, description = "Resources", body = [ResourceJson]),
        Always, Forbidden, Missing))]
pub async fn list(reader: May<ReadOrganization>, app: Data<App>) -> Result<HttpResponse> {
    let organization = reader.organization();
    let own = app.db.read(move |conn| organizations::resource_names(conn, &[organization])).await?;
    let built_in = CONTROL
        .map(|name| (name, ResourceKind::Control))
        .into_iter()
        .chain(DATA.map(|name| (name, ResourceKind::Data)));
    let built_in = built_in.map(|(name, kind)| ResourceJson { name: name.to_owned(), kind });
    let own = own.into_iter().map(|name| ResourceJson { name, kind: ResourceKind::Own });
    Ok(HttpResponse::Ok().json(built_in.chain(own).collect::<Vec<_>>()))
}

/// Add a resource
#[utoipa::path(post, path = "/api/v2/organization/resources/", tag = "Resources",
    operation_id = "add_resource",
    request_body = ResourceFields,
    responses(
        (status = 201, description = "The resource", body = ResourceJson,
            headers(("Location" = String, description = "Where the resource is from now on."))),
        Always, Forbidden, Missing, TooLarge
    ))]
pub async fn add(
    manager: May<ManageOrganization>,
    app: Data<App>,
    fields: Json<ResourceFields>,
) -> Result<HttpResponse> {
    let name = fields.0.name.trim().to_owned();
    let wanted = name.clone();
    app.db
        .write(move |tx| {
            organizations::add_resource(tx, manager.actor(), manager.organization(), &wanted)
        })
        .await?;
    let path = format!("/api/v2/organization/resources/{name}/");
    let resource = ResourceJson { name, kind: ResourceKind::Own };
    Ok(HttpResponse::Created().insert_header((header::LOCATION, path)).json(resource))
}

/// Remove a resource
///
/// Only one of the organization's own; refused while a token lists it.
#[utoipa::path(delete, path = "/api/v2/organization/resources/{name}/", tag = "Resources",
    operation_id = "remove_resource",
    params(("name" = String, Path, description = "The resource's name")),
    responses((status = 204, description = "It is gone"), Always, Forbidden, Missing, Conflicting))]
pub async fn remove(
    manager: May<ManageOrganization>,
    app: Data<App>,
    name: Path<ResourceName>,
) -> Result<HttpResponse> {
    let name = name.0.0;
    app.db
        .write(move |tx| {
            organizations::remove_resource(tx, manager.actor(), manager.organization(), &name)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
