//! What two parties need to exchange secrets as libsodium's `crypto_kx` has it: key pairs,
//! ciphertexts, and keys in halves. Byte for byte what the published clients of Phase make and read.
mod ciphertext;
mod environment;
mod pair;
mod share;
#[cfg(test)]
mod vectors;

use chacha20poly1305::aead::{Aead as _, KeyInit as _};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use super::random;

pub use ciphertext::Ciphertext;
pub use environment::EnvironmentKeys;
pub use pair::{KeyPair, PublicKey};
pub use share::{ClientShare, ServerShare};

const NONCE: usize = 24;

/// XChaCha20-Poly1305; the nonce follows what it was used for.
fn close(plain: &[u8], key: &[u8; 32]) -> Vec<u8> {
    let noise = random();
    let nonce = XNonce::try_from(&noise[..NONCE]).expect("there is more noise than that");
    let closed = XChaCha20Poly1305::new(key.into()).encrypt(&nonce, plain);
    let mut closed = closed.expect("XChaCha20-Poly1305 takes what fits into memory");
    closed.extend_from_slice(&nonce);
    closed
}

/// `None` where it was closed with another key, or was changed or cut since.
fn open(closed: &[u8], key: &[u8; 32]) -> Option<Zeroizing<Vec<u8>>> {
    let (closed, nonce) = closed.split_at_checked(closed.len().checked_sub(NONCE)?)?;
    let nonce = XNonce::try_from(nonce).ok()?;
    XChaCha20Poly1305::new(key.into()).decrypt(&nonce, closed).ok().map(Zeroizing::new)
}
