//! Queries on the `tokens` table that read or write one row. Lists stand in [`mod@super::list`].
use chrono::{DateTime, TimeDelta, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Inet, Nullable, Text, Timestamptz};
use ipnetwork::IpNetwork;
use serde_json::{Value, json};

use super::{Holder, Life, State};
use crate::access::{AccessConfig, Permissions, Power, Projects, Role};
use crate::audit::Actor;
use crate::db::schema::{token_projects, tokens};
use crate::db::{Fixed, fixed};
use crate::error::Result;
use crate::format::Kind;
use crate::id::{OrganizationId, ProjectId, ServiceAccountId, TokenId, UserId};
use crate::policies::{Cleared, ClearedPower, Policy};

/// How long a revoked token stays listed.
const REMEMBERED: TimeDelta = TimeDelta::days(365);

const PROJECTS: &str = "array(select p.project_id from token_projects t join projects p on p.id = t.project_id \
     where t.token_id = tokens.id order by p.project_id)";
const USED: &str = "(select u.last_used_at from token_uses u where u.token_id = tokens.id)";
const USED_FROM: &str =
    "(select u.last_used_address from token_uses u where u.token_id = tokens.id)";
const USED_BY: &str = "(select u.last_used_agent from token_uses u where u.token_id = tokens.id)";
const CREATOR: &str = "(select u.name from users u where u.id = tokens.created_by)";
const STEWARD: &str = "(select u.name from users u where u.id = tokens.steward_id)";
const DISABLER: &str = "(select u.name from users u where u.id = tokens.disabled_by)";

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = tokens, check_for_backend(Pg))]
pub struct Token {
    pub id: TokenId,
    kind: String,
    pub organization_id: Option<OrganizationId>,
    pub service_account_id: Option<ServiceAccountId>,
    pub user_id: Option<UserId>,
    pub name: String,
    pub role: Option<String>,
    pub all_projects: bool,
    pub permissions: Option<Value>,
    pub may_rotate_itself: bool,
    pub hint: String,
    pub expires_at: Option<DateTime<Utc>>,
    pub expiry_set_at: DateTime<Utc>,
    pub created_at: DateTime<Utc>,
    pub disabled_at: Option<DateTime<Utc>>,
    #[diesel(column_name = disabled_by)]
    pub disabler: Option<UserId>,
    pub revoked_at: Option<DateTime<Utc>>,
    #[diesel(select_expression = fixed::<Nullable<Timestamptz>>(USED))]
    #[diesel(select_expression_type = Fixed<Nullable<Timestamptz>>)]
    pub last_used_at: Option<DateTime<Utc>>,
    #[diesel(select_expression = fixed::<Nullable<Inet>>(USED_FROM))]
    #[diesel(select_expression_type = Fixed<Nullable<Inet>>)]
    pub last_used_address: Option<IpNetwork>,
    #[diesel(select_expression = fixed::<Nullable<Text>>(USED_BY))]
    #[diesel(select_expression_type = Fixed<Nullable<Text>>)]
    pub last_used_agent: Option<String>,
    /// Slugs, in order.
    #[diesel(select_expression = fixed::<Array<Text>>(PROJECTS))]
    #[diesel(select_expression_type = Fixed<Array<Text>>)]
    pub projects: Vec<String>,
    #[diesel(select_expression = fixed::<Nullable<Text>>(CREATOR))]
    #[diesel(select_expression_type = Fixed<Nullable<Text>>)]
    pub created_by: Option<String>,
    /// Who answers for an organization's token.
    pub steward_id: Option<UserId>,
    #[diesel(select_expression = fixed::<Nullable<Text>>(STEWARD))]
    #[diesel(select_expression_type = Fixed<Nullable<Text>>)]
    pub steward: Option<String>,
    #[diesel(select_expression = fixed::<Nullable<Text>>(DISABLER))]
    #[diesel(select_expression_type = Fixed<Nullable<Text>>)]
    pub disabled_by: Option<String>,
}

impl Token {
    pub fn kind(&self) -> Kind {
        Kind::parse(&self.kind).unwrap_or(Kind::Oat)
    }

    pub fn is_active(&self) -> bool {
        self.disabled_at.is_none()
    }

