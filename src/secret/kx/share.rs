//! A private key in two halves, each useless alone: one goes into a personal secret token, the other
//! stays here, wrapped with a key that went along with the first.
use std::fmt;

use diesel_derive_newtype::DieselNewType;
use serde::Serialize;
use zeroize::Zeroizing;

use super::close;
use super::pair::{KeyPair, PublicKey};
use crate::format;
use crate::secret::random;

/// What a personal secret token carries beside the token itself. Never stored.
pub struct ClientShare {
    public: PublicKey,
    share: Zeroizing<[u8; 32]>,
    wrap_key: Zeroizing<[u8; 32]>,
}

/// What is stored with the token's secret: hexadecimal digits that say nothing without the
/// [`ClientShare`].
#[derive(Debug, Clone, PartialEq, Eq, DieselNewType, Serialize)]
pub struct ServerShare(String);

impl KeyPair {
    /// Anew for each secret of a token, so that one can be taken back without the others.
    pub fn split(&self) -> (ClientShare, ServerShare) {
        let (share, wrap_key) = (random(), random());
        let other = Zeroizing::new(xor(self.private(), &share));
        let wrapped = close(format::to_hex(&other).as_bytes(), &wrap_key);
        let server = ServerShare(format::to_hex(&wrapped).to_string());
        (ClientShare { public: self.public(), share, wrap_key }, server)
    }
}

impl ClientShare {
    /// The last three fields of a personal secret token.
    pub(in crate::secret) fn fields(&self) -> Zeroizing<String> {
        let [share, wrap_key] = [&self.share, &self.wrap_key].map(format::to_hex);
        Zeroizing::new(format!("{}:{}:{}", self.public, *share, *wrap_key))
    }
}

impl fmt::Debug for ClientShare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientShare(…)")
    }
}

pub(super) fn xor(one: &[u8; 32], other: &[u8; 32]) -> [u8; 32] {
    std::array::from_fn(|at| one[at] ^ other[at])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::kx::{open, vectors};

    #[test]
    fn both_halves_together_are_the_private_key() {
        let pair = KeyPair::generate();
        let (client, server) = pair.split();
        assert_eq!(format!("{client:?}"), "ClientShare(…)");
        assert_eq!(server.0.len(), 208);
        let other = open(&vectors::bytes(&server.0), &client.wrap_key).unwrap();
        let other = format::from_hex(std::str::from_utf8(&other).unwrap()).unwrap();
        assert_eq!(xor(&client.share, &other), *pair.private());

        assert!(open(&vectors::bytes(&server.0), &client.share).is_none());
        let (again, _) = pair.split();
        assert_ne!(again.fields(), client.fields());
        assert_eq!(again.fields().split(':').count(), 3);
    }
}
