//! Projects: `/api/v2/organization/projects/`.
use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::Data;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::permission::{ManageProjects, ReadProjects, WriteProjects};
use super::read::ProjectSlug;
use super::refusals::{Always, Conflicting, Forbidden, Missing, TooLarge};
use super::{Json, May, Path, Result};
use crate::error::Error;
use crate::http::App;
use crate::projects::{self, Project};

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Project)]
pub struct ProjectJson {
    #[schema(example = "prd-greenhouse")]
    project_id: String,
    name: String,
    created_at: DateTime<Utc>,
    /// By which clients of Phase know it: their `app_id`.
    #[schema(example = "01987c0e-f4f1-7f8d-8d4b-4f8cf4f3b6a1")]
    app_id: String,
    /// Whether the server opens its secrets for whoever has no key.
    server_side_encryption: bool,
}

impl ProjectJson {
    fn of(project: Project) -> Self {
        let Project { project_id, name, created_at, uuid, server_side_encryption, .. } = project;
        let app_id = uuid.to_string();
        Self { project_id, name, created_at, app_id, server_side_encryption }
    }
}

/// A project that is wanted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub struct ProjectFields {
    /// Its slug, which stays: lower-case letters, digits and hyphens.
    #[serde(default)]
    #[schema(required, min_length = 1, max_length = 63, example = "prd-greenhouse")]
    project_id: String,
    #[serde(default)]
    #[schema(required, min_length = 1, max_length = 80, example = "Greenhouse")]
    name: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub struct ProjectChange {
    #[serde(default)]
    #[schema(required, min_length = 1, max_length = 80, example = "Glasshouse")]
    name: String,
}

/// List projects
///
/// Those that the token reaches.
#[utoipa::path(get, path = "/api/v2/organization/projects/", tag = "Projects",
    operation_id = "list_projects",
    responses((status = 200, description = "Projects by slug", body = [ProjectJson]),
        Always, Forbidden, Missing))]
pub async fn list(reader: May<ReadProjects>, app: Data<App>) -> Result<HttpResponse> {
    let organization = reader.organization();
    let projects = app.db.read(move |conn| projects::list(conn, organization)).await?;
    let reached = |project: &Project| reader.power().projects.contains(&project.project_id);
    let projects: Vec<_> = projects.into_iter().filter(reached).map(ProjectJson::of).collect();
    Ok(HttpResponse::Ok().json(projects))
}

/// Create a project
#[utoipa::path(post, path = "/api/v2/organization/projects/", tag = "Projects",
    operation_id = "create_project",
    request_body = ProjectFields,
    responses(
        (status = 201, description = "The project", body = ProjectJson,
            headers(("Location" = String, description = "Where the project is from now on."))),
        Always, Forbidden, Missing, TooLarge
    ))]
pub async fn create(
    writer: May<WriteProjects>,
    app: Data<App>,
    fields: Json<ProjectFields>,
) -> Result<HttpResponse> {
    let Json(ProjectFields { project_id, name }) = fields;
    let project = app
        .db
        .write(move |tx| {
            projects::create(tx, writer.actor(), writer.organization(), &project_id, &name)
        })
        .await?;
    let project = ProjectJson::of(project);
    let path = format!("/api/v2/organization/projects/{}/", project.project_id);
    Ok(HttpResponse::Created().insert_header((header::LOCATION, path)).json(project))
}

/// Get a project
#[utoipa::path(get, path = "/api/v2/organization/projects/{project_id}/", tag = "Projects",
    operation_id = "get_project",
    params(("project_id" = String, Path, description = "The project's slug")),
    responses((status = 200, description = "The project", body = ProjectJson),
        Always, Forbidden, Missing))]
pub async fn show(
    reader: May<ReadProjects>,
    app: Data<App>,
    id: Path<ProjectSlug>,
) -> Result<HttpResponse> {
    let (organization, id) = (reader.organization(), id.0.0);
    let project = app.db.read(move |conn| projects::find(conn, organization, &id)).await?;
    let reached = |project: &Project| reader.power().projects.contains(&project.project_id);
    let project = project.filter(reached).ok_or(Error::NotFound("project"))?;
    Ok(HttpResponse::Ok().json(ProjectJson::of(project)))
}

/// Rename a project
#[utoipa::path(patch, path = "/api/v2/organization/projects/{project_id}/", tag = "Projects",
    operation_id = "rename_project",
    params(("project_id" = String, Path, description = "The project's slug")),
    request_body = ProjectChange,
    responses((status = 200, description = "The project as it is now", body = ProjectJson),
        Always, Forbidden, Missing, TooLarge))]
pub async fn rename(
    writer: May<WriteProjects>,
    app: Data<App>,
    id: Path<ProjectSlug>,
    fields: Json<ProjectChange>,
) -> Result<HttpResponse> {
    let (id, name) = (id.0.0, fields.0.name);
    let project = app
        .db
        .write(move |tx| projects::rename(tx, writer.actor(), writer.organization(), &id, &name))
        .await?;
    Ok(HttpResponse::Ok().json(ProjectJson::of(project)))
}

/// Delete a project
///
/// Refused while a token or a member names it.
#[utoipa::path(delete, path = "/api/v2/organization/projects/{project_id}/", tag = "Projects",
    operation_id = "delete_project",
    params(("project_id" = String, Path, description = "The project's slug")),
    responses((status = 204, description = "It is gone"), Always, Forbidden, Missing, Conflicting))]
pub async fn delete(
    manager: May<ManageProjects>,
    app: Data<App>,
    id: Path<ProjectSlug>,
) -> Result<HttpResponse> {
    let id = id.0.0;
    app.db
        .write(move |tx| projects::delete(tx, manager.actor(), manager.organization(), &id))
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
