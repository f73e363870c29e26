//! The card of a policy, as its page draws it.
use actix_web::http::StatusCode;
use chrono::{DateTime, Utc};

use super::form::PolicyForm;
use super::said;
use crate::format::Kind;
use crate::id::TokenId;
use crate::policies::{Policy, Rule};
use crate::tokens::{Affected, Effect, Trial};
use crate::web::choice::Choice;
use crate::web::form::Problems;
use crate::web::when::{When, counted, day};

/// Tokens that are named before "and more".
pub const NAMED: i64 = 5;

/// Where the card is, and where what it names is found.
#[derive(Debug, Clone)]
pub struct Place {
    /// Its own address.
    pub at: String,
    /// Of the organization's tokens.
    pub tokens: Option<String>,
    /// Of the people who hold them.
    pub people: Option<&'static str>,
}

pub struct PolicyView {
    pub at: String,
    pub form: PolicyForm,
    pub problems: Problems,
    /// What is typed is not what is in force.
    pub changed: bool,
    /// A save was held back, because what it blocks had not been shown.
    pub held_back: bool,
    pub effect: Effect,
    pub ways: [Choice; 3],
    pub first_day: String,
    /// What is still to come, where the policy is not enforced yet.
    pub pending: Option<String>,
    /// When they would be blocked, as a sentence goes on: `at once`, `on 3 Dec`.
    pub when: String,
    pub only_warns: bool,
    /// Those that would be blocked.
    pub rows: Vec<Row>,
    /// Where there are more.
    pub more: Option<String>,
    blocked: Vec<String>,
    place: Place,
}

/// A token that would be blocked.
pub struct Row {
    pub name: String,
    pub link: Option<String>,
    pub masked: String,
    pub kind: &'static str,
    /// Whose it is, and where they are found.
    pub whose: String,
    pub email: String,
    pub person: Option<String>,
    pub reason: String,
    pub used: Option<When>,
}

impl PolicyView {
    pub fn new(place: Place, form: PolicyForm, policy: &Policy, now: DateTime<Utc>) -> Self {
        let ways = [("now", "Now"), ("date", "From a date"), ("warn", "Only warn")];
        Self {
            at: place.at.clone(),
            ways: ways.map(|(value, label)| Choice::plain(value, label, form.how())),
            first_day: now.date_naive().to_string(),
            pending: pending(policy, now),
            form,
            problems: Problems::default(),
            changed: false,
            held_back: false,
            effect: Effect::default(),
            when: String::new(),
            only_warns: false,
            rows: Vec::new(),
            more: None,
            blocked: Vec::new(),
            place,
        }
    }

    /// What it would do is known.
    pub fn weighed(
        &mut self,
        trial: &Trial,
        effect: Effect,
        (affected, more): (Vec<Affected>, bool),
        blocked: Vec<Affected>,
        now: DateTime<Utc>,
    ) {
        self.effect = effect;
        self.only_warns = self.form.how() == "warn";
        self.when = match trial.from {
            from if from > now => format!("on {}", day(from, now)),
            _ => "at once".into(),
        };
        self.changed = trial.rule != trial.policy.in_force(now);
        self.more = affected.last().filter(|_| more).map(|last| self.after(last.id));
        self.blocked = blocked.into_iter().map(|token| format!("“{}”", token.name)).collect();
        self.rows = affected
            .into_iter()
            .map(|token| Row::of(token, &trial.rule, &self.place, now))
            .collect();
    }

    /// Of the page: whether what was typed could be read.
    pub fn status(&self) -> StatusCode {
        self.problems.status()
    }

    /// `1 more token would be blocked`, `3 more tokens would be flagged`.
    pub fn headline(&self) -> String {
        let tokens = counted(self.effect.blocks, "more token");
        let what = if self.only_warns { "flagged" } else { "blocked" };
        format!("{tokens} would be {what}")
    }

    fn after(&self, id: TokenId) -> String {
        let form = PolicyForm { after: Some(id), ..self.form.clone() };
        format!("{}?{}#affected", self.at, serde_html_form::to_string(form).unwrap_or_default())
    }

    /// Those that are blocked now.
    pub fn named(&self) -> String {
        self.blocked.join(", ")
    }

    pub fn unnamed(&self) -> i64 {
        self.effect.blocked_now - i64::try_from(self.blocked.len()).unwrap_or(i64::MAX)
    }
}

fn pending(policy: &Policy, now: DateTime<Utc>) -> Option<String> {
    if !policy.is_pending(now) {
        return None;
    }
    let rule = said(&policy.rule);
    let before = said(&policy.before);
    Some(match policy.enforced_from {
        Some(from) => format!(
            "It {rule}: new tokens are held to that at once, tokens that exist from {} on. Until then \
             they are held to what was enforced before, which {before}.",
            day(from, now)
        ),
        None => format!(
            "It {rule}: new tokens are held to that. Tokens that exist are only flagged, and held to \
             what was enforced before, which {before}."
        ),
    })
}

impl Row {
    fn of(token: Affected, rule: &Rule, place: &Place, now: DateTime<Utc>) -> Self {
        let kind = match token.kind() {
            Kind::Oat => "Organization token",
            Kind::Sat => "Service account token",
            Kind::Pat => "Personal access token",
        };
        let tokens = place.tokens.as_ref().filter(|_| token.kind() == Kind::Oat);
        let people = place.people.zip(token.user);
        let nobody = || "Nobody here any more".to_owned();
        Self {
            link: tokens.map(|at| format!("{at}/{}", token.id)),
            person: people.map(|(at, id)| format!("{at}/{id}")),
            masked: token.masked(),
            kind,
            reason: token.reason(rule),
            used: token.last_used_at.map(|at| When::distance(at, now)),
            name: token.name,
            email: match token.service_account {
                Some(_) => String::new(),
                None => token.email.unwrap_or_default(),
            },
            whose: token.service_account.or(token.user_name).unwrap_or_else(nobody),
        }
    }
}
