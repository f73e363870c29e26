//! Every query on the `organizations` table.
use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::db::schema::organizations;
use crate::error::Result;
use crate::id::OrganizationId;

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = organizations, check_for_backend(diesel::pg::Pg))]
pub struct Organization {
    pub id: OrganizationId,
    pub slug: String,
    pub name: String,
    pub suspended_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
}

/// By id or by slug: a slug never begins with a digit.
pub fn find(conn: &mut PgConnection, reference: &str) -> Result<Option<Organization>> {
    if let Ok(id) = reference.parse() {
        return by_id(conn, id);
    }
    Ok(organizations::table
        .filter(organizations::slug.eq(reference))
        .select(Organization::as_select())
        .first(conn)
        .optional()?)
}

pub fn by_id(conn: &mut PgConnection, id: OrganizationId) -> Result<Option<Organization>> {
    Ok(organizations::table.find(id).select(Organization::as_select()).first(conn).optional()?)
}

/// For commands.
pub fn all(conn: &mut PgConnection) -> Result<Vec<Organization>> {
    Ok(organizations::table
        .order(organizations::slug)
        .select(Organization::as_select())
        .load(conn)?)
}

pub(super) fn insert(
    conn: &mut PgConnection,
    slug: &str,
    name: &str,
    now: DateTime<Utc>,
) -> QueryResult<Organization> {
    diesel::insert_into(organizations::table)
        .values((
            organizations::slug.eq(slug),
            organizations::name.eq(name),
            organizations::created_at.eq(now),
        ))
        .returning(Organization::as_returning())
        .get_result(conn)
}

pub(super) fn rename(
    conn: &mut PgConnection,
    id: OrganizationId,
    name: &str,
) -> Result<Organization> {
    Ok(diesel::update(organizations::table.find(id))
        .set(organizations::name.eq(name))
        .returning(Organization::as_returning())
        .get_result(conn)?)
}

pub(super) fn set_suspended(
    conn: &mut PgConnection,
    id: OrganizationId,
    at: Option<DateTime<Utc>>,
) -> Result<Option<Organization>> {
    Ok(diesel::update(organizations::table.find(id))
        .set(organizations::suspended_at.eq(at))
        .returning(Organization::as_returning())
        .get_result(conn)
        .optional()?)
}
