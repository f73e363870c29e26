//! Looking secrets up: one statement answers for any number of them.
//!
//! Power is worked out here, at use: an organization's token from its own access config, a service
//! account's from its account's, a person's from their memberships as they are now, narrowed by
//! what was picked.
use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{
    Array, BigInt, Bool, Bytea, Integer, Jsonb, Nullable, Text, Timestamptz, Untyped,
};
use serde::Deserialize;
use serde_json::Value;

use super::store::read_permissions;
use super::verdict::{Barred, Held, Reach, Verdict};
use super::{Life, Parent, Peppers};
use crate::access::{AccessConfig, Permissions, Power, Projects, Role, Standing};
use crate::error::Result;
use crate::format::Kind;
use crate::id::{OrganizationId, ServiceAccountId, TokenId, UserId};
use crate::policies::{Policy, Rule};
use crate::secret::{Digest, PlainToken};

/// A secret, by its digest, and by the one that it had under the previous instance key.
#[derive(Debug, Clone, Copy)]
pub struct Sought {
    pub digest: Digest,
    pub before: Option<Digest>,
}

impl Sought {
    pub fn new(plain: &PlainToken, peppers: &Peppers) -> Self {
        Self {
            digest: plain.digest(&peppers.current),
            before: peppers.previous.as_ref().map(|pepper| plain.digest(pepper)),
        }
    }
}

/// `None` for a secret that was never ours, or not of this kind.
pub fn verify(
    conn: &mut PgConnection,
    peppers: &Peppers,
    plain: &PlainToken,
) -> Result<Option<Verdict>> {
    let sought = Sought::new(plain, peppers);
    let found = look_up(conn, &[sought])?.remove(&sought.digest).transpose()?;
    // The kind is part of what was presented: a secret speaks as what it is, or not at all.
    Ok(found.filter(|verdict| verdict.kind == plain.kind()))
}

/// What is known of each, by its digest; those that were never ours are left out. One made under
/// the previous instance key is known, and moves to the current one.
pub fn look_up(
    conn: &mut PgConnection,
    sought: &[Sought],
) -> Result<HashMap<Digest, Result<Verdict>>> {
    let all = sought.iter().flat_map(|sought| [Some(sought.digest), sought.before]);
    let rows: Vec<Row> = Lookup(all.flatten().collect()).load(conn)?;
    let mut found: HashMap<_, _> = rows.into_iter().map(|row| (row.digest, row.read())).collect();
    for &Sought { digest, before } in sought {
        let moving = before.and_then(|before| Some((before, found.remove(&before)?)));
        if let Some((before, verdict)) = moving {
            use crate::db::schema::token_secrets as secrets;
            diesel::update(secrets::table.filter(secrets::digest.eq(before)))
                .set(secrets::digest.eq(digest))
                .execute(conn)?;
            found.insert(digest, verdict);
        }
    }
    Ok(found)
}

/// The statement, which each connection prepares once.
#[derive(QueryId)]
struct Lookup(Vec<Digest>);

impl Query for Lookup {
    type SqlType = Untyped;
}

impl RunQueryDsl<PgConnection> for Lookup {}

impl QueryFragment<Pg> for Lookup {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(LOOKUP);
        out.push_sql("s.digest = ANY(");
        out.push_bind_param::<Array<Bytea>, _>(&self.0)?;
        out.push_sql(")");
        Ok(())
    }
}

/// The same by token and generation.
#[derive(QueryId)]
struct ParentLookup(Parent);

impl Query for ParentLookup {
    type SqlType = Untyped;
}

impl RunQueryDsl<PgConnection> for ParentLookup {}

impl QueryFragment<Pg> for ParentLookup {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(LOOKUP);
        out.push_sql("s.token_id = ");
        out.push_bind_param::<BigInt, _>(&self.0.token)?;
        out.push_sql(" AND s.generation = ");
        out.push_bind_param::<Integer, _>(&self.0.generation)
    }
}

/// What is known of the secret that a JWT was made from; `None` where its row is gone.
pub fn look_up_parent(conn: &mut PgConnection, parent: Parent) -> Result<Option<Verdict>> {
    let row: Option<Row> = ParentLookup(parent).get_result(conn).optional()?;
    row.map(Row::read).transpose()
}

