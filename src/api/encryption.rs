//! The switch of a project: `/api/v2/organization/projects/{project_id}/server-side-encryption/`.
use actix_web::HttpResponse;
use actix_web::web::Data;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::permission::{ManageSecrets, ReadSecrets};
use super::read::ProjectSlug;
use super::refusals::{Always, Forbidden, Missing, TooLarge};
use super::{Json, May, Path, Result};
use crate::db::Tx;
use crate::http::App;
use crate::secrets;

/// Whether the server opens and closes secrets for whoever has no key.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = ServerSideEncryption)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub struct EncryptionJson {
    #[schema(example = true)]
    enabled: bool,
}

/// Ask whether the server opens secrets
#[utoipa::path(get, path = "/api/v2/organization/projects/{project_id}/server-side-encryption/",
    tag = "Secrets", operation_id = "get_server_side_encryption",
    params(("project_id" = String, Path, description = "The project's slug")),
    responses((status = 200, description = "How it is", body = EncryptionJson),
        Always, Forbidden, Missing))]
pub async fn show(
    reader: May<ReadSecrets>,
    app: Data<App>,
    project: Path<ProjectSlug>,
) -> Result<HttpResponse> {
    let project = reader.project(&app, &project.0.0).await?;
    Ok(HttpResponse::Ok().json(EncryptionJson { enabled: project.server_side_encryption }))
}

/// Switch whether the server opens secrets
///
/// Off, this API and the REST form open no value and make none: only clients with keys do. On or
/// off, what is stored is the same: encrypted, and its keys sealed under the instance key.
#[utoipa::path(put, path = "/api/v2/organization/projects/{project_id}/server-side-encryption/",
    tag = "Secrets", operation_id = "replace_server_side_encryption",
    params(("project_id" = String, Path, description = "The project's slug")),
    request_body = EncryptionJson,
    responses((status = 200, description = "How it is now", body = EncryptionJson),
        Always, Forbidden, Missing, TooLarge))]
pub async fn replace(
    manager: May<ManageSecrets>,
    app: Data<App>,
    project: Path<ProjectSlug>,
    fields: Json<EncryptionJson>,
) -> Result<HttpResponse> {
    let project = manager.project(&app, &project.0.0).await?;
    let on = fields.0.enabled;
    let now = move |tx: &mut Tx| secrets::switch(tx, manager.actor(), &project, on);
    let enabled = app.db.write(now).await?.server_side_encryption;
    Ok(HttpResponse::Ok().json(EncryptionJson { enabled }))
}
