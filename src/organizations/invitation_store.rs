//! Every query on the `invitations` table.
use chrono::{DateTime, TimeDelta, Utc};
use diesel::dsl::AsSelect;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Nullable, Text};

use super::seats::{ClearedSeat, Seat};
use crate::access::{Projects, Standing};
use crate::db::schema::{invitation_projects, invitations, organizations};
use crate::db::{Fixed, fixed};
use crate::error::{Error, Result};
use crate::id::{InvitationId, OrganizationId, UserId};
use crate::secret::Digest;

/// Until then whoever comes too late is told so.
const REMEMBERED: TimeDelta = TimeDelta::days(365);

/// Someone may become a member.
#[derive(Debug, Clone)]
pub struct Invitation {
    pub id: InvitationId,
    pub organization: OrganizationId,
    pub slug: String,
    pub organization_name: String,
    pub email: Option<String>,
    pub seat: Seat,
    pub created_at: DateTime<Utc>,
    /// The name of whoever invites.
    pub created_by: Option<String>,
    pub expires_at: DateTime<Utc>,
}

/// What became of it, but for time.
#[derive(Debug, Clone, Copy)]
pub struct State {
    pub accepted: bool,
    pub withdrawn: bool,
    /// Whoever invites still owns the organization, which is not suspended.
    pub stands: bool,
}

const PROJECTS: &str = "array(select p.project_id from invitation_projects i join projects p on p.id = i.project_id \
     where i.invitation_id = invitations.id order by 1)";
const INVITER: &str = "(select u.name from users u where u.id = invitations.created_by)";
/// Power is worked out at use: an invitation goes as far as whoever gave it.
const STANDS: &str = "exists (select from memberships m join users u on u.id = m.user_id join organizations o on o.id = m.organization_id \
     where m.organization_id = invitations.organization_id and m.user_id = invitations.created_by \
     and m.role = 'owner' and u.disabled_at is null and o.suspended_at is null)";

#[derive(Queryable, Selectable)]
#[diesel(table_name = invitations, check_for_backend(Pg))]
struct Row {
    id: InvitationId,
    organization_id: OrganizationId,
    email: Option<String>,
    role: String,
    all_projects: bool,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    accepted_at: Option<DateTime<Utc>>,
    withdrawn_at: Option<DateTime<Utc>>,
    #[diesel(select_expression = fixed::<Array<Text>>(PROJECTS))]
    #[diesel(select_expression_type = Fixed<Array<Text>>)]
    projects: Vec<String>,
    #[diesel(select_expression = fixed::<Nullable<Text>>(INVITER))]
    #[diesel(select_expression_type = Fixed<Nullable<Text>>)]
    created_by: Option<String>,
    #[diesel(select_expression = fixed::<Bool>(STANDS))]
    #[diesel(select_expression_type = Fixed<Bool>)]
    stands: bool,
}

type Joined = (Row, String, String);
type Columns = (AsSelect<Row, Pg>, organizations::slug, organizations::name);

fn columns() -> Columns {
    (Row::as_select(), organizations::slug, organizations::name)
}

fn read((row, slug, organization_name): Joined) -> Result<(Invitation, State)> {
    let standing = Standing::parse(&row.role).ok_or_else(|| {
        Error::Internal(anyhow::anyhow!("unknown role {} in invitations", row.role))
    })?;
    let state = State {
        accepted: row.accepted_at.is_some(),
        withdrawn: row.withdrawn_at.is_some(),
        stands: row.stands,
    };
    let invitation = Invitation {
        id: row.id,
        organization: row.organization_id,
        slug,
        organization_name,
        email: row.email,
        seat: Seat { standing, projects: Projects::new(row.all_projects, row.projects) },
        created_at: row.created_at,
        created_by: row.created_by,
        expires_at: row.expires_at,
    };
    Ok((invitation, state))
}

pub(super) struct New<'n> {
    pub organization: OrganizationId,
    pub digest: Digest,
    pub email: Option<&'n str>,
    pub cleared: &'n ClearedSeat,
    pub by: Option<UserId>,
    pub now: DateTime<Utc>,
    pub ends: DateTime<Utc>,
}