#[derive(QueryableByName)]
#[expect(clippy::struct_excessive_bools, reason = "a row of the query, as it comes")]
struct Row {
    #[diesel(sql_type = Bytea)]
    digest: Digest,
    #[diesel(sql_type = Integer)]
    generation: i32,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    retires_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = BigInt)]
    token: TokenId,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Timestamptz)]
    created_at: DateTime<Utc>,
    #[diesel(sql_type = Bool)]
    may_rotate_itself: bool,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    revoked_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    disabled_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    expires_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Timestamptz)]
    expiry_set_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Integer>)]
    max_lifetime_days: Option<i32>,
    #[diesel(sql_type = Nullable<Bool>)]
    allow_non_expiring: Option<bool>,
    #[diesel(sql_type = Nullable<Integer>)]
    before_max_lifetime_days: Option<i32>,
    #[diesel(sql_type = Nullable<Bool>)]
    before_allow_non_expiring: Option<bool>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    enforced_from: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Text>)]
    role: Option<String>,
    #[diesel(sql_type = Bool)]
    all_projects: bool,
    #[diesel(sql_type = Array<Text>)]
    projects: Vec<String>,
    #[diesel(sql_type = Nullable<Jsonb>)]
    permissions: Option<Value>,
    #[diesel(sql_type = Nullable<BigInt>)]
    organization: Option<OrganizationId>,
    #[diesel(sql_type = Nullable<Text>)]
    slug: Option<String>,
    #[diesel(sql_type = Array<Text>)]
    resources: Vec<String>,
    #[diesel(sql_type = Bool)]
    suspended: bool,
    #[diesel(sql_type = Nullable<BigInt>)]
    account: Option<ServiceAccountId>,
    #[diesel(sql_type = Nullable<Text>)]
    account_name: Option<String>,
    #[diesel(sql_type = Bool)]
    account_disabled: bool,
    #[diesel(sql_type = Bool)]
    account_deleted: bool,
    #[diesel(sql_type = Nullable<BigInt>)]
    user_id: Option<UserId>,
    #[diesel(sql_type = Nullable<Text>)]
    user_name: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    email: Option<String>,
    #[diesel(sql_type = Bool)]
    user_disabled: bool,
    #[diesel(sql_type = Bool)]
    user_admin: bool,
    #[diesel(sql_type = Jsonb)]
    memberships: Value,
}

#[derive(Deserialize)]
struct Member {
    organization: OrganizationId,
    slug: String,
    role: String,
    all_projects: bool,
    projects: Vec<String>,
    resources: Vec<String>,
    blocked: bool,
}

const LOOKUP: &str = r"
SELECT s.digest, s.generation, s.retires_at, t.id AS token, t.kind, t.name, t.created_at,
       t.may_rotate_itself, t.revoked_at, t.disabled_at, t.expires_at, t.expiry_set_at,
       p.max_lifetime_days, p.allow_non_expiring, p.before_max_lifetime_days,
       p.before_allow_non_expiring, p.enforced_from, coalesce(t.role, a.role) AS role,
       coalesce(a.all_projects, t.all_projects) AS all_projects,
       CASE WHEN a.id IS NULL THEN t.permissions ELSE a.permissions END AS permissions,
       CASE t.kind
       WHEN 'oat' THEN ARRAY(SELECT (SELECT x.project_id FROM projects x WHERE x.id = n.project_id)
                             FROM token_projects n WHERE n.token_id = t.id)
       WHEN 'sat' THEN ARRAY(SELECT (SELECT x.project_id FROM projects x WHERE x.id = n.project_id)
                             FROM service_account_projects n WHERE n.service_account_id = a.id)
       ELSE '{}' END AS projects,
       a.id AS account, a.name AS account_name, a.disabled_at IS NOT NULL AS account_disabled,
       a.deleted_at IS NOT NULL AS account_deleted,
       o.id AS organization, o.slug, o.suspended_at IS NOT NULL AS suspended,
       ARRAY(SELECT r.name FROM resources r WHERE r.organization_id = o.id ORDER BY 1) AS resources,
       u.id AS user_id, u.name AS user_name, u.email, u.disabled_at IS NOT NULL AS user_disabled,
       coalesce(u.is_admin, false) AS user_admin,
       CASE t.kind WHEN 'pat' THEN coalesce((SELECT jsonb_agg(jsonb_build_object(
                    'organization', mo.id, 'slug', mo.slug, 'role', m.role,
                    'all_projects', m.all_projects,
                    'blocked', EXISTS(SELECT FROM token_blocks b
                                      WHERE b.organization_id = mo.id AND b.token_id = t.id),
                    'resources', ARRAY(SELECT r.name FROM resources r
                                       WHERE r.organization_id = mo.id ORDER BY 1),
                    'projects', ARRAY(SELECT x.project_id FROM membership_projects n
                          JOIN projects x ON x.id = n.project_id
                          WHERE n.organization_id = m.organization_id AND n.user_id = m.user_id)))
                 FROM memberships m JOIN organizations mo ON mo.id = m.organization_id
                 WHERE m.user_id = t.user_id AND mo.suspended_at IS NULL), '[]') ELSE '[]' END AS memberships
