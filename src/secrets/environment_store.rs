//! Every query on the `environments` table.
use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::db::schema::{environments, projects, secrets};
use crate::db::{Tx, substr};
use crate::error::Result;
use crate::id::{EnvironmentId, OrganizationId, ProjectId};
use crate::projects::Project;
use crate::secret::{PublicKey, Sealed};

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = environments, check_for_backend(diesel::pg::Pg))]
pub struct Environment {
    pub id: EnvironmentId,
    pub project_id: ProjectId,
    pub name: String,
    /// `dev`, `staging`, `prod` or `custom`.
    pub kind: String,
    pub position: i32,
    pub(super) seed: Sealed,
    pub(super) salt: Sealed,
    pub public_key: PublicKey,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Environment {
    /// By its name, in any case, or its id.
    pub fn is_named(&self, named: &str) -> bool {
        self.name.to_lowercase() == named.to_lowercase()
            || named.parse().is_ok_and(|id: EnvironmentId| id == self.id)
    }
}

#[derive(Insertable)]
#[diesel(table_name = environments)]
pub(super) struct NewEnvironment {
    pub id: EnvironmentId,
    pub project_id: ProjectId,
    pub name: String,
    pub kind: &'static str,
    pub position: i32,
    pub seed: Sealed,
    pub salt: Sealed,
    pub public_key: PublicKey,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

pub(super) fn of_projects(
    conn: &mut PgConnection,
    projects: &[ProjectId],
) -> Result<Vec<Environment>> {
    Ok(environments::table
        .filter(environments::project_id.eq_any(projects))
        .order((environments::project_id, environments::position, environments::id))
        .select(Environment::as_select())
        .load(conn)?)
}

pub(super) fn find_with_project(
    conn: &mut PgConnection,
    organizations: &[OrganizationId],
    id: EnvironmentId,
) -> Result<Option<(Environment, Project)>> {
    Ok(environments::table
        .inner_join(projects::table)
        .filter(environments::id.eq(id))
        .filter(projects::organization_id.eq_any(organizations))
        .select((Environment::as_select(), Project::as_select()))
        .first(conn)
        .optional()?)
}

/// Nothing happens where another one was as quick.
pub(super) fn insert_first(conn: &mut PgConnection, new: &[NewEnvironment]) -> Result<()> {
    // A statement has 65,535 parameters at most, and each row ten.
    for some in new.chunks(1_000) {
        diesel::insert_into(environments::table)
            .values(some)
            .on_conflict_do_nothing()
            .execute(conn)?;
    }
    Ok(())
}

pub(super) fn insert(conn: &mut PgConnection, new: &NewEnvironment) -> QueryResult<Environment> {
    diesel::insert_into(environments::table)
        .values(new)
        .returning(Environment::as_returning())
        .get_result(conn)
}

pub(super) fn rename(
    conn: &mut PgConnection,
    id: EnvironmentId,
    name: &str,
    now: DateTime<Utc>,
) -> QueryResult<Option<Environment>> {
    diesel::update(environments::table.find(id))
        .set((environments::name.eq(name), environments::updated_at.eq(now)))
        .returning(Environment::as_returning())
        .get_result(conn)
        .optional()
}

/// The ids of a project's environments, which nobody else can delete until the transaction ends.
pub(super) fn locked(tx: &mut Tx, project: ProjectId) -> Result<Vec<EnvironmentId>> {
    Ok(environments::table
        .filter(environments::project_id.eq(project))
        .order(environments::id)
        .select(environments::id)
        .for_update()
        .load(tx.conn())?)
}

/// How many secrets are in it.
pub(super) fn living(conn: &mut PgConnection, id: EnvironmentId) -> Result<i64> {
    Ok(secrets::table
        .filter(secrets::environment_id.eq(id))
        .filter(secrets::deleted_at.is_null())
        .count()
        .get_result(conn)?)
}

/// Those whose seed was sealed under an earlier instance key, and so their salt: they are sealed
/// together.
#[diesel::dsl::auto_type]
fn stale(current: Vec<u8>) -> _ {
    substr(environments::seed, 1_i32, 8_i32).ne(current)
}

/// How many were.
pub(super) fn count_stale(conn: &mut PgConnection, current: &[u8]) -> Result<i64> {
    Ok(environments::table.filter(stale(current.to_vec())).count().get_result(conn)?)
}

/// A batch of them, which nobody else takes until the transaction ends.
pub(super) fn take_stale(tx: &mut Tx, current: &[u8], most: i64) -> Result<Vec<Environment>> {
    Ok(environments::table
        .filter(stale(current.to_vec()))
        .order(environments::id)
        .limit(most)
        .select(Environment::as_select())
        .for_update()
        .skip_locked()
        .load(tx.conn())?)
}

pub(super) fn seal(
    conn: &mut PgConnection,
    id: EnvironmentId,
    seed: &Sealed,
    salt: &Sealed,
) -> Result<()> {
    diesel::update(environments::table.find(id))
        .set((environments::seed.eq(seed), environments::salt.eq(salt)))
        .execute(conn)?;
    Ok(())
}

pub(super) fn delete(conn: &mut PgConnection, id: EnvironmentId) -> Result<()> {
    diesel::delete(environments::table.find(id)).execute(conn)?;
    Ok(())
}
