//! Every query on the `memberships` table.
use chrono::{DateTime, Utc};
use diesel::dsl::{exists, sql};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Text};

use super::seats::ClearedSeat;
use crate::access::{Power, Projects, Standing};
use crate::db::schema::{membership_projects, memberships, organizations, users};
use crate::db::{Fixed, fixed};
use crate::error::{Error, Result};
use crate::id::{OrganizationId, UserId};

/// Someone in an organization, with what they may do there.
#[derive(Debug, Clone)]
pub struct Membership {
    pub organization: OrganizationId,
    pub slug: String,
    pub organization_name: String,
    pub user: UserId,
    pub user_name: String,
    pub email: String,
    pub power: Power,
    pub since: DateTime<Utc>,
}

/// Which members, by name: those with this in their name or address.
#[derive(Debug, Clone, Default)]
pub struct MemberQuery {
    pub search: String,
    pub page: MemberPage,
    pub limit: i64,
}

/// Where a page starts: at the first, or beyond a member.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum MemberPage {
    #[default]
    First,
    After(UserId),
    Before(UserId),
}

type Row = (
    OrganizationId,
    String,
    String,
    UserId,
    String,
    String,
    String,
    bool,
    DateTime<Utc>,
    Vec<String>,
);

const PROJECTS: &str = "array(select p.project_id from membership_projects m join projects p on p.id = m.project_id \
     where m.organization_id = memberships.organization_id and m.user_id = memberships.user_id order by 1)";

#[diesel::dsl::auto_type]
fn joined() -> _ {
    memberships::table.inner_join(organizations::table).inner_join(users::table)
}

type Columns = (
    organizations::id,
    organizations::slug,
    organizations::name,
    users::id,
    users::name,
    users::email,
    memberships::role,
    memberships::all_projects,
    memberships::created_at,
    Fixed<Array<Text>>,
);

fn columns() -> Columns {
    (
        organizations::id,
        organizations::slug,
        organizations::name,
        users::id,
        users::name,
        users::email,
        memberships::role,
        memberships::all_projects,
        memberships::created_at,
        fixed(PROJECTS),
    )
}

fn read(row: Row) -> Result<Membership> {
    let (organization, slug, organization_name, user, user_name, email, role, all, since, listed) =
        row;
    let standing = Standing::parse(&role)
        .ok_or_else(|| Error::Internal(anyhow::anyhow!("unknown role {role} in memberships")))?;
    let projects = Projects::new(all || standing.is_owner(), listed);
    let power = Power { standing, projects, picked: None };
    Ok(Membership { organization, slug, organization_name, user, user_name, email, power, since })
}

/// Organizations of a person that are not suspended, by name.
pub fn memberships(conn: &mut PgConnection, user: UserId) -> Result<Vec<Membership>> {
    let rows: Vec<Row> = joined()
        .filter(memberships::user_id.eq(user))
        .filter(organizations::suspended_at.is_null())
        .order((organizations::name, organizations::id))
        .select(columns())
        .load(conn)?;
    rows.into_iter().map(read).collect()
}

pub fn member(
    conn: &mut PgConnection,
    organization: OrganizationId,
    user: UserId,
) -> Result<Option<Membership>> {
    let row: Option<Row> = joined()
        .filter(memberships::organization_id.eq(organization))
        .filter(memberships::user_id.eq(user))
        .select(columns())
        .first(conn)
        .optional()?;
    row.map(read).transpose()
}

/// Those of some people who are members.
pub fn members_among(
    conn: &mut PgConnection,
    organization: OrganizationId,
    people: &[UserId],
) -> Result<Vec<Membership>> {
    let rows: Vec<Row> = joined()
        .filter(memberships::organization_id.eq(organization))
        .filter(memberships::user_id.eq_any(people))
        .select(columns())
        .load(conn)?;
    rows.into_iter().map(read).collect()
}

