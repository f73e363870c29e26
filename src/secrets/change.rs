//! Secrets read, made, changed and deleted, by the batch: all of it happens, or none.
use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::words::{MOST_AT_ONCE, closed_comment, closed_key, closed_value};
use super::{Filter, Kind, Place, Read, Secret, batch, store, trail};
use crate::audit::{Action, Actor};
use crate::db::{Tx, cut};
use crate::error::{Error, Result};
use crate::id::SecretId;
use crate::secret::Ciphertext;

/// A secret that is wanted, closed to the key of its environment.
#[derive(Debug, Clone)]
pub struct New {
    pub key: Ciphertext,
    pub digest: String,
    pub value: Ciphertext,
    pub comment: Option<Ciphertext>,
    pub path: String,
    pub tags: Vec<String>,
    pub kind: Kind,
    /// What the writer alone sees in the place of the value. Without a person it is left out.
    pub own: Option<Own>,
}

#[derive(Debug, Clone)]
pub struct Own {
    pub value: Ciphertext,
    pub is_active: bool,
}

/// What becomes of a secret that is there. What is `None` stays as it is.
#[derive(Debug, Clone)]
pub struct Change {
    pub id: SecretId,
    /// With its digest.
    pub key: Option<(Ciphertext, String)>,
    pub value: Option<Ciphertext>,
    pub comment: Option<Option<Ciphertext>>,
    pub path: Option<String>,
    pub tags: Option<Vec<String>>,
    pub kind: Option<Kind>,
    pub own: Option<Own>,
    /// The version that the writer has seen: where another one has come since, nothing changes.
    pub version: Option<i32>,
    /// Whether a value for a sealed one is left aside, as clients of Phase expect, and not refused.
    pub leaves_sealed: bool,
}

impl New {
    /// All that is closed in it.
    pub fn texts(&self) -> impl Iterator<Item = &Ciphertext> {
        let own = self.own.iter().map(|own| &own.value);
        [&self.key, &self.value].into_iter().chain(&self.comment).chain(own)
    }
}

impl Change {
    /// All that is closed in it.
    pub fn texts(&self) -> impl Iterator<Item = &Ciphertext> {
        let key = self.key.iter().map(|(key, _)| key);
        let own = self.own.iter().map(|own| &own.value);
        key.chain(&self.value).chain(self.comment.iter().flatten()).chain(own)
    }
}

/// What there is, for whoever reads it. That they did is written down.
pub fn read(tx: &mut Tx, by: &Actor, place: &Place, filter: &Filter) -> Result<Vec<Read>> {
    let found = store::list(tx.conn(), place.environment.id, filter, by.user(), None)?;
    if filter.is_all() {
        trail::record_all(tx, by, Action::SecretsRead, place, found.len())?;
    } else {
        let ids = found.iter().map(|(secret, _)| secret.id);
        trail::record_of(tx, by, Action::SecretsRead, place, ids)?;
    }
    Ok(found)
}

/// A page of them, and whether there are more after it.
pub fn read_page(
    tx: &mut Tx,
    by: &Actor,
    place: &Place,
    filter: &Filter,
    (after, limit): (Option<SecretId>, i64),
) -> Result<(Vec<Read>, bool)> {
    let page = Some((after, limit + 1));
    let found = store::list(tx.conn(), place.environment.id, filter, by.user(), page)?;
    let (found, more) = cut(found, limit, false);
    let ids = found.iter().map(|(secret, _)| secret.id);
    trail::record_of(tx, by, Action::SecretsRead, place, ids)?;
    Ok((found, more))
}

/// # Errors
/// `Conflict` where one with that name is at that path already, or twice among those that are
/// wanted.
pub fn create(tx: &mut Tx, by: &Actor, place: &Place, wanted: Vec<New>) -> Result<Vec<Secret>> {
    few_enough(wanted.len())?;
    let now = tx.now();
    let environment = place.environment.id;
    let (mut made, mut own) = (Vec::with_capacity(wanted.len()), Vec::new());
    for New { key, digest, value, comment, path, tags, kind, own: mine } in wanted {
        let id = SecretId(Uuid::now_v7());
        own.extend(mine.map(|mine| (id, mine)));
        made.push(Secret {
            id,
            environment_id: environment,
            path,
            key_digest: digest,
            key,
            value,
            comment,
            tags,
            kind_name: kind.name().to_owned(),
            version: 1,
            created_at: now,
            updated_at: now,
            deleted_at: None,
        });
    }
    check(&made)?;
    batch::insert(tx, by, environment, &made)?;
    if let Some(user) = by.user() {
        batch::set_overrides(tx, user, &own)?;
    }
    trail::record_of(tx, by, Action::SecretsCreated, place, made.iter().map(|s| s.id))?;
    Ok(made)
}

