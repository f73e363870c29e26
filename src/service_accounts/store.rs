//! Every query on `service_accounts` and `service_account_projects` that reads or writes one
//! account. Lists stand in [`mod@super::list`].
use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Array, Text};
use serde_json::{Value, json};

use crate::access::{AccessConfig, Level, Permissions, Power, Projects, Role};
use crate::db::schema::{account_keys, service_account_projects, service_accounts, tokens};
use crate::db::{Fixed, fixed};
use crate::error::Result;
use crate::id::{OrganizationId, ProjectId, ServiceAccountId, TokenId, UserId};
use crate::policies::{AccountNow, ClearedAccount, ClearedPower, Expiry};

const PROJECTS: &str = "array(select p.project_id from service_account_projects n \
     join projects p on p.id = n.project_id \
     where n.service_account_id = service_accounts.id order by p.project_id)";

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = service_accounts, check_for_backend(Pg))]
pub struct ServiceAccount {
    pub id: ServiceAccountId,
    pub organization_id: OrganizationId,
    pub name: String,
    pub description: String,
    role: String,
    all_projects: bool,
    permissions: Option<Value>,
    pub created_at: DateTime<Utc>,
    pub disabled_at: Option<DateTime<Utc>>,
    /// Slugs, in order.
    #[diesel(select_expression = fixed::<Array<Text>>(PROJECTS))]
    #[diesel(select_expression_type = Fixed<Array<Text>>)]
    projects: Vec<String>,
}

impl ServiceAccount {
    pub fn is_active(&self) -> bool {
        self.disabled_at.is_none()
    }

    pub fn access(&self) -> AccessConfig {
        let entries = self.permissions.as_ref().map(|held| held.as_object().into_iter().flatten());
        // A level that is unknown grants nothing.
        let level =
            |(name, level): (&String, &Value)| Some((name.clone(), Level::parse(level.as_str()?)?));
        AccessConfig {
            role: Role::parse(&self.role).unwrap_or_default(),
            projects: Projects::new(self.all_projects, self.projects.iter().cloned()),
            permissions: entries.map(|entries| entries.filter_map(level).collect::<Permissions>()),
        }
    }

    /// What each of its tokens may do.
    pub fn power(&self) -> Power {
        Power::of_config(self.access())
    }
}

/// Ownership is part of every query, and what was deleted is not there.
#[diesel::dsl::auto_type]
pub(super) fn live_of(organization: OrganizationId) -> _ {
    service_accounts::organization_id.eq(organization).and(service_accounts::deleted_at.is_null())
}

pub fn find(
    conn: &mut PgConnection,
    organization: OrganizationId,
    id: ServiceAccountId,
) -> Result<Option<ServiceAccount>> {
    Ok(service_accounts::table
        .filter(live_of(organization))
        .filter(service_accounts::id.eq(id))
        .select(ServiceAccount::as_select())
        .first(conn)
        .optional()?)
}

pub fn find_named(
    conn: &mut PgConnection,
    organization: OrganizationId,
    name: &str,
) -> Result<Option<ServiceAccount>> {
    Ok(service_accounts::table
        .filter(live_of(organization))
        .filter(service_accounts::name.eq(name))
        .select(ServiceAccount::as_select())
        .first(conn)
        .optional()?)
}

pub(super) fn lock(
    conn: &mut PgConnection,
    organization: OrganizationId,
    id: ServiceAccountId,
) -> Result<Option<ServiceAccount>> {
    // In two steps: what a row's sub-selects see is as old as the statement, and the lock may wait.
    let locked: Option<ServiceAccountId> = service_accounts::table
        .filter(live_of(organization))
        .filter(service_accounts::id.eq(id))
        .select(service_accounts::id)
        .for_update()
        .first(conn)
        .optional()?;
    locked.map_or(Ok(None), |id| find(conn, organization, id))
}

