//! Resources of an organization's own, beside the built-in ones. Every query on `resources`.
use diesel::prelude::*;
use serde_json::json;

use crate::access::is_built_in;
use crate::audit::{self, Action, Actor, Subject};
use crate::db::Tx;
use crate::db::schema::{resources, service_accounts, tokens};
use crate::error::{Error, Result, broken_constraint};
use crate::id::OrganizationId;

/// The names of what these organizations added, in order, each once.
pub fn resource_names(
    conn: &mut PgConnection,
    organizations: &[OrganizationId],
) -> Result<Vec<String>> {
    Ok(resources::table
        .filter(resources::organization_id.eq_any(organizations))
        .order(resources::name)
        .distinct()
        .select(resources::name)
        .load(conn)?)
}

/// What each of these organizations added, in order.
pub fn own_resources(
    conn: &mut PgConnection,
    organizations: &[OrganizationId],
) -> Result<Vec<(OrganizationId, String)>> {
    Ok(resources::table
        .filter(resources::organization_id.eq_any(organizations))
        .order((resources::organization_id, resources::name))
        .select((resources::organization_id, resources::name))
        .load(conn)?)
}

pub fn add_resource(
    tx: &mut Tx,
    by: &Actor,
    organization: OrganizationId,
    name: &str,
) -> Result<()> {
    let name = name.trim();
    let taken = || Error::field("name", format!("There is already a resource {name}."));
    if !is_resource(name) {
        return Err(Error::field(
            "name",
            "Use 1 to 40 lower-case letters, digits and underscores; a letter first.",
        ));
    }
    if is_built_in(name) {
        return Err(taken());
    }
    let now = tx.now();
    diesel::insert_into(resources::table)
        .values((
            resources::organization_id.eq(organization),
            resources::name.eq(name),
            resources::created_at.eq(now),
        ))
        .execute(tx.conn())
        .map_err(|cause| match broken_constraint(&cause) {
            Some("resources_pkey") => taken(),
            _ => cause.into(),
        })?;
    audit::record(tx, by, Action::ResourceAdded, subject(organization, name), json!({}))
}

/// # Errors
/// `Conflict` while a service account, or a token that is not revoked, lists it, saying which.
pub fn remove_resource(
    tx: &mut Tx,
    by: &Actor,
    organization: OrganizationId,
    name: &str,
) -> Result<()> {
    let listing: Vec<String> = tokens::table
        .filter(tokens::organization_id.eq(organization))
        .filter(tokens::revoked_at.is_null())
        .filter(tokens::permissions.has_key(name))
        .order(tokens::name)
        .limit(5)
        .select(tokens::name)
        .load(tx.conn())?;
    let accounts: Vec<String> = service_accounts::table
        .filter(service_accounts::organization_id.eq(organization))
        .filter(service_accounts::deleted_at.is_null())
        .filter(service_accounts::permissions.has_key(name))
        .order(service_accounts::name)
        .limit(5)
        .select(service_accounts::name)
        .load(tx.conn())?;
    let listing: Vec<_> = accounts.into_iter().chain(listing).collect();
    if !listing.is_empty() {
        let names: Vec<_> = listing.iter().map(|name| format!("“{name}”")).collect();
        return Err(Error::conflict(format!(
            "{name} is still listed by {}; take it out of them first",
            names.join(", "),
        )));
    }
    let gone = diesel::delete(resources::table.find((organization, name))).execute(tx.conn())?;
    if gone == 0 {
        return Err(Error::NotFound("resource"));
    }
    audit::record(tx, by, Action::ResourceRemoved, subject(organization, name), json!({}))
}

fn subject(organization: OrganizationId, name: &str) -> Subject {
    Subject { kind: "resource", id: None, name: name.to_owned(), organization: Some(organization) }
}

fn is_resource(text: &str) -> bool {
    (1..=40).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}
