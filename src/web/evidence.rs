//! What the record of use says of secrets that should not be in use: who still calls with an old or
//! with a dead one, how often, and whence.
use chrono::{DateTime, TimeDelta, Utc};
use ipnetwork::IpNetwork;

use super::chart::grouped;
use super::when::When;
use crate::tokens::{Secret, State};

/// A try that is older than this is no news.
const NEWS: TimeDelta = TimeDelta::hours(24);

/// Whence a call came, and by what program, as far as either is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whence {
    pub address: String,
    pub agent: String,
}

impl Whence {
    pub fn of(address: Option<IpNetwork>, agent: Option<&str>) -> Self {
        let address = address.map(|at| at.ip().to_string()).unwrap_or_default();
        Self { address, agent: agent.unwrap_or_default().to_owned() }
    }
}

/// A secret that was replaced and works on for now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Old {
    pub replaced: When,
    pub ends: When,
    /// The calls since it was replaced, and the last of them, if there was any.
    pub used: Option<(String, When, Whence)>,
}

impl Old {
    /// The one in use, of several. `secrets` are one token's, newest first: each was replaced when
    /// the one before it was made.
    pub fn among<'s>(
        secrets: impl Iterator<Item = &'s Secret> + Clone,
        now: DateTime<Utc>,
    ) -> Option<Self> {
        let pairs = secrets.clone().zip(secrets.skip(1));
        let (newer, older) = pairs
            .filter(|(_, older)| older.in_grace(now))
            .max_by_key(|(_, older)| (older.uses().late_calls, older.generation))?;
        let uses = older.uses();
        let whence = Whence::of(uses.last_used_address, uses.last_used_agent.as_deref());
        let last = uses.last_used_at.filter(|_| uses.late_calls > 0);
        Some(Self {
            replaced: When::distance(newer.created_at, now),
            ends: When::moment(older.retires_at?, now),
            used: last.map(|at| (calls(uses.late_calls), When::distance(at, now), whence)),
        })
    }
}

/// Calls with a secret that is dead, of which its owner should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// Those of today, in words; there may be none yet.
    pub today: Option<String>,
    pub last: When,
    pub whence: Whence,
}

impl Tried {
    /// `today` are the calls of today, with any of the secrets.
    pub fn among<'s>(
        secrets: impl Iterator<Item = &'s Secret>,
        today: i64,
        now: DateTime<Utc>,
    ) -> Option<Self> {
        let last = secrets.map(Secret::uses).max_by_key(|uses| uses.tried_at)?;
        let at = last.tried_at.filter(|at| *at > now - NEWS)?;
        Some(Self {
            today: (today > 0).then(|| calls(today)),
            last: When::distance(at, now),
            whence: Whence::of(last.tried_address, last.tried_agent.as_deref()),
        })
    }
}

/// What its owner can do about a token that is tried though it, or the secret, is dead.
pub fn remedy(state: State) -> &'static str {
    match state {
        State::Active => "Give whatever runs there the new value.",
        State::Disabled => "Enable the token, or stop whatever runs there.",
        State::Expired => "Set another expiry, or give whatever runs there another token.",
        State::Blocked => "Set an expiry that the policy allows.",
        State::Revoked => "Give whatever runs there another token, or stop it.",
    }
}

/// `1 call`, `4,312 calls`.
pub fn calls(number: i64) -> String {
    match number.unsigned_abs() {
        1 => "1 call".to_owned(),
        number => format!("{} calls", grouped(number)),
    }
}
