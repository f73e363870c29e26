//! Secrets that Jeton itself must read again: sealed in the database, under a key that is not there.
use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, KeyInit};
use anyhow::anyhow;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Bytea;
use zeroize::Zeroizing;

use super::{InstanceKey, random};
use crate::error::Result;

const KEY_ID: usize = 8;
const NONCE: usize = 12;

/// AES-256-GCM under a key derived from the instance key, and the one before it while that is being
/// rotated.
pub struct Seal {
    current: Key,
    previous: Option<Key>,
}

struct Key {
    /// Tells which key a secret was sealed with; says nothing about the key.
    id: [u8; KEY_ID],
    cipher: Aes256Gcm,
}

impl Seal {
    pub fn new(key: &InstanceKey, previous: Option<&InstanceKey>, purpose: &str) -> Self {
        Self {
            current: Key::new(key, purpose),
            previous: previous.map(|key| Key::new(key, purpose)),
        }
    }

    /// `context` says whose secret it is: it opens for nobody else's row.
    pub fn close(&self, plain: &[u8], context: &str) -> Sealed {
        let noise = random();
        let nonce = &noise[..NONCE];
        let payload = Payload { msg: plain, aad: context.as_bytes() };
        let closed = self.current.cipher.encrypt(nonce.into(), payload);
        let closed = closed.expect("AES-GCM takes what fits into memory");
        Sealed([&self.current.id, nonce, &closed].concat())
    }

    /// # Errors
    /// When it was sealed with a key that is not here, for another context, or was changed.
    pub fn open(&self, sealed: &Sealed, context: &str) -> Result<Zeroizing<Vec<u8>>> {
        let mut keys = [Some(&self.current), self.previous.as_ref()].into_iter().flatten();
        let key = keys.find(|key| sealed.0.starts_with(&key.id));
        let opened = key.and_then(|key| {
            let (nonce, closed) = sealed.0.get(KEY_ID..)?.split_at_checked(NONCE)?;
            let payload = Payload { msg: closed, aad: context.as_bytes() };
            key.cipher.decrypt(nonce.into(), payload).ok()
        });
        let opened = opened.ok_or_else(|| anyhow!("a sealed secret does not open: {context}"))?;
        Ok(Zeroizing::new(opened))
    }

    /// What a secret begins with that opens without the previous key. Says nothing about the key.
    pub fn id(&self) -> &[u8] {
        &self.current.id
    }

    /// Whether it opens without the previous key.
    pub fn is_current(&self, sealed: &Sealed) -> bool {
        sealed.0.starts_with(&self.current.id)
    }
}

impl Key {
    fn new(key: &InstanceKey, purpose: &str) -> Self {
        let secret = key.derive::<32>(purpose);
        let cipher = Aes256Gcm::new_from_slice(secret.as_slice());
        Self {
            id: *key.derive(&format!("{purpose}, the key's id")),
            cipher: cipher.expect("the key is of the right length"),
        }
    }
}

/// The id of the key, the nonce, then the secret as nobody can read it.
#[derive(Debug, Clone, PartialEq, Eq, AsExpression, FromSqlRow)]
#[diesel(sql_type = Bytea)]
pub struct Sealed(Vec<u8>);

impl ToSql<Bytea, Pg> for Sealed {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        ToSql::<Bytea, Pg>::to_sql(self.0.as_slice(), &mut out.reborrow())
    }
}

impl FromSql<Bytea, Pg> for Sealed {
    fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(bytes.as_bytes().to_vec()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_with_its_key_and_for_its_context_only() {
        let (old, new) = (InstanceKey::generate(), InstanceKey::generate());
        let before = Seal::new(&old, None, "test");
        let sealed = before.close(b"hush", "row 1");
        assert_eq!(before.open(&sealed, "row 1").unwrap().as_slice(), b"hush");
        assert!(before.open(&sealed, "row 2").is_err());
        assert!(Seal::new(&old, None, "other").open(&sealed, "row 1").is_err());
        assert_ne!(before.close(b"hush", "row 1"), sealed, "no nonce is used twice");

        let rotating = Seal::new(&new, Some(&old), "test");
        assert_eq!(rotating.open(&sealed, "row 1").unwrap().as_slice(), b"hush");
        assert!(!rotating.is_current(&sealed));
        let again = rotating.close(b"hush", "row 1");
        assert!(rotating.is_current(&again));
        let after = Seal::new(&new, None, "test");
        assert!(after.open(&again, "row 1").is_ok() && after.open(&sealed, "row 1").is_err());

        for at in 0..sealed.0.len() {
            let mut changed = sealed.clone();
            changed.0[at] ^= 1;
            assert!(before.open(&changed, "row 1").is_err(), "byte {at}");
        }
        assert!(before.open(&Sealed(sealed.0[..15].to_vec()), "row 1").is_err());
    }
}
