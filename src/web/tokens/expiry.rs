//! The field that says when a token ends, as the template draws it: presets, a date, and a sentence
//! on what was chosen.
use chrono::{DateTime, Utc};

use super::form::TokenForm;
use crate::policies::{Expiry, Rule};
use crate::tokens::Token;
use crate::web::choice::Choice;
use crate::web::when::{When, counted, date, days};

const PRESETS: [i32; 4] = [7, 30, 90, 180];
const USUAL: i32 = 90;

pub struct ExpiryView {
    pub choices: Vec<Choice>,
    /// Whether a date is asked for.
    pub dated: bool,
    pub until: String,
    pub earliest: String,
    pub latest: String,
    pub ends: Option<When>,
    pub ends_in: String,
    pub limit: String,
}

impl ExpiryView {
    /// `edited` is the token that exists already.
    pub fn of(form: &TokenForm, policy: &Rule, edited: Option<&Token>, now: DateTime<Utc>) -> Self {
        let ends = match form.ends(now) {
            Ok(Some(Expiry::At(at))) => Some(at),
            Ok(None) => edited.and_then(|token| token.expires_at),
            _ => None,
        };
        let never = form.expiry == "never" || (form.expiry == "keep" && ends.is_none());
        let latest = policy.latest(now).map(|at| at.date_naive().to_string());
        Self {
            choices: choices(form, policy, edited),
            dated: form.expiry == "date",
            until: form.until.clone(),
            earliest: now.date_naive().to_string(),
            latest: latest.unwrap_or_default(),
            ends: ends.map(When::sentence),
            ends_in: ends_in(ends, never, now),
            limit: limit(policy),
        }
    }
}

/// What is chosen before anyone chooses.
pub fn usual(policy: &Rule) -> String {
    let usual = presets(policy).into_iter().rfind(|days| *days <= USUAL);
    usual.map_or_else(|| "date".to_owned(), |days| days.to_string())
}

/// Those that the policy allows, and its own limit.
fn presets(policy: &Rule) -> Vec<i32> {
    let Some(most) = policy.max_lifetime_days else { return PRESETS.into() };
    let mut presets: Vec<_> = PRESETS.into_iter().filter(|days| *days < most).collect();
    presets.push(most);
    presets
}

fn choices(form: &TokenForm, policy: &Rule, edited: Option<&Token>) -> Vec<Choice> {
    let mut choices = Vec::new();
    if let Some(token) = edited {
        let kept = token.expires_at.map_or_else(|| "Never, as it is".to_owned(), date);
        choices.push(Choice::plain("keep", kept, &form.expiry));
    }
    for days in presets(policy) {
        choices.push(Choice::plain(&days.to_string(), counted(days.into(), "day"), &form.expiry));
    }
    choices.push(Choice::plain("date", "On a date".to_owned(), &form.expiry));
    if policy.allow_non_expiring {
        choices.push(Choice::plain("never", "Never".to_owned(), &form.expiry));
    }
    choices
}

fn ends_in(ends: Option<DateTime<Utc>>, never: bool, now: DateTime<Utc>) -> String {
    match ends {
        Some(at) if at > now => match days(at, now) {
            0 => "today".to_owned(),
            left => format!("in {}", counted(left, "day")),
        },
        _ if never => "never".to_owned(),
        _ => String::new(),
    }
}

fn limit(policy: &Rule) -> String {
    let most = policy.max_lifetime_days.map(|days| counted(days.into(), "day"));
    match (most, policy.allow_non_expiring) {
        (Some(most), false) => format!("Your organization allows at most {most}."),
        (Some(most), true) => format!("Your organization allows at most {most}, or no end at all."),
        (None, false) => "Your organization asks for an end.".to_owned(),
        (None, true) => String::new(),
    }
}
