//! Projects: the parts of an organization that a token can be kept to.
mod store;

use serde_json::json;

use crate::audit::{self, Action, Actor, Subject};
use crate::db::Tx;
use crate::error::{Error, Problem, Result, broken_constraint};
use crate::id::{OrganizationId, ProjectId};
use crate::name::Name;

pub use store::{
    Project, find, find_by_uuid, ids, list, list_with_tokens, live_accounts, live_tokens,
    living_secrets, of_organizations, slugs,
};

impl Project {
    fn subject(&self) -> Subject {
        Subject {
            kind: "project",
            id: Some(self.id.0),
            name: self.project_id.clone(),
            organization: Some(self.organization_id),
        }
    }
}

/// Makes a project. `project_id` is its public slug, and stays.
pub fn create(
    tx: &mut Tx,
    by: &Actor,
    organization: OrganizationId,
    project_id: &str,
    name: &str,
) -> Result<Project> {
    let project_id = project_id.trim();
    let mut problems = Vec::new();
    if !is_slug(project_id) {
        problems.push(Problem::new(
            "project_id",
            "Use 1 to 63 lower-case letters, digits and hyphens; a letter or digit at both ends.",
        ));
    }
    let name = Name::parse(name).map_err(|message| problems.push(Problem::new("name", message)));
    let (Ok(name), true) = (name, problems.is_empty()) else {
        return Err(Error::Invalid(problems));
    };
    let now = tx.now();
    let project = store::insert(tx.conn(), organization, project_id, name.as_str(), now).map_err(
        |cause| match broken_constraint(&cause) {
            Some("projects_organization_id_project_id_key") => {
                Error::field("project_id", format!("There is already a project {project_id}."))
            }
            _ => cause.into(),
        },
    )?;
    audit::record(
        tx,
        by,
        Action::ProjectCreated,
        project.subject(),
        json!({ "name": name.as_str() }),
    )?;
    Ok(project)
}

pub fn rename(
    tx: &mut Tx,
    by: &Actor,
    organization: OrganizationId,
    project_id: &str,
    name: &str,
) -> Result<Project> {
    let name = Name::parse(name).map_err(|message| Error::field("name", message))?;
    let before = find(tx.conn(), organization, project_id)?.ok_or(Error::NotFound("project"))?;
    let project = store::rename(tx.conn(), before.id, name.as_str())?;
    let detail = json!({ "name": [before.name, name.as_str()] });
    audit::record(tx, by, Action::ProjectChanged, project.subject(), detail)?;
    Ok(project)
}

/// Whether the server may open a project's secrets for whoever has no key. Whoever calls writes it
/// down.
pub fn encrypt_at_server(
    tx: &mut Tx,
    organization: OrganizationId,
    id: ProjectId,
    on: bool,
) -> Result<Option<Project>> {
    store::switch(tx.conn(), organization, id, on)
}

/// Deletes a project that no token that still counts, no service account and no member names, and
/// that holds no secret.
///
/// # Errors
/// `Conflict`, saying which tokens and accounts name it, or how many secrets it holds.
pub fn delete(
    tx: &mut Tx,
    by: &Actor,
    organization: OrganizationId,
    project_id: &str,
) -> Result<()> {
    let project = find(tx.conn(), organization, project_id)?.ok_or(Error::NotFound("project"))?;
    let tokens = live_tokens(tx.conn(), project.id, 6)?.into_iter().map(|(_, name)| name);
    let accounts = live_accounts(tx.conn(), project.id, 6)?.into_iter().map(|(_, name)| name);
    let named: Vec<_> = accounts.chain(tokens).collect();
    if !named.is_empty() {
        let quoted: Vec<_> = named.iter().map(|name| format!("“{name}”")).collect();
        let more = if named.len() > 5 { " and more" } else { "" };
        return Err(Error::conflict(format!(
            "{project_id} is still named by {}{more}; take it out of them or delete them first",
            quoted[..quoted.len().min(5)].join(", "),
        )));
    }
    let secrets = store::living_secrets(tx.conn(), project.id)?;
    if secrets > 0 {
        let noun = if secrets == 1 { "secret" } else { "secrets" };
        return Err(Error::conflict(format!(
            "{project_id} still holds {secrets} {noun}; delete them first"
        )));
    }
    store::delete(tx.conn(), project.id).map_err(|cause| match broken_constraint(&cause) {
        Some(_) => Error::conflict(format!(
            "{project_id} is still named by a member, a service account or a token; take it out \
             of them first"
        )),
        None => cause.into(),
    })?;
    audit::record(tx, by, Action::ProjectDeleted, project.subject(), json!({}))
}

fn is_slug(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=63).contains(&text.len())
        && text.chars().all(inner)
        && !text.starts_with('-')
        && !text.ends_with('-')
}