    /// Whether nobody answers for it who belongs to the organization.
    pub fn needs_steward(&self) -> bool {
        self.kind() == Kind::Oat && self.steward_id.is_none() && self.revoked_at.is_none()
    }

    pub fn life(&self) -> Life {
        Life {
            revoked_at: self.revoked_at,
            disabled_at: self.disabled_at,
            expires_at: self.expires_at,
            expiry_set_at: self.expiry_set_at,
        }
    }

    pub fn state(&self, policy: &Policy, now: DateTime<Utc>) -> State {
        self.life().state(policy, now)
    }

    /// What was picked or narrowed to; `None` is everything.
    pub fn permissions(&self) -> Option<Permissions> {
        self.permissions.as_ref().map(read_permissions)
    }

    /// Of an organization's token: what it was given. Of a service account's nothing is said here.
    pub fn access(&self) -> AccessConfig {
        AccessConfig {
            role: self.role.as_deref().and_then(Role::parse).unwrap_or_default(),
            projects: Projects::new(self.all_projects, self.projects.iter().cloned()),
            permissions: self.permissions(),
        }
    }

    /// What an organization's token may do.
    pub fn power(&self) -> Power {
        Power::of_config(self.access())
    }
}

/// A level that is unknown grants nothing.
pub(super) fn read_permissions(held: &Value) -> Permissions {
    let entries = held.as_object().into_iter().flatten();
    entries
        .filter_map(|(name, level)| {
            Some((name.clone(), crate::access::Level::parse(level.as_str()?)?))
        })
        .collect()
}

type Mine<From> = Box<dyn BoxableExpression<From, Pg, SqlType = Nullable<Bool>>>;

/// Ownership is part of every query.
pub(super) fn held_by<From>(holder: Holder) -> Mine<From>
where
    tokens::kind: SelectableExpression<From>,
    tokens::organization_id: SelectableExpression<From>,
    tokens::service_account_id: SelectableExpression<From>,
    tokens::user_id: SelectableExpression<From>,
{
    match holder {
        Holder::Organization(id) => {
            Box::new(tokens::kind.eq("oat").and(tokens::organization_id.eq(id)))
        }
        Holder::ServiceAccount(organization, account) => Box::new(
            tokens::kind
                .eq("sat")
                .and(tokens::organization_id.eq(organization))
                .and(tokens::service_account_id.eq(account)),
        ),
        Holder::Person(id) => Box::new(tokens::user_id.eq(id)),
    }
}

/// Whether there is a token at all, dead ones too.
pub fn any(conn: &mut PgConnection) -> Result<bool> {
    Ok(diesel::select(diesel::dsl::exists(tokens::table.select(tokens::id))).get_result(conn)?)
}

pub fn find(conn: &mut PgConnection, holder: Holder, id: TokenId) -> Result<Option<Token>> {
    Ok(tokens::table
        .filter(held_by(holder))
        .filter(tokens::id.eq(id))
        .select(Token::as_select())
        .first(conn)
        .optional()?)
}

/// The service account whose token it is; `None` for any other token.
pub fn account_of(
    conn: &mut PgConnection,
    organization: OrganizationId,
    id: TokenId,
) -> Result<Option<ServiceAccountId>> {
    let account: Option<Option<ServiceAccountId>> = tokens::table
        .filter(tokens::organization_id.eq(organization))
        .filter(tokens::id.eq(id))
        .select(tokens::service_account_id)
        .first(conn)
        .optional()?;
    Ok(account.flatten())
}

/// The holder's token of that name, unless it is revoked.
pub fn find_named(conn: &mut PgConnection, holder: Holder, name: &str) -> Result<Option<Token>> {
    Ok(tokens::table
        .filter(held_by(holder))
        .filter(tokens::name.eq(name))
        .filter(tokens::revoked_at.is_null())
        .select(Token::as_select())
        .first(conn)
        .optional()?)
}

/// The holder's own, the newest first; those that were deleted come last.
pub fn of_holder(conn: &mut PgConnection, holder: Holder) -> Result<Vec<Token>> {
    Ok(tokens::table
        .filter(held_by(holder))
        .order((tokens::revoked_at.is_not_null(), tokens::created_at.desc(), tokens::id.desc()))
        .select(Token::as_select())
        .load(conn)?)
}

