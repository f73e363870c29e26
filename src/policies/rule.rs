//! One rule: how long a token may live, and whether it may live for ever.
use chrono::{DateTime, NaiveTime, TimeDelta, Utc};

use crate::error::{Error, Problem, Result};

/// The longest life that a policy can name, in days: a hundred years.
pub const LONGEST_DAYS: i32 = 36_500;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    pub max_lifetime_days: Option<i32>,
    pub allow_non_expiring: bool,
}

/// For organization and service account tokens, until an owner decides otherwise.
impl Default for Rule {
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

impl Rule {
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
    pub(super) fn clear(
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

    /// What speaks against a token that exists, if anything. The lifetime counts from when the expiry
    /// was decided; the day that [`Rule::latest`] rounds up by is forgiven.
    pub fn against(
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

    /// What either of the two allows.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            max_lifetime_days: self
                .max_lifetime_days
                .zip(other.max_lifetime_days)
                .map(|(a, b)| a.max(b)),
            allow_non_expiring: self.allow_non_expiring || other.allow_non_expiring,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn refused(rule: Rule, wish: Expiry) -> String {
        rule.clear(wish, None, NOW).unwrap_err().message
    }

    #[test]
    fn what_is_left_out_means_the_longest_that_is_allowed() {
        let day = TimeDelta::days(1);
        let rule = Rule::default();
        assert_eq!(rule.clear(Expiry::Longest, None, NOW), Ok(Some(NOW + day * 180)));
        assert_eq!(rule.clear(Expiry::Longest, Some(NOW + day), NOW), Ok(Some(NOW + day)));
        let none = Rule { max_lifetime_days: None, allow_non_expiring: true };
        assert_eq!(none.clear(Expiry::Longest, None, NOW), Ok(None));
    }

    #[test]
    fn never_past_and_too_far_are_refused_with_the_way_out() {
        let rule = Rule::default();
        assert!(refused(rule, Expiry::Never).contains("the policy lets no token live for ever"));
        assert!(refused(rule, Expiry::At(NOW)).contains("in the future"));
        let far = Expiry::At(NOW + TimeDelta::days(181));
        assert!(refused(rule, far).contains("at most 180 days"));
    }

    #[test]
    fn the_last_day_is_allowed_to_its_end_and_never_blocked() {
        let rule = Rule::default();
        let noon = NOW + TimeDelta::hours(12);
        let latest = rule.latest(noon).unwrap();
        assert_eq!(rule.clear(Expiry::At(latest), None, noon), Ok(Some(latest)));
        assert_eq!(rule.against(Some(latest), noon), None);
        let longer = Some(noon + Rule::blocked_from(180));
        assert_eq!(rule.against(longer, noon).as_deref(), Some("lives longer than 180 days"));
        assert_eq!(rule.against(None, noon).as_deref(), Some("never expires"));
    }
}
