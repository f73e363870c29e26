//! What a token may be: how long it may live, and what may be given to it.
mod account;
mod bounds;
mod store;

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use diesel::prelude::*;
use serde_json::json;

use crate::audit::{self, Action, Actor, Subject};
use crate::db::Tx;
use crate::db::schema::policies;
use crate::error::{Error, Problem, Result};
use crate::id::OrganizationId;

pub use account::{
    AccountChange, AccountTokenWish, AccountWish, ClearedAccount, ClearedAccountChange,
};
pub use bounds::{
    Change, Cleared, ClearedChange, ClearedPower, OrganizationBounds, PersonBounds, PersonalWish,
    Wish,
};
pub use store::{of_instance, of_organization};

/// The longest life that a policy can name, in days: a hundred years.
pub const LONGEST_DAYS: i32 = 36_500;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = policies, check_for_backend(diesel::pg::Pg))]
pub struct Policy {
    pub max_lifetime_days: Option<i32>,
    pub allow_non_expiring: bool,
}

/// For organization and service account tokens, until an owner decides otherwise.
impl Default for Policy {
    fn default() -> Self {
        Self { max_lifetime_days: Some(180), allow_non_expiring: false }
    }
}

/// When someone wants a token to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiry {
    /// As late as it may be; never, where that is allowed.
    Longest,
    Never,
    At(DateTime<Utc>),
}

impl Policy {
    /// # Errors
    /// `Invalid` for a lifetime that no policy can name.
    pub fn check(&self) -> Result<()> {
        match self.max_lifetime_days {
            Some(days) if !(1..=LONGEST_DAYS).contains(&days) => Err(Error::field(
                "max_lifetime_days",
                format!("Choose between 1 and {LONGEST_DAYS} days."),
            )),
            _ => Ok(()),
        }
    }

    /// The last instant that may be asked for now: the end of the last day, in UTC.
    pub fn latest(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let days = TimeDelta::days(self.max_lifetime_days?.into());
        let last = (now + days).date_naive();
        let end = NaiveTime::from_hms_opt(23, 59, 59).unwrap_or_default();
        Some(last.and_time(end).and_utc())
    }

    /// When a token ends that is asked for now by someone whose own power ends at `ends`.
    fn clear(
        &self,
        wish: Expiry,
        ends: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Result<Option<DateTime<Utc>>, Problem> {
        let wrong = |message: String| Err(Problem::new("expires_at", message));
        match wish {
            Expiry::Longest => {
                let days = self.max_lifetime_days.filter(|_| !self.allow_non_expiring);
                let most = days.map(|days| now + TimeDelta::days(days.into()));
                let most = [most, ends].into_iter().flatten().min();
                if most.is_none() && !self.allow_non_expiring {
                    return wrong(
                        "Say when it ends: the policy lets no token live for ever.".into(),
                    );
                }
                Ok(most)
            }
            Expiry::Never if !self.allow_non_expiring => {
                wrong("Choose when it ends: the policy lets no token live for ever.".into())
            }
            Expiry::Never if ends.is_some() => {
                wrong("Choose an end: no token outlives the one that creates it.".into())
            }
            Expiry::Never => Ok(None),
            Expiry::At(at) if at <= now => wrong("Choose a moment in the future.".into()),
            Expiry::At(at) if self.latest(now).is_some_and(|latest| at > latest) => wrong(format!(
                "Choose an earlier end: the policy allows at most {} days.",
                self.max_lifetime_days.unwrap_or_default(),
            )),
            Expiry::At(at) if ends.is_some_and(|ends| at > ends) => {
                wrong("Choose an earlier end: no token outlives the one that creates it.".into())
            }
            Expiry::At(at) => Ok(Some(at)),
        }
    }

    /// Why a token that exists is blocked, if it is. The lifetime counts from when the expiry was
    /// decided; the day that [`Policy::latest`] rounds up by is forgiven.
    pub fn blocks(
        &self,
        expires_at: Option<DateTime<Utc>>,
        expiry_set_at: DateTime<Utc>,
    ) -> Option<String> {
        match (expires_at, self.max_lifetime_days) {
            (None, _) => (!self.allow_non_expiring).then(|| "never expires".to_owned()),
            (Some(at), Some(days)) => (at - expiry_set_at >= Self::blocked_from(days))
                .then(|| format!("lives longer than {days} days")),
            (Some(_), None) => None,
        }
    }

    /// The shortest lifetime that a maximum of `days` blocks.
    pub fn blocked_from(days: i32) -> TimeDelta {
        TimeDelta::days(i64::from(days) + 1)
    }
}

/// Sets the policy of an organization, or the instance's for personal access tokens.
pub fn change(
    tx: &mut Tx,
    by: &Actor,
    organization: Option<(OrganizationId, &str)>,
    policy: Policy,
) -> Result<()> {
    policy.check()?;
    let id = organization.map(|(id, _)| id);
    let before = store::replace(tx.conn(), id, policy)?;
    let subject = Subject {
        kind: "policy",
        id: id.map(|id| id.0),
        name: organization.map_or_else(|| "this instance".to_owned(), |(_, name)| name.to_owned()),
        organization: id,
    };
    let detail = json!({
        "max_lifetime_days": [before.max_lifetime_days, policy.max_lifetime_days],
        "allow_non_expiring": [before.allow_non_expiring, policy.allow_non_expiring],
    });
    audit::record(tx, by, Action::PolicyChanged, subject, detail)
}

/// The policy that an organization starts with.
pub fn begin(tx: &mut Tx, organization: OrganizationId) -> Result<()> {
    store::insert(tx.conn(), organization, Policy::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn refused(policy: Policy, wish: Expiry) -> String {
        policy.clear(wish, None, NOW).unwrap_err().message
    }

    #[test]
    fn what_is_left_out_means_the_longest_that_is_allowed() {
        let day = TimeDelta::days(1);
        let policy = Policy::default();
        assert_eq!(policy.clear(Expiry::Longest, None, NOW), Ok(Some(NOW + day * 180)));
        assert_eq!(policy.clear(Expiry::Longest, Some(NOW + day), NOW), Ok(Some(NOW + day)));
        let none = Policy { max_lifetime_days: None, allow_non_expiring: true };
        assert_eq!(none.clear(Expiry::Longest, None, NOW), Ok(None));
    }

    #[test]
    fn never_past_and_too_far_are_refused_with_the_way_out() {
        let policy = Policy::default();
        assert!(refused(policy, Expiry::Never).contains("the policy lets no token live for ever"));
        assert!(refused(policy, Expiry::At(NOW)).contains("in the future"));
        let far = Expiry::At(NOW + TimeDelta::days(181));
        assert!(refused(policy, far).contains("at most 180 days"));
    }

    #[test]
    fn the_last_day_is_allowed_to_its_end_and_never_blocked() {
        let policy = Policy::default();
        let noon = NOW + TimeDelta::hours(12);
        let latest = policy.latest(noon).unwrap();
        assert_eq!(policy.clear(Expiry::At(latest), None, noon), Ok(Some(latest)));
        assert_eq!(policy.blocks(Some(latest), noon), None);
        let longer = Some(noon + Policy::blocked_from(180));
        assert_eq!(policy.blocks(longer, noon).as_deref(), Some("lives longer than 180 days"));
        assert_eq!(policy.blocks(None, noon).as_deref(), Some("never expires"));
    }
}