pub(super) fn insert(
    conn: &mut PgConnection,
    organization: OrganizationId,
    cleared: &ClearedAccount,
    now: DateTime<Utc>,
) -> QueryResult<ServiceAccountId> {
    diesel::insert_into(service_accounts::table)
        .values((
            service_accounts::organization_id.eq(organization),
            service_accounts::name.eq(cleared.name.as_str()),
            service_accounts::description.eq(&cleared.description),
            powers(&cleared.power),
            service_accounts::created_at.eq(now),
        ))
        .returning(service_accounts::id)
        .get_result(conn)
}

type Powers = (
    diesel::dsl::Eq<service_accounts::role, &'static str>,
    diesel::dsl::Eq<service_accounts::all_projects, bool>,
    diesel::dsl::Eq<service_accounts::permissions, Option<Value>>,
);

pub(super) fn powers(power: &ClearedPower) -> Powers {
    (
        service_accounts::role.eq(power.role.unwrap_or_default().name()),
        service_accounts::all_projects.eq(power.all_projects),
        service_accounts::permissions.eq(power.permissions.as_ref().map(|held| json!(held))),
    )
}

pub(super) fn name_projects(
    conn: &mut PgConnection,
    organization: OrganizationId,
    id: ServiceAccountId,
    projects: &[ProjectId],
) -> Result<()> {
    let rows: Vec<_> = projects
        .iter()
        .map(|project| {
            (
                service_account_projects::organization_id.eq(organization),
                service_account_projects::service_account_id.eq(id),
                service_account_projects::project_id.eq(project),
            )
        })
        .collect();
    diesel::insert_into(service_account_projects::table).values(rows).execute(conn)?;
    Ok(())
}

pub(super) fn forget_projects(conn: &mut PgConnection, id: ServiceAccountId) -> Result<()> {
    let mine = service_account_projects::service_account_id.eq(id);
    diesel::delete(service_account_projects::table.filter(mine)).execute(conn)?;
    Ok(())
}

/// Nothing that it could open is handed to it any more.
pub(super) fn forget_keys(conn: &mut PgConnection, id: ServiceAccountId) -> Result<()> {
    let mine = account_keys::service_account_id.eq(id);
    diesel::delete(account_keys::table.filter(mine)).execute(conn)?;
    Ok(())
}

pub(super) fn delete(
    conn: &mut PgConnection,
    id: ServiceAccountId,
    now: DateTime<Utc>,
) -> Result<()> {
    diesel::update(service_accounts::table.find(id))
        .set(service_accounts::deleted_at.eq(now))
        .execute(conn)?;
    Ok(())
}

/// Every token of the account that was not revoked yet is, and is returned.
pub(super) fn revoke_tokens(
    conn: &mut PgConnection,
    id: ServiceAccountId,
    by: Option<UserId>,
    now: DateTime<Utc>,
) -> Result<Vec<(TokenId, String)>> {
    Ok(diesel::update(tokens::table.filter(tokens::service_account_id.eq(id)))
        .filter(tokens::kind.eq("sat"))
        .filter(tokens::revoked_at.is_null())
        .set((tokens::revoked_at.eq(now), tokens::revoked_by.eq(by)))
        .returning((tokens::id, tokens::name))
        .get_results(conn)?)
}

/// The account as it stands, for whoever wants to change it.
pub fn now(conn: &mut PgConnection, account: &ServiceAccount) -> Result<AccountNow> {
    let ends: Option<Option<DateTime<Utc>>> = tokens::table
        .filter(tokens::kind.eq("sat"))
        .filter(tokens::service_account_id.eq(account.id))
        .filter(tokens::revoked_at.is_null())
        .order(tokens::expires_at.desc().nulls_first())
        .select(tokens::expires_at)
        .first(conn)
        .optional()?;
    Ok(AccountNow {
        power: account.power(),
        is_active: account.is_active(),
        last_end: ends.map(|ends| ends.map_or(Expiry::Never, Expiry::At)),
    })
}
