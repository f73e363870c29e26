//! Environments of a project: `/api/v2/organization/projects/{project_id}/environments/`.
use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::Data;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::permission::{ManageSecrets, ReadSecrets};
use super::read::{Part, ProjectSlug};
use super::refusals::{Always, Conflicting, Forbidden, Missing, TooLarge};
use super::{Json, May, Path, Result};
use crate::db::Tx;
use crate::error::{Error, Result as CoreResult};
use crate::http::App;
use crate::projects::{self, Project};
use crate::secrets::{self, Environment, Place};

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Environment)]
pub struct EnvironmentJson {
    #[schema(example = "01987c0e-f4f1-7f8d-8d4b-4f8cf4f3b6a1")]
    id: String,
    #[schema(example = "Production")]
    name: String,
    /// `dev`, `staging`, `prod` or `custom`.
    #[schema(example = "prod")]
    r#type: String,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl EnvironmentJson {
    fn of(environment: Environment) -> Self {
        let Environment { id, name, kind, created_at, updated_at, .. } = environment;
        Self { id: id.to_string(), name, r#type: kind, created_at, updated_at }
    }
}

/// The name of an environment.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub struct EnvironmentFields {
    #[serde(default)]
    #[schema(required, min_length = 1, max_length = 64, example = "Preview")]
    name: String,
}

/// The name of an environment, in any case, or its id.
pub struct EnvironmentName(pub String);

impl Part for EnvironmentName {
    const NAME: &'static str = "environment";
    const NOUN: &'static str = "environment";

    fn read(text: &str) -> Option<Self> {
        Some(Self(text.to_owned()))
    }
}

impl<P> May<P> {
    /// A project that the token reaches.
    pub async fn project(&self, app: &App, project_id: &str) -> CoreResult<Project> {
        if !self.power().projects.contains(project_id) {
            return Err(Error::NotFound("project"));
        }
        let (organization, id) = (self.organization(), project_id.to_owned());
        let found = app.db.read(move |conn| projects::find(conn, organization, &id)).await?;
        found.ok_or(Error::NotFound("project"))
    }

    /// An environment of a project that the token reaches.
    pub async fn place(
        &self,
        app: &App,
        project: ProjectSlug,
        environment: EnvironmentName,
    ) -> CoreResult<Place> {
        let project = self.project(app, &project.0).await?;
        let (vault, now) = (app.vault.clone(), app.clock.now());
        let named = environment.0;
        let found = move |conn: &mut _| secrets::place_in(conn, &vault, project, &named, now);
        app.db.read(found).await?.ok_or(Error::NotFound("environment"))
    }
}

/// List environments
///
/// Of a project that the token reaches, in their order.
#[utoipa::path(get, path = "/api/v2/organization/projects/{project_id}/environments/",
    tag = "Secrets", operation_id = "list_environments",
    params(("project_id" = String, Path, description = "The project's slug")),
    responses((status = 200, description = "Environments", body = [EnvironmentJson]),
        Always, Forbidden, Missing))]
pub async fn list(
    reader: May<ReadSecrets>,
    app: Data<App>,
    project: Path<ProjectSlug>,
) -> Result<HttpResponse> {
    let project = reader.project(&app, &project.0.0).await?;
    let (vault, now) = (app.vault.clone(), app.clock.now());
    let found = move |conn: &mut _| secrets::environments(conn, &vault, project.id, now);
    let found = app.db.read(found).await?.into_iter();
    Ok(HttpResponse::Ok().json(found.map(EnvironmentJson::of).collect::<Vec<_>>()))
}

/// Create an environment
#[utoipa::path(post, path = "/api/v2/organization/projects/{project_id}/environments/",
    tag = "Secrets", operation_id = "create_environment",
    params(("project_id" = String, Path, description = "The project's slug")),
    request_body = EnvironmentFields,
    responses(
        (status = 201, description = "The environment", body = EnvironmentJson,
            headers(("Location" = String, description = "Where the environment is from now on."))),
        Always, Forbidden, Missing, Conflicting, TooLarge
    ))]
pub async fn create(
    manager: May<ManageSecrets>,
    app: Data<App>,
    project: Path<ProjectSlug>,
    fields: Json<EnvironmentFields>,
) -> Result<HttpResponse> {
    let project = manager.project(&app, &project.0.0).await?;
    let at = format!("/api/v2/organization/projects/{}/environments/", project.project_id);
    let (vault, name) = (app.vault.clone(), fields.0.name);
    let made = move |tx: &mut Tx| {
        secrets::create_environment(tx, manager.actor(), &vault, &project, &name)
    };
    let made = EnvironmentJson::of(app.db.write(made).await?);
    let at = format!("{at}{}/", made.id);
    Ok(HttpResponse::Created().insert_header((header::LOCATION, at)).json(made))
}

/// Get an environment
#[utoipa::path(get, path = "/api/v2/organization/projects/{project_id}/environments/{environment}/",
    tag = "Secrets", operation_id = "get_environment",
    params(("project_id" = String, Path, description = "The project's slug"),
        ("environment" = String, Path, description = "Its name, in any case, or its id")),
    responses((status = 200, description = "The environment", body = EnvironmentJson),
        Always, Forbidden, Missing))]
pub async fn show(
    reader: May<ReadSecrets>,
    app: Data<App>,
    project: Path<ProjectSlug>,
    environment: Path<EnvironmentName>,
) -> Result<HttpResponse> {
    let place = reader.place(&app, project.0, environment.0).await?;
    Ok(HttpResponse::Ok().json(EnvironmentJson::of(place.environment)))
}

/// Rename an environment
#[utoipa::path(patch, path = "/api/v2/organization/projects/{project_id}/environments/{environment}/",
    tag = "Secrets", operation_id = "rename_environment",
    params(("project_id" = String, Path, description = "The project's slug"),
        ("environment" = String, Path, description = "Its name, in any case, or its id")),
    request_body = EnvironmentFields,
    responses((status = 200, description = "The environment as it is now", body = EnvironmentJson),
        Always, Forbidden, Missing, TooLarge))]
pub async fn rename(
    manager: May<ManageSecrets>,
    app: Data<App>,
    project: Path<ProjectSlug>,
    environment: Path<EnvironmentName>,
    fields: Json<EnvironmentFields>,
) -> Result<HttpResponse> {
    let place = manager.place(&app, project.0, environment.0).await?;
    let name = fields.0.name;
    let renamed =
        move |tx: &mut Tx| secrets::rename_environment(tx, manager.actor(), &place, &name);
    Ok(HttpResponse::Ok().json(EnvironmentJson::of(app.db.write(renamed).await?)))
}

/// Delete an environment
///
/// With every secret in it, for good. The last one of a project stays.
#[utoipa::path(delete, path = "/api/v2/organization/projects/{project_id}/environments/{environment}/",
    tag = "Secrets", operation_id = "delete_environment",
    params(("project_id" = String, Path, description = "The project's slug"),
        ("environment" = String, Path, description = "Its name, in any case, or its id")),
    responses((status = 204, description = "It is gone"), Always, Forbidden, Missing, Conflicting))]
pub async fn delete(
    manager: May<ManageSecrets>,
    app: Data<App>,
    project: Path<ProjectSlug>,
    environment: Path<EnvironmentName>,
) -> Result<HttpResponse> {
    let place = manager.place(&app, project.0, environment.0).await?;
    app.db.write(move |tx| secrets::delete_environment(tx, manager.actor(), &place)).await?;
    Ok(HttpResponse::NoContent().finish())
}
