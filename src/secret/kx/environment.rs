//! The keys of an environment: a seed, whose key pair its values are closed to, and a salt, under
//! which names are known again without being read.
use std::fmt;

use blake2::Blake2bMac;
use blake2::digest::Mac as _;
use blake2::digest::consts::U32;
use zeroize::Zeroizing;

use super::{Ciphertext, KeyPair, PublicKey};
use crate::format;
use crate::secret::random;

pub struct EnvironmentKeys {
    seed: Zeroizing<[u8; 32]>,
    salt: Zeroizing<[u8; 32]>,
}

impl EnvironmentKeys {
    pub fn generate() -> Self {
        Self { seed: random(), salt: random() }
    }

    /// What [`EnvironmentKeys::seed`] and [`EnvironmentKeys::salt`] gave; `None` unless each is 32
    /// bytes.
    pub fn from_parts(seed: &[u8], salt: &[u8]) -> Option<Self> {
        let part = |bytes: &[u8]| bytes.try_into().ok().map(Zeroizing::new);
        Some(Self { seed: part(seed)?, salt: part(salt)? })
    }

    /// To be sealed, and for nothing else. So is the salt.
    pub fn seed(&self) -> &[u8; 32] {
        &self.seed
    }

    pub fn salt(&self) -> &[u8; 32] {
        &self.salt
    }

    /// What opens the values.
    pub fn pair(&self) -> KeyPair {
        KeyPair::from_seed(&self.seed)
    }

    /// Seed and salt for the holder of the other half of `to`, in that order.
    pub fn wrap(&self, to: PublicKey) -> (Ciphertext, Ciphertext) {
        let wrap = |part| Ciphertext::close(&format::to_hex(part), to);
        (wrap(&*self.seed), wrap(&*self.salt))
    }

    /// Under which a name is stored, and found: the same for the same name in any case.
    pub fn digest(&self, name: &str) -> String {
        digest(format::to_hex(&self.salt).as_bytes(), &name.to_uppercase())
    }
}

impl fmt::Debug for EnvironmentKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EnvironmentKeys(…)")
    }
}

/// BLAKE2b-256 under a key, in hexadecimal digits. The clients' key is the salt's text.
pub(super) fn digest(key: &[u8], text: &str) -> String {
    let mac = Blake2bMac::<U32>::new_with_salt_and_personal(Some(key), &[], &[]);
    let mac = mac.expect("the salt's text is as long as a key may be");
    let digest: [u8; 32] = mac.chain_update(text.as_bytes()).finalize().into_bytes().into();
    format::to_hex(digest).to_string()
}
