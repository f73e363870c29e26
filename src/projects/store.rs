//! Every query on the `projects` table.
use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use uuid::Uuid;

use crate::db::fixed;
use crate::db::schema::{
    environments, projects, secrets, service_account_projects, service_accounts, token_projects,
    tokens,
};
use crate::error::Result;
use crate::id::{OrganizationId, ProjectId, ServiceAccountId, TokenId};

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = projects, check_for_backend(diesel::pg::Pg))]
pub struct Project {
    pub id: ProjectId,
    pub organization_id: OrganizationId,
    pub project_id: String,
    pub name: String,
    pub created_at: DateTime<Utc>,
    /// By which published clients of application secrets know it.
    pub uuid: Uuid,
    /// Whether the server may open its secrets for whoever has no key.
    pub server_side_encryption: bool,
}

/// All of an organization, by slug.
pub fn list(conn: &mut PgConnection, organization: OrganizationId) -> Result<Vec<Project>> {
    Ok(projects::table
        .filter(projects::organization_id.eq(organization))
        .order(projects::project_id)
        .select(Project::as_select())
        .load(conn)?)
}

/// All of these organizations, by slug.
pub fn of_organizations(
    conn: &mut PgConnection,
    organizations: &[OrganizationId],
) -> Result<Vec<Project>> {
    Ok(projects::table
        .filter(projects::organization_id.eq_any(organizations))
        .order((projects::organization_id, projects::project_id))
        .select(Project::as_select())
        .load(conn)?)
}

/// All of an organization, by slug, each with how many tokens that are not revoked name it.
pub fn list_with_tokens(
    conn: &mut PgConnection,
    organization: OrganizationId,
) -> Result<Vec<(Project, i64)>> {
    Ok(projects::table
        .filter(projects::organization_id.eq(organization))
        .order(projects::project_id)
        .select((Project::as_select(), fixed::<BigInt>(NAMED_BY)))
        .load(conn)?)
}

const NAMED_BY: &str = "(select count(*) from token_projects n join tokens t on t.id = n.token_id \
     where n.project_id = projects.id and t.revoked_at is null)";

/// The slugs of each of these organizations, in order.
pub fn slugs(
    conn: &mut PgConnection,
    organizations: &[OrganizationId],
) -> Result<Vec<(OrganizationId, String)>> {
    Ok(projects::table
        .filter(projects::organization_id.eq_any(organizations))
        .order((projects::organization_id, projects::project_id))
        .select((projects::organization_id, projects::project_id))
        .load(conn)?)
}

/// Slug to row id.
pub fn ids(
    conn: &mut PgConnection,
    organization: OrganizationId,
) -> Result<BTreeMap<String, ProjectId>> {
    let rows = projects::table
        .filter(projects::organization_id.eq(organization))
        .select((projects::project_id, projects::id))
        .load(conn)?;
    Ok(rows.into_iter().collect())
}

pub fn find(
    conn: &mut PgConnection,
    organization: OrganizationId,
    project_id: &str,
) -> Result<Option<Project>> {
    Ok(projects::table
        .filter(projects::organization_id.eq(organization))
        .filter(projects::project_id.eq(project_id))
        .select(Project::as_select())
        .first(conn)
        .optional()?)
}

/// Tokens that name the project and are not revoked.
pub fn live_tokens(
    conn: &mut PgConnection,
    project: ProjectId,
    limit: i64,
) -> Result<Vec<(TokenId, String)>> {
    Ok(token_projects::table
        .inner_join(tokens::table)
        .filter(token_projects::project_id.eq(project))
        .filter(tokens::revoked_at.is_null())
        .order(tokens::name)
        .limit(limit)
        .select((tokens::id, tokens::name))
        .load(conn)?)
}

/// Service accounts that name the project and are not deleted.
pub fn live_accounts(
    conn: &mut PgConnection,
    project: ProjectId,
    limit: i64,
) -> Result<Vec<(ServiceAccountId, String)>> {
    Ok(service_account_projects::table
        .inner_join(service_accounts::table)
        .filter(service_account_projects::project_id.eq(project))
        .filter(service_accounts::deleted_at.is_null())
        .order(service_accounts::name)
        .limit(limit)
        .select((service_accounts::id, service_accounts::name))
        .load(conn)?)
}

pub(super) fn insert(
    conn: &mut PgConnection,
    organization: OrganizationId,
    project_id: &str,
    name: &str,
    now: DateTime<Utc>,
) -> QueryResult<Project> {
    diesel::insert_into(projects::table)
        .values((
            projects::organization_id.eq(organization),
            projects::project_id.eq(project_id),
            projects::name.eq(name),
            projects::created_at.eq(now),
        ))
        .returning(Project::as_returning())
        .get_result(conn)
}

pub(super) fn rename(conn: &mut PgConnection, id: ProjectId, name: &str) -> Result<Project> {
    Ok(diesel::update(projects::table.find(id))
        .set(projects::name.eq(name))
        .returning(Project::as_returning())
        .get_result(conn)?)
}

pub(super) fn switch(
    conn: &mut PgConnection,
    organization: OrganizationId,
    id: ProjectId,
    server_side_encryption: bool,
) -> Result<Option<Project>> {
    Ok(diesel::update(projects::table.find(id))
        .filter(projects::organization_id.eq(organization))
        .set(projects::server_side_encryption.eq(server_side_encryption))
        .returning(Project::as_returning())
        .get_result(conn)
        .optional()?)
}

/// Secrets in its environments that are not deleted.
pub fn living_secrets(conn: &mut PgConnection, id: ProjectId) -> Result<i64> {
    Ok(secrets::table
        .inner_join(environments::table)
        .filter(environments::project_id.eq(id))
        .filter(secrets::deleted_at.is_null())
        .count()
        .get_result(conn)?)
}

/// One that a client of application secrets names, in any of these organizations.
pub fn find_by_uuid(
    conn: &mut PgConnection,
    organizations: &[OrganizationId],
    uuid: Uuid,
) -> Result<Option<Project>> {
    Ok(projects::table
        .filter(projects::organization_id.eq_any(organizations))
        .filter(projects::uuid.eq(uuid))
        .select(Project::as_select())
        .first(conn)
        .optional()?)
}

/// Revoked tokens let go of it; anything else that names it stops the delete.
pub(super) fn delete(conn: &mut PgConnection, id: ProjectId) -> QueryResult<()> {
    let revoked = tokens::table.filter(tokens::revoked_at.is_not_null()).select(tokens::id);
    diesel::delete(token_projects::table)
        .filter(token_projects::project_id.eq(id))
        .filter(token_projects::token_id.eq_any(revoked))
        .execute(conn)?;
    diesel::delete(projects::table.find(id)).execute(conn)?;
    // Now, and not when it is too late to say why.
    diesel::sql_query("SET CONSTRAINTS ALL IMMEDIATE").execute(conn)?;
    Ok(())
}
