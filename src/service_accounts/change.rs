//! Editing a service account: name, description, power, and whether it works at all.
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde_json::{Map, Value, json};

use super::{ServiceAccount, existing, hold, name_taken, store};
use crate::audit::{self, Action, Actor};
use crate::db::Tx;
use crate::db::schema::service_accounts;
use crate::error::Result;
use crate::id::{OrganizationId, ServiceAccountId};
use crate::policies::ClearedAccountChange;

#[derive(Default, AsChangeset)]
#[diesel(table_name = service_accounts)]
#[expect(clippy::option_option, reason = "left alone, taken away, or set: as Diesel has it")]
struct Changes {
    name: Option<String>,
    description: Option<String>,
    disabled_at: Option<Option<DateTime<Utc>>>,
}

/// Changes what the change names; records each difference once. Its tokens follow at once.
///
/// # Errors
/// `NotFound`; `Invalid` when the name is taken.
pub fn change(
    tx: &mut Tx,
    by: &Actor,
    organization: OrganizationId,
    id: ServiceAccountId,
    cleared: ClearedAccountChange,
) -> Result<ServiceAccount> {
    let before = hold(tx, organization, id)?;
    let now = tx.now();
    let switched = cleared.is_active.filter(|&on| on != before.is_active());
    let name = cleared.name.map(|name| name.to_string());
    let changes = Changes {
        name: name.clone(),
        description: cleared.description,
        disabled_at: switched.map(|on| (!on).then_some(now)),
    };
    // Without a column to set there is no statement to run.
    match diesel::update(service_accounts::table.find(id)).set(changes).execute(tx.conn()) {
        Ok(_) | Err(diesel::result::Error::QueryBuilderError(_)) => {}
        Err(cause) => return Err(name_taken(name.as_deref().unwrap_or_default())(cause)),
    }
    if let Some(power) = &cleared.power {
        let powers = store::powers(power);
        diesel::update(service_accounts::table.find(id)).set(powers).execute(tx.conn())?;
        store::forget_projects(tx.conn(), id)?;
        store::name_projects(tx.conn(), organization, id, &power.projects)?;
    }
    let after = existing(store::find(tx.conn(), organization, id)?)?;
    record(tx, by, &before, &after)?;
    Ok(after)
}

fn record(tx: &mut Tx, by: &Actor, before: &ServiceAccount, after: &ServiceAccount) -> Result<()> {
    if before.is_active() != after.is_active() {
        let action = if after.is_active() {
            Action::ServiceAccountEnabled
        } else {
            Action::ServiceAccountDisabled
        };
        audit::record(tx, by, action, after.subject(), json!({}))?;
    }
    let (old, new) = (fields(before), fields(after));
    let pairs = old.into_iter().zip(new);
    let changed: Map<String, Value> = pairs
        .filter(|((_, old), (_, new))| old != new)
        .map(|((field, old), (_, new))| (field.to_owned(), json!([old, new])))
        .collect();
    if changed.is_empty() {
        return Ok(());
    }
    audit::record(tx, by, Action::ServiceAccountChanged, after.subject(), changed.into())
}

fn fields(account: &ServiceAccount) -> [(&'static str, Value); 6] {
    let access = account.access();
    [
        ("name", json!(account.name)),
        ("description", json!(account.description)),
        ("role", json!(access.role)),
        ("all_projects", json!(access.projects.is_all())),
        ("projects", json!(access.projects.listed().collect::<Vec<_>>())),
        ("permissions", json!(access.permissions)),
    ]
}
