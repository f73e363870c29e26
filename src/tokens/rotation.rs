//! A new secret on the same token; the old one works on for a while.
use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use serde_json::json;

use super::{Holder, Issued, Mint, Secret, Token, Verdict, hold, secrets};
use crate::audit::{self, Action, Actor};
use crate::db::Tx;
use crate::db::schema::tokens;
use crate::error::{Error, Result};
use crate::id::TokenId;
use crate::secret::{Digest, PlainToken};

/// How long a retried rotation is recognised by its key.
const RETRY: TimeDelta = TimeDelta::hours(24);

/// How long the old secret works on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grace(TimeDelta);

impl Grace {
    /// In seconds, with the words for it.
    pub const CHOICES: [(i64, &'static str); 6] = [
        (0, "none: it stops at once"),
        (900, "15 minutes"),
        (3_600, "1 hour"),
        (86_400, "24 hours"),
        (259_200, "72 hours"),
        (604_800, "7 days"),
    ];

    /// # Errors
    /// What may be chosen, for the field's message.
    pub fn from_seconds(seconds: i64) -> Result<Self, String> {
        if Self::CHOICES.iter().any(|&(choice, _)| choice == seconds) {
            return Ok(Self(TimeDelta::seconds(seconds)));
        }
        let choices: Vec<_> = Self::CHOICES.iter().map(|(choice, _)| choice.to_string()).collect();
        Err(format!("Choose one of {} seconds.", choices.join(", ")))
    }

    pub fn seconds(self) -> i64 {
        self.0.num_seconds()
    }
}

impl Default for Grace {
    fn default() -> Self {
        Self(TimeDelta::hours(24))
    }
}

/// Gives the token a new secret. With the digest of an idempotency key a retry is safe: as long as
/// the secret that the first answer carried was never used, another takes its place, and the old
/// one's grace period stays as it was.
///
/// # Errors
/// `NotFound`; `Conflict` for a revoked token, and for a retry that comes too late: its secret is
/// in use, or was rotated out since.
pub fn rotate(
    tx: &mut Tx,
    by: &Actor,
    holder: Holder,
    id: TokenId,
    grace: Grace,
    mint: &Mint,
    idempotency: Option<Digest>,
) -> Result<Issued> {
    let rotation = Rotation::begin(tx, holder, id, idempotency)?;
    rotation.end(tx, by, grace, mint)
}

/// [`rotate`], asked for with the token's own secret. An old one in its grace period cannot: who
/// leaked it would else have taken the token over.
///
/// # Errors
/// Those of [`rotate`]; `Forbidden` where the token may not, or the secret is not the current one.
pub fn rotate_itself(
    tx: &mut Tx,
    by: &Actor,
    holder: Holder,
    verdict: &Verdict,
    grace: Grace,
    mint: &Mint,
    idempotency: Option<Digest>,
) -> Result<Issued> {
    if !verdict.may_rotate_itself {
        let why = "this token was not allowed to rotate itself; ask whoever created it";
        return Err(Error::forbidden(why));
    }
    let rotation = Rotation::begin(tx, holder, verdict.token, idempotency)?;
    let current = rotation.newest.generation;
    // The retry of its own rotation still comes with the secret before.
    let retries = rotation.again == Some(verdict.generation + 1);
    if verdict.generation != current && !retries {
        let why = "this secret was replaced; only the current one can rotate the token";
        return Err(Error::forbidden(why));
    }
    rotation.end(tx, by, grace, mint)
}

/// A rotation between its checks and its deed, the token's row locked.
struct Rotation {
    holder: Holder,
    token: Token,
    newest: Secret,
    idempotency: Option<Digest>,
    /// Where this is a retry: the generation that the first answer carried.
    again: Option<i32>,
}

impl Rotation {
    fn begin(
        tx: &mut Tx,
        holder: Holder,
        id: TokenId,
        idempotency: Option<Digest>,
    ) -> Result<Self> {
        let token = hold(tx, holder, id)?;
        let recent = tx.now() - RETRY;
        let known = secrets::of_token(tx.conn(), id)?;
        let newest = known.first().cloned();
        let newest = newest.ok_or_else(|| anyhow::anyhow!("token {id} without a secret"))?;
        let asked = |secret: &&Secret| {
            idempotency.is_some()
                && secret.idempotency_digest == idempotency
                && secret.created_at > recent
        };
        let again = known.iter().rev().find(asked).map(|first| first.generation);
        if again.is_some() && (!asked(&&newest) || newest.uses().last_used_at.is_some()) {
            let why = "this rotation was answered before, and its secret was used or replaced";
            return Err(Error::conflict(why));
        }
        Ok(Self { holder, token, newest, idempotency, again })
    }

    fn end(self, tx: &mut Tx, by: &Actor, grace: Grace, mint: &Mint) -> Result<Issued> {
        let Self { holder, token, newest, idempotency, again } = self;
        let (id, now) = (token.id, tx.now());
        let plain = PlainToken::generate(token.kind());
        match again {
            // Nobody received it; those before it keep their grace period.
            Some(_) => secrets::retire_current(tx.conn(), id, now)?,
            None => secrets::retire(tx.conn(), id, now + grace.0)?,
        }
        let next = newest.generation + 1;
        let token = set_hint(tx, id, &plain.hint())?;
        let plain = mint.store(tx, holder, (id, next), plain, idempotency)?;
        let detail = json!({ "grace_seconds": grace.0.num_seconds(), "retry": again.is_some() });
        audit::record(tx, by, Action::TokenRotated, token.subject(), detail)?;
        Ok(Issued { token, generation: next, plain })
    }
}

/// Old secrets that still work stop now.
pub fn end_grace(tx: &mut Tx, by: &Actor, holder: Holder, id: TokenId) -> Result<Token> {
    let token = hold(tx, holder, id)?;
    let now: DateTime<Utc> = tx.now();
    if secrets::end_grace(tx.conn(), id, now)? == 0 {
        return Err(Error::conflict("no old secret of this token works any more"));
    }
    audit::record(tx, by, Action::TokenGraceEnded, token.subject(), json!({}))?;
    Ok(token)
}

fn set_hint(tx: &mut Tx, id: TokenId, hint: &str) -> Result<Token> {
    Ok(diesel::update(tokens::table.find(id))
        .set(tokens::hint.eq(hint))
        .returning(Token::as_returning())
        .get_result(tx.conn())?)
}
