//! Every query on the `account_keys` table: the key pair of whoever has tokens with key material.
//! It is made with their first token, and its private half rests sealed.
use std::fmt;

use anyhow::anyhow;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Nullable};

use super::Holder;
use crate::db::schema::account_keys as keys;
use crate::db::{Tx, substr};
use crate::error::Result;
use crate::id::{ServiceAccountId, UserId};
use crate::secret::{KeyPair, PublicKey, Seal, Sealed};

pub(super) const PURPOSE: &str = "jeton account key v1";
/// How many are sealed anew in one transaction.
const BATCH: i64 = 100;

/// Whose keys. An organization has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Account {
    Person(UserId),
    Service(ServiceAccountId),
}

impl Account {
    pub fn of(holder: Holder) -> Option<Self> {
        match holder {
            Holder::Organization(_) => None,
            Holder::ServiceAccount(_, id) => Some(Self::Service(id)),
            Holder::Person(id) => Some(Self::Person(id)),
        }
    }

    fn ids(self) -> (Option<UserId>, Option<ServiceAccountId>) {
        match self {
            Self::Person(id) => (Some(id), None),
            Self::Service(id) => (None, Some(id)),
        }
    }
}

/// For the seal: a private key opens in nobody else's row.
impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(id) => write!(f, "private key of user {id}"),
            Self::Service(id) => write!(f, "private key of service account {id}"),
        }
    }
}

/// The account's pair, made where there is none. Of two who make it at once, one waits for the
/// other's.
pub(super) fn pair(tx: &mut Tx, seal: &Seal, account: Account) -> Result<KeyPair> {
    if let Some(pair) = find(tx.conn(), seal, account)? {
        return Ok(pair);
    }
    let (fresh, now) = (KeyPair::generate(), tx.now());
    let (user, service) = account.ids();
    diesel::insert_into(keys::table)
        .values((
            keys::user_id.eq(user),
            keys::service_account_id.eq(service),
            keys::public_key.eq(fresh.public()),
            keys::private_key.eq(seal.close(fresh.private(), &account.to_string())),
            keys::created_at.eq(now),
        ))
        .on_conflict_do_nothing()
        .execute(tx.conn())?;
    let kept = find(tx.conn(), seal, account)?;
    Ok(kept.ok_or_else(|| anyhow!("no {account}, though it was just made"))?)
}

fn find(conn: &mut PgConnection, seal: &Seal, account: Account) -> Result<Option<KeyPair>> {
    let sealed: Option<Sealed> =
        keys::table.filter(of(account)).select(keys::private_key).first(conn).optional()?;
    let Some(sealed) = sealed else { return Ok(None) };
    let private = seal.open(&sealed, &account.to_string())?;
    let pair = KeyPair::from_private(&private);
    Ok(Some(pair.ok_or_else(|| anyhow!("the {account} is not of the right length"))?))
}

pub(super) fn public(conn: &mut PgConnection, account: Account) -> Result<Option<PublicKey>> {
    Ok(keys::table.filter(of(account)).select(keys::public_key).first(conn).optional()?)
}

fn of(account: Account) -> Box<dyn BoxableExpression<keys::table, Pg, SqlType = Nullable<Bool>>> {
    match account {
        Account::Person(id) => Box::new(keys::user_id.eq(id)),
        Account::Service(id) => Box::new(keys::service_account_id.eq(id)),
    }
}

/// Those that were sealed under an earlier instance key.
#[diesel::dsl::auto_type]
fn stale(current: Vec<u8>) -> _ {
    substr(keys::private_key, 1_i32, 8_i32).ne(current)
}

/// How many were.
pub(super) fn count_stale(conn: &mut PgConnection, seal: &Seal) -> Result<i64> {
    Ok(keys::table.filter(stale(seal.id().to_vec())).count().get_result(conn)?)
}

/// Seals a batch of them under the current key; how many. Other instances take other batches.
pub(super) fn reseal(tx: &mut Tx, seal: &Seal) -> Result<usize> {
    let rows: Vec<(i64, Option<UserId>, Option<ServiceAccountId>, Sealed)> = keys::table
        .filter(stale(seal.id().to_vec()))
        .order(keys::id)
        .limit(BATCH)
        .select((keys::id, keys::user_id, keys::service_account_id, keys::private_key))
        .for_update()
        .skip_locked()
        .load(tx.conn())?;
    for (id, user, service, sealed) in &rows {
        let account = user.map(Account::Person).or(service.map(Account::Service));
        let account = account.ok_or_else(|| anyhow!("account key {id} is nobody's"))?.to_string();
        let again = seal.close(&seal.open(sealed, &account)?, &account);
        diesel::update(keys::table.find(id)).set(keys::private_key.eq(again)).execute(tx.conn())?;
    }
    Ok(rows.len())
}
