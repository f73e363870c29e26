//! A new secret on the same token; the old one works on for a while.
use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use serde_json::json;

use super::{Holder, Issued, Token, hold, secrets};
use crate::audit::{self, Action, Actor};
use crate::db::Tx;
use crate::db::schema::tokens;
use crate::error::{Error, Result};
use crate::id::TokenId;
use crate::secret::{Digest, Pepper, PlainToken};

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
}

impl Default for Grace {
    fn default() -> Self {
        Self(TimeDelta::hours(24))
    }
}

/// Gives the token a new secret. With the digest of an idempotency key a retry is safe: as long as
/// the secret that the first answer carried was never used, it is replaced, and the old one's
/// grace period stays as it was.
///
/// # Errors
/// `NotFound`; `Conflict` for a revoked token, and for a retry whose first answer arrived after all.
pub fn rotate(
    tx: &mut Tx,
    by: &Actor,
    holder: Holder,
    id: TokenId,
    grace: Grace,
    pepper: &Pepper,
    idempotency: Option<Digest>,
) -> Result<Issued> {
    let token = hold(tx, holder, id)?;
    let now = tx.now();
    let known = secrets::of_token(tx.conn(), id)?;
    let newest = known.first().ok_or_else(|| anyhow::anyhow!("token {id} without a secret"))?;
    let plain = PlainToken::generate(token.kind());
    let again = idempotency.is_some()
        && newest.idempotency_digest == idempotency
        && newest.created_at > now - RETRY;
    let generation = if again {
        if newest.last_used_at.is_some() {
            return Err(Error::conflict(
                "this rotation was answered before, and its secret is in use",
            ));
        }
        secrets::replace(tx.conn(), id, newest.generation, &plain, pepper)?;
        newest.generation
    } else {
        secrets::retire(tx.conn(), id, now + grace.0)?;
        let next = newest.generation + 1;
        secrets::insert(tx.conn(), id, next, &plain, pepper, now, idempotency)?;
        next
    };
    let token = set_hint(tx, id, &plain.hint())?;
    let detail = json!({ "grace_seconds": grace.0.num_seconds(), "retry": again });
    audit::record(tx, by, Action::TokenRotated, token.subject(), detail)?;
    Ok(Issued { token, generation, plain })
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
