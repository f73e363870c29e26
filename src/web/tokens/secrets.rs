//! A token's secrets, generation by generation: which is current, which works on for a while.
use chrono::{DateTime, Utc};

use crate::tokens::{Secret, Token};
use crate::web::chart::grouped;
use crate::web::when::When;

pub struct SecretRow {
    pub generation: i32,
    pub hint: String,
    pub state: &'static str,
    pub label: &'static str,
    /// What stands before `when`, under the badge.
    pub since: &'static str,
    pub when: When,
    pub in_grace: bool,
    pub today: String,
    pub last_used: Option<(When, String)>,
}

impl SecretRow {
    /// `today` are the calls of each generation that were seen today.
    pub fn of(secret: Secret, token: &Token, today: &[(i32, i64)], now: DateTime<Utc>) -> Self {
        let (state, label, since, when) = standing(&secret, token, now);
        let calls = today.iter().find(|(generation, _)| *generation == secret.generation);
        let address = address(&secret);
        Self {
            generation: secret.generation,
            in_grace: state == "expiring",
            state,
            label,
            since,
            when,
            today: grouped(calls.map_or(0, |(_, calls)| calls.unsigned_abs())),
            last_used: secret.last_used_at.map(|at| (When::distance(at, now), address)),
            hint: secret.hint,
        }
    }
}

fn standing(
    secret: &Secret,
    token: &Token,
    now: DateTime<Utc>,
) -> (&'static str, &'static str, &'static str, When) {
    match (token.revoked_at, secret.retires_at) {
        (_, Some(at)) if at <= now => ("revoked", "Retired", "", When::date(at)),
        (Some(at), _) => ("revoked", "Revoked", "", When::date(at)),
        (None, Some(at)) => ("expiring", "In grace", "until ", When::moment(at, now)),
        (None, None) => ("active", "Current", "since ", When::moment(secret.created_at, now)),
    }
}

/// An old secret that works on and was used after it was replaced.
pub struct StillUsed {
    pub last: When,
    pub address: String,
    pub ends: When,
}

impl StillUsed {
    /// `secrets` stand newest first: each was replaced when the one before it was made.
    pub fn among(secrets: &[Secret], now: DateTime<Utc>) -> Option<Self> {
        secrets.windows(2).find_map(|pair| {
            let (newer, older) = (&pair[0], &pair[1]);
            let ends = older.retires_at.filter(|at| *at > now)?;
            let last = older.last_used_at.filter(|at| *at > newer.created_at)?;
            Some(Self {
                last: When::distance(last, now),
                address: address(older),
                ends: When::distance(ends, now),
            })
        })
    }
}

fn address(secret: &Secret) -> String {
    secret.last_used_address.map(|at| at.ip().to_string()).unwrap_or_default()
}
