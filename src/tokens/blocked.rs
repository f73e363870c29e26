//! What a policy blocks, and what it will, as conditions of a query: the same as [`Policy::blocks`]
//! and [`Policy::warns`], which tests hold together. Nothing in them but numbers and instants of ours.
use chrono::{DateTime, Utc};

use super::SOON;
use crate::policies::{Policy, Rule};

/// Neither revoked nor disabled.
pub const KEPT: &str = "tokens.revoked_at IS NULL AND tokens.disabled_at IS NULL";

pub fn instant(at: DateTime<Utc>) -> String {
    format!("'{}'::timestamptz", at.to_rfc3339())
}

/// Not expired.
pub fn live(at: DateTime<Utc>) -> String {
    format!("(tokens.expires_at IS NULL OR tokens.expires_at > {})", instant(at))
}

/// Blocked at this instant.
pub fn blocked(policy: &Policy, now: DateTime<Utc>) -> String {
    breaking(&policy.in_force(now))
}

/// Not blocked yet, but by the rule that is to come.
pub fn warned(policy: &Policy, now: DateTime<Utc>) -> String {
    any(warnings(policy, now).into_iter().flatten())
}

/// What `new` is against and `old` is not, of what has not ended by `from`.
pub fn newly(new: &Rule, old: &Rule, from: Option<DateTime<Utc>>) -> String {
    any([newly_too_long(new, old, from), newly_endless(new, old)].into_iter().flatten())
}

/// The reasons why a token asks for attention, no two of which hold at once; each has an index.
pub fn troubles(policy: &Policy, now: DateTime<Utc>) -> Vec<String> {
    let soon = instant(now + SOON);
    let rule = policy.in_force(now);
    let [warned_long, warned_endless] = warnings(policy, now);
    let mut troubles = vec![format!("tokens.expires_at <= {soon}")];
    let long = too_long(&rule).into_iter().chain(warned_long);
    troubles.extend(long.map(|long| format!("({long} AND tokens.expires_at > {soon})")));
    troubles.extend(endless(&rule).into_iter().chain(warned_endless));
    troubles
}

fn breaking(rule: &Rule) -> String {
    any(too_long(rule).into_iter().chain(endless(rule)))
}

fn warnings(policy: &Policy, now: DateTime<Utc>) -> [Option<String>; 2] {
    if policy.is_enforced(now) {
        return [None, None];
    }
    let (new, old) = (&policy.rule, &policy.before);
    [newly_too_long(new, old, policy.enforced_from), newly_endless(new, old)]
}

fn newly_too_long(new: &Rule, old: &Rule, from: Option<DateTime<Utc>>) -> Option<String> {
    let longer = old.max_lifetime_days;
    let only_now = longer.map(|days| format!("{LIFETIME} < {}", blocked_from(days)));
    let still_there = from.map(|at| format!("tokens.expires_at > {}", instant(at)));
    let all: Vec<_> = [Some(too_long(new)?), only_now, still_there].into_iter().flatten().collect();
    Some(format!("({})", all.join(" AND ")))
}

fn newly_endless(new: &Rule, old: &Rule) -> Option<String> {
    endless(new).filter(|_| old.allow_non_expiring)
}

pub const LIFETIME: &str = "tokens.expires_at - tokens.expiry_set_at";

fn too_long(rule: &Rule) -> Option<String> {
    rule.max_lifetime_days.map(|days| format!("{LIFETIME} >= {}", blocked_from(days)))
}

fn blocked_from(days: i32) -> String {
    format!("interval '{} seconds'", Rule::blocked_from(days).num_seconds())
}

fn endless(rule: &Rule) -> Option<String> {
    (!rule.allow_non_expiring).then(|| "tokens.expires_at IS NULL".to_owned())
}

fn any(reasons: impl Iterator<Item = String>) -> String {
    let reasons: Vec<_> = reasons.collect();
    if reasons.is_empty() { "false".into() } else { reasons.join(" OR ") }
}
