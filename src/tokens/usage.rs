//! Reading the record of use: per day, per secret, per address, and an organization's health.
use chrono::{DateTime, NaiveDate, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Nullable, Timestamptz};
use ipnetwork::IpNetwork;

use crate::db::schema::{token_addresses, token_use_days};
use crate::error::Result;
use crate::id::{OrganizationId, ServiceAccountId, TokenId};
use crate::policies::Policy;

/// Calls of one day (UTC), by what became of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, QueryableByName)]
pub struct Day {
    #[diesel(sql_type = Date)]
    pub day: NaiveDate,
    #[diesel(sql_type = BigInt)]
    pub accepted: i64,
    /// The token was good, but its power did not reach.
    #[diesel(sql_type = BigInt)]
    pub refused: i64,
    /// The secret was real, but dead.
    #[diesel(sql_type = BigInt)]
    pub dead: i64,
}

/// Days with any use, the earliest first.
pub fn days(conn: &mut PgConnection, token: TokenId, since: NaiveDate) -> Result<Vec<Day>> {
    Ok(diesel::sql_query(
        "SELECT day, sum(accepted)::bigint AS accepted, sum(refused)::bigint AS refused,
                sum(dead)::bigint AS dead
         FROM token_use_days WHERE token_id = $1 AND day >= $2 GROUP BY day ORDER BY day",
    )
    .bind::<BigInt, _>(token)
    .bind::<Date, _>(since)
    .load(conn)?)
}

/// The same over all tokens of an organization.
pub fn days_of_organization(
    conn: &mut PgConnection,
    organization: OrganizationId,
    since: NaiveDate,
) -> Result<Vec<Day>> {
    Ok(diesel::sql_query(
        "SELECT day, sum(accepted)::bigint AS accepted, sum(refused)::bigint AS refused,
                sum(dead)::bigint AS dead
         FROM token_use_days u JOIN tokens t ON t.id = u.token_id
         WHERE t.organization_id = $1 AND day >= $2 GROUP BY day ORDER BY day",
    )
    .bind::<BigInt, _>(organization)
    .bind::<Date, _>(since)
    .load(conn)?)
}

/// The same over all tokens of a service account.
pub fn days_of_account(
    conn: &mut PgConnection,
    account: ServiceAccountId,
    since: NaiveDate,
) -> Result<Vec<Day>> {
    Ok(diesel::sql_query(
        "SELECT day, sum(accepted)::bigint AS accepted, sum(refused)::bigint AS refused,
                sum(dead)::bigint AS dead
         FROM token_use_days u JOIN tokens t ON t.id = u.token_id
         WHERE t.kind = 'sat' AND t.service_account_id = $1 AND day >= $2
         GROUP BY day ORDER BY day",
    )
    .bind::<BigInt, _>(account)
    .bind::<Date, _>(since)
    .load(conn)?)
}

/// Calls of one day that reached one generation of a token's secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable)]
pub struct GenerationDay {
    pub token: TokenId,
    pub generation: i32,
    /// All of them.
    pub calls: i64,
    /// Those with the secret dead.
    pub dead: i64,
}

/// Of several tokens in one query.
pub fn generations_on(
    conn: &mut PgConnection,
    tokens: &[TokenId],
    day: NaiveDate,
) -> Result<Vec<GenerationDay>> {
    Ok(token_use_days::table
        .filter(token_use_days::token_id.eq_any(tokens))
        .filter(token_use_days::day.eq(day))
        .select((
            token_use_days::token_id,
            token_use_days::generation,
            token_use_days::accepted + token_use_days::refused + token_use_days::dead,
            token_use_days::dead,
        ))
        .load(conn)?)
}

/// Where a token was used from.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = token_addresses, check_for_backend(Pg))]
pub struct Address {
    pub address: IpNetwork,
    pub agent: String,
    /// All of them; what was not accepted is among them.
    pub calls: i64,
    /// The token was good, but its power did not reach.
    pub refused: i64,
    /// The secret was real, but dead.
    pub dead: i64,
    pub last_used_at: DateTime<Utc>,
}

