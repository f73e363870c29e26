//! Secrets of an environment:
//! `/api/v2/organization/projects/{project_id}/environments/{environment}/secrets/`.
use std::sync::Arc;

use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use utoipa::IntoParams;

use super::environments::EnvironmentName;
use super::permission::{ReadSecrets, WriteSecrets};
use super::read::{Large, Part, ProjectSlug};
use super::refusals::{Always, Conflicting, Forbidden, Missing, VeryLarge};
use super::secret_json::{SecretChange, SecretFields, SecretJson, opener};
use super::{May, Path, Query, Result, page};
use crate::db::Tx;
use crate::error::{Error, Result as CoreResult};
use crate::http::App;
use crate::http::aside::aside;
use crate::id::SecretId;
use crate::secrets::{self, Filter, Opener, Place, PlainChange, Read};

impl Part for SecretId {
    const NAME: &'static str = "secret";
    const NOUN: &'static str = "secret";

    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

/// Which secrets of the environment.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SecretQuery {
    /// Only those that stand at this path, and not below it.
    path: Option<String>,
    /// Only the one with this name, in any case; one at each path.
    key: Option<String>,
    /// Only those with any of these tags, with commas between them.
    tags: Option<String>,
    /// Where the page begins: taken from the `Link` of the page before.
    after: Option<String>,
    /// How many, 1 to 200; 50 unless said otherwise.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200)]
    limit: Option<String>,
}

impl SecretQuery {
    fn filter(&self, opener: &Opener) -> CoreResult<Filter> {
        let path = self.path.as_deref().map(secrets::path).transpose();
        let tags = self.tags.as_deref().unwrap_or_default();
        Ok(Filter {
            ids: None,
            path: path.map_err(|why| Error::field("path", why))?,
            digest: self.key.as_deref().map(|key| opener.digest(key.trim())),
            tags: tags
                .split(',')
                .map(|tag| tag.trim().to_owned())
                .filter(|tag| !tag.is_empty())
                .collect(),
        })
    }
}

/// List secrets
///
/// With their values, where server-side encryption is on. The first one made comes first.
#[utoipa::path(get,
    path = "/api/v2/organization/projects/{project_id}/environments/{environment}/secrets/",
    tag = "Secrets", operation_id = "list_secrets",
    params(("project_id" = String, Path, description = "The project's slug"),
        ("environment" = String, Path, description = "Its name, in any case, or its id"),
        SecretQuery),
    responses(
        (status = 200, description = "A page of secrets", body = [SecretJson],
            headers(("Link" = String, description = "The next page, as `rel=\"next\"`, where there is one."))),
        Always, Forbidden, Missing, Conflicting
    ))]
pub async fn list(
    reader: May<ReadSecrets>,
    app: Data<App>,
    project: Path<ProjectSlug>,
    environment: Path<EnvironmentName>,
    req: HttpRequest,
    query: Query<SecretQuery>,
) -> Result<HttpResponse> {
    let place = reader.place(&app, project.0, environment.0).await?;
    let opener = Arc::new(opener(&app, &place)?);
    let (filter, limit) = (query.0.filter(&opener)?, page::limit(query.0.limit.as_deref())?);
    let not_a_place = |_| Error::field("after", "This is not a place in this list.");
    let after: Option<SecretId> =
        query.0.after.map(|after| after.parse().map_err(not_a_place)).transpose()?;
    let from = (after, limit);
    let read = move |tx: &mut Tx| secrets::read_page(tx, reader.actor(), &place, &filter, from);
    let (found, more) = app.db.write(read).await?;
    let next = found.last().filter(|_| more).map(|(last, _)| last.id.to_string());
    let open = move || found.iter().map(|read| SecretJson::of(read, &opener)).collect();
    let found: Vec<_> = aside(open).await?;
    Ok(page::answer(&req, &found, next))
}

/// Create a secret
#[utoipa::path(post,
    path = "/api/v2/organization/projects/{project_id}/environments/{environment}/secrets/",
    tag = "Secrets", operation_id = "create_secret",
    params(("project_id" = String, Path, description = "The project's slug"),
        ("environment" = String, Path, description = "Its name, in any case, or its id")),
    request_body = SecretFields,
    responses(
        (status = 201, description = "The secret", body = SecretJson,
            headers(("Location" = String, description = "Where the secret is from now on."))),
        Always, Forbidden, Missing, Conflicting, VeryLarge
    ))]
pub async fn create(
    writer: May<WriteSecrets>,
    app: Data<App>,
    project: Path<ProjectSlug>,
    environment: Path<EnvironmentName>,
    req: HttpRequest,
    fields: Large<SecretFields>,
) -> Result<HttpResponse> {
    let place = writer.place(&app, project.0, environment.0).await?;
    let opener = opener(&app, &place)?;
    let wanted = opener.close_new(fields.0.plain()?)?;
    let made = move |tx: &mut Tx| {
        let made = secrets::create(tx, writer.actor(), &place, vec![wanted])?;
        Ok(made.into_iter().next())
    };
    let made = app.db.write(made).await?.ok_or_else(|| anyhow::anyhow!("nothing was made"));
    let made = (made.map_err(Error::from)?, None);
    let at = format!("{}{}/", req.path(), made.0.id);
    let json = SecretJson::of(&made, &opener)?;
    Ok(HttpResponse::Created().insert_header((header::LOCATION, at)).json(json))
}

