//! What a token may be: how long it may live, and what may be given to it.
//!
//! A policy is a [`Rule`] for new tokens, and for those that there are from the instant that its
//! owner chose; until then they are held to the rule before it. The clock decides, at use.
mod account;
mod bounds;
mod rule;
mod store;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::audit::{self, Action, Actor, Subject};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::id::OrganizationId;

pub use account::{
    AccountChange, AccountNow, AccountTokenWish, AccountWish, ClearedAccount, ClearedAccountChange,
};
pub use bounds::{
    Change, Cleared, ClearedChange, ClearedPower, OrganizationBounds, PersonBounds, PersonalWish,
    Wish,
};
pub use rule::{Expiry, LONGEST_DAYS, Rule};
pub use store::{of, of_instance, of_organization};

/// What new tokens are held to, and what those that exist are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// For new tokens at once.
    pub rule: Rule,
    /// For tokens that exist, until `enforced_from`.
    pub before: Rule,
    /// When the rule takes the place of the one before it. Never, where it only warns.
    pub enforced_from: Option<DateTime<Utc>>,
}

/// A rule that always was.
impl From<Rule> for Policy {
    fn from(rule: Rule) -> Self {
        Self { rule, before: rule, enforced_from: Some(DateTime::UNIX_EPOCH) }
    }
}

/// For organization and service account tokens, until an owner decides otherwise.
impl Default for Policy {
    fn default() -> Self {
        Rule::default().into()
    }
}

/// From when on tokens that exist are held to a new rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enforcement {
    /// They are flagged, and go on working.
    Warn,
    Now,
    /// Until then they are flagged.
    From(DateTime<Utc>),
}

/// What a policy has against a token that still works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    pub reason: String,
    /// When it will be blocked, if that is decided.
    pub from: Option<DateTime<Utc>>,
}

impl Policy {
    /// What a token that exists is held to at this instant.
    pub fn in_force(&self, now: DateTime<Utc>) -> Rule {
        if self.is_enforced(now) { self.rule } else { self.before }
    }

    /// Whether tokens that exist are held to something else until then.
    pub fn is_pending(&self, now: DateTime<Utc>) -> bool {
        self.rule != self.before && !self.is_enforced(now)
    }

    pub fn is_enforced(&self, now: DateTime<Utc>) -> bool {
        self.enforced_from.is_some_and(|from| from <= now)
    }

