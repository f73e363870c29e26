//! A token's secrets, generation by generation: which is current, which works on for a while.
use chrono::{DateTime, Utc};

use crate::tokens::{GenerationDay, Secret, Token};
use crate::web::chart::grouped;
use crate::web::evidence::Whence;
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
    /// Calls of today, and those of them that came too late, if any.
    pub today: String,
    pub dead_today: Option<String>,
    pub last_used: Option<(When, Whence)>,
    /// The last call with it after its end.
    pub tried: Option<(When, Whence)>,
}

impl SecretRow {
    /// `today` are the calls of each generation that were seen today.
    pub fn of(secret: Secret, token: &Token, today: &[GenerationDay], now: DateTime<Utc>) -> Self {
        let (state, label, since, when) = standing(&secret, token, now);
        let day = today.iter().find(|day| day.generation == secret.generation);
        let (calls, dead) = day.map_or((0, 0), |day| (day.calls, day.dead));
        let seen = secret.uses();
        let used = Whence::of(seen.last_used_address, seen.last_used_agent.as_deref());
        let tried = Whence::of(seen.tried_address, seen.tried_agent.as_deref());
        Self {
            generation: secret.generation,
            in_grace: state == "expiring",
            state,
            label,
            since,
            when,
            today: grouped(calls.unsigned_abs()),
            dead_today: (dead > 0).then(|| grouped(dead.unsigned_abs())),
            last_used: seen.last_used_at.map(|at| (When::distance(at, now), used)),
            tried: seen.tried_at.map(|at| (When::distance(at, now), tried)),
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