/// Get a secret
///
/// With its value, where server-side encryption is on.
#[utoipa::path(get,
    path = "/api/v2/organization/projects/{project_id}/environments/{environment}/secrets/{secret}/",
    tag = "Secrets", operation_id = "get_secret",
    params(("project_id" = String, Path, description = "The project's slug"),
        ("environment" = String, Path, description = "Its name, in any case, or its id"),
        ("secret" = String, Path, description = "The secret's id")),
    responses((status = 200, description = "The secret", body = SecretJson),
        Always, Forbidden, Missing, Conflicting))]
pub async fn show(
    reader: May<ReadSecrets>,
    app: Data<App>,
    project: Path<ProjectSlug>,
    environment: Path<EnvironmentName>,
    secret: Path<SecretId>,
) -> Result<HttpResponse> {
    let place = reader.place(&app, project.0, environment.0).await?;
    let (opener, filter) = (opener(&app, &place)?, Filter::one(secret.0));
    let read = move |tx: &mut Tx| {
        let read = secrets::read(tx, reader.actor(), &place, &filter)?;
        read.into_iter().next().ok_or(Error::NotFound("secret"))
    };
    let read: Read = app.db.write(read).await?;
    Ok(HttpResponse::Ok().json(SecretJson::of(&read, &opener)?))
}

/// Replace a secret
///
/// What is left out becomes what it would be of a new one. Where `version` is sent and is not the
/// newest, nothing changes.
#[utoipa::path(put,
    path = "/api/v2/organization/projects/{project_id}/environments/{environment}/secrets/{secret}/",
    tag = "Secrets", operation_id = "replace_secret",
    params(("project_id" = String, Path, description = "The project's slug"),
        ("environment" = String, Path, description = "Its name, in any case, or its id"),
        ("secret" = String, Path, description = "The secret's id")),
    request_body = SecretFields,
    responses((status = 200, description = "The secret as it is now", body = SecretJson),
        Always, Forbidden, Missing, Conflicting, VeryLarge))]
pub async fn replace(
    writer: May<WriteSecrets>,
    app: Data<App>,
    project: Path<ProjectSlug>,
    environment: Path<EnvironmentName>,
    secret: Path<SecretId>,
    fields: Large<SecretFields>,
) -> Result<HttpResponse> {
    let place = writer.place(&app, project.0, environment.0).await?;
    changed(writer, &app, place, secret.0, fields.0.replacement()).await
}

/// Change a secret
///
/// Where `version` is sent and is not the newest, nothing changes.
#[utoipa::path(patch,
    path = "/api/v2/organization/projects/{project_id}/environments/{environment}/secrets/{secret}/",
    tag = "Secrets", operation_id = "change_secret",
    params(("project_id" = String, Path, description = "The project's slug"),
        ("environment" = String, Path, description = "Its name, in any case, or its id"),
        ("secret" = String, Path, description = "The secret's id")),
    request_body = SecretChange,
    responses((status = 200, description = "The secret as it is now", body = SecretJson),
        Always, Forbidden, Missing, Conflicting, VeryLarge))]
pub async fn change(
    writer: May<WriteSecrets>,
    app: Data<App>,
    project: Path<ProjectSlug>,
    environment: Path<EnvironmentName>,
    secret: Path<SecretId>,
    fields: Large<SecretChange>,
) -> Result<HttpResponse> {
    let place = writer.place(&app, project.0, environment.0).await?;
    changed(writer, &app, place, secret.0, fields.0.change()).await
}

async fn changed(
    writer: May<WriteSecrets>,
    app: &App,
    place: Place,
    id: SecretId,
    (change, version): (PlainChange, Option<i32>),
) -> Result<HttpResponse> {
    let opener = opener(app, &place)?;
    let change = secrets::Change { version, ..opener.close_change(id, change)? };
    let work = move |tx: &mut Tx| {
        let by = writer.actor();
        secrets::change(tx, by, &place, vec![change])?;
        let (filter, environment) = (Filter::one(id), place.environment.id);
        let read = secrets::list(tx.conn(), environment, &filter, by.user(), None)?;
        read.into_iter().next().ok_or(Error::NotFound("secret"))
    };
    let read: Read = app.db.write(work).await?;
    Ok(HttpResponse::Ok().json(SecretJson::of(&read, &opener)?))
}

/// Delete a secret
///
/// It can be restored for 30 days.
#[utoipa::path(delete,
    path = "/api/v2/organization/projects/{project_id}/environments/{environment}/secrets/{secret}/",
    tag = "Secrets", operation_id = "delete_secret",
    params(("project_id" = String, Path, description = "The project's slug"),
        ("environment" = String, Path, description = "Its name, in any case, or its id"),
        ("secret" = String, Path, description = "The secret's id")),
    responses((status = 204, description = "It is gone"), Always, Forbidden, Missing))]
pub async fn delete(
    writer: May<WriteSecrets>,
    app: Data<App>,
    project: Path<ProjectSlug>,
    environment: Path<EnvironmentName>,
    secret: Path<SecretId>,
) -> Result<HttpResponse> {
    let place = writer.place(&app, project.0, environment.0).await?;
    app.db.write(move |tx| secrets::delete(tx, writer.actor(), &place, &[secret.0])).await?;
    Ok(HttpResponse::NoContent().finish())
}