    /// Why a token that exists is blocked at this instant, if it is.
    pub fn blocks(
        &self,
        expires_at: Option<DateTime<Utc>>,
        expiry_set_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Option<String> {
        self.in_force(now).against(expires_at, expiry_set_at)
    }

    /// What will block a token that is not blocked yet, or would if the rule were enforced. One
    /// that ends before has nothing to fear.
    pub fn warns(
        &self,
        expires_at: Option<DateTime<Utc>>,
        expiry_set_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Option<Warning> {
        let over = matches!((expires_at, self.enforced_from), (Some(at), Some(from)) if at <= from);
        if over || self.blocks(expires_at, expiry_set_at, now).is_some() {
            return None;
        }
        let reason = self.rule.against(expires_at, expiry_set_at)?;
        Some(Warning { reason, from: self.enforced_from })
    }

    /// This policy with another rule. What was enforced goes on being enforced until the new rule
    /// takes its place, but for what the new one allows: that is free at once.
    #[must_use]
    pub fn changed(self, rule: Rule, enforcement: Enforcement, now: DateTime<Utc>) -> Self {
        let enforced_from = match enforcement {
            Enforcement::Warn => None,
            Enforcement::Now => Some(now),
            Enforcement::From(at) => Some(at.max(now)),
        };
        Self { rule, before: self.in_force(now).or(rule), enforced_from }
    }
}

impl Enforcement {
    /// The instant for which it is worked out whom it meets.
    pub fn from(self, now: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Self::From(at) => at.max(now),
            Self::Warn | Self::Now => now,
        }
    }

    /// # Errors
    /// `Invalid` for a day that is over, or further away than any lifetime.
    pub fn check(self, now: DateTime<Utc>) -> Result<()> {
        let Self::From(at) = self else { return Ok(()) };
        let wrong = |message: &str| Err(Error::field("enforced_from", message));
        if at.date_naive() < now.date_naive() {
            return wrong("Choose today or a later day.");
        }
        if at > now + TimeDelta::days(LONGEST_DAYS.into()) {
            return wrong("Choose a day within the next hundred years.");
        }
        Ok(())
    }
}

/// Sets the policy of an organization, or the instance's for personal access tokens.
///
/// # Errors
/// `Invalid` for a lifetime that no policy can name, or a day that is over.
pub fn change(
    tx: &mut Tx,
    by: &Actor,
    organization: Option<(OrganizationId, &str)>,
    rule: Rule,
    enforcement: Enforcement,
) -> Result<Policy> {
    let now = tx.now();
    rule.check()?;
    enforcement.check(now)?;
    let id = organization.map(|(id, _)| id);
    let before = store::lock(tx, id)?;
    let policy = before.changed(rule, enforcement, now);
    store::replace(tx.conn(), id, &policy)?;
    let subject = Subject {
        kind: "policy",
        id: id.map(|id| id.0),
        name: organization.map_or_else(|| "this instance".to_owned(), |(_, name)| name.to_owned()),
        organization: id,
    };
    audit::record(tx, by, Action::PolicyChanged, subject, detail(&before, &policy, now))?;
    Ok(policy)
}

fn detail(before: &Policy, after: &Policy, now: DateTime<Utc>) -> Value {
    let mut detail = json!({
        "max_lifetime_days": [before.rule.max_lifetime_days, after.rule.max_lifetime_days],
        "allow_non_expiring": [before.rule.allow_non_expiring, after.rule.allow_non_expiring],
    });
    match after.enforced_from {
        Some(from) if from > now => detail["enforced_from"] = json!(from),
        Some(_) => {}
        None => detail["only_warns"] = json!(true),
    }
    detail
}

/// The policy that an organization starts with.
pub fn begin(tx: &mut Tx, organization: OrganizationId) -> Result<()> {
    let now = tx.now();
    store::insert(tx.conn(), organization, Rule::default(), now)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DAY: TimeDelta = TimeDelta::days(1);

    fn at(days: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + DAY * i32::try_from(days).unwrap()
    }

    fn days(days: i32) -> Rule {
        Rule { max_lifetime_days: Some(days), allow_non_expiring: false }
    }

    #[test]
    fn what_was_enforced_is_until_the_new_rule_takes_its_place() {
        let policy = Policy::from(days(180)).changed(days(30), Enforcement::From(at(10)), at(0));
        let (lives, set) = (Some(at(60)), at(0));
        assert_eq!(policy.blocks(lives, set, at(9)), None);
        let warning = policy.warns(lives, set, at(9)).unwrap();
        assert_eq!(warning.from, Some(at(10)));
        assert_eq!(warning.reason, "lives longer than 30 days");
        assert_eq!(policy.blocks(lives, set, at(10)).as_deref(), Some("lives longer than 30 days"));
        assert_eq!(policy.warns(lives, set, at(10)), None);
        assert!(policy.blocks(Some(at(200)), set, at(1)).is_some(), "as before");
        assert_eq!(policy.warns(Some(at(40)), at(5), at(6)), policy.warns(lives, set, at(6)));
        assert_eq!(policy.warns(Some(at(9)), at(-90), at(1)), None, "it ends before");
    }

    #[test]
    fn a_warning_blocks_nothing_and_what_is_allowed_again_is_free_at_once() {
        let strict = Policy::from(days(30));
        let warned = strict.changed(days(10), Enforcement::Warn, at(0));
        assert_eq!(warned.blocks(Some(at(20)), at(0), at(9_000)), None);
        assert_eq!(warned.warns(Some(at(20)), at(0), at(0)).unwrap().from, None);
        assert!(warned.blocks(Some(at(40)), at(0), at(0)).is_some(), "30 days are still enforced");

        let looser = strict.changed(days(90), Enforcement::From(at(50)), at(0));
        assert_eq!(looser.blocks(Some(at(60)), at(0), at(0)), None);
        let mixed = strict.changed(
            Rule { max_lifetime_days: Some(10), allow_non_expiring: true },
            Enforcement::Warn,
            at(0),
        );
        assert_eq!(mixed.blocks(None, at(0), at(0)), None);
        assert!(mixed.blocks(Some(at(40)), at(0), at(0)).is_some());
    }

    #[test]
    fn a_day_that_is_over_is_refused_and_today_is_now() {
        let noon = at(3) + TimeDelta::hours(12);
        assert!(Enforcement::From(at(2)).check(noon).is_err());
        assert!(Enforcement::From(at(3)).check(noon).is_ok());
        assert!(Enforcement::From(at(40_000)).check(noon).is_err());
        let policy = Policy::default().changed(days(30), Enforcement::From(at(3)), noon);
        assert!(policy.is_enforced(noon));
    }

    fn rule() -> impl Strategy<Value = Rule> {
        (proptest::option::of(1..40), any::<bool>()).prop_map(
            |(max_lifetime_days, allow_non_expiring)| Rule {
                max_lifetime_days,
                allow_non_expiring,
            },
        )
    }

    proptest! {
        /// Until it is enforced, a change blocks what both rules block; from then on, what the new one does.
        #[test]
        fn no_change_blocks_more_than_it_says(
            old in rule(), new in rule(), from in 0i64..20, set in 0i64..20,
            life in proptest::option::of(1i64..50), when in 0i64..40,
        ) {
            let policy = Policy::from(old).changed(new, Enforcement::From(at(from)), at(0));
            let expires = life.map(|life| at(set + life));
            let blocked = policy.blocks(expires, at(set), at(when)).is_some();
            let (by_old, by_new) =
                (old.against(expires, at(set)).is_some(), new.against(expires, at(set)).is_some());
            prop_assert_eq!(blocked, if when >= from { by_new } else { by_old && by_new });
            let warned = policy.warns(expires, at(set), at(when)).is_some();
            prop_assert!(!(warned && blocked));
            prop_assert!(!warned || by_new);
        }
    }
}
