//! Is this secret good, and what may it do? One statement answers for any number of secrets.
//!
//! Power is worked out here, at use: an organization's token from its own access config, a
//! person's from their memberships as they are now, narrowed by what was picked.
use chrono::{DateTime, SecondsFormat, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Bytea, Integer, Jsonb, Nullable, Text, Timestamptz};
use serde::Deserialize;
use serde_json::Value;

use super::store::read_permissions;
use super::{Life, Peppers};
use crate::access::{AccessConfig, Permissions, Power, Projects, Role, Standing};
use crate::error::Result;
use crate::format::Kind;
use crate::id::{OrganizationId, TokenId, UserId};
use crate::policies::Policy;
use crate::secret::{Digest, PlainToken};

/// Everything that is known of a real secret.
#[derive(Debug, Clone)]
pub struct Verdict {
    pub token: TokenId,
    pub kind: Kind,
    pub name: String,
    pub hint: String,
    pub generation: i32,
    pub created_at: DateTime<Utc>,
    pub may_rotate_itself: bool,
    pub life: Life,
    pub holder: Held,
    retires_at: Option<DateTime<Utc>>,
    policy: Policy,
}

/// Whom the token speaks for.
#[derive(Debug, Clone)]
pub enum Held {
    Organization {
        id: OrganizationId,
        slug: String,
        suspended: bool,
        power: Power,
    },
    Person {
        user: UserId,
        name: String,
        disabled: bool,
        picked: Option<Permissions>,
        powers: Vec<(OrganizationId, String, Power)>,
    },
}

/// Why a real secret does not work. Only whoever holds it is told.
#[derive(Debug, Clone, PartialEq, Eq, derive_more::Display)]
pub enum Dead {
    #[display("the token was revoked")]
    Revoked,
    #[display("the token is disabled")]
    Disabled,
    #[display("the token expired on {}", _0.to_rfc3339_opts(SecondsFormat::Secs, true))]
    Expired(DateTime<Utc>),
    #[display("the token is blocked by a policy: it {_0}")]
    Blocked(String),
    #[display("this secret was replaced on {}", _0.to_rfc3339_opts(SecondsFormat::Secs, true))]
    Replaced(DateTime<Utc>),
    #[display("the token's holder is disabled")]
    HolderDisabled,
    #[display("the token's organization is suspended")]
    OrganizationSuspended,
}

impl Verdict {
    /// Why the secret does not work at this instant, if it does not.
    pub fn dead(&self, now: DateTime<Utc>) -> Option<Dead> {
        let life = &self.life;
        if life.revoked_at.is_some() {
            return Some(Dead::Revoked);
        }
        match &self.holder {
            Held::Organization { suspended: true, .. } => return Some(Dead::OrganizationSuspended),
            Held::Person { disabled: true, .. } => return Some(Dead::HolderDisabled),
            Held::Organization { .. } | Held::Person { .. } => {}
        }
        if life.disabled_at.is_some() {
            return Some(Dead::Disabled);
        }
        if let Some(at) = life.expires_at.filter(|at| *at <= now) {
            return Some(Dead::Expired(at));
        }
        if let Some(at) = self.retires_at.filter(|at| *at <= now) {
            return Some(Dead::Replaced(at));
        }
        self.policy.blocks(life.expires_at, life.expiry_set_at).map(Dead::Blocked)
    }

    /// When the secret stops working by itself: the token expires, or its old secret retires.
    pub fn ends(&self) -> Option<DateTime<Utc>> {
        [self.life.expires_at, self.retires_at].into_iter().flatten().min()
    }

    /// What it may do in an organization; `None` where it has no business.
    pub fn power_in(&self, organization: OrganizationId) -> Option<&Power> {
        match &self.holder {
            Held::Organization { id, power, .. } => (*id == organization).then_some(power),
            Held::Person { powers, .. } => {
                powers.iter().find(|(id, ..)| *id == organization).map(|(_, _, power)| power)
            }
        }
    }

    pub fn user(&self) -> Option<UserId> {
        match &self.holder {
            Held::Person { user, .. } => Some(*user),
            Held::Organization { .. } => None,
        }
    }
}

