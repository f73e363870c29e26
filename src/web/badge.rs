//! The badge of a token: its state in a word, and under it the reason or what comes of it.
use chrono::{DateTime, Utc};

use super::chart::grouped;
use super::when::{day, distance};
use crate::id::UserId;
use crate::policies::{Policy, Warning};
use crate::tokens::{SOON, State, Token};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Badge {
    /// `active`, `expiring`, `warned`, `disabled`, `expired`, `blocked` or `revoked`.
    pub state: &'static str,
    /// `Active`, `Expires in 3 days`.
    pub label: String,
    /// The second line, if there is something to say.
    pub detail: Option<String>,
    /// Said of a token that is tried with a secret that is dead.
    pub tried: Option<String>,
}

impl Badge {
    /// `tried` are today's calls with a secret of it that is dead.
    pub fn of(
        token: &Token,
        policy: &Policy,
        tried: u64,
        viewer: UserId,
        now: DateTime<Utc>,
    ) -> Self {
        let standing = token.state(policy, now);
        let (state, label, detail) = match standing {
            State::Revoked => ("revoked", "Revoked".to_owned(), None),
            State::Disabled => ("disabled", "Disabled".to_owned(), disabled(token, viewer, now)),
            State::Expired => ("expired", "Expired".to_owned(), None),
            State::Blocked => (
                "blocked",
                "Blocked by policy".to_owned(),
                policy.blocks(token.expires_at, token.expiry_set_at, now),
            ),
            State::Active => at_work(token, policy, now),
        };
        let tried = (tried > 0).then(|| match standing {
            State::Active => format!("old secret {}", still_tried(tried)),
            _ => still_tried(tried),
        });
        Self { state, label, detail, tried }
    }
}

/// Of a token that works: what stands before it, the first of it first.
fn at_work(
    token: &Token,
    policy: &Policy,
    now: DateTime<Utc>,
) -> (&'static str, String, Option<String>) {
    let ends = token.expires_at.filter(|at| *at <= now + SOON);
    match (token.life().warning(policy, now), ends) {
        (Some(Warning { reason, from: Some(from) }), _) => {
            ("warned", format!("Will be blocked on {}", day(from, now)), Some(reason))
        }
        (warning, Some(at)) => {
            let reason = warning.map(|warning| warning.reason);
            ("expiring", format!("Expires {}", distance(at, now)), reason)
        }
        (Some(Warning { reason, from: None }), None) => {
            ("warned", "Against the policy".to_owned(), Some(reason))
        }
        (None, None) => ("active", "Active".to_owned(), None),
    }
}

/// `still tried 41 times today`.
pub fn still_tried(times: u64) -> String {
    match times {
        1 => "still tried once today".to_owned(),
        times => format!("still tried {} times today", grouped(times)),
    }
}

/// `by you, just now`.
fn disabled(token: &Token, viewer: UserId, now: DateTime<Utc>) -> Option<String> {
    let when = distance(token.disabled_at?, now);
    let who = match (token.disabler, &token.disabled_by) {
        (Some(id), _) if id == viewer => Some("you"),
        (_, name) => name.as_deref(),
    };
    Some(who.map_or_else(|| when.clone(), |who| format!("by {who}, {when}")))
}
