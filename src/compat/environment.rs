//! The environment that a call is about, and whether the token may do there what it asks.
use actix_web::HttpRequest;
use uuid::Uuid;

use super::{Caller, Failure, Result};
use crate::access::Level;
use crate::error::Result as CoreResult;
use crate::http::App;
use crate::id::EnvironmentId;
use crate::projects;
use crate::secrets::{self, Place};
use crate::tokens::Held;

/// What a call does, as its refusal says it.
#[derive(Debug, Clone, Copy)]
pub enum Deed {
    Read,
    Create,
    Update,
    Delete,
}

impl Deed {
    fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }

    fn level(self) -> Level {
        match self {
            Self::Read => Level::Read,
            Self::Create | Self::Update | Self::Delete => Level::Write,
        }
    }
}

/// By the header `Environment`.
pub async fn of_header(req: &HttpRequest, app: &App, caller: &Caller, deed: Deed) -> Result<Place> {
    let named = header(req, "Environment")?;
    let Some(named) = named else { return Err(Failure::forbidden(NO_CONTEXT)) };
    let missing = || Failure::not_found("Environment not found");
    let id: EnvironmentId = named.parse().map_err(|_| missing())?;
    let organizations = caller.organizations();
    let place = app.db.read(move |conn| secrets::place_of(conn, &organizations, id)).await?;
    may(caller, place.ok_or_else(missing)?, deed)
}

/// By the project's id and the environment's name, of a project that the server encrypts for.
pub async fn of_query(
    app: &App,
    caller: &Caller,
    project: Option<&str>,
    environment: Option<&str>,
    deed: Deed,
) -> Result<Place> {
    let (Some(sent), Some(named)) = (project, environment) else {
        return Err(Failure::forbidden(NO_CONTEXT));
    };
    let no_app = || Failure::not_found(format!("App with ID {sent} not found"));
    let uuid: Uuid = sent.parse().map_err(|_| no_app())?;
    let (organizations, name) = (caller.organizations(), named.to_owned());
    let (vault, now) = (app.vault.clone(), app.clock.now());
    let found = app
        .db
        .read(move |conn| {
            let Some(project) = projects::find_by_uuid(conn, &organizations, uuid)? else {
                return CoreResult::Ok(None);
            };
            Ok(Some(secrets::place_in(conn, &vault, project, &name, now)?))
        })
        .await?;
    let place = found.ok_or_else(no_app)?.ok_or_else(|| {
        Failure::not_found(format!("Environment '{named}' not found in App {sent}"))
    })?;
    let place = may(caller, place, deed)?;
    if !place.project.server_side_encryption {
        return Err(Failure::bad_request("SSE is not enabled for this App"));
    }
    Ok(place)
}

const NO_CONTEXT: &str =
    "Environment context required. Supply `app_id` and `env` as query parameters.";

/// Two gates: the project's keys, which only whoever reaches it is given, and the permission.
fn may(caller: &Caller, place: Place, deed: Deed) -> Result<Place> {
    let reach = caller.reach(place.project.organization_id);
    let reach = reach.ok_or_else(|| Failure::not_found("Environment not found"))?;
    if !reach.power.projects.contains(&place.project.project_id) {
        return Err(match caller.verdict().holder {
            Held::ServiceAccount { .. } => {
                Failure::unauthorized("Service account cannot access this environment")
            }
            Held::Person { .. } => Failure::forbidden("User cannot access this environment"),
            Held::Organization { .. } => Failure::forbidden("Token cannot access this environment"),
        });
    }
    if !reach.power.allows("secrets", deed.level(), None) {
        return Err(Failure::forbidden(format!(
            "You don't have permission to {} secrets in this environment.",
            deed.name()
        )));
    }
    Ok(place)
}

/// A header that is there and not empty.
pub fn header<'r>(req: &'r HttpRequest, name: &str) -> Result<Option<&'r str>> {
    let Some(value) = req.headers().get(name) else { return Ok(None) };
    let read = std::str::from_utf8(value.as_bytes());
    let text = read.map_err(|_| Failure::bad_request(format!("{name} could not be read")))?;
    Ok(Some(text.trim()).filter(|text| !text.is_empty()))
}
