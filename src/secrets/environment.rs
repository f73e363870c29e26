//! The environments of a project: where its secrets are, each with keys of its own.
use chrono::{DateTime, Utc};
use diesel::PgConnection;
use serde_json::json;
use uuid::Uuid;

use super::environment_store::{self as store, NewEnvironment};
use super::{Environment, Place, Vault, trail};
use crate::audit::{Action, Actor};
use crate::db::Tx;
use crate::error::{Error, Result, broken_constraint};
use crate::id::{EnvironmentId, OrganizationId, ProjectId};
use crate::name::Name;
use crate::projects::{self, Project};
use crate::secret::EnvironmentKeys;

/// Of one project, at most.
pub const MOST: usize = 50;
/// Characters of a name, at most.
const LONGEST: usize = 64;
/// What every project has to begin with.
const FIRST: [(&str, Stage); 3] =
    [("Development", Stage::Dev), ("Staging", Stage::Staging), ("Production", Stage::Prod)];

/// What an environment is for, as clients say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Dev,
    Staging,
    Prod,
    Custom,
}

impl Stage {
    pub fn name(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Staging => "staging",
            Self::Prod => "prod",
            Self::Custom => "custom",
        }
    }
}

/// Those of a project in their order. Where it has none yet, its first three are made.
pub fn environments(
    conn: &mut PgConnection,
    vault: &Vault,
    project: ProjectId,
    now: DateTime<Utc>,
) -> Result<Vec<Environment>> {
    environments_of(conn, vault, &[project], now)
}

/// Those of each of these projects: by project, then in their order.
pub fn environments_of(
    conn: &mut PgConnection,
    vault: &Vault,
    projects: &[ProjectId],
    now: DateTime<Utc>,
) -> Result<Vec<Environment>> {
    let there = store::of_projects(conn, projects)?;
    let has_none = |project: &&ProjectId| there.iter().all(|one| one.project_id != **project);
    let first: Vec<_> = projects
        .iter()
        .filter(has_none)
        .flat_map(|project| {
            let numbered = FIRST.into_iter().zip(0..);
            numbered.map(|((name, stage), at)| made(vault, *project, name, stage, at, now))
        })
        .collect();
    if first.is_empty() {
        return Ok(there);
    }
    store::insert_first(conn, &first)?;
    store::of_projects(conn, projects)
}

/// An environment by its name, in any case, or its id.
///
/// # Errors
/// `NotFound` for a project or an environment that is not the organization's.
pub fn place(
    conn: &mut PgConnection,
    vault: &Vault,
    organization: OrganizationId,
    project_id: &str,
    named: &str,
    now: DateTime<Utc>,
) -> Result<Place> {
    let project = projects::find(conn, organization, project_id)?;
    let project = project.ok_or(Error::NotFound("project"))?;
    place_in(conn, vault, project, named, now)?.ok_or(Error::NotFound("environment"))
}

/// The same in a project that was found.
pub fn place_in(
    conn: &mut PgConnection,
    vault: &Vault,
    project: Project,
    named: &str,
    now: DateTime<Utc>,
) -> Result<Option<Place>> {
    let all = environments(conn, vault, project.id, now)?;
    let found = all.into_iter().find(|environment| environment.is_named(named));
    Ok(found.map(|environment| Place { project, environment }))
}

/// The environment with this id, in any of the organizations.
pub fn place_of(
    conn: &mut PgConnection,
    organizations: &[OrganizationId],
    id: EnvironmentId,
) -> Result<Option<Place>> {
    let found = store::find_with_project(conn, organizations, id)?;
    Ok(found.map(|(environment, project)| Place { project, environment }))
}

/// Makes an environment, after those there are.
pub fn create_environment(
    tx: &mut Tx,
    by: &Actor,
    vault: &Vault,
    project: &Project,
    name: &str,
) -> Result<Environment> {
    let name = check(name)?;
    let now = tx.now();
    let there = environments(tx.conn(), vault, project.id, now)?;
    if there.len() >= MOST {
        return Err(Error::conflict(format!(
            "{} has {MOST} environments, which is the most; delete one first",
            project.project_id
        )));
    }
    let position = there.iter().map(|environment| environment.position + 1).max().unwrap_or(0);
    let new = made(vault, project.id, &name, Stage::Custom, position, now);
    let environment = store::insert(tx.conn(), &new).map_err(|cause| taken(cause, &name))?;
    let detail = json!({ "environment": environment.name });
    trail::record(tx, by, Action::EnvironmentCreated, project, detail)?;
    Ok(environment)
}

pub fn rename_environment(
    tx: &mut Tx,
    by: &Actor,
    place: &Place,
    name: &str,
) -> Result<Environment> {
    let name = check(name)?;
    let now = tx.now();
    let renamed = store::rename(tx.conn(), place.environment.id, &name, now)
        .map_err(|cause| taken(cause, &name))?;
    let environment = renamed.ok_or(Error::NotFound("environment"))?;
    let detail = json!({ "environment": [place.environment.name, name] });
    trail::record(tx, by, Action::EnvironmentChanged, &place.project, detail)?;
    Ok(environment)
}

/// Deletes an environment with all that is in it, for good.
///
/// # Errors
/// `Conflict` for the last one of a project.
pub fn delete_environment(tx: &mut Tx, by: &Actor, place: &Place) -> Result<()> {
    // Two at once must not leave none.
    let there = store::locked(tx, place.project.id)?;
    if !there.contains(&place.environment.id) {
        return Err(Error::NotFound("environment"));
    }
    if there.len() == 1 {
        return Err(Error::conflict(format!(
            "{} is the last environment of {}; create another one first, or rename it",
            place.environment.name, place.project.project_id
        )));
    }
    let secrets = store::living(tx.conn(), place.environment.id)?;
    store::delete(tx.conn(), place.environment.id)?;
    let detail = json!({ "environment": place.environment.name, "secrets": secrets });
    trail::record(tx, by, Action::EnvironmentDeleted, &place.project, detail)
}

fn made(
    vault: &Vault,
    project: ProjectId,
    name: &str,
    stage: Stage,
    position: i32,
    now: DateTime<Utc>,
) -> NewEnvironment {
    let (id, keys) = (EnvironmentId(Uuid::now_v7()), EnvironmentKeys::generate());
    let (seed, salt) = vault.close(id, &keys);
    NewEnvironment {
        id,
        project_id: project,
        name: name.to_owned(),
        kind: stage.name(),
        position,
        seed,
        salt,
        public_key: keys.pair().public(),
        created_at: now,
        updated_at: now,
    }
}

fn check(name: &str) -> Result<String> {
    let name = Name::parse(name).map_err(|message| Error::field("name", message))?;
    let name = name.as_str();
    if name.chars().count() > LONGEST {
        return Err(Error::field("name", "Use at most 64 characters."));
    }
    if Uuid::parse_str(name).is_ok() {
        return Err(Error::field("name", "Use a name that does not look like an id."));
    }
    Ok(name.to_owned())
}

fn taken(cause: diesel::result::Error, name: &str) -> Error {
    match broken_constraint(&cause) {
        Some("environments_name_key") => {
            Error::field("name", format!("There is already an environment {name}."))
        }
        Some("environments_project_id_fkey") => Error::NotFound("project"),
        _ => cause.into(),
    }
}
