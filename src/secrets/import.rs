//! Many secrets at once from a file: new ones are made, others changed where that is wanted.
use std::collections::HashMap;

use secrecy::ExposeSecret;
use subtle::ConstantTimeEq;

use super::dotenv::Entry;
use super::{
    Change, New, Opener, Place, Plain, PlainChange, Read, Secret, change, create, is_hidden,
};
use crate::audit::Actor;
use crate::db::Tx;
use crate::error::Result;

/// What became of the entries of a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Imported {
    pub added: usize,
    pub changed: usize,
    /// Those that had the value already.
    pub same: usize,
    /// Those that have another value or are sealed, and were left so.
    pub left: usize,
}

/// What is to become of a file, worked out before anything is written: closing thousands of values
/// takes its time.
pub struct Plan {
    new: Vec<New>,
    changes: Vec<Change>,
    done: Imported,
}

/// Puts all of a file at one path, where these are there already. Sealed ones keep their value, and
/// of that nothing is said.
///
/// # Errors
/// `Invalid` for what cannot be a secret.
pub fn plan(
    opener: &Opener,
    there: Vec<Read>,
    entries: Vec<Entry>,
    path: &str,
    overwrites: bool,
) -> Result<Plan> {
    let there: HashMap<String, Secret> =
        there.into_iter().map(|(secret, _)| (secret.key_digest.clone(), secret)).collect();
    let (mut done, mut new, mut changes) = (Imported::default(), Vec::new(), Vec::new());
    for entry in entries {
        let Some(secret) = there.get(&opener.digest(&entry.key)) else {
            new.push(opener.close_new(Plain {
                key: entry.key,
                value: entry.value,
                path: path.to_owned(),
                ..Plain::default()
            })?);
            continue;
        };
        let is_same = || {
            opener.open(&secret.value).is_some_and(|held| {
                held.as_bytes().ct_eq(entry.value.expose_secret().as_bytes()).into()
            })
        };
        if is_hidden(secret) {
            done.left += 1;
        } else if is_same() {
            done.same += 1;
        } else if !overwrites {
            done.left += 1;
        } else {
            let value = PlainChange { value: Some(entry.value), ..PlainChange::default() };
            // Whoever was quicker is not overwritten unseen.
            let version = Some(secret.version);
            changes.push(Change { version, ..opener.close_change(secret.id, value)? });
        }
    }
    (done.added, done.changed) = (new.len(), changes.len());
    Ok(Plan { new, changes, done })
}

/// # Errors
/// `Conflict` where something was written meanwhile that the plan did not see.
pub fn import(tx: &mut Tx, by: &Actor, place: &Place, plan: Plan) -> Result<Imported> {
    let Plan { new, changes, done } = plan;
    if !new.is_empty() {
        create(tx, by, place, new)?;
    }
    if !changes.is_empty() {
        change(tx, by, place, changes)?;
    }
    Ok(done)
}
