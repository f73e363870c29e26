//! X25519 key pairs, and the keys that two of them make for one message (libsodium's `crypto_kx`).
use std::fmt;

use blake2::digest::consts::U32;
use blake2::{Blake2b, Blake2b512, Digest as _};
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Bytea;
use x25519_dalek::{PublicKey as Point, StaticSecret};
use zeroize::Zeroizing;

use crate::format;
use crate::secret::random;

/// To it anyone can close a secret; only its [`KeyPair`] opens it. Printed as 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, AsExpression, FromSqlRow)]
#[diesel(sql_type = Bytea)]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    /// 64 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        format::from_hex(text).map(|bytes| Self(*bytes))
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&format::to_hex(self.0))
    }
}

impl ToSql<Bytea, Pg> for PublicKey {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        ToSql::<Bytea, Pg>::to_sql(self.0.as_slice(), &mut out.reborrow())
    }
}

impl FromSql<Bytea, Pg> for PublicKey {
    fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(bytes.as_bytes().try_into()?))
    }
}

/// Its private half is wiped from memory at its end, and is never printed.
pub struct KeyPair {
    private: StaticSecret,
    public: PublicKey,
}

impl KeyPair {
    pub fn generate() -> Self {
        Self::of_private(*random())
    }

    /// As `crypto_kx_seed_keypair` does: the private key is the seed's BLAKE2b-256.
    pub(super) fn from_seed(seed: &[u8; 32]) -> Self {
        Self::of_private(Blake2b::<U32>::digest(seed).into())
    }

    /// What [`KeyPair::private`] gave; `None` when that is not 32 bytes.
    pub fn from_private(bytes: &[u8]) -> Option<Self> {
        Some(Self::of_private(bytes.try_into().ok()?))
    }

    fn of_private(bytes: [u8; 32]) -> Self {
        let private = StaticSecret::from(bytes);
        let public = PublicKey(Point::from(&private).to_bytes());
        Self { private, public }
    }

    pub fn public(&self) -> PublicKey {
        self.public
    }

    /// To be sealed, and for nothing else.
    pub fn private(&self) -> &[u8; 32] {
        self.private.as_bytes()
    }

    /// What this pair, made for one message, closes with: the client's `tx`.
    pub(super) fn key_to(&self, server: PublicKey) -> Zeroizing<[u8; 32]> {
        let shared = self.private.diffie_hellman(&Point::from(server.0));
        half::<32>(shared.as_bytes(), self.public, server)
    }

    /// What this pair opens with: the server's `rx`. `None` for a public key that makes no secret.
    pub(super) fn key_from(&self, client: PublicKey) -> Option<Zeroizing<[u8; 32]>> {
        let shared = self.private.diffie_hellman(&Point::from(client.0));
        shared.was_contributory().then(|| half::<32>(shared.as_bytes(), client, self.public))
    }

    #[cfg(test)]
    pub(super) fn answers(&self, client: PublicKey) -> Zeroizing<[u8; 32]> {
        let shared = self.private.diffie_hellman(&Point::from(client.0));
        half::<0>(shared.as_bytes(), client, self.public)
    }
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyPair({})", self.public)
    }
}

/// BLAKE2b-512 of what both know and who they are. The first half is the client's to read, the
/// second the client's to write.
fn half<const AT: usize>(
    shared: &[u8; 32],
    client: PublicKey,
    server: PublicKey,
) -> Zeroizing<[u8; 32]> {
    let both = Blake2b512::new()
        .chain_update(shared)
        .chain_update(client.0)
        .chain_update(server.0)
        .finalize();
    let both = Zeroizing::new(<[u8; 64]>::from(both));
    let mut key = Zeroizing::new([0; 32]);
    key.copy_from_slice(&both[AT..][..32]);
    key
}
