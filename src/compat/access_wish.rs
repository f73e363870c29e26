//! `{"apps": [{"id": ..., "environments": [...]}]}`: what a service account is to reach, all of it.
use std::collections::BTreeSet;

use serde_json::Value;

use super::wish::{Fields, missing, refused};
use super::{Failure, Result};
use crate::secrets::Readable;

/// The slugs of the projects that are named. `all` are those of the organization.
pub fn projects_of(fields: &Fields, all: &[Readable]) -> Result<Vec<String>> {
    let apps = fields.given("apps").ok_or_else(|| missing("apps"))?;
    let apps = apps.as_array().ok_or_else(|| refused("'apps' must be a list."))?;
    apps.iter().map(|app| project_of(app, all)).collect()
}

fn project_of(app: &Value, all: &[Readable]) -> Result<String> {
    let app = app.as_object().ok_or_else(|| {
        refused("Each entry in 'apps' must be an object with 'id' and 'environments'.")
    })?;
    let id = app.get("id").and_then(Value::as_str).unwrap_or_default();
    if id.is_empty() {
        return Err(refused("Each app entry must have an 'id' field."));
    }
    let found = all.iter().find(|(project, _)| project.uuid.to_string() == id.to_lowercase());
    let (project, environments) =
        found.ok_or_else(|| Failure::not_found(format!("App not found: {id}")))?;
    let listed = app.get("environments").and_then(Value::as_array).ok_or_else(|| {
        refused("Each app entry must have an 'environments' list of environment IDs.")
    })?;
    let listed: BTreeSet<_> =
        listed.iter().map(|id| id.as_str().unwrap_or_default().to_lowercase()).collect();
    let known: BTreeSet<_> = environments.iter().map(|one| one.id.to_string()).collect();
    let name = &project.name;
    if listed.is_empty() {
        return Err(refused(format!(
            "'environments' for app '{id}' must not be empty. To revoke all access, remove the app \
             from the list."
        )));
    }
    let unknown: Vec<_> = listed.difference(&known).map(String::as_str).collect();
    if !unknown.is_empty() {
        let unknown = unknown.join(", ");
        let why = format!("Environment(s) not found in app '{name}': {unknown}");
        return Err(Failure::not_found(why));
    }
    if listed.len() < known.len() {
        return Err(refused(format!(
            "A service account reaches an app as a whole: list all environments of '{name}', or \
             leave the app out."
        )));
    }
    Ok(project.project_id.clone())
}
