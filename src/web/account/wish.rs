//! What was typed into the form for a personal access token, and the wish that it means.
use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::Deserialize;

use crate::access::Permissions;
use crate::error::{Problem, Result};
use crate::policies::{Expiry, PersonalWish, Rule};
use crate::web::choice;
use crate::web::when::end_of;

/// Lifetimes that are offered, in days, as far as the policy allows.
const DAYS: [i32; 4] = [7, 30, 90, 365];

#[derive(Clone, Default, Deserialize)]
pub struct WishForm {
    #[serde(default)]
    pub name: String,
    /// A number of days, `never` or `date`.
    #[serde(default)]
    expiry: String,
    #[serde(default)]
    pub until: String,
    /// `all` for everything that the holder may; anything else for what is picked.
    #[serde(default)]
    power: String,
    #[serde(default)]
    pub rotates_itself: Option<String>,
    /// `permissions.records=read` and its kin.
    #[serde(flatten)]
    rest: BTreeMap<String, String>,
}

impl WishForm {
    pub fn takes_all(&self) -> bool {
        self.power == "all"
    }

    pub fn picked(&self) -> Permissions {
        self.rest.iter().filter_map(|(field, level)| choice::permission(field, level)).collect()
    }

    /// The wish, and what of it could not be read; the rest is for the policy to say.
    pub fn wish(&self, policy: &Rule, now: DateTime<Utc>) -> (PersonalWish, Vec<Problem>) {
        let mut problems = Vec::new();
        let expiry = self.expiry(policy, now).unwrap_or_else(|problem| {
            problems.push(problem);
            Expiry::Longest
        });
        let picked = (!self.takes_all()).then(|| self.picked());
        if picked.as_ref().is_some_and(Permissions::is_empty) {
            let message = "Pick at least one permission, or choose everything you may.";
            problems.push(Problem::new("permissions", message));
        }
        let (name, may_rotate_itself) = (self.name.clone(), self.rotates_itself.is_some());
        (PersonalWish { name, expiry, picked, may_rotate_itself }, problems)
    }

    pub fn expiry(&self, policy: &Rule, now: DateTime<Utc>) -> Result<Expiry, Problem> {
        let wrong = || Problem::new("expires_at", "Choose the day on which it ends.");
        match self.chosen(policy).as_str() {
            "never" => Ok(Expiry::Never),
            "date" => {
                let day = self.until.parse::<NaiveDate>().map_err(|_| wrong())?;
                Ok(Expiry::At(end_of(day)))
            }
            days => {
                let days =
                    days.parse().ok().filter(|days| DAYS.contains(days)).ok_or_else(wrong)?;
                Ok(Expiry::At(end_of((now + TimeDelta::days(days.into())).date_naive())))
            }
        }
    }

    /// What was chosen; before anything is, as long as the policy allows.
    pub fn chosen(&self, policy: &Rule) -> String {
        if !self.expiry.is_empty() {
            return self.expiry.clone();
        }
        if policy.allow_non_expiring {
            return "never".into();
        }
        offered(policy).last().map_or_else(|| "date".into(), |days| days.to_string())
    }
}

pub fn offered(policy: &Rule) -> impl DoubleEndedIterator<Item = i32> {
    let most = policy.max_lifetime_days.unwrap_or(i32::MAX);
    DAYS.into_iter().filter(move |&days| days <= most)
}
