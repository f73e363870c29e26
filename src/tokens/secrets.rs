//! Every query on the `token_secrets` table but the verifier's; with each secret what it was used for.
use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use ipnetwork::IpNetwork;

use crate::db::schema::{secret_uses as uses, token_secrets as secrets};
use crate::error::Result;
use crate::id::TokenId;
use crate::secret::{Digest, ServerShare};

/// One generation. Its digest is not read back: only the verifier looks for one.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = secrets, check_for_backend(Pg))]
pub struct Secret {
    pub token_id: TokenId,
    pub generation: i32,
    pub hint: String,
    pub created_at: DateTime<Utc>,
    pub retires_at: Option<DateTime<Utc>>,
    pub(super) idempotency_digest: Option<Digest>,
    #[diesel(embed)]
    uses: Option<SecretUses>,
}

/// What became of one generation.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = uses, check_for_backend(Pg))]
pub struct SecretUses {
    pub last_used_at: Option<DateTime<Utc>>,
    pub last_used_address: Option<IpNetwork>,
    pub last_used_agent: Option<String>,
    /// Calls that were made after a newer secret took its place.
    pub late_calls: i64,
    /// The last call that was made with it though it was dead.
    pub tried_at: Option<DateTime<Utc>>,
    pub tried_address: Option<IpNetwork>,
    pub tried_agent: Option<String>,
}

/// Of one that nobody presented yet.
static UNUSED: SecretUses = SecretUses {
    last_used_at: None,
    last_used_address: None,
    last_used_agent: None,
    late_calls: 0,
    tried_at: None,
    tried_address: None,
    tried_agent: None,
};

impl Secret {
    pub fn uses(&self) -> &SecretUses {
        self.uses.as_ref().unwrap_or(&UNUSED)
    }

    /// The one that rotation would replace.
    pub fn is_current(&self) -> bool {
        self.retires_at.is_none()
    }

    /// Replaced, and works on for now.
    pub fn in_grace(&self, now: DateTime<Utc>) -> bool {
        self.retires_at.is_some_and(|at| at > now)
    }
}

/// The newest first.
pub fn of_token(conn: &mut PgConnection, token: TokenId) -> Result<Vec<Secret>> {
    of_tokens(conn, &[token])
}

/// Of several tokens in one query; the newest of each first.
pub fn of_tokens(conn: &mut PgConnection, tokens: &[TokenId]) -> Result<Vec<Secret>> {
    let its_uses =
        uses::token_id.eq(secrets::token_id).and(uses::generation.eq(secrets::generation));
    Ok(secrets::table
        .left_join(uses::table.on(its_uses))
        .filter(secrets::token_id.eq_any(tokens))
        .order((secrets::token_id, secrets::generation.desc()))
        .select(Secret::as_select())
        .load(conn)?)
}

/// Without a `DEFAULT` where a value is missing, so that the statement is always the same one.
#[derive(Insertable)]
#[diesel(table_name = secrets, treat_none_as_default_value = false)]
pub(super) struct NewSecret {
    pub token_id: TokenId,
    pub generation: i32,
    pub digest: Digest,
    pub hint: String,
    pub created_at: DateTime<Utc>,
    pub idempotency_digest: Option<Digest>,
    pub key_share: Option<ServerShare>,
}

pub(super) fn insert(conn: &mut PgConnection, new: NewSecret) -> Result<()> {
    diesel::insert_into(secrets::table).values(new).execute(conn)?;
    Ok(())
}

/// What a personal secret token needs beside itself; `None` for a secret that has no key material.
pub fn key_share(
    conn: &mut PgConnection,
    token: TokenId,
    generation: i32,
) -> Result<Option<ServerShare>> {
    let share: Option<Option<ServerShare>> = secrets::table
        .filter(secrets::token_id.eq(token))
        .filter(secrets::generation.eq(generation))
        .select(secrets::key_share)
        .first(conn)
        .optional()?;
    Ok(share.flatten())
}

/// No secret of the token that exists now works longer than until `at`.
pub(super) fn retire(conn: &mut PgConnection, token: TokenId, at: DateTime<Utc>) -> Result<()> {
    let live = secrets::retires_at.is_null().or(secrets::retires_at.gt(at));
    diesel::update(secrets::table.filter(secrets::token_id.eq(token)).filter(live))
        .set(secrets::retires_at.eq(at))
        .execute(conn)?;
    Ok(())
}

/// The one that is current stops working at `at`; those before it as was said then.
pub(super) fn retire_current(
    conn: &mut PgConnection,
    token: TokenId,
    at: DateTime<Utc>,
) -> Result<()> {
    diesel::update(secrets::table.filter(secrets::token_id.eq(token)))
        .filter(secrets::retires_at.is_null())
        .set(secrets::retires_at.eq(at))
        .execute(conn)?;
    Ok(())
}

/// Ends every grace period of the token; how many there were.
pub(super) fn end_grace(
    conn: &mut PgConnection,
    token: TokenId,
    now: DateTime<Utc>,
) -> Result<usize> {
    Ok(diesel::update(secrets::table.filter(secrets::token_id.eq(token)))
        .filter(secrets::retires_at.gt(now))
        .set(secrets::retires_at.eq(now))
        .execute(conn)?)
}
