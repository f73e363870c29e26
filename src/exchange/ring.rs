//! The published keys in memory: what signs, what is believed, and what everyone may read.
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, anyhow};
use chrono::{DateTime, Utc};
use josekit::JoseError;
use josekit::jws::{JwsContext, JwsHeader, JwsSigner, JwsVerifier};
use serde::Serialize;
use serde_json::{Value, json};

use super::store::{self, KeyState, SigningKey};
use crate::db::{Db, Stamp};
use crate::error::Result;
use crate::secret::Seal;

/// Reads the keys again whenever they change.
pub struct Keys {
    db: Db,
    seal: Seal,
    held: Mutex<Option<(Arc<Ring>, Stamp)>>,
}

pub struct Ring {
    keys: Vec<Key>,
}

struct Key {
    row: SigningKey,
    verifier: Box<dyn JwsVerifier>,
    /// Erased where it signs no more.
    signer: Option<Box<dyn JwsSigner>>,
}

impl Keys {
    pub fn new(db: Db, seal: Seal) -> Self {
        Self { db, seal, held: Mutex::default() }
    }

    pub fn seal(&self) -> &Seal {
        &self.seal
    }

    /// The keys as they are at this moment.
    pub async fn ring(&self, now: DateTime<Utc>) -> Result<Arc<Ring>> {
        let changes = self.db.changes();
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner).clone();
        // A change of keys is told as a change of everything.
        let stands =
            |(_, stamp): &(Arc<Ring>, Stamp)| changes.is_heard() && changes.stands(*stamp, &[]);
        if let Some((ring, _)) = held.filter(stands) {
            return Ok(ring);
        }
        let stamp = changes.stamp();
        let rows = self.db.read(move |conn| store::published(conn, now)).await?;
        let ring = Arc::new(Ring::read(rows, &self.seal)?);
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = Some((ring.clone(), stamp));
        Ok(ring)
    }
}

impl Ring {
    fn read(rows: Vec<SigningKey>, seal: &Seal) -> anyhow::Result<Self> {
        let keys = rows.into_iter().map(|row| {
            let signer = row.sealed.as_ref().map(|sealed| -> anyhow::Result<_> {
                let opened = seal.open(sealed, &row.kid)?;
                row.algorithm().signer(&row.kid, &opened)
            });
            let signer = signer.transpose();
            let verifier = row.algorithm().verifier(&row.public_key);
            let said = || format!("signing key {} cannot be read", row.kid);
            let (signer, verifier) = (signer.with_context(said)?, verifier.with_context(said)?);
            Ok(Key { row, verifier, signer })
        });
        Ok(Self { keys: keys.collect::<anyhow::Result<_>>()? })
    }

    /// A JWT of this type (RFC 7515, compact).
    pub fn sign(
        &self,
        kind: &str,
        claims: &impl Serialize,
        now: DateTime<Utc>,
    ) -> anyhow::Result<String> {
        let signer = self.signer(now).ok_or_else(|| anyhow!("no key signs"))?;
        let mut header = JwsHeader::new();
        header.set_token_type(kind);
        Ok(JwsContext::new().serialize_compact(&serde_json::to_vec(claims)?, &header, signer)?)
    }

    /// What a JWT of this type says, if a key that is published signed it.
    pub fn read_signed(&self, kind: &str, text: &str, now: DateTime<Utc>) -> Option<Vec<u8>> {
        let verifier = |header: &JwsHeader| Ok(self.verifier(kind, header, now));
        let read: Result<_, JoseError> =
            JwsContext::new().deserialize_compact_with_selector(text, verifier);
        read.ok().map(|(claims, _)| claims)
    }

    /// RFC 7517 section 5.
    pub fn published(&self, now: DateTime<Utc>) -> Value {
        let keys = self.keys.iter().filter(|key| key.row.state(now) != KeyState::Gone);
        json!({ "keys": keys.map(|key| &key.row.public_key).collect::<Vec<_>>() })
    }

    /// The newest whose turn it is. One whose turn is soon will do where the clocks of several
    /// instances are apart.
    fn signer(&self, now: DateTime<Utc>) -> Option<&dyn JwsSigner> {
        let of = |state: KeyState| {
            let mut keys = self.keys.iter().filter(move |key| key.row.state(now) == state);
            keys.find_map(|key| key.signer.as_deref())
        };
        of(KeyState::Signing).or_else(|| of(KeyState::Waiting))
    }

    /// The key that the header names. That the header's algorithm is the key's own, the library
    /// sees to.
    fn verifier(
        &self,
        kind: &str,
        header: &JwsHeader,
        now: DateTime<Utc>,
    ) -> Option<&dyn JwsVerifier> {
        let said = header.token_type()?.to_ascii_lowercase();
        let is_of_kind = said.strip_prefix("application/").unwrap_or(&said) == kind;
        if !is_of_kind || header.claim("crit").is_some() {
            return None;
        }
        let key = self.keys.iter().find(|key| Some(key.row.kid.as_str()) == header.key_id())?;
        (key.row.state(now) != KeyState::Gone).then_some(&*key.verifier)
    }
}