pub(super) fn insert(conn: &mut PgConnection, new: &New) -> Result<Invitation> {
    let id: InvitationId = diesel::insert_into(invitations::table)
        .values((
            invitations::organization_id.eq(new.organization),
            invitations::digest.eq(new.digest),
            invitations::email.eq(new.email),
            invitations::role.eq(new.cleared.seat.standing.name()),
            invitations::all_projects.eq(new.cleared.seat.projects.is_all()),
            invitations::created_at.eq(new.now),
            invitations::created_by.eq(new.by),
            invitations::expires_at.eq(new.ends),
        ))
        .returning(invitations::id)
        .get_result(conn)?;
    let project = |project| {
        (
            invitation_projects::organization_id.eq(new.organization),
            invitation_projects::invitation_id.eq(id),
            invitation_projects::project_id.eq(project),
        )
    };
    let projects: Vec<_> = new.cleared.projects.iter().map(project).collect();
    diesel::insert_into(invitation_projects::table).values(projects).execute(conn)?;
    find(conn, id)?.ok_or(Error::NotFound("invitation"))
}

/// One of the organization's that was not accepted or withdrawn.
pub fn invitation(
    conn: &mut PgConnection,
    organization: OrganizationId,
    id: InvitationId,
) -> Result<Option<Invitation>> {
    let row: Option<Joined> = invitations::table
        .inner_join(organizations::table)
        .filter(invitations::organization_id.eq(organization))
        .filter(invitations::id.eq(id))
        .filter(invitations::accepted_at.is_null())
        .filter(invitations::withdrawn_at.is_null())
        .select(columns())
        .first(conn)
        .optional()?;
    Ok(row.map(read).transpose()?.map(|(invitation, _)| invitation))
}

fn find(conn: &mut PgConnection, id: InvitationId) -> Result<Option<Invitation>> {
    let row: Option<Joined> = invitations::table
        .inner_join(organizations::table)
        .filter(invitations::id.eq(id))
        .select(columns())
        .first(conn)
        .optional()?;
    Ok(row.map(read).transpose()?.map(|(invitation, _)| invitation))
}

pub(super) fn by_digest(
    conn: &mut PgConnection,
    digest: Digest,
) -> Result<Option<(Invitation, State)>> {
    let row: Option<Joined> = invitations::table
        .inner_join(organizations::table)
        .filter(invitations::digest.eq(digest))
        .select(columns())
        .first(conn)
        .optional()?;
    row.map(read).transpose()
}

/// Those that can still be accepted, the newest first; `before` is the id of the last that was
/// seen.
pub fn pending(
    conn: &mut PgConnection,
    organization: OrganizationId,
    before: Option<InvitationId>,
    limit: i64,
    now: DateTime<Utc>,
) -> Result<Vec<Invitation>> {
    let mut statement = invitations::table
        .inner_join(organizations::table)
        .filter(invitations::organization_id.eq(organization))
        .filter(invitations::accepted_at.is_null())
        .filter(invitations::withdrawn_at.is_null())
        .filter(invitations::expires_at.gt(now))
        .filter(fixed::<Bool>(STANDS))
        .order(invitations::id.desc())
        .limit(limit)
        .select(columns())
        .into_boxed::<Pg>();
    if let Some(before) = before {
        statement = statement.filter(invitations::id.lt(before));
    }
    let rows: Vec<Joined> = statement.load(conn)?;
    rows.into_iter().map(|row| Ok(read(row)?.0)).collect()
}

/// Locks it for the rest of the transaction.
pub(super) fn hold(conn: &mut PgConnection, digest: Digest) -> Result<()> {
    let _: Option<InvitationId> = invitations::table
        .filter(invitations::digest.eq(digest))
        .select(invitations::id)
        .for_update()
        .first(conn)
        .optional()?;
    Ok(())
}

pub(super) fn take(
    conn: &mut PgConnection,
    id: InvitationId,
    user: UserId,
    now: DateTime<Utc>,
) -> Result<()> {
    diesel::update(invitations::table.find(id))
        .set((invitations::accepted_at.eq(now), invitations::accepted_by.eq(user)))
        .execute(conn)?;
    Ok(())
}

/// `None` for one that was accepted or withdrawn before.
pub(super) fn withdraw(
    conn: &mut PgConnection,
    organization: OrganizationId,
    id: InvitationId,
    now: DateTime<Utc>,
) -> Result<Option<Invitation>> {
    let gone: Option<InvitationId> = diesel::update(invitations::table.find(id))
        .filter(invitations::organization_id.eq(organization))
        .filter(invitations::accepted_at.is_null())
        .filter(invitations::withdrawn_at.is_null())
        .set(invitations::withdrawn_at.eq(now))
        .returning(invitations::id)
        .get_result(conn)
        .optional()?;
    gone.map_or(Ok(None), |id| find(conn, id))
}

/// Forgets those that ended more than a year ago.
pub fn trim(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<usize> {
    let past = invitations::table.filter(invitations::expires_at.lt(now - REMEMBERED));
    Ok(diesel::delete(past).execute(conn)?)
}
