//! What another rule would do to the tokens that are held to it, before it does: how many it would
//! block, and whose they are.
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text, Timestamptz};

use super::blocked::{KEPT, blocked, live, newly};
use crate::db;
use crate::error::Result;
use crate::format::{Kind, masked};
use crate::id::{OrganizationId, TokenId, UserId};
use crate::policies::{Policy, Rule};

/// A rule that would take the place of what is in force.
#[derive(Debug, Clone, Copy)]
pub struct Trial {
    /// Whose tokens; people's own, where it is none.
    pub organization: Option<OrganizationId>,
    pub policy: Policy,
    pub rule: Rule,
    /// When: what ends before is left in peace.
    pub from: DateTime<Utc>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, QueryableByName)]
pub struct Effect {
    #[diesel(sql_type = BigInt)]
    pub blocked_now: i64,
    /// More than are blocked now.
    #[diesel(sql_type = BigInt)]
    pub blocks: i64,
    /// Of those that are blocked now.
    #[diesel(sql_type = BigInt)]
    pub frees: i64,
}

/// A token that would be blocked.
#[derive(Debug, Clone, QueryableByName)]
pub struct Affected {
    #[diesel(sql_type = BigInt)]
    pub id: TokenId,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    pub name: String,
    #[diesel(sql_type = Text)]
    hint: String,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub expires_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Timestamptz)]
    expiry_set_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub last_used_at: Option<DateTime<Utc>>,
    /// Its holder, or who created it for the organization.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub user: Option<UserId>,
    #[diesel(sql_type = Nullable<Text>)]
    pub user_name: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub email: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub service_account: Option<String>,
}

impl Affected {
    pub fn kind(&self) -> Kind {
        Kind::parse(&self.kind).unwrap_or(Kind::Oat)
    }

    pub fn masked(&self) -> String {
        masked(self.kind(), &self.hint)
    }

    /// What the rule has against it.
    pub fn reason(&self, rule: &Rule) -> String {
        rule.against(self.expires_at, self.expiry_set_at).unwrap_or_default()
    }
}

pub fn effect(conn: &mut PgConnection, trial: &Trial, now: DateTime<Utc>) -> Result<Effect> {
    let (in_force, rule) = (trial.policy.in_force(now), &trial.rule);
    let statement = format!(
        "SELECT count(*) FILTER (WHERE {}) AS blocked_now,
                count(*) FILTER (WHERE {}) AS blocks,
                count(*) FILTER (WHERE {}) AS frees
         FROM tokens WHERE {} AND {KEPT} AND {}",
        blocked(&trial.policy, now),
        newly(rule, &in_force, Some(trial.from)),
        newly(&in_force, rule, None),
        trial.scope(),
        live(now),
    );
    Ok(diesel::sql_query(statement)
        .bind::<Nullable<BigInt>, _>(trial.organization)
        .get_result(conn)?)
}

/// Those that would be blocked and are not, from the one after `after`; and whether there are more.
pub fn affected(
    conn: &mut PgConnection,
    trial: &Trial,
    after: Option<TokenId>,
    limit: i64,
    now: DateTime<Utc>,
) -> Result<(Vec<Affected>, bool)> {
    let condition = newly(&trial.rule, &trial.policy.in_force(now), Some(trial.from));
    let rows = named(conn, trial, &condition, after, limit + 1, now)?;
    Ok(db::cut(rows, limit, false))
}

/// The first of those that are blocked at this instant.
pub fn blocked_now(
    conn: &mut PgConnection,
    trial: &Trial,
    limit: i64,
    now: DateTime<Utc>,
) -> Result<Vec<Affected>> {
    named(conn, trial, &blocked(&trial.policy, now), None, limit, now)
}

fn named(
    conn: &mut PgConnection,
    trial: &Trial,
    condition: &str,
    after: Option<TokenId>,
    limit: i64,
    now: DateTime<Utc>,
) -> Result<Vec<Affected>> {
    let statement = format!(
        "SELECT tokens.id, tokens.kind, tokens.name, tokens.hint, tokens.expires_at,
                tokens.expiry_set_at, l.last_used_at, u.id AS user, u.name AS user_name,
                u.email, s.name AS service_account
         FROM tokens JOIN token_uses l ON l.token_id = tokens.id
         LEFT JOIN users u ON u.id = coalesce(tokens.user_id, tokens.created_by)
         LEFT JOIN service_accounts s ON s.id = tokens.service_account_id
         WHERE {} AND {KEPT} AND {} AND ({condition}) AND tokens.id > $2
         ORDER BY tokens.id LIMIT $3",
        trial.scope(),
        live(now),
    );
    Ok(diesel::sql_query(statement)
        .bind::<Nullable<BigInt>, _>(trial.organization)
        .bind::<BigInt, _>(after.map_or(0, |id| id.0))
        .bind::<BigInt, _>(limit)
        .load(conn)?)
}

impl Trial {
    fn scope(&self) -> &'static str {
        match self.organization {
            Some(_) => "tokens.organization_id = $1",
            None => "tokens.kind = 'pat' AND $1 IS NULL",
        }
    }
}
