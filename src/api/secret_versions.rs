//! What a secret was, the way back, and what one person sees in its place: below
//! `/api/v2/organization/projects/{project_id}/environments/{environment}/secrets/{secret}/`.
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use utoipa::IntoParams;

use super::environments::EnvironmentName;
use super::permission::{ReadSecrets, WriteSecrets};
use super::read::{Large, Part, ProjectSlug};
use super::refusals::{Always, Conflicting, Forbidden, Missing, VeryLarge};
use super::secret_json::{OverrideFields, SecretJson, VersionJson, WrittenJson, opener};
use super::{May, Path, Query, Result, page};
use crate::db::Tx;
use crate::error::{Error, Result as CoreResult};
use crate::http::App;
use crate::http::aside::aside;
use crate::id::SecretId;
use crate::secrets::{overrides, versions};

/// The number of a version.
pub struct Number(i32);

impl Part for Number {
    const NAME: &'static str = "version";
    const NOUN: &'static str = "version";

    fn read(text: &str) -> Option<Self> {
        text.parse().ok().map(Self)
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct VersionQuery {
    /// Where the page begins: taken from the `Link` of the page before.
    after: Option<String>,
    /// How many, 1 to 200; 50 unless said otherwise.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200)]
    limit: Option<String>,
}

/// List the versions of a secret
///
/// One for each time that it was written, the newest first; also of one that was deleted less than
/// 30 days ago.
#[utoipa::path(get,
    path = "/api/v2/organization/projects/{project_id}/environments/{environment}/secrets/{secret}/versions/",
    tag = "Secrets", operation_id = "list_secret_versions",
    params(("project_id" = String, Path, description = "The project's slug"),
        ("environment" = String, Path, description = "Its name, in any case, or its id"),
        ("secret" = String, Path, description = "The secret's id"), VersionQuery),
    responses(
        (status = 200, description = "A page of versions", body = [VersionJson],
            headers(("Link" = String, description = "The next page, as `rel=\"next\"`, where there is one."))),
        Always, Forbidden, Missing, Conflicting
    ))]
pub async fn list(
    reader: May<ReadSecrets>,
    app: Data<App>,
    project: Path<ProjectSlug>,
    environment: Path<EnvironmentName>,
    secret: Path<SecretId>,
    req: HttpRequest,
    query: Query<VersionQuery>,
) -> Result<HttpResponse> {
    let place = reader.place(&app, project.0, environment.0).await?;
    let opener = opener(&app, &place)?;
    let limit = page::limit(query.0.limit.as_deref())?;
    let not_a_place = |_| Error::field("after", "This is not a place in this list.");
    let before = query.0.after.map(|after| after.parse().map_err(not_a_place)).transpose()?;
    let secret = secret.0;
    let read =
        move |tx: &mut Tx| versions::read(tx, reader.actor(), &place, secret, (before, limit));
    let (found, more) = app.db.write(read).await?;
    let next = found.last().filter(|_| more).map(|last| last.version.to_string());
    let open = move || {
        let found = found.into_iter().map(|version| VersionJson::of(secret, version, &opener));
        found.collect::<CoreResult<Vec<_>>>()
    };
    Ok(page::answer(&req, &aside(open).await?, next))
}

/// Restore a version of a secret
///
/// As a new version. It brings back a secret that was deleted, too.
#[utoipa::path(post,
    path = "/api/v2/organization/projects/{project_id}/environments/{environment}/secrets/{secret}/versions/{version}/restore/",
    tag = "Secrets", operation_id = "restore_secret_version",
    params(("project_id" = String, Path, description = "The project's slug"),
        ("environment" = String, Path, description = "Its name, in any case, or its id"),
        ("secret" = String, Path, description = "The secret's id"),
        ("version" = i32, Path, description = "The version's number")),
    responses((status = 200, description = "The secret, which has a new version", body = WrittenJson),
        Always, Forbidden, Missing, Conflicting))]
pub async fn restore(
    writer: May<WriteSecrets>,
    app: Data<App>,
    project: Path<ProjectSlug>,
    environment: Path<EnvironmentName>,
    secret: Path<SecretId>,
    version: Path<Number>,
) -> Result<HttpResponse> {
    let place = writer.place(&app, project.0, environment.0).await?;
    let (id, version) = (secret.0, version.0.0);
    let restored = move |tx: &mut Tx| versions::restore(tx, writer.actor(), &place, id, version);
    let restored = app.db.write(restored).await?;
    Ok(HttpResponse::Ok().json(WrittenJson::of(&restored)))
}

/// Set your own override of a secret
///
/// What you alone see in the place of the value. For a person's token.
#[utoipa::path(put,
    path = "/api/v2/organization/projects/{project_id}/environments/{environment}/secrets/{secret}/override/",
    tag = "Secrets", operation_id = "replace_secret_override",
    params(("project_id" = String, Path, description = "The project's slug"),
        ("environment" = String, Path, description = "Its name, in any case, or its id"),
        ("secret" = String, Path, description = "The secret's id")),
    request_body = OverrideFields,
    responses((status = 200, description = "The secret as you see it now", body = SecretJson),
        Always, Forbidden, Missing, Conflicting, VeryLarge))]
pub async fn set_override(
    reader: May<ReadSecrets>,
    app: Data<App>,
    project: Path<ProjectSlug>,
    environment: Path<EnvironmentName>,
    secret: Path<SecretId>,
    fields: Large<OverrideFields>,
) -> Result<HttpResponse> {
    let place = reader.place(&app, project.0, environment.0).await?;
    let opener = opener(&app, &place)?;
    let own = opener.close_own(&fields.0.own())?;
    let set = move |tx: &mut Tx| overrides::set(tx, reader.actor(), &place, secret.0, own);
    let read = app.db.write(set).await?;
    Ok(HttpResponse::Ok().json(SecretJson::of(&read, &opener)?))
}

/// Remove your own override of a secret
#[utoipa::path(delete,
    path = "/api/v2/organization/projects/{project_id}/environments/{environment}/secrets/{secret}/override/",
    tag = "Secrets", operation_id = "remove_secret_override",
    params(("project_id" = String, Path, description = "The project's slug"),
        ("environment" = String, Path, description = "Its name, in any case, or its id"),
        ("secret" = String, Path, description = "The secret's id")),
    responses((status = 204, description = "You see the value again"),
        Always, Forbidden, Missing))]
pub async fn remove_override(
    reader: May<ReadSecrets>,
    app: Data<App>,
    project: Path<ProjectSlug>,
    environment: Path<EnvironmentName>,
    secret: Path<SecretId>,
) -> Result<HttpResponse> {
    let place = reader.place(&app, project.0, environment.0).await?;
    app.db.write(move |tx| overrides::remove(tx, reader.actor(), &place, secret.0)).await?;
    Ok(HttpResponse::NoContent().finish())
}
