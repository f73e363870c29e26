//! Members' personal tokens, as the owners of an organization see them, who may keep one out of
//! it. A token that is kept out works on elsewhere.
use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Nullable, Text};
use serde_json::json;

use super::Token;
use crate::access::{Grant, Power};
use crate::audit::{self, Action, Actor, Subject};
use crate::db::schema::organizations as places;
use crate::db::schema::{memberships, token_blocks, tokens};
use crate::db::{Tx, fixed};
use crate::error::{Error, Result};
use crate::id::{OrganizationId, TokenId};
use crate::organizations::{self, Membership};

/// A token of someone who belongs to the organization.
#[derive(Debug, Clone)]
pub struct MembersToken {
    pub token: Token,
    pub holder: Membership,
    pub blocked: Option<Block>,
}

/// Since when it is kept out, and by whom.
#[derive(Debug, Clone)]
pub struct Block {
    pub at: DateTime<Utc>,
    pub by: Option<String>,
}

/// Where a page starts: at the newest, or beyond a token.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Beyond {
    #[default]
    Nothing,
    After(TokenId),
    Before(TokenId),
}

impl MembersToken {
    /// What it could do in the organization, were it not blocked.
    pub fn power(&self) -> Power {
        Power { picked: self.token.permissions(), ..self.holder.power.clone() }
    }
}

/// Those that are not deleted, the newest first, and whether there is more beyond them in the
/// direction that was asked.
pub fn of_members(
    conn: &mut PgConnection,
    organization: OrganizationId,
    beyond: Beyond,
    limit: i64,
) -> Result<(Vec<MembersToken>, bool)> {
    let backwards = matches!(beyond, Beyond::Before(_));
    let mut statement = of_any_member(organization).limit(limit + 1);
    statement = match beyond {
        Beyond::Nothing => statement,
        Beyond::After(id) => statement.filter(tokens::id.lt(id)),
        Beyond::Before(id) => statement.filter(tokens::id.gt(id)),
    };
    statement = if backwards {
        statement.order(tokens::id.asc())
    } else {
        statement.order(tokens::id.desc())
    };
    let mut found: Vec<Token> = statement.select(Token::as_select()).load(conn)?;
    let limit = usize::try_from(limit).unwrap_or(0);
    let more = found.len() > limit;
    found.truncate(limit);
    if backwards {
        found.reverse();
    }
    Ok((with_holders(conn, organization, found)?, more))
}

pub fn of_member(
    conn: &mut PgConnection,
    organization: OrganizationId,
    id: TokenId,
) -> Result<Option<MembersToken>> {
    let found = of_any_member(organization).filter(tokens::id.eq(id));
    let found: Vec<Token> = found.select(Token::as_select()).load(conn)?;
    Ok(with_holders(conn, organization, found)?.pop())
}

fn of_any_member(organization: OrganizationId) -> tokens::BoxedQuery<'static, Pg> {
    let members = memberships::table
        .filter(memberships::organization_id.eq(organization))
        .select(memberships::user_id.nullable());
    tokens::table
        .filter(tokens::kind.eq("pat"))
        .filter(tokens::revoked_at.is_null())
        .filter(tokens::user_id.eq_any(members))
        .into_boxed()
}

fn with_holders(
    conn: &mut PgConnection,
    organization: OrganizationId,
    found: Vec<Token>,
) -> Result<Vec<MembersToken>> {
    let people: Vec<_> = found.iter().filter_map(|token| token.user_id).collect();
    let ids: Vec<_> = found.iter().map(|token| token.id).collect();
    let holders = organizations::members_among(conn, organization, &people)?;
    let blocks: Vec<(TokenId, DateTime<Utc>, Option<String>)> = token_blocks::table
        .filter(token_blocks::organization_id.eq(organization))
        .filter(token_blocks::token_id.eq_any(ids))
        .select((
            token_blocks::token_id,
            token_blocks::blocked_at,
            fixed::<Nullable<Text>>(BLOCKER),
        ))
        .load(conn)?;
    let whole = |token: Token| {
        let holder = holders.iter().find(|holder| Some(holder.user) == token.user_id)?.clone();
        let block = blocks.iter().find(|(id, ..)| *id == token.id);
        let blocked = block.map(|(_, at, by)| Block { at: *at, by: by.clone() });
        Some(MembersToken { token, holder, blocked })
    };
    Ok(found.into_iter().filter_map(whole).collect())
}

const BLOCKER: &str = "(select u.name from users u where u.id = token_blocks.blocked_by)";

/// Keeps it out of the organization, at once. Once more changes nothing.
pub fn block(
    tx: &mut Tx,
    by: &Actor,
    organization: OrganizationId,
    id: TokenId,
) -> Result<MembersToken> {
    let now = tx.now();
    let token = of_member(tx.conn(), organization, id)?.ok_or(Error::NotFound("token"))?;
    let new = diesel::insert_into(token_blocks::table)
        .values((
            token_blocks::organization_id.eq(organization),
            token_blocks::token_id.eq(id),
            token_blocks::blocked_at.eq(now),
            token_blocks::blocked_by.eq(by.user()),
        ))
        .on_conflict_do_nothing()
        .execute(tx.conn())?;
    if new > 0 {
        record(tx, by, Action::PersonalTokenBlocked, organization, &token)?;
    }
    of_member(tx.conn(), organization, id)?.ok_or(Error::NotFound("token"))
}

/// Lets it in again, with all that it may do: that is passed down like any other power.
///
/// # Errors
/// `NotFound`; `Forbidden`, naming the first thing that the giver does not hold.
pub fn unblock(
    tx: &mut Tx,
    by: &Actor,
    organization: OrganizationId,
    id: TokenId,
    giver: &Grant,
) -> Result<MembersToken> {
    let token = of_member(tx.conn(), organization, id)?.ok_or(Error::NotFound("token"))?;
    let own = organizations::resource_names(tx.conn(), &[organization])?;
    if let Some(missing) = giver.lacks(&token.power(), own.iter().map(String::as_str)) {
        return Err(Error::forbidden(format!(
            "power is only passed down: whoever asks does not hold {missing}"
        )));
    }
    let gone = diesel::delete(token_blocks::table.find((organization, id))).execute(tx.conn())?;
    if gone > 0 {
        record(tx, by, Action::PersonalTokenUnblocked, organization, &token)?;
    }
    Ok(MembersToken { blocked: None, ..token })
}

fn record(
    tx: &mut Tx,
    by: &Actor,
    action: Action,
    organization: OrganizationId,
    token: &MembersToken,
) -> Result<()> {
    let (id, name) = (Some(token.token.id.0), token.token.name.clone());
    let subject = Subject { kind: "personal_token", id, name, organization: Some(organization) };
    audit::record(tx, by, action, subject, json!({ "holder": token.holder.user_name }))
}

const BELONGS: &str = "exists (select from memberships m join tokens t on t.user_id = m.user_id \
    where t.id = token_blocks.token_id and m.organization_id = token_blocks.organization_id)";

/// Where each of a person's tokens is kept out: its id with the organization's slug and name. Only
/// organizations that they belong to.
pub fn blocks_of(
    conn: &mut PgConnection,
    ids: &[TokenId],
) -> Result<Vec<(TokenId, String, String)>> {
    Ok(token_blocks::table
        .inner_join(places::table)
        .filter(token_blocks::token_id.eq_any(ids))
        .filter(fixed::<Bool>(BELONGS))
        .order((places::name, places::id))
        .select((token_blocks::token_id, places::slug, places::name))
        .load(conn)?)
}
