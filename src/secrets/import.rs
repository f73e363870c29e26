//! Many secrets at once from a file: new ones are made, others changed where that is wanted.
use std::collections::BTreeMap;

use secrecy::ExposeSecret;
use subtle::ConstantTimeEq;

use super::dotenv::Entry;
use super::{
    Change, Filter, Kind, Opener, Place, Plain, PlainChange, Secret, change, create, store,
};
use crate::audit::Actor;
use crate::db::Tx;
use crate::error::{Error, Result};

/// What became of the entries of a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Imported {
    pub added: usize,
    pub changed: usize,
    /// Those that had the value already.
    pub same: usize,
    /// Those that have another value, and were left so.
    pub left: usize,
}

/// Puts all of a file at one path. Sealed ones keep their value.
pub fn import(
    tx: &mut Tx,
    by: &Actor,
    place: &Place,
    opener: &Opener,
    (entries, path): (Vec<Entry>, &str),
    overwrites: bool,
) -> Result<Imported> {
    let path = super::path(path).map_err(|why| Error::field("path", why))?;
    let filter = Filter { path: Some(path.clone()), ..Filter::default() };
    let there = store::list(tx.conn(), place.environment.id, &filter, None, None)?;
    let there: BTreeMap<String, Secret> =
        there.into_iter().map(|(secret, _)| (secret.key_digest.clone(), secret)).collect();
    let (mut done, mut new, mut changes) = (Imported::default(), Vec::new(), Vec::new());
    for entry in entries {
        let Some(secret) = there.get(&opener.digest(&entry.key)) else {
            new.push(opener.close_new(Plain {
                key: entry.key,
                value: entry.value,
                path: path.clone(),
                ..Plain::default()
            })?);
            continue;
        };
        let is_same = opener.open(&secret.value).is_some_and(|held| {
            held.as_bytes().ct_eq(entry.value.expose_secret().as_bytes()).into()
        });
        if is_same {
            done.same += 1;
        } else if !overwrites || secret.kind() == Kind::Sealed {
            done.left += 1;
        } else {
            let value = PlainChange { value: Some(entry.value), ..PlainChange::default() };
            // Whoever was quicker is not overwritten unseen.
            let version = Some(secret.version);
            changes.push(Change { version, ..opener.close_change(secret.id, value)? });
        }
    }
    (done.added, done.changed) = (new.len(), changes.len());
    if !new.is_empty() {
        create(tx, by, place, new)?;
    }
    if !changes.is_empty() {
        change(tx, by, place, changes)?;
    }
    Ok(done)
}
