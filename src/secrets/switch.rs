//! Server-side encryption: whether the server may open a project's secrets for whoever has no key.
use serde_json::json;

use super::trail;
use crate::audit::{Action, Actor};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::projects::{self, Project};

/// Turns it on or off. What is there stays as it is: the same keys open it.
pub fn switch(tx: &mut Tx, by: &Actor, project: &Project, on: bool) -> Result<Project> {
    let now = projects::encrypt_at_server(tx, project.organization_id, project.id, on)?;
    let now = now.ok_or(Error::NotFound("project"))?;
    if now.server_side_encryption != project.server_side_encryption {
        let detail = json!({ "server_side_encryption": [project.server_side_encryption, on] });
        trail::record(tx, by, Action::EncryptionSwitched, project, detail)?;
    }
    Ok(now)
}