/// One page by name, and whether there is more beyond it in the direction it was asked.
pub fn list_members(
    conn: &mut PgConnection,
    organization: OrganizationId,
    query: &MemberQuery,
) -> Result<(Vec<Membership>, bool)> {
    let backwards = matches!(query.page, MemberPage::Before(_));
    let mut statement = joined()
        .filter(memberships::organization_id.eq(organization))
        .select(columns())
        .limit(query.limit + 1)
        .into_boxed::<Pg>();
    statement = if backwards {
        statement.order((users::name.desc(), users::id.desc()))
    } else {
        statement.order((users::name.asc(), users::id.asc()))
    };
    if let MemberPage::After(user) | MemberPage::Before(user) = query.page {
        let beyond = if backwards { "<" } else { ">" };
        let there =
            format!("(users.name, users.id) {beyond} (SELECT name, id FROM users WHERE id = ");
        statement = statement.filter(sql::<Bool>(&there).bind::<BigInt, _>(user).sql(")"));
    }
    let search = query.search.trim();
    if !search.is_empty() {
        let escaped = search.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        let part = format!("%{escaped}%");
        statement = statement.filter(users::name.ilike(part.clone()).or(users::email.ilike(part)));
    }
    let mut rows: Vec<Row> = statement.load(conn)?;
    let limit = usize::try_from(query.limit).unwrap_or(0);
    let more = rows.len() > limit;
    rows.truncate(limit);
    if backwards {
        rows.reverse();
    }
    Ok((rows.into_iter().map(read).collect::<Result<_>>()?, more))
}

/// Nobody else changes who belongs to the organization until the transaction ends.
pub(super) fn hold(conn: &mut PgConnection, organization: OrganizationId) -> Result<()> {
    let held: Option<OrganizationId> = organizations::table
        .find(organization)
        .select(organizations::id)
        .for_no_key_update()
        .first(conn)
        .optional()?;
    held.map(drop).ok_or(Error::NotFound("organization"))
}

/// Whether someone else owns it, who can still act.
pub(super) fn has_other_owner(
    conn: &mut PgConnection,
    organization: OrganizationId,
    user: UserId,
) -> Result<bool> {
    let others = memberships::table
        .inner_join(users::table)
        .filter(memberships::organization_id.eq(organization))
        .filter(memberships::role.eq(Standing::Owner.name()))
        .filter(memberships::user_id.ne(user))
        .filter(users::disabled_at.is_null());
    Ok(diesel::select(exists(others)).get_result(conn)?)
}

pub(super) fn insert(
    conn: &mut PgConnection,
    organization: OrganizationId,
    user: UserId,
    cleared: &ClearedSeat,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::insert_into(memberships::table)
        .values((
            memberships::organization_id.eq(organization),
            memberships::user_id.eq(user),
            memberships::role.eq(cleared.seat.standing.name()),
            memberships::all_projects.eq(cleared.seat.projects.is_all()),
            memberships::created_at.eq(now),
        ))
        .execute(conn)?;
    name_projects(conn, organization, user, cleared)
}

pub(super) fn update(
    conn: &mut PgConnection,
    organization: OrganizationId,
    user: UserId,
    cleared: &ClearedSeat,
) -> Result<()> {
    diesel::update(memberships::table.find((organization, user)))
        .set((
            memberships::role.eq(cleared.seat.standing.name()),
            memberships::all_projects.eq(cleared.seat.projects.is_all()),
        ))
        .execute(conn)?;
    diesel::delete(
        membership_projects::table
            .filter(membership_projects::organization_id.eq(organization))
            .filter(membership_projects::user_id.eq(user)),
    )
    .execute(conn)?;
    Ok(name_projects(conn, organization, user, cleared)?)
}

fn name_projects(
    conn: &mut PgConnection,
    organization: OrganizationId,
    user: UserId,
    cleared: &ClearedSeat,
) -> QueryResult<()> {
    let row = |project| {
        (
            membership_projects::organization_id.eq(organization),
            membership_projects::user_id.eq(user),
            membership_projects::project_id.eq(project),
        )
    };
    let rows: Vec<_> = cleared.projects.iter().map(row).collect();
    diesel::insert_into(membership_projects::table).values(rows).execute(conn)?;
    Ok(())
}

pub(super) fn delete(
    conn: &mut PgConnection,
    organization: OrganizationId,
    user: UserId,
) -> Result<()> {
    diesel::delete(memberships::table.find((organization, user))).execute(conn)?;
    Ok(())
}
