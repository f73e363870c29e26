//! What was typed into the create or the edit form, and the wish that it means.
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::Deserialize;

use crate::error::Problem;
use crate::policies::{AccountTokenWish, Change, Expiry, Wish};
use crate::tokens::Token;
use crate::web::power::PowerForm;
use crate::web::when::end_of;

/// As it was typed, right or wrong, so that it can come back.
#[derive(Debug, Clone, Default, Deserialize, derive_more::Deref)]
#[serde(from = "Vec<(String, String)>")]
pub struct TokenForm {
    pub name: String,
    /// Days, `date`, `never`, or `keep` for what a token has already.
    pub expiry: String,
    pub until: String,
    #[deref]
    pub power: PowerForm,
    pub may_rotate_itself: bool,
    /// The template that was just chosen.
    pub template: Option<String>,
    /// The token that is edited; none while one is made.
    pub token: Option<String>,
    pub from: Option<String>,
}

impl From<Vec<(String, String)>> for TokenForm {
    fn from(fields: Vec<(String, String)>) -> Self {
        let mut form = Self::default();
        for (field, value) in fields {
            match field.as_str() {
                "name" => form.name = value,
                "expiry" => form.expiry = value,
                "until" => form.until = value,
                "may_rotate_itself" => form.may_rotate_itself = value == "true",
                "template" => form.template = Some(value),
                "token" => form.token = Some(value),
                "from" => form.from = Some(value),
                other => form.power.read(other, value),
            }
        }
        form
    }
}

impl TokenForm {
    /// What stands in the form of a token that exists.
    pub fn of(token: &Token) -> Self {
        Self {
            name: token.name.clone(),
            expiry: "keep".to_owned(),
            until: token.expires_at.map(|at| at.date_naive().to_string()).unwrap_or_default(),
            power: PowerForm::of(&token.access()),
            may_rotate_itself: token.may_rotate_itself,
            token: Some(token.id.to_string()),
            ..Self::default()
        }
    }

    /// When it is to end; `None` where what the token has is kept.
    pub fn ends(&self, now: DateTime<Utc>) -> Result<Option<Expiry>, Problem> {
        let wrong = |message| Err(Problem::new("expires_at", message));
        match self.expiry.as_str() {
            "keep" if self.token.is_some() => Ok(None),
            "never" => Ok(Some(Expiry::Never)),
            "date" => match NaiveDate::parse_from_str(self.until.trim(), "%Y-%m-%d") {
                Ok(day) => Ok(Some(Expiry::At(end_of(day)))),
                Err(_) => wrong("Choose a date, such as 2027-03-20."),
            },
            days => match days.parse::<u16>() {
                Ok(days) if days > 0 => {
                    Ok(Some(Expiry::At(end_of((now + TimeDelta::days(days.into())).date_naive()))))
                }
                _ => wrong("Choose when it ends."),
            },
        }
    }

    /// The wish, and what in the form could not be read.
    pub fn wish(&self, now: DateTime<Utc>) -> (Wish, Vec<Problem>) {
        let (expiry, problems) = self.read(now);
        let wish = Wish {
            name: self.name.clone(),
            expiry: expiry.unwrap_or(Expiry::Longest),
            access: self.access(),
            may_rotate_itself: self.may_rotate_itself,
        };
        (wish, problems)
    }

    /// The same for a token of a service account, which has no power of its own.
    pub fn account_wish(&self, now: DateTime<Utc>) -> (AccountTokenWish, Vec<Problem>) {
        let (expiry, problems) = self.expiry(now);
        let wish = AccountTokenWish {
            name: self.name.clone(),
            expiry: expiry.unwrap_or(Expiry::Longest),
            may_rotate_itself: self.may_rotate_itself,
        };
        (wish, problems)
    }

    /// The same for a token that exists.
    pub fn change(&self, now: DateTime<Utc>) -> (Change, Vec<Problem>) {
        let (expiry, problems) = self.read(now);
        let change = Change {
            name: Some(self.name.clone()),
            is_active: None,
            expiry,
            access: Some(self.access()),
            may_rotate_itself: Some(self.may_rotate_itself),
            steward: None,
        };
        (change, problems)
    }

    fn read(&self, now: DateTime<Utc>) -> (Option<Expiry>, Vec<Problem>) {
        let (expiry, mut problems) = self.expiry(now);
        problems.extend(self.unread());
        (expiry, problems)
    }

    fn expiry(&self, now: DateTime<Utc>) -> (Option<Expiry>, Vec<Problem>) {
        match self.ends(now) {
            Ok(expiry) => (expiry, Vec::new()),
            Err(problem) => (None, vec![problem]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(fields: &[(&str, &str)]) -> TokenForm {
        fields.iter().map(|&(field, value)| (field.into(), value.into())).collect::<Vec<_>>().into()
    }

    #[test]
    fn a_day_counts_to_its_end() {
        let now = "2026-11-21T14:05:00Z".parse().unwrap();
        let at = |text: &str| Expiry::At(text.parse().unwrap());
        let ends = |fields: &[(&str, &str)]| typed(fields).ends(now).map(Option::unwrap);
        assert_eq!(ends(&[("expiry", "90")]).unwrap(), at("2027-02-19T23:59:59Z"));
        assert_eq!(
            ends(&[("expiry", "date"), ("until", "2027-03-20")]).unwrap(),
            at("2027-03-20T23:59:59Z")
        );
        for bad in ["", "0", "-7", "soon", "keep", "date", "99999999"] {
            assert!(ends(&[("expiry", bad)]).is_err(), "{bad:?}");
        }
    }
}
