//! Who answers for a token of an organization, and what becomes of the tokens of members.
use chrono::{DateTime, Utc};
use diesel::dsl::{count_star, max};
use diesel::prelude::*;

use super::{Holder, IN_USE};
use crate::audit::Actor;
use crate::db::Tx;
use crate::db::schema::{memberships, token_blocks, token_uses, tokens};
use crate::error::{Error, Result};
use crate::id::{OrganizationId, TokenId, UserId};
use crate::organizations;

/// Whoever makes an organization's token answers for it, where they belong to the organization.
pub(super) fn first(tx: &mut Tx, by: &Actor, holder: Holder) -> Result<Option<UserId>> {
    let (Holder::Organization(organization), Some(user)) = (holder, by.user()) else {
        return Ok(None);
    };
    let member = organizations::member(tx.conn(), organization, user)?;
    Ok(member.map(|member| member.user))
}

/// Holds someone in their place until the transaction ends: nobody removes them meanwhile.
///
/// # Errors
/// `Invalid`, naming `steward`, for whoever is no member.
pub(super) fn hold(tx: &mut Tx, holder: Holder, steward: UserId) -> Result<()> {
    let wrong = || Error::field("steward", "Choose a member of the organization.");
    let Holder::Organization(organization) = holder else { return Err(wrong()) };
    let held: Option<UserId> = memberships::table
        .find((organization, steward))
        .select(memberships::user_id)
        .for_key_share()
        .first(tx.conn())
        .optional()?;
    held.map(drop).ok_or_else(wrong)
}

/// Tokens of the organization that someone answers for, by name.
pub fn stewarded(
    conn: &mut PgConnection,
    organization: OrganizationId,
    steward: UserId,
    limit: i64,
) -> Result<Vec<(TokenId, String)>> {
    Ok(tokens::table
        .filter(tokens::organization_id.eq(organization))
        .filter(tokens::steward_id.eq(steward))
        .filter(tokens::revoked_at.is_null())
        .order((tokens::name, tokens::id))
        .limit(limit)
        .select((tokens::id, tokens::name))
        .load(conn)?)
}

/// Personal tokens of someone that can act in an organization.
#[derive(Debug, Clone, Copy)]
pub struct Working {
    pub user: UserId,
    pub tokens: i64,
    /// When one of them was last used, be it here or elsewhere.
    pub last_used_at: Option<DateTime<Utc>>,
}

impl Working {
    /// Whether something seems to depend on one of them.
    pub fn in_use(&self, now: DateTime<Utc>) -> bool {
        self.last_used_at.is_some_and(|at| at > now - IN_USE)
    }
}

/// Of these people, where any can.
pub fn working_of(
    conn: &mut PgConnection,
    organization: OrganizationId,
    people: &[UserId],
    now: DateTime<Utc>,
) -> Result<Vec<Working>> {
    let blocked = token_blocks::table
        .filter(token_blocks::organization_id.eq(organization))
        .filter(token_blocks::token_id.eq(tokens::id));
    let rows: Vec<(Option<UserId>, i64, Option<DateTime<Utc>>)> = tokens::table
        .inner_join(token_uses::table)
        .filter(tokens::user_id.eq_any(people.iter().copied().map(Some)))
        .filter(tokens::revoked_at.is_null())
        .filter(tokens::disabled_at.is_null())
        .filter(tokens::expires_at.is_null().or(tokens::expires_at.gt(now)))
        .filter(diesel::dsl::not(diesel::dsl::exists(blocked)))
        .group_by(tokens::user_id)
        .select((tokens::user_id, count_star(), max(token_uses::last_used_at)))
        .load(conn)?;
    let working = |(user, tokens, last_used_at): (Option<_>, _, _)| {
        Some(Working { user: user?, tokens, last_used_at })
    };
    Ok(rows.into_iter().filter_map(working).collect())
}
