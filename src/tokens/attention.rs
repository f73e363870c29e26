//! Which tokens of an organization someone should look at, and why.
use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Date, Nullable, Text, Timestamptz};

use crate::error::Result;
use crate::id::{OrganizationId, TokenId};
use crate::policies::{Policy, Warning};

use super::{Life, State};

/// A token that was not used for this long is perhaps not needed any more.
const IDLE: TimeDelta = TimeDelta::days(90);

#[derive(Debug, Clone)]
pub struct Concern {
    pub token: TokenId,
    pub name: String,
    pub why: Why,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// A secret that is dead was presented so many times today.
    Tried { state: State, times: i64 },
    /// What the policy has against it.
    Blocked(String),
    /// What a coming rule has against it.
    Warned(Warning),
    /// Since when; of one that was never used, since it was made.
    Unused { since: DateTime<Utc>, ever: bool },
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    id: TokenId,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Timestamptz)]
    created_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    last_used_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    expires_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Timestamptz)]
    expiry_set_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    disabled_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    revoked_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = BigInt)]
    tried: i64,
    #[diesel(sql_type = Bool)]
    blocked: bool,
}

/// The most pressing first: dead secrets that are still tried, then what is blocked or will be, then
/// what is not used.
pub fn attention(
    conn: &mut PgConnection,
    organization: OrganizationId,
    policy: &Policy,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Concern>> {
    let blocked = super::blocked::blocked(policy, now);
    let warned = super::blocked::warned(policy, now);
    let statement = format!(
        "SELECT id, name, created_at, last_used_at, expires_at, expiry_set_at, disabled_at,
                revoked_at, tried, blocked
         FROM (SELECT tokens.*, last_used_at, ({blocked}) IS TRUE AS blocked, ({warned}) IS TRUE AS warned,
                      revoked_at IS NULL AND disabled_at IS NULL
                        AND (expires_at IS NULL OR expires_at > $2) AS live,
                      coalesce((SELECT sum(dead) FROM token_use_days d
                                WHERE d.token_id = tokens.id AND d.day = $3), 0)::bigint AS tried
               FROM tokens JOIN token_uses ON token_id = id WHERE tokens.organization_id = $1) t
         WHERE tried > 0 OR (live AND (blocked OR warned OR coalesce(last_used_at, created_at) < $4))
         ORDER BY tried DESC, (live AND blocked) DESC, (live AND warned) DESC,
                  coalesce(last_used_at, created_at), id
         LIMIT $5"
    );
    let rows: Vec<Row> = diesel::sql_query(statement)
        .bind::<BigInt, _>(organization)
        .bind::<Timestamptz, _>(now)
        .bind::<Date, _>(now.date_naive())
        .bind::<Timestamptz, _>(now - IDLE)
        .bind::<BigInt, _>(limit)
        .load(conn)?;
    Ok(rows.into_iter().map(|row| row.read(policy, now)).collect())
}

impl Row {
    fn read(self, policy: &Policy, now: DateTime<Utc>) -> Concern {
        let life = Life {
            revoked_at: self.revoked_at,
            disabled_at: self.disabled_at,
            expires_at: self.expires_at,
            expiry_set_at: self.expiry_set_at,
        };
        let since = self.last_used_at.unwrap_or(self.created_at);
        let why = match policy.blocks(self.expires_at, self.expiry_set_at, now) {
            _ if self.tried > 0 => Why::Tried { state: life.state(policy, now), times: self.tried },
            Some(reason) if self.blocked => Why::Blocked(reason),
            _ if let Some(warning) = life.warning(policy, now) => Why::Warned(warning),
            _ => Why::Unused { since, ever: self.last_used_at.is_some() },
        };
        Concern { token: self.id, name: self.name, why }
    }
}