FROM token_secrets s
JOIN tokens t ON t.id = s.token_id
LEFT JOIN policies p ON coalesce(p.organization_id, 0) = coalesce(t.organization_id, 0)
LEFT JOIN organizations o ON o.id = t.organization_id
LEFT JOIN service_accounts a ON a.id = t.service_account_id
LEFT JOIN users u ON u.id = t.user_id
WHERE ";

impl Row {
    fn read(self) -> Result<Verdict> {
        Ok(Verdict {
            holder: self.holder()?,
            token: self.token,
            kind: Kind::parse(&self.kind).ok_or_else(|| self.broken())?,
            policy: self.policy()?,
            name: self.name.into(),
            generation: self.generation,
            created_at: self.created_at,
            may_rotate_itself: self.may_rotate_itself,
            life: Life {
                revoked_at: self.revoked_at,
                disabled_at: self.disabled_at,
                expires_at: self.expires_at,
                expiry_set_at: self.expiry_set_at,
            },
            derived: None,
            retires_at: self.retires_at,
        })
    }

    fn policy(&self) -> Result<Policy> {
        let allowed = self.allow_non_expiring.zip(self.before_allow_non_expiring);
        let (now, before) = allowed.ok_or_else(|| self.broken())?;
        Ok(Policy {
            rule: Rule { max_lifetime_days: self.max_lifetime_days, allow_non_expiring: now },
            before: Rule {
                max_lifetime_days: self.before_max_lifetime_days,
                allow_non_expiring: before,
            },
            enforced_from: self.enforced_from,
        })
    }

    fn holder(&self) -> Result<Held> {
        let suspended = self.suspended;
        match (self.organization, self.account, self.user_id) {
            (Some(organization), None, _) => {
                Ok(Held::Organization { suspended, reach: self.reach(organization)? })
            }
            (Some(organization), Some(account), _) => Ok(Held::ServiceAccount {
                account,
                name: self.account_name.clone().unwrap_or_default().into(),
                disabled: self.account_disabled,
                deleted: self.account_deleted,
                reach: self.reach(organization)?,
                suspended,
            }),
            (None, _, Some(user)) => {
                let picked = self.permissions.as_ref().map(read_permissions);
                let (reaches, barred) = reaches(self.memberships.clone(), picked.as_ref())?;
                Ok(Held::Person {
                    user,
                    name: self.user_name.clone().unwrap_or_default().into(),
                    email: self.email.clone().unwrap_or_default().into(),
                    disabled: self.user_disabled,
                    is_admin: self.user_admin,
                    reaches,
                    barred,
                    picked,
                })
            }
            (None, _, None) => Err(self.broken().into()),
        }
    }

    /// By the access config: the token's own, or its account's.
    fn reach(&self, organization: OrganizationId) -> Result<Reach> {
        let role = self.role.as_deref().and_then(Role::parse).ok_or_else(|| self.broken())?;
        Ok(Reach {
            organization,
            slug: self.slug.clone().unwrap_or_default().into(),
            power: Power::of_config(AccessConfig {
                role,
                projects: Projects::new(self.all_projects, self.projects.clone()),
                permissions: self.permissions.as_ref().map(read_permissions),
            }),
            resources: self.resources.clone().into(),
        })
    }

    fn broken(&self) -> anyhow::Error {
        anyhow::anyhow!("token {} lacks what a token of its kind has", self.token)
    }
}

/// The holder's power in each of their organizations, as it is now, narrowed by what was picked;
/// and those that keep the token out.
fn reaches(memberships: Value, picked: Option<&Permissions>) -> Result<(Vec<Reach>, Vec<Barred>)> {
    let members: Vec<Member> = serde_json::from_value(memberships).map_err(anyhow::Error::from)?;
    let (mut reaches, mut barred) = (Vec::new(), Vec::new());
    for member in members {
        let (organization, slug) = (member.organization, member.slug);
        if member.blocked {
            barred.push(Barred { organization, slug });
            continue;
        }
        let standing = Standing::parse(&member.role)
            .ok_or_else(|| anyhow::anyhow!("unknown role {} in memberships", member.role))?;
        let projects = Projects::new(member.all_projects || standing.is_owner(), member.projects);
        let power = Power { standing, projects, picked: picked.cloned() };
        let (slug, resources) = (slug.into(), member.resources.into());
        reaches.push(Reach { organization, slug, power, resources });
    }
    Ok((reaches, barred))
}
