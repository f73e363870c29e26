//! The states of a token, and the one order in which they take precedence.
use chrono::{DateTime, TimeDelta, Utc};
use derive_more::Display;
use serde::Serialize;
use utoipa::ToSchema;

use crate::policies::{Policy, Warning};

/// From here on, a page says "expires in N days" in amber.
pub const SOON: TimeDelta = TimeDelta::days(14);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum State {
    #[display("revoked")]
    Revoked,
    #[display("disabled")]
    Disabled,
    #[display("expired")]
    Expired,
    #[display("blocked")]
    Blocked,
    #[display("active")]
    Active,
}

impl State {
    pub const ALL: [Self; 5] =
        [Self::Revoked, Self::Disabled, Self::Expired, Self::Blocked, Self::Active];

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.to_string() == name)
    }

    /// The state of a service account's token: while the account is disabled, none works.
    #[must_use]
    pub fn of_account(self, is_active: bool) -> Self {
        if is_active || self == Self::Revoked { self } else { Self::Disabled }
    }
}

/// What a token's state follows from.
#[derive(Debug, Clone, Copy)]
pub struct Life {
    pub revoked_at: Option<DateTime<Utc>>,
    pub disabled_at: Option<DateTime<Utc>>,
    pub expires_at: Option<DateTime<Utc>>,
    pub expiry_set_at: DateTime<Utc>,
}

impl Life {
    /// What a coming rule has against a token that still works.
    pub fn warning(&self, policy: &Policy, now: DateTime<Utc>) -> Option<Warning> {
        let works = self.state(policy, now) == State::Active;
        works.then(|| policy.warns(self.expires_at, self.expiry_set_at, now)).flatten()
    }

    pub fn state(&self, policy: &Policy, now: DateTime<Utc>) -> State {
        if self.revoked_at.is_some() {
            State::Revoked
        } else if self.disabled_at.is_some() {
            State::Disabled
        } else if self.expires_at.is_some_and(|at| at <= now) {
            State::Expired
        } else if policy.blocks(self.expires_at, self.expiry_set_at, now).is_some() {
            State::Blocked
        } else {
            State::Active
        }
    }
}
