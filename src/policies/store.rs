//! Every query on the `policies` table.
use diesel::prelude::*;

use super::Policy;
use crate::db::schema::policies;
use crate::error::Result;
use crate::id::OrganizationId;

/// For personal access tokens.
pub fn of_instance(conn: &mut PgConnection) -> Result<Policy> {
    Ok(policies::table
        .filter(policies::organization_id.is_null())
        .select(Policy::as_select())
        .first(conn)?)
}

/// For the tokens of an organization.
pub fn of_organization(conn: &mut PgConnection, organization: OrganizationId) -> Result<Policy> {
    Ok(policies::table
        .filter(policies::organization_id.eq(organization))
        .select(Policy::as_select())
        .first(conn)?)
}

pub(super) fn insert(
    conn: &mut PgConnection,
    organization: OrganizationId,
    policy: Policy,
) -> Result<()> {
    diesel::insert_into(policies::table)
        .values((
            policies::organization_id.eq(organization),
            policies::max_lifetime_days.eq(policy.max_lifetime_days),
            policies::allow_non_expiring.eq(policy.allow_non_expiring),
        ))
        .execute(conn)?;
    Ok(())
}

/// Returns what stood there before.
pub(super) fn replace(
    conn: &mut PgConnection,
    organization: Option<OrganizationId>,
    policy: Policy,
) -> Result<Policy> {
    let mine = policies::organization_id.is_not_distinct_from(organization);
    let before =
        policies::table.filter(mine).select(Policy::as_select()).for_update().first(conn)?;
    diesel::update(policies::table.filter(mine))
        .set((
            policies::max_lifetime_days.eq(policy.max_lifetime_days),
            policies::allow_non_expiring.eq(policy.allow_non_expiring),
        ))
        .execute(conn)?;
    Ok(before)
}
