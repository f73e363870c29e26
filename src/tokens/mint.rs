//! How the secrets of tokens are made: a digest of each is stored, and where an account holds the
//! token, also a share of the account's private key.
use diesel::PgConnection;

use super::account_keys::{self, Account};
use super::peppers::PURPOSE;
use super::{Holder, secrets};
use crate::config::Config;
use crate::db::Tx;
use crate::error::Result;
use crate::id::TokenId;
use crate::secret::{
    ClientShare, Digest, InstanceKey, Pepper, PlainToken, PublicKey, Revealed, Seal,
};

/// What it takes, derived from the instance key.
pub struct Mint {
    pepper: Pepper,
    seal: Seal,
}

/// A secret with what is shown of it, once.
#[derive(Debug)]
pub struct Minted {
    plain: PlainToken,
    share: Option<ClientShare>,
}

impl Minted {
    /// In every form that it has.
    pub fn reveal(self) -> Revealed {
        match &self.share {
            Some(share) => self.plain.reveal_with(share),
            None => self.plain.reveal(),
        }
    }
}

impl Mint {
    /// # Errors
    /// When the previous instance key is malformed.
    pub fn configured(config: &Config, key: &InstanceKey) -> Result<Self> {
        Ok(Self::new(key, InstanceKey::previous(config)?.as_ref()))
    }

    pub fn new(key: &InstanceKey, previous: Option<&InstanceKey>) -> Self {
        let seal = Seal::new(key, previous, account_keys::PURPOSE);
        Self { pepper: Pepper::new(key, PURPOSE), seal }
    }

    /// Stores the secret as a generation of the holder's token.
    pub(super) fn store(
        &self,
        tx: &mut Tx,
        holder: Holder,
        (token, generation): (TokenId, i32),
        plain: PlainToken,
        idempotency: Option<Digest>,
    ) -> Result<Minted> {
        let shares = match Account::of(holder) {
            Some(account) => Some(account_keys::pair(tx, &self.seal, account)?.split()),
            None => None,
        };
        let (share, key_share) = shares.unzip();
        let created_at = tx.now();
        let secret = secrets::NewSecret {
            token_id: token,
            generation,
            digest: plain.digest(&self.pepper),
            hint: plain.hint(),
            created_at,
            idempotency_digest: idempotency,
            key_share,
        };
        secrets::insert(tx.conn(), secret)?;
        Ok(Minted { plain, share })
    }

    /// How many private keys are sealed under an earlier instance key.
    pub fn stale(&self, conn: &mut PgConnection) -> Result<i64> {
        account_keys::count_stale(conn, &self.seal)
    }

    /// Seals a batch of them under the current one; how many.
    pub fn reseal(&self, tx: &mut Tx) -> Result<usize> {
        account_keys::reseal(tx, &self.seal)
    }
}

/// What the keys of environments are wrapped to; `None` before the holder's first token that
/// carries key material.
pub fn public_key(conn: &mut PgConnection, holder: Holder) -> Result<Option<PublicKey>> {
    Account::of(holder).map_or(Ok(None), |account| account_keys::public(conn, account))
}
