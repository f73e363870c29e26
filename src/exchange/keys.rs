//! The life of a signing key: made, published, signing, retired, gone. Each change is planned with
//! instants, under a lock, so that several instances agree.
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::algorithm::Algorithm;
use super::store::{self, KeyState, NewKey, SigningKey};
use crate::audit::{self, Action, Actor, Subject};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::secret::Seal;

/// How long whoever verifies may keep the published keys.
pub const MAX_AGE: TimeDelta = TimeDelta::minutes(5);
/// A new key is published for so long before it signs: twice as long as anyone may keep the old
/// list.
pub const AHEAD: TimeDelta = TimeDelta::minutes(10);
/// How long a key signs before the next one takes its place.
pub const LASTING: TimeDelta = TimeDelta::days(90);
/// A retired key stays published for so long: whatever it signed has ended by then.
pub const KEPT: TimeDelta = TimeDelta::minutes(66);
/// A gone key stays listed for so long.
const LISTED: TimeDelta = TimeDelta::days(365);

/// What the keys are for, when theirs are derived from the instance key.
pub const PURPOSE: &str = "jeton signing key v1";

/// At the start: what was sealed under the previous instance key is sealed under this one, and
/// where no key signs, one is made.
pub fn begin(tx: &mut Tx, seal: &Seal) -> Result<()> {
    store::lock(tx)?;
    let keys = store::list(tx.conn())?;
    for key in &keys {
        let Some(sealed) = &key.sealed else { continue };
        let private = seal.open(sealed, &key.kid)?;
        if !seal.is_current(sealed) {
            store::seal(tx, key.id, &seal.close(&private, &key.kid))?;
        }
    }
    let now = tx.now();
    if keys.iter().all(|key| key.state(now) != KeyState::Signing) {
        let key = make(tx, seal, Algorithm::default(), now)?;
        let detail = json!({ "algorithm": key.algorithm().name() });
        audit::record(tx, &Actor::system(), Action::KeyCreated, subject(&key), detail)?;
    }
    Ok(())
}

/// Publishes a new key, which takes over once everyone can know it. Without an algorithm, it has
/// that of the one before.
///
/// # Errors
/// `Conflict` while another one waits.
pub fn rotate(
    tx: &mut Tx,
    by: &Actor,
    seal: &Seal,
    algorithm: Option<Algorithm>,
) -> Result<SigningKey> {
    store::lock(tx)?;
    let (now, keys) = (tx.now(), store::list(tx.conn())?);
    if let Some(waiting) = keys.iter().find(|key| key.state(now) == KeyState::Waiting) {
        return Err(Error::conflict(format!(
            "The next key is published already; it signs from {} on.",
            waiting.signs_from.format("%H:%M UTC")
        )));
    }
    let from = now + AHEAD;
    let algorithm = algorithm.or_else(|| keys.first().map(SigningKey::algorithm));
    let new = make(tx, seal, algorithm.unwrap_or_default(), from)?;
    for key in keys.iter().filter(|key| key.state(now) == KeyState::Signing) {
        store::end(tx, key.id, Some((from, from + KEPT)))?;
    }
    let detail = json!({ "algorithm": new.algorithm().name(), "signs_from": from });
    audit::record(tx, by, Action::KeyRotated, subject(&new), detail)?;
    Ok(new)
}

/// At once and for good: whatever the key signed is refused from now on, by us and by whoever reads
/// the published keys again. Where it was the one that signs, another does, at once.
///
/// # Errors
/// `NotFound` for a key that is not published.
pub fn withdraw(tx: &mut Tx, by: &Actor, seal: &Seal, kid: &str) -> Result<SigningKey> {
    store::lock(tx)?;
    let now = tx.now();
    let published = store::published(tx.conn(), now)?;
    let key = published.iter().find(|key| key.kid == kid).ok_or(Error::NotFound("key"))?;
    store::end(tx, key.id, Some((now, now)))?;
    let mut others = published.iter().filter(|other| other.id != key.id);
    match key.state(now) {
        KeyState::Signing => match others.find(|other| other.state(now) == KeyState::Waiting) {
            Some(waiting) => store::begin_signing(tx, waiting.id, now)?,
            None => drop(make(tx, seal, key.algorithm(), now)?),
        },
        // The one that it was to replace goes on.
        KeyState::Waiting => {
            for other in others.filter(|other| other.state(now) == KeyState::Signing) {
                store::end(tx, other.id, None)?;
            }
        }
        KeyState::Retired | KeyState::Gone => {}
    }
    store::erase(tx)?;
    let detail = json!({ "was": key.state(now).to_string() });
    audit::record(tx, by, Action::KeyWithdrawn, subject(key), detail)?;
    Ok(key.clone())
}

/// What is due: the next key, the private halves of those that signed, the rows of those long gone.
pub fn tend(tx: &mut Tx, seal: &Seal) -> Result<usize> {
    store::lock(tx)?;
    let now = tx.now();
    let erased = store::erase(tx)?;
    let trimmed = store::trim(tx, now - LISTED)?;
    let keys = store::published(tx.conn(), now)?;
    let is_due =
        |key: &SigningKey| key.signs_until.is_none() && key.signs_from + LASTING <= now + AHEAD;
    let rotated = keys.iter().any(is_due);
    if rotated {
        rotate(tx, &Actor::system(), seal, None)?;
    }
    Ok(erased + trimmed + usize::from(rotated))
}

fn make(
    tx: &mut Tx,
    seal: &Seal,
    algorithm: Algorithm,
    signs_from: DateTime<Utc>,
) -> Result<SigningKey> {
    let fresh = algorithm.generate()?;
    let sealed = seal.close(&fresh.private, &fresh.kid);
    let (kid, public, sealed) = (&fresh.kid, &fresh.public, &sealed);
    store::insert(tx, &NewKey { kid, algorithm, public, sealed, signs_from })
}

fn subject(key: &SigningKey) -> Subject {
    Subject { kind: "key", id: Some(key.id), name: key.kid.clone(), organization: None }
}
