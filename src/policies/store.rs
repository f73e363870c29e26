//! Every query on the `policies` table.
use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::{Policy, Rule};
use crate::db::Tx;
use crate::db::schema::policies;
use crate::error::Result;
use crate::id::OrganizationId;

#[derive(Queryable, Selectable)]
#[diesel(table_name = policies, check_for_backend(diesel::pg::Pg))]
struct Row {
    max_lifetime_days: Option<i32>,
    allow_non_expiring: bool,
    before_max_lifetime_days: Option<i32>,
    before_allow_non_expiring: bool,
    enforced_from: Option<DateTime<Utc>>,
}

impl Row {
    fn read(self) -> Policy {
        Policy {
            rule: Rule {
                max_lifetime_days: self.max_lifetime_days,
                allow_non_expiring: self.allow_non_expiring,
            },
            before: Rule {
                max_lifetime_days: self.before_max_lifetime_days,
                allow_non_expiring: self.before_allow_non_expiring,
            },
            enforced_from: self.enforced_from,
        }
    }
}

/// For personal access tokens.
pub fn of_instance(conn: &mut PgConnection) -> Result<Policy> {
    of(conn, None)
}

/// For the tokens of an organization.
pub fn of_organization(conn: &mut PgConnection, organization: OrganizationId) -> Result<Policy> {
    of(conn, Some(organization))
}

/// Of an organization, or of the instance.
pub fn of(conn: &mut PgConnection, organization: Option<OrganizationId>) -> Result<Policy> {
    let mine = policies::organization_id.is_not_distinct_from(organization);
    Ok(policies::table.filter(mine).select(Row::as_select()).first(conn)?.read())
}

/// Nobody else changes it until the transaction ends.
pub(super) fn lock(tx: &mut Tx, organization: Option<OrganizationId>) -> Result<Policy> {
    let mine = policies::organization_id.is_not_distinct_from(organization);
    let row = policies::table.filter(mine).select(Row::as_select()).for_update();
    Ok(row.first(tx.conn())?.read())
}

pub(super) fn insert(
    conn: &mut PgConnection,
    organization: OrganizationId,
    rule: Rule,
    now: DateTime<Utc>,
) -> Result<()> {
    let policy = Policy { enforced_from: Some(now), ..rule.into() };
    diesel::insert_into(policies::table)
        .values((policies::organization_id.eq(organization), columns(&policy)))
        .execute(conn)?;
    Ok(())
}

pub(super) fn replace(
    conn: &mut PgConnection,
    organization: Option<OrganizationId>,
    policy: &Policy,
) -> Result<()> {
    let mine = policies::organization_id.is_not_distinct_from(organization);
    diesel::update(policies::table.filter(mine)).set(columns(policy)).execute(conn)?;
    Ok(())
}

type Columns = (
    diesel::dsl::Eq<policies::max_lifetime_days, Option<i32>>,
    diesel::dsl::Eq<policies::allow_non_expiring, bool>,
    diesel::dsl::Eq<policies::before_max_lifetime_days, Option<i32>>,
    diesel::dsl::Eq<policies::before_allow_non_expiring, bool>,
    diesel::dsl::Eq<policies::enforced_from, Option<DateTime<Utc>>>,
);

fn columns(policy: &Policy) -> Columns {
    (
        policies::max_lifetime_days.eq(policy.rule.max_lifetime_days),
        policies::allow_non_expiring.eq(policy.rule.allow_non_expiring),
        policies::before_max_lifetime_days.eq(policy.before.max_lifetime_days),
        policies::before_allow_non_expiring.eq(policy.before.allow_non_expiring),
        policies::enforced_from.eq(policy.enforced_from),
    )
}
