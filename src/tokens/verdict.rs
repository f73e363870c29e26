//! Everything that is known of a real secret, and whether it is good at this moment.
use chrono::{DateTime, SecondsFormat, Utc};

use super::{Derived, Holder, Life};
use crate::access::{self, CONTROL, DATA, Level, Permissions, Power};
use crate::db::Scope;
use crate::format::Kind;
use crate::id::{OrganizationId, ServiceAccountId, TokenId, UserId};
use crate::policies::Policy;

/// Everything that is known of a real secret.
#[derive(Debug, Clone)]
pub struct Verdict {
    pub token: TokenId,
    pub kind: Kind,
    pub name: Box<str>,
    pub generation: i32,
    pub created_at: DateTime<Utc>,
    pub may_rotate_itself: bool,
    pub life: Life,
    pub holder: Held,
    /// Of a JWT: what it carries of the token that it was made from.
    pub derived: Option<Box<Derived>>,
    pub(super) retires_at: Option<DateTime<Utc>>,
    pub(super) policy: Policy,
}

/// Whom the token speaks for.
#[derive(Debug, Clone)]
pub enum Held {
    Organization {
        reach: Reach,
        suspended: bool,
    },
    ServiceAccount {
        account: ServiceAccountId,
        name: Box<str>,
        disabled: bool,
        deleted: bool,
        reach: Reach,
        suspended: bool,
    },
    Person {
        user: UserId,
        name: Box<str>,
        email: Box<str>,
        disabled: bool,
        /// They run the instance.
        is_admin: bool,
        picked: Option<Permissions>,
        reaches: Vec<Reach>,
        /// Organizations of the holder's that keep the token out.
        barred: Vec<Barred>,
    },
}

/// An organization whose owner wants nothing of the token.
#[derive(Debug, Clone)]
pub struct Barred {
    pub organization: OrganizationId,
    pub slug: String,
}

/// An organization that a token reaches, and what it may do there at this moment.
#[derive(Debug, Clone)]
pub struct Reach {
    pub organization: OrganizationId,
    pub slug: Box<str>,
    pub power: Power,
    /// The organization's own resources.
    pub resources: Box<[String]>,
}

impl Reach {
    /// By its id or its slug.
    pub fn is_named(&self, name: &str) -> bool {
        name == &*self.slug || name == self.organization.to_string()
    }

    /// Every resource on which something is held, with the highest level.
    pub fn held(&self) -> impl Iterator<Item = (&str, Level)> {
        let own = self.resources.iter().map(String::as_str);
        let all = CONTROL.into_iter().chain(DATA).chain(own);
        all.filter_map(|resource| Some((resource, self.power.level(resource)?)))
    }

    /// As RFC 6749 section 3.3 writes it.
    pub fn scope(&self) -> String {
        access::scope(self.held())
    }
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
    #[display("the token's service account is disabled")]
    AccountDisabled,
    #[display("the token's service account was deleted")]
    AccountDeleted,
    #[display("the token's organization is suspended")]
    OrganizationSuspended,
    #[display("nothing is left of what the access token was made with")]
    Emptied,
}

#[cfg(test)]
impl Verdict {
    /// Of a token in good health that never ends.
    pub(crate) fn example(kind: Kind, holder: Held) -> Self {
        use crate::policies::Rule;

        let at = DateTime::UNIX_EPOCH;
        let life =
            Life { revoked_at: None, disabled_at: None, expires_at: None, expiry_set_at: at };
        Self {
            token: TokenId(1),
            kind,
            name: "example".into(),
            generation: 1,
            created_at: at,
            may_rotate_itself: true,
            life,
            holder,
            derived: None,
            retires_at: None,
            policy: Rule { max_lifetime_days: None, allow_non_expiring: true }.into(),
        }
    }
}

impl Verdict {
    /// Why it does not work at this instant, if it does not.
    pub fn dead(&self, now: DateTime<Utc>) -> Option<Dead> {
        let made = || self.derived.as_ref()?.dead(self.reaches(), now);
        self.dead_itself(now).or_else(made)
    }