/// The last ten, the latest first.
pub fn addresses(conn: &mut PgConnection, token: TokenId) -> Result<Vec<Address>> {
    Ok(token_addresses::table
        .filter(token_addresses::token_id.eq(token))
        .order(token_addresses::last_used_at.desc())
        .limit(10)
        .select(Address::as_select())
        .load(conn)?)
}

/// Rows that one statement deletes.
pub(super) const SLICE: i64 = 5_000;

/// Forgets a slice of what is older than a year.
pub fn trim_days(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<usize> {
    Ok(diesel::sql_query(
        "DELETE FROM token_use_days WHERE ctid = ANY (ARRAY(
             SELECT ctid FROM token_use_days WHERE day < $1 - 366 LIMIT $2))",
    )
    .bind::<Date, _>(now.date_naive())
    .bind::<BigInt, _>(SLICE)
    .execute(conn)?)
}

/// Forgets all but the last ten addresses of a thousand tokens that have more.
pub fn trim_addresses(conn: &mut PgConnection) -> Result<usize> {
    Ok(diesel::sql_query(
        "DELETE FROM token_addresses WHERE ctid = ANY (ARRAY(
             SELECT a.ctid FROM (SELECT token_id FROM token_addresses GROUP BY token_id
                                 HAVING count(*) > 10 LIMIT 1000) t
             CROSS JOIN LATERAL (SELECT ctid FROM token_addresses a WHERE a.token_id = t.token_id
                                 ORDER BY last_used_at DESC OFFSET 10) a))",
    )
    .execute(conn)?)
}

/// Token health at a glance.
#[derive(Debug, Clone, QueryableByName)]
pub struct Health {
    #[diesel(sql_type = BigInt)]
    pub active: i64,
    #[diesel(sql_type = BigInt)]
    pub expiring: i64,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub next_expiry: Option<DateTime<Utc>>,
    /// Of those that expire, within [`super::SOON`].
    #[diesel(sql_type = BigInt)]
    pub soon: i64,
    #[diesel(sql_type = BigInt)]
    pub unused: i64,
    #[diesel(sql_type = BigInt)]
    pub never_used: i64,
    #[diesel(sql_type = BigInt)]
    pub blocked: i64,
    /// Active, but a coming rule is against them.
    #[diesel(sql_type = BigInt)]
    pub warned: i64,
}

/// Active tokens, those of them that end within 30 days or were not used for 90, and blocked ones.
pub fn health(
    conn: &mut PgConnection,
    organization: OrganizationId,
    policy: &Policy,
    now: DateTime<Utc>,
) -> Result<Health> {
    let blocked = super::blocked::blocked(policy, now);
    let warned = super::blocked::warned(policy, now);
    let statement = format!(
        "SELECT count(*) FILTER (WHERE NOT blocked) AS active,
                count(*) FILTER (WHERE NOT blocked AND expires_at <= $2 + interval '30 days') AS expiring,
                min(expires_at) FILTER (WHERE NOT blocked) AS next_expiry,
                count(*) FILTER (WHERE NOT blocked AND expires_at <= $3) AS soon,
                count(*) FILTER (WHERE NOT blocked AND coalesce(last_used_at, created_at) < $2 - interval '90 days') AS unused,
                count(*) FILTER (WHERE NOT blocked AND last_used_at IS NULL AND created_at < $2 - interval '90 days') AS never_used,
                count(*) FILTER (WHERE blocked) AS blocked,
                count(*) FILTER (WHERE warned) AS warned
         FROM (SELECT tokens.*, last_used_at, ({blocked}) IS TRUE AS blocked, ({warned}) IS TRUE AS warned
               FROM tokens JOIN token_uses ON token_id = id
               WHERE tokens.organization_id = $1 AND revoked_at IS NULL AND disabled_at IS NULL
                 AND (expires_at IS NULL OR expires_at > $2)) t"
    );
    Ok(diesel::sql_query(statement)
        .bind::<BigInt, _>(organization)
        .bind::<Timestamptz, _>(now)
        .bind::<Timestamptz, _>(now + super::SOON)
        .get_result(conn)?)
}
