//! What is typed of a policy: the rule for new tokens, and from when on it holds those that exist.
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Problem, Result};
use crate::id::TokenId;
use crate::policies::{Enforcement, LONGEST_DAYS, Policy, Rule};

/// The day that stands there before another is chosen leaves people this long.
const NOTICE: TimeDelta = TimeDelta::days(14);

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct PolicyForm {
    /// Empty for no limit; left out altogether where nothing was typed yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_lifetime_days: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_non_expiring: Option<String>,
    /// `now`, `date` or `warn`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub how: String,
    /// The day, where it is `date`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub from: String,
    /// How many more tokens the page said would be blocked.
    #[serde(default, skip_serializing)]
    pub seen: i64,
    /// The last token of the page before, of those that would be blocked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<TokenId>,
}

impl PolicyForm {
    /// The policy as it is.
    pub fn of(policy: &Policy, after: Option<TokenId>, now: DateTime<Utc>) -> Self {
        let rule = policy.rule;
        let (how, from) = match policy.enforced_from {
            _ if !policy.is_pending(now) => ("now", now + NOTICE),
            None => ("warn", now + NOTICE),
            Some(from) => ("date", from),
        };
        Self {
            max_lifetime_days: Some(
                rule.max_lifetime_days.map(|d| d.to_string()).unwrap_or_default(),
            ),
            allow_non_expiring: rule.allow_non_expiring.then(|| "true".into()),
            how: how.into(),
            from: from.date_naive().to_string(),
            seen: 0,
            after,
        }
    }

    /// Nothing was typed yet.
    pub fn is_blank(&self) -> bool {
        self.max_lifetime_days.is_none()
    }

    /// As it was sent to be saved: what is left out is empty, and there is one page.
    pub fn posted(self) -> Self {
        Self { max_lifetime_days: Some(self.days().to_owned()), after: None, ..self }
    }

    pub fn days(&self) -> &str {
        self.max_lifetime_days.as_deref().unwrap_or_default()
    }

    pub fn how(&self) -> &str {
        if self.how.is_empty() { "now" } else { &self.how }
    }

    /// # Errors
    /// `Invalid`, naming each field that is wrong.
    pub fn read(&self, now: DateTime<Utc>) -> Result<(Rule, Enforcement)> {
        let mut problems = Vec::new();
        let rule = self.rule().map_err(|problem| problems.push(problem));
        let enforcement = self.enforcement().map_err(|problem| problems.push(problem));
        let (Ok(rule), Ok(enforcement)) = (rule, enforcement) else {
            return Err(Error::Invalid(problems));
        };
        rule.check()?;
        enforcement.check(now)?;
        Ok((rule, enforcement))
    }

    fn rule(&self) -> Result<Rule, Problem> {
        let wrong = || {
            let message = format!("Choose between 1 and {LONGEST_DAYS} days, or leave it empty.");
            Problem::new("max_lifetime_days", message)
        };
        let max_lifetime_days = match self.days().trim() {
            "" => None,
            days => Some(days.parse().map_err(|_| wrong())?),
        };
        Ok(Rule { max_lifetime_days, allow_non_expiring: self.allow_non_expiring.is_some() })
    }

    fn enforcement(&self) -> Result<Enforcement, Problem> {
        match self.how() {
            "now" => Ok(Enforcement::Now),
            "warn" => Ok(Enforcement::Warn),
            "date" => {
                let day = self.from.trim().parse::<NaiveDate>().ok();
                let day = day.ok_or_else(|| Problem::new("enforced_from", "Choose a day."))?;
                Ok(Enforcement::From(day.and_time(NaiveTime::MIN).and_utc()))
            }
            _ => Err(Problem::new("enforced_from", "Choose now, a date, or only to warn.")),
        }
    }
}