    /// The same of the token; of a JWT, of the one that it was made from.
    pub fn dead_itself(&self, now: DateTime<Utc>) -> Option<Dead> {
        let life = &self.life;
        // Its tokens were revoked with it: this says more.
        if let Held::ServiceAccount { deleted: true, .. } = self.holder {
            return Some(Dead::AccountDeleted);
        }
        if life.revoked_at.is_some() {
            return Some(Dead::Revoked);
        }
        match &self.holder {
            Held::Organization { suspended: true, .. }
            | Held::ServiceAccount { suspended: true, .. } => {
                return Some(Dead::OrganizationSuspended);
            }
            Held::ServiceAccount { disabled: true, .. } => return Some(Dead::AccountDisabled),
            Held::Person { disabled: true, .. } => return Some(Dead::HolderDisabled),
            Held::Organization { .. } | Held::ServiceAccount { .. } | Held::Person { .. } => {}
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
        self.policy.blocks(life.expires_at, life.expiry_set_at, now).map(Dead::Blocked)
    }

    /// When it stops working by itself: the token expires, its old secret retires, the JWT ends.
    pub fn ends(&self) -> Option<DateTime<Utc>> {
        let made = self.derived.as_ref().map(|derived| derived.expires_at);
        [self.life.expires_at, self.retires_at, made].into_iter().flatten().min()
    }

    /// Where it reaches.
    pub fn reaches(&self) -> &[Reach] {
        match &self.holder {
            Held::Organization { reach, .. } | Held::ServiceAccount { reach, .. } => {
                std::slice::from_ref(reach)
            }
            Held::Person { reaches, .. } => reaches,
        }
    }

    /// Whether it does what a platform admin may: nothing narrower was picked for it.
    pub fn runs_the_instance(&self) -> bool {
        matches!(self.holder, Held::Person { is_admin: true, picked: None, .. })
    }

    /// What it may do in an organization; `None` where it has no business.
    pub fn reach_in(&self, organization: OrganizationId) -> Option<&Reach> {
        self.reaches().iter().find(|reach| reach.organization == organization)
    }

    /// Organizations of its holder's that keep it out.
    pub fn barred(&self) -> &[Barred] {
        match &self.holder {
            Held::Person { barred, .. } => barred,
            Held::Organization { .. } | Held::ServiceAccount { .. } => &[],
        }
    }

    /// Why it has no business in the organization that is named by id or slug, or where none is,
    /// in one of its holder's; if an owner keeps it out there.
    pub fn kept_out(&self, named: Option<&str>) -> Option<String> {
        let is_meant = |barred: &&Barred| {
            named.is_none_or(|name| name == barred.slug || name == barred.organization.to_string())
        };
        let barred = self.barred().iter().find(is_meant)?;
        Some(format!("the token is blocked by an owner of {}", barred.slug))
    }

    /// Whom it speaks for, as OAuth's `sub`: `user:7`, `sa:9`, `org:3`.
    pub fn subject(&self) -> String {
        match &self.holder {
            Held::Organization { reach, .. } => format!("org:{}", reach.organization),
            Held::ServiceAccount { account, .. } => format!("sa:{account}"),
            Held::Person { user, .. } => format!("user:{user}"),
        }
    }

    /// The client that it is in OAuth's eyes.
    pub fn client_id(&self) -> String {
        format!("token:{}", self.token)
    }

    /// What it rests on: where any of these changes, it is out of date.
    pub fn scopes(&self) -> Vec<Scope> {
        let reached = self.reaches().iter().map(|reach| reach.organization);
        let barred = self.barred().iter().map(|barred| barred.organization);
        let organizations = reached.chain(barred).map(Scope::Organization);
        let holder = match self.holder {
            Held::Organization { .. } => None,
            Held::ServiceAccount { account, .. } => Some(Scope::ServiceAccount(account)),
            Held::Person { user, .. } => Some(Scope::User(user)),
        };
        std::iter::once(Scope::Token(self.token)).chain(holder).chain(organizations).collect()
    }

    /// Whose token it is.
    pub fn holder(&self) -> Holder {
        match &self.holder {
            Held::Organization { reach, .. } => Holder::Organization(reach.organization),
            Held::ServiceAccount { account, reach, .. } => {
                Holder::ServiceAccount(reach.organization, *account)
            }
            Held::Person { user, .. } => Holder::Person(*user),
        }
    }

    pub fn user(&self) -> Option<UserId> {
        match &self.holder {
            Held::Person { user, .. } => Some(*user),
            Held::Organization { .. } | Held::ServiceAccount { .. } => None,
        }
    }
}
