//! An entry of the audit log as people read it: who did what, and what is other than before.
use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::when::{When, counted, date};
use crate::audit::{Action, Entry};

/// One entry. It reads: actor, `said`, subject.
pub struct Deed {
    pub icon: &'static str,
    pub actor: String,
    /// How it was done, where not by hand in the console.
    pub through: &'static str,
    pub said: String,
    pub subject: String,
    /// The id of the token that it was done to.
    pub token: Option<i64>,
    /// `name: CI → Deploys`, one each.
    pub changes: Vec<String>,
    pub when: When,
    pub address: String,
}

impl Deed {
    pub fn of(entry: Entry, now: DateTime<Utc>) -> Self {
        let action = Action::parse(&entry.action);
        Self {
            icon: action.map_or("info", icon),
            through: through(&entry),
            said: action.map_or(entry.action, |action| action.said().to_owned()),
            token: entry.subject_id.filter(|_| entry.subject_kind == "token"),
            changes: changes(&entry.detail),
            when: When::moment(entry.at, now),
            address: entry.address.map(|at| at.ip().to_string()).unwrap_or_default(),
            actor: entry.actor_name,
            subject: entry.subject_name,
        }
    }

    /// What was done, where the page says to what.
    pub fn alone(&self) -> &str {
        self.said.strip_suffix(" of").unwrap_or(&self.said)
    }
}

fn icon(action: Action) -> &'static str {
    use Action as A;
    match action {
        A::TokenCreated
        | A::ProjectCreated
        | A::ResourceAdded
        | A::OrganizationCreated
        | A::ServiceAccountCreated
        | A::EnvironmentCreated
        | A::SecretsCreated => "plus",
        A::MemberAdded | A::UserCreated | A::InvitationCreated => "users",
        A::TokenChanged
        | A::ProjectChanged
        | A::OrganizationChanged
        | A::UserChanged
        | A::ServiceAccountChanged
        | A::MemberChanged
        | A::EnvironmentChanged
        | A::SecretsChanged
        | A::OverrideSet => "pencil",
        A::SecretsRead => "eye",
        A::PolicyChanged => "settings",
        A::TokenRotated
        | A::TokenGraceEnded
        | A::TokenExchanged
        | A::KeyRotated
        | A::SecretRestored => "refresh-cw",
        A::TokenDisabled
        | A::UserDisabled
        | A::ServiceAccountDisabled
        | A::OrganizationSuspended => "circle-pause",
        A::TokenEnabled
        | A::UserEnabled
        | A::ServiceAccountEnabled
        | A::OrganizationResumed
        | A::PersonalTokenUnblocked => "play",
        A::PersonalTokenBlocked => "shield-x",
        A::TokenRevoked
        | A::ProjectDeleted
        | A::ResourceRemoved
        | A::ServiceAccountDeleted
        | A::MemberRemoved
        | A::InvitationWithdrawn
        | A::KeyWithdrawn
        | A::EnvironmentDeleted
        | A::SecretsDeleted
        | A::OverrideRemoved => "trash-2",
        A::AdminAdded | A::AdminRemoved | A::EncryptionSwitched => "shield-check",
        A::PasswordLinkMade => "link",
        A::PasswordChanged | A::KeyCreated => "key-round",
        A::SessionStarted | A::SessionEnded => "log-out",
        A::WebhookCreated
        | A::WebhookChanged
        | A::WebhookRotated
        | A::WebhookPaused
        | A::WebhookResumed
        | A::WebhookDeleted
        | A::WebhookTested
        | A::DeliveryResent => "webhook",
    }
}

fn through(entry: &Entry) -> &'static str {
    match (entry.actor_kind.as_str(), entry.actor_user_id) {
        ("token", Some(_)) => "with a personal access token",
        ("token", None) => "with a token of the organization",
        ("command", _) => "on the command line",
        _ => "",
    }
}

