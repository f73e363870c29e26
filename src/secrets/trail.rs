//! What the audit log says of secrets: where, how many and which, never what is in them.
use serde_json::{Value, json};

use super::Place;
use crate::audit::{self, Action, Actor, Subject};
use crate::db::Tx;
use crate::error::Result;
use crate::id::SecretId;
use crate::projects::Project;

/// Ids that an entry lists, at most. Beyond that it says how many.
const LISTED: usize = 100;

/// What was done in a project.
pub fn record(
    tx: &mut Tx,
    by: &Actor,
    action: Action,
    project: &Project,
    detail: Value,
) -> Result<()> {
    audit::record(tx, by, action, subject(project), detail)
}

/// What was done to these secrets of an environment.
pub fn record_of(
    tx: &mut Tx,
    by: &Actor,
    action: Action,
    place: &Place,
    ids: impl ExactSizeIterator<Item = SecretId>,
) -> Result<()> {
    let (count, environment) = (ids.len(), &place.environment);
    let listed = ids.take(LISTED).collect::<Vec<_>>();
    let detail = json!({
        "environment": environment.name, "secrets": count,
        "ids": (count <= LISTED).then_some(listed),
    });
    record(tx, by, action, &place.project, detail)
}

/// What was done to all there is in an environment.
pub fn record_all(
    tx: &mut Tx,
    by: &Actor,
    action: Action,
    place: &Place,
    count: usize,
) -> Result<()> {
    let detail = json!({ "environment": place.environment.name, "secrets": count, "all": true });
    record(tx, by, action, &place.project, detail)
}

fn subject(project: &Project) -> Subject {
    Subject {
        kind: "project",
        id: Some(project.id.0),
        name: project.project_id.clone(),
        organization: Some(project.organization_id),
    }
}