pub(super) fn lock(conn: &mut PgConnection, holder: Holder, id: TokenId) -> Result<Option<Token>> {
    // In two steps: what a row's sub-selects see is as old as the statement, and the lock may wait.
    let locked: Option<TokenId> = tokens::table
        .filter(held_by(holder))
        .filter(tokens::id.eq(id))
        .select(tokens::id)
        .for_update()
        .first(conn)
        .optional()?;
    locked.map_or(Ok(None), |id| find(conn, holder, id))
}

pub(super) fn insert(
    conn: &mut PgConnection,
    by: &Actor,
    holder: Holder,
    cleared: &Cleared,
    (hint, steward): (&str, Option<UserId>),
    now: DateTime<Utc>,
) -> QueryResult<Token> {
    let (organization, account, user) = match holder {
        Holder::Organization(id) => (Some(id), None, None),
        Holder::ServiceAccount(id, account) => (Some(id), Some(account), None),
        Holder::Person(id) => (None, None, Some(id)),
    };
    diesel::insert_into(tokens::table)
        .values((
            tokens::kind.eq(holder.kind().name()),
            tokens::organization_id.eq(organization),
            tokens::service_account_id.eq(account),
            tokens::user_id.eq(user),
            tokens::name.eq(cleared.name.as_str()),
            powers(&cleared.power),
            tokens::may_rotate_itself.eq(cleared.may_rotate_itself),
            tokens::hint.eq(hint),
            tokens::expires_at.eq(cleared.expires_at),
            tokens::expiry_set_at.eq(now),
            tokens::created_at.eq(now),
            tokens::created_by.eq(by.user()),
            tokens::steward_id.eq(steward),
        ))
        .returning(Token::as_returning())
        .get_result(conn)
}

type Powers = (
    diesel::dsl::Eq<tokens::role, Option<&'static str>>,
    diesel::dsl::Eq<tokens::all_projects, bool>,
    diesel::dsl::Eq<tokens::permissions, Option<Value>>,
);

pub(super) fn powers(power: &ClearedPower) -> Powers {
    (
        tokens::role.eq(power.role.map(Role::name)),
        tokens::all_projects.eq(power.all_projects),
        tokens::permissions.eq(power.permissions.as_ref().map(|held| json!(held))),
    )
}

pub(super) fn name_projects(
    conn: &mut PgConnection,
    token: &Token,
    projects: &[ProjectId],
) -> Result<()> {
    let Some(organization) = token.organization_id else { return Ok(()) };
    let rows: Vec<_> = projects
        .iter()
        .map(|project| {
            (
                token_projects::organization_id.eq(organization),
                token_projects::token_id.eq(token.id),
                token_projects::project_id.eq(project),
            )
        })
        .collect();
    diesel::insert_into(token_projects::table).values(rows).execute(conn)?;
    Ok(())
}

pub(super) fn forget_projects(conn: &mut PgConnection, token: &Token) -> Result<()> {
    diesel::delete(token_projects::table.filter(token_projects::token_id.eq(token.id)))
        .execute(conn)?;
    Ok(())
}

/// `None` when the holder has no such token that is not revoked already.
pub(super) fn revoke(
    conn: &mut PgConnection,
    by: &Actor,
    holder: Holder,
    id: TokenId,
    now: DateTime<Utc>,
) -> Result<Option<Token>> {
    Ok(diesel::update(tokens::table.filter(held_by(holder)).filter(tokens::id.eq(id)))
        .filter(tokens::revoked_at.is_null())
        .set((tokens::revoked_at.eq(now), tokens::revoked_by.eq(by.user())))
        .returning(Token::as_returning())
        .get_result(conn)
        .optional()?)
}

/// Forgets a slice of the tokens that were revoked more than a year ago.
pub fn trim(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<usize> {
    let past: Vec<TokenId> = tokens::table
        .filter(tokens::revoked_at.lt(now - REMEMBERED))
        .select(tokens::id)
        .limit(super::usage::SLICE)
        .load(conn)?;
    Ok(diesel::delete(tokens::table.filter(tokens::id.eq_any(past))).execute(conn)?)
}