/// In the order that was asked.
///
/// # Errors
/// `NotFound` where one of them is not there; `Conflict` where a name is taken, a version is not
/// the newest, or a sealed one is to be unsealed.
pub fn change(tx: &mut Tx, by: &Actor, place: &Place, wanted: Vec<Change>) -> Result<Vec<Secret>> {
    few_enough(wanted.len())?;
    let ids: Vec<_> = wanted.iter().map(|change| change.id).collect();
    let mut there = living(tx, place, &ids)?;
    let (mut changed, mut own) = (Vec::with_capacity(wanted.len()), Vec::new());
    for mut change in wanted {
        let mine = change.own.take().map(|mine| (change.id, mine));
        own.extend(mine);
        let secret = there.remove(&change.id).ok_or_else(twice)?;
        changed.push(change.of(secret)?);
    }
    check(&changed)?;
    let now = tx.now();
    for secret in &mut changed {
        secret.updated_at = now;
    }
    batch::update(tx, by, place.environment.id, &changed)?;
    if let Some(user) = by.user() {
        batch::set_overrides(tx, user, &own)?;
    }
    trail::record_of(tx, by, Action::SecretsChanged, place, changed.iter().map(|s| s.id))?;
    Ok(changed)
}

/// They can be restored for a time.
///
/// # Errors
/// `NotFound` where one of them is not there: then none is deleted.
pub fn delete(tx: &mut Tx, by: &Actor, place: &Place, ids: &[SecretId]) -> Result<usize> {
    few_enough(ids.len())?;
    let there: Vec<_> = living(tx, place, ids)?.into_keys().collect();
    store::mark_deleted(tx, &there)?;
    trail::record_of(tx, by, Action::SecretsDeleted, place, there.iter().copied())?;
    Ok(there.len())
}

/// All of these, locked.
fn living(tx: &mut Tx, place: &Place, ids: &[SecretId]) -> Result<BTreeMap<SecretId, Secret>> {
    let asked = ids.iter().copied().collect::<BTreeSet<_>>();
    let there = store::locked(tx, place.environment.id, ids)?.into_iter();
    let there = there.filter(|secret| secret.deleted_at.is_none());
    let there: BTreeMap<_, _> = there.map(|secret| (secret.id, secret)).collect();
    if there.len() < asked.len() { Err(Error::NotFound("secret")) } else { Ok(there) }
}

impl Change {
    fn of(self, before: Secret) -> Result<Secret> {
        if self.version.is_some_and(|seen| seen != before.version) {
            return Err(Error::conflict(format!(
                "the secret has version {} by now, and not the one that you have seen; read it \
                 again, then change it",
                before.version
            )));
        }
        let sealed = before.kind() == Kind::Sealed;
        if sealed && self.kind.is_some_and(|kind| kind != Kind::Sealed) {
            return Err(Error::field("type", UNSEALED));
        }
        if sealed && self.value.is_some() && !self.leaves_sealed {
            return Err(Error::field("value", FIXED));
        }
        let (key, key_digest) = self.key.unwrap_or((before.key, before.key_digest));
        let value = self.value.filter(|_| !sealed).unwrap_or(before.value);
        Ok(Secret {
            key,
            key_digest,
            value,
            comment: self.comment.unwrap_or(before.comment),
            path: self.path.unwrap_or(before.path),
            tags: self.tags.unwrap_or(before.tags),
            kind_name: self.kind.map_or(before.kind_name, |kind| kind.name().to_owned()),
            version: before.version + 1,
            ..before
        })
    }
}

/// Said of a sealed secret that is to be something else.
pub const UNSEALED: &str =
    "A sealed secret cannot be unsealed. Delete it and create it again instead.";

const FIXED: &str = "A sealed secret keeps its value. Delete it and create it again instead.";

fn twice() -> Error {
    Error::field("secrets", "Name each secret once.")
}

fn few_enough(count: usize) -> Result<()> {
    if count <= MOST_AT_ONCE {
        return Ok(());
    }
    Err(Error::field("secrets", format!("Send at most {MOST_AT_ONCE} secrets in one call.")))
}

/// Whoever closed them, they are within bounds.
fn check(secrets: &[Secret]) -> Result<()> {
    for secret in secrets {
        let of = |field| move |message: &'static str| Error::field(field, message);
        closed_key(&secret.key).map_err(of("key"))?;
        closed_value(&secret.value).map_err(of("value"))?;
        secret.comment.as_ref().map_or(Ok(()), closed_comment).map_err(of("comment"))?;
    }
    Ok(())
}