/// Pairs say what was and what is; a single value says what it was made with. By the field's name,
/// whatever order the database keeps them in.
fn changes(detail: &Value) -> Vec<String> {
    let fields: BTreeMap<_, _> = detail.as_object().into_iter().flatten().collect();
    fields
        .into_iter()
        .filter_map(|(field, value)| match value.as_array().map(Vec::as_slice) {
            // A handful is read; the rest is counted beside.
            Some(ids) if field == "ids" => {
                (ids.len() < 4).then(|| format!("{field}: {}", said(field, value)))
            }
            Some([old, new]) => (old != new)
                .then(|| format!("{}: {} → {}", label(field), said(field, old), said(field, new))),
            _ if matches!(value, Value::Null | Value::Bool(false)) => None,
            _ => Some(format!("{}: {}", label(field), said(field, value))),
        })
        .collect()
}

fn label(field: &str) -> String {
    match field {
        "email" => "e-mail".into(),
        "expires_at" => "expires".into(),
        "max_lifetime_days" => "longest lifetime".into(),
        "allow_non_expiring" => "may live without an end".into(),
        "may_rotate_itself" => "may rotate itself".into(),
        "grace_seconds" => "old secret works on for".into(),
        "enforced_from" => "enforced for existing tokens from".into(),
        "only_warns" => "only warns".into(),
        "retry" => "asked for again".into(),
        other => other.replace('_', " "),
    }
}

fn said(field: &str, value: &Value) -> String {
    match (field, value) {
        ("expires_at", Value::Null) => "never".into(),
        ("expires_at" | "enforced_from", Value::String(at)) => {
            DateTime::parse_from_rfc3339(at).map_or_else(|_| at.clone(), |at| date(at.to_utc()))
        }
        ("max_lifetime_days", Value::Null) => "no limit".into(),
        ("max_lifetime_days", Value::Number(days)) => {
            counted(days.as_i64().unwrap_or_default(), "day")
        }
        ("grace_seconds", Value::Number(seconds)) => span(seconds.as_i64().unwrap_or_default()),
        ("permissions", Value::Null) => "all that the role grants".into(),
        (_, Value::Null) => "none".into(),
        (_, Value::Bool(yes)) => if *yes { "yes" } else { "no" }.into(),
        (_, Value::String(text)) => text.clone(),
        (_, Value::Number(number)) => number.to_string(),
        (_, Value::Array(values)) if values.is_empty() => "none".into(),
        (_, Value::Array(values)) => joined(values.iter().map(|value| said("", value))),
        (_, Value::Object(fields)) => {
            joined(fields.iter().map(|(name, value)| format!("{name} {}", said("", value))))
        }
    }
}

fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}

fn span(seconds: i64) -> String {
    match seconds {
        0 => "no time".into(),
        ..3_600 => counted(seconds / 60, "minute"),
        3_600..604_800 => counted(seconds / 3_600, "hour"),
        _ => counted(seconds / 86_400, "day"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_changed_is_said_and_what_did_not_is_not() {
        let detail = json!({
            "name": ["CI", "Deploys"], "role": ["operator", "operator"],
            "expires_at": ["2027-03-20T23:59:59Z", null], "permissions": [null, { "records": "read" }],
            "projects": [[], ["prd-greenhouse"]],
        });
        assert_eq!(
            changes(&detail),
            [
                "expires: 20 Mar 2027 → never",
                "name: CI → Deploys",
                "permissions: all that the role grants → records read",
                "projects: none → prd-greenhouse",
            ]
        );
        assert_eq!(
            changes(
                &json!({ "max_lifetime_days": [180, null], "allow_non_expiring": [false, true] })
            ),
            ["may live without an end: no → yes", "longest lifetime: 180 days → no limit"]
        );
        assert_eq!(
            changes(&json!({ "grace_seconds": 86_400, "retry": false, "role": null })),
            ["old secret works on for: 24 hours"]
        );
        assert!(changes(&json!({})).is_empty());
    }
}