/// `None` for a secret that was never ours. One made under the previous instance key is known,
/// and moves to the current one.
pub fn verify(
    conn: &mut PgConnection,
    peppers: &Peppers,
    plain: &PlainToken,
) -> Result<Option<Verdict>> {
    let digest = plain.digest(&peppers.current);
    let old = peppers.previous.as_ref().map(|pepper| plain.digest(pepper));
    let digests: Vec<_> = [digest].into_iter().chain(old).collect();
    let row: Option<Row> =
        diesel::sql_query(LOOKUP).bind::<Array<Bytea>, _>(digests).get_result(conn).optional()?;
    let Some(row) = row else { return Ok(None) };
    // The kind is part of what was presented: a secret speaks as what it is, or not at all.
    if row.kind != plain.kind().name() {
        return Ok(None);
    }
    if Some(row.digest) == old {
        use crate::db::schema::token_secrets as secrets;
        diesel::update(secrets::table.filter(secrets::digest.eq(row.digest)))
            .set(secrets::digest.eq(digest))
            .execute(conn)?;
    }
    Ok(Some(row.read()?))
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
    #[diesel(sql_type = Text)]
    hint: String,
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
    #[diesel(sql_type = Bool)]
    suspended: bool,
    #[diesel(sql_type = Nullable<BigInt>)]
    user_id: Option<UserId>,
    #[diesel(sql_type = Nullable<Text>)]
    user_name: Option<String>,
    #[diesel(sql_type = Bool)]
    user_disabled: bool,
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
}

const LOOKUP: &str = r"
SELECT s.digest, s.generation, s.retires_at, t.id AS token, t.kind, t.name, t.hint, t.created_at,
       t.may_rotate_itself, t.revoked_at, t.disabled_at, t.expires_at, t.expiry_set_at,
       p.max_lifetime_days, p.allow_non_expiring, t.role, t.all_projects, t.permissions,
       ARRAY(SELECT x.project_id FROM token_projects n JOIN projects x ON x.id = n.project_id
             WHERE n.token_id = t.id) AS projects,
       o.id AS organization, o.slug, o.suspended_at IS NOT NULL AS suspended,
       u.id AS user_id, u.name AS user_name, u.disabled_at IS NOT NULL AS user_disabled,
       coalesce((SELECT jsonb_agg(jsonb_build_object(
                    'organization', mo.id, 'slug', mo.slug, 'role', m.role,
                    'all_projects', m.all_projects, 'projects',
                    ARRAY(SELECT x.project_id FROM membership_projects n
                          JOIN projects x ON x.id = n.project_id
                          WHERE n.organization_id = m.organization_id AND n.user_id = m.user_id)))
                 FROM memberships m JOIN organizations mo ON mo.id = m.organization_id
                 WHERE m.user_id = t.user_id AND mo.suspended_at IS NULL), '[]') AS memberships
FROM token_secrets s
JOIN tokens t ON t.id = s.token_id
LEFT JOIN policies p ON coalesce(p.organization_id, 0) = coalesce(t.organization_id, 0)
LEFT JOIN organizations o ON o.id = t.organization_id
LEFT JOIN users u ON u.id = t.user_id
WHERE s.digest = ANY($1)";

impl Row {
    fn read(self) -> Result<Verdict> {
        let broken = || anyhow::anyhow!("token {} lacks what a token of its kind has", self.token);
        let picked = self.permissions.as_ref().map(read_permissions);
        let holder = match (self.organization, self.user_id) {
            (Some(id), _) => Held::Organization {
                id,
                slug: self.slug.clone().unwrap_or_default(),
                suspended: self.suspended,
                power: Power::of_config(AccessConfig {
                    role: self.role.as_deref().and_then(Role::parse).ok_or_else(broken)?,
                    projects: Projects::new(self.all_projects, self.projects.clone()),
                    permissions: picked,
                }),
            },
            (None, Some(user)) => Held::Person {
                user,
                name: self.user_name.clone().unwrap_or_default(),
                disabled: self.user_disabled,
                powers: powers(self.memberships.clone(), picked.as_ref())?,
                picked,
            },
            (None, None) => return Err(broken().into()),
        };
        Ok(Verdict {
            token: self.token,
            kind: Kind::parse(&self.kind).ok_or_else(broken)?,
            name: self.name,
            hint: self.hint,
            generation: self.generation,
            created_at: self.created_at,
            may_rotate_itself: self.may_rotate_itself,
            life: Life {
                revoked_at: self.revoked_at,
                disabled_at: self.disabled_at,
                expires_at: self.expires_at,
                expiry_set_at: self.expiry_set_at,
            },
            holder,
            retires_at: self.retires_at,
            policy: Policy {
                max_lifetime_days: self.max_lifetime_days,
                allow_non_expiring: self.allow_non_expiring.ok_or_else(broken)?,
            },
        })
    }
}

/// The holder's power in each of their organizations, as it is now, narrowed by what was picked.
fn powers(
    memberships: Value,
    picked: Option<&Permissions>,
) -> Result<Vec<(OrganizationId, String, Power)>> {
    let members: Vec<Member> = serde_json::from_value(memberships).map_err(anyhow::Error::from)?;
    members
        .into_iter()
        .map(|member| {
            let standing = Standing::parse(&member.role)
                .ok_or_else(|| anyhow::anyhow!("unknown role {} in memberships", member.role))?;
            let projects =
                Projects::new(member.all_projects || standing.is_owner(), member.projects);
            let power = Power { standing, projects, picked: picked.cloned() };
            Ok((member.organization, member.slug, power))
        })
        .collect()
}
