//! What opens the keys of environments: they rest sealed under a key derived from the instance key.
use anyhow::anyhow;
use diesel::PgConnection;
use zeroize::Zeroizing;

use super::{Environment, environment_store as store};
use crate::config::Config;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::id::{EnvironmentId, SecretId};
use crate::secret::{Ciphertext, EnvironmentKeys, InstanceKey, KeyPair, Seal, Sealed};

/// What the key is for that seeds and salts of environments are sealed with.
const PURPOSE: &str = "jeton environment v1";

/// How many are sealed anew in one transaction.
const BATCH: i64 = 100;

pub struct Vault {
    seal: Seal,
}

impl Vault {
    /// # Errors
    /// When the previous instance key is malformed.
    pub fn new(config: &Config, key: &InstanceKey) -> Result<Self> {
        let previous = InstanceKey::previous(config)?;
        Ok(Self { seal: Seal::new(key, previous.as_ref(), PURPOSE) })
    }

    /// The keys themselves, to be wrapped for those who may have them.
    ///
    /// # Errors
    /// When they were sealed under another instance key, or for another environment.
    pub fn keys(&self, environment: &Environment) -> Result<EnvironmentKeys> {
        let [seed, salt] = contexts(environment.id);
        let (seed, salt) =
            (self.seal.open(&environment.seed, &seed)?, self.seal.open(&environment.salt, &salt)?);
        let keys = EnvironmentKeys::from_parts(&seed, &salt);
        Ok(keys.ok_or_else(|| anyhow!("the keys of an environment have not their length"))?)
    }

    /// What reads and writes the secrets of an environment.
    ///
    /// # Errors
    /// As [`Vault::keys`].
    pub fn open(&self, environment: &Environment) -> Result<Opener> {
        let keys = self.keys(environment)?;
        Ok(Opener { pair: keys.pair(), keys })
    }

    /// How many environments have keys that are sealed under an earlier instance key.
    pub fn stale(&self, conn: &mut PgConnection) -> Result<i64> {
        store::count_stale(conn, self.seal.id())
    }

    /// Seals those of a batch of them under the current one; how many.
    pub fn reseal(&self, tx: &mut Tx) -> Result<usize> {
        let stale = store::take_stale(tx, self.seal.id(), BATCH)?;
        for environment in &stale {
            let (seed, salt) = self.close(environment.id, &self.keys(environment)?);
            store::seal(tx.conn(), environment.id, &seed, &salt)?;
        }
        Ok(stale.len())
    }

    pub(super) fn close(&self, id: EnvironmentId, keys: &EnvironmentKeys) -> (Sealed, Sealed) {
        let [seed, salt] = contexts(id);
        (self.seal.close(keys.seed(), &seed), self.seal.close(keys.salt(), &salt))
    }
}

/// For whom seed and salt of an environment are sealed.
fn contexts(id: EnvironmentId) -> [String; 2] {
    ["seed", "salt"].map(|part| format!("environment {id} {part}"))
}

/// The keys of one environment at work.
#[derive(Debug)]
pub struct Opener {
    keys: EnvironmentKeys,
    pair: KeyPair,
}

impl Opener {
    pub fn close(&self, plain: &str) -> Ciphertext {
        Ciphertext::close(plain, self.pair.public())
    }

    /// `None` for what was closed to the key of another environment, or was changed since.
    pub fn open(&self, closed: &Ciphertext) -> Option<Zeroizing<String>> {
        closed.open(&self.pair)
    }

    pub fn opens(&self, closed: &Ciphertext) -> bool {
        self.open(closed).is_some()
    }

    /// Under which a name is stored, in any case.
    pub fn digest(&self, name: &str) -> String {
        self.keys.digest(name)
    }
}

/// What is said of a secret that does not open.
pub fn unreadable(id: SecretId) -> Error {
    Error::conflict(format!(
        "the secret {id} does not open: it was closed to the key of another environment, or \
         changed; write it again or delete it"
    ))
}
