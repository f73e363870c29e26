//! What one person sees in the place of a value that everyone has.
use diesel::prelude::*;

use super::{Filter, Own, Place, Read, batch, store, trail};
use crate::audit::{Action, Actor};
use crate::db::Tx;
use crate::db::schema::secret_overrides;
use crate::error::{Error, Result};
use crate::id::SecretId;

/// # Errors
/// `NotFound` where the secret is not there; `Forbidden` for whoever is no person.
pub fn set(tx: &mut Tx, by: &Actor, place: &Place, id: SecretId, own: Own) -> Result<Read> {
    let user = by.user().ok_or_else(nobody)?;
    find(tx, by, place, id)?;
    batch::set_overrides(tx, user, &[(id, own)])?;
    trail::record_of(tx, by, Action::OverrideSet, place, std::iter::once(id))?;
    find(tx, by, place, id)
}

/// # Errors
/// `NotFound` where there is no secret, or no override of theirs; `Forbidden` for whoever is no
/// person.
pub fn remove(tx: &mut Tx, by: &Actor, place: &Place, id: SecretId) -> Result<()> {
    let user = by.user().ok_or_else(nobody)?;
    find(tx, by, place, id)?;
    let own = secret_overrides::table
        .filter(secret_overrides::secret_id.eq(id))
        .filter(secret_overrides::user_id.eq(user));
    if diesel::delete(own).execute(tx.conn())? == 0 {
        return Err(Error::NotFound("override"));
    }
    trail::record_of(tx, by, Action::OverrideRemoved, place, std::iter::once(id))
}

fn find(tx: &mut Tx, by: &Actor, place: &Place, id: SecretId) -> Result<Read> {
    let (filter, environment) = (Filter::one(id), place.environment.id);
    let found = store::list(tx.conn(), environment, &filter, by.user(), None)?;
    found.into_iter().next().ok_or(Error::NotFound("secret"))
}

fn nobody() -> Error {
    Error::forbidden("an override is a person's own; use a personal access token")
}
