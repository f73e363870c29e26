//! Editing a token: name, expiry, power, and whether it works at all.
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde_json::{Map, Value, json};

use super::{Holder, Token, hold, name_taken, stewards, store};
use crate::audit::{self, Action, Actor};
use crate::db::Tx;
use crate::db::schema::tokens;
use crate::error::{Error, Result};
use crate::id::{TokenId, UserId};
use crate::policies::ClearedChange;

#[derive(Default, AsChangeset)]
#[diesel(table_name = tokens)]
#[expect(clippy::option_option, reason = "left alone, taken away, or set: as Diesel has it")]
struct Changes {
    name: Option<String>,
    expires_at: Option<Option<DateTime<Utc>>>,
    expiry_set_at: Option<DateTime<Utc>>,
    may_rotate_itself: Option<bool>,
    disabled_at: Option<Option<DateTime<Utc>>>,
    disabled_by: Option<Option<UserId>>,
    steward_id: Option<UserId>,
}

/// Changes what the change names; records each difference once.
///
/// # Errors
/// `NotFound`; `Conflict` for a revoked token; `Invalid` when the name is taken.
pub fn change(
    tx: &mut Tx,
    by: &Actor,
    holder: Holder,
    id: TokenId,
    cleared: ClearedChange,
) -> Result<Token> {
    if let Some(steward) = cleared.steward {
        stewards::hold(tx, holder, steward)?;
    }
    let before = hold(tx, holder, id)?;
    let now = tx.now();
    let name = cleared.name.map(|name| name.to_string());
    let changes = Changes {
        expires_at: cleared.expires_at,
        expiry_set_at: cleared.expires_at.map(|_| now),
        may_rotate_itself: cleared.may_rotate_itself,
        disabled_at: switch(&before, cleared.is_active).map(|on| (!on).then_some(now)),
        disabled_by: switch(&before, cleared.is_active).map(|on| by.user().filter(|_| !on)),
        name: name.clone(),
        steward_id: cleared.steward,
    };
    // Without a column to set there is no statement to run.
    match diesel::update(tokens::table.find(id)).set(changes).execute(tx.conn()) {
        Ok(_) | Err(diesel::result::Error::QueryBuilderError(_)) => {}
        Err(cause) => return Err(name_taken(name.as_deref().unwrap_or_default())(cause)),
    }
    if let Some(power) = &cleared.power {
        diesel::update(tokens::table.find(id)).set(store::powers(power)).execute(tx.conn())?;
        store::forget_projects(tx.conn(), &before)?;
        store::name_projects(tx.conn(), &before, &power.projects)?;
    }
    let after = store::find(tx.conn(), holder, id)?.ok_or(Error::NotFound("token"))?;
    record(tx, by, &before, &after)?;
    Ok(after)
}

/// Where the switch is really moved.
fn switch(before: &Token, is_active: Option<bool>) -> Option<bool> {
    is_active.filter(|&on| on != before.is_active())
}

fn record(tx: &mut Tx, by: &Actor, before: &Token, after: &Token) -> Result<()> {
    if before.is_active() != after.is_active() {
        let action = if after.is_active() { Action::TokenEnabled } else { Action::TokenDisabled };
        audit::record(tx, by, action, after.subject(), json!({}))?;
    }
    let pairs = [
        ("name", json!(before.name), json!(after.name)),
        ("steward", json!(before.steward), json!(after.steward)),
        ("expires_at", json!(before.expires_at), json!(after.expires_at)),
        ("role", json!(before.role), json!(after.role)),
        ("all_projects", json!(before.all_projects), json!(after.all_projects)),
        ("projects", json!(before.projects), json!(after.projects)),
        ("permissions", json!(before.permissions), json!(after.permissions)),
        ("may_rotate_itself", json!(before.may_rotate_itself), json!(after.may_rotate_itself)),
    ];
    let changed: Map<String, Value> = pairs
        .into_iter()
        .filter(|(_, old, new)| old != new)
        .map(|(field, old, new)| (field.to_owned(), json!([old, new])))
        .collect();
    if changed.is_empty() {
        return Ok(());
    }
    audit::record(tx, by, Action::TokenChanged, after.subject(), changed.into())
}
