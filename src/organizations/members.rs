//! Who belongs to an organization, as what. Every query on `memberships`.
use chrono::{DateTime, Utc};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Array, Text};
use serde_json::json;

use crate::access::{Power, Projects, Standing};
use crate::audit::{self, Action, Actor, Subject};
use crate::db::Tx;
use crate::db::schema::{memberships, organizations, users};
use crate::error::{Error, Result, broken_constraint};
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
     where m.organization_id = memberships.organization_id and m.user_id = memberships.user_id)";

/// Organizations of a person that are not suspended, by name.
pub fn memberships(conn: &mut PgConnection, user: UserId) -> Result<Vec<Membership>> {
    let rows: Vec<Row> = memberships::table
        .inner_join(organizations::table)
        .inner_join(users::table)
        .filter(memberships::user_id.eq(user))
        .filter(organizations::suspended_at.is_null())
        .order((organizations::name, organizations::id))
        .select((
            organizations::id,
            organizations::slug,
            organizations::name,
            users::id,
            users::name,
            users::email,
            memberships::role,
            memberships::all_projects,
            memberships::created_at,
            sql::<Array<Text>>(PROJECTS),
        ))
        .load(conn)?;
    rows.into_iter().map(read).collect()
}

/// Everyone in an organization, by name.
pub fn members(conn: &mut PgConnection, organization: OrganizationId) -> Result<Vec<Membership>> {
    let rows: Vec<Row> = memberships::table
        .inner_join(organizations::table)
        .inner_join(users::table)
        .filter(memberships::organization_id.eq(organization))
        .order((users::name, users::id))
        .select((
            organizations::id,
            organizations::slug,
            organizations::name,
            users::id,
            users::name,
            users::email,
            memberships::role,
            memberships::all_projects,
            memberships::created_at,
            sql::<Array<Text>>(PROJECTS),
        ))
        .load(conn)?;
    rows.into_iter().map(read).collect()
}

pub fn add_member(
    tx: &mut Tx,
    by: &Actor,
    organization: OrganizationId,
    user: (UserId, &str),
    standing: Standing,
) -> Result<()> {
    let now = tx.now();
    let (user, name) = user;
    diesel::insert_into(memberships::table)
        .values((
            memberships::organization_id.eq(organization),
            memberships::user_id.eq(user),
            memberships::role.eq(standing.name()),
            memberships::all_projects.eq(true),
            memberships::created_at.eq(now),
        ))
        .execute(tx.conn())
        .map_err(|cause| match broken_constraint(&cause) {
            Some("memberships_pkey") => Error::conflict(format!("{name} is already a member")),
            _ => cause.into(),
        })?;
    let subject = Subject {
        kind: "member",
        id: Some(user.0),
        name: name.to_owned(),
        organization: Some(organization),
    };
    audit::record(tx, by, Action::MemberAdded, subject, json!({ "role": standing.name() }))
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
