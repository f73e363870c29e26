//! A token's audit trail in words.
use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::audit::{Action, Entry};
use crate::tokens::Grace;
use crate::web::when::{When, date};

/// One deed: who did what, and when.
pub struct Deed {
    pub icon: &'static str,
    pub who: String,
    pub what: Vec<Said>,
    pub when: When,
}

/// A part of a sentence, and the projects it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    pub text: String,
    pub projects: Vec<String>,
}

impl Deed {
    pub fn of(entry: &Entry, now: DateTime<Utc>) -> Self {
        let action = Action::parse(&entry.action);
        Self {
            icon: icon(action),
            who: entry.actor_name.clone(),
            what: action
                .map_or_else(|| vec![said(&entry.action)], |action| what(action, &entry.detail)),
            when: When::moment(entry.at, now),
        }
    }
}

fn icon(action: Option<Action>) -> &'static str {
    match action {
        Some(Action::TokenCreated) => "plus",
        Some(Action::TokenDisabled) => "circle-pause",
        Some(Action::TokenEnabled) => "play",
        Some(Action::TokenRotated) => "refresh-cw",
        Some(Action::TokenGraceEnded) => "clock",
        Some(Action::TokenRevoked) => "trash-2",
        _ => "pencil",
    }
}

fn what(action: Action, detail: &Value) -> Vec<Said> {
    match action {
        Action::TokenRotated => vec![said(format!("rotated the secret, {}", grace(detail)))],
        Action::TokenGraceEnded => vec![said("ended the grace period of the old secret")],
        Action::TokenChanged => changes(detail),
        action => vec![said(action.said())],
    }
}

fn grace(detail: &Value) -> String {
    let seconds = detail["grace_seconds"].as_i64();
    let choice = Grace::CHOICES.into_iter().find(|&(choice, _)| seconds == Some(choice));
    match choice {
        Some((0, _)) | None => "without grace".to_owned(),
        Some((_, words)) => format!("grace {words}"),
    }
}

/// What stands in the entry as `field: [before, after]`.
fn changes(detail: &Value) -> Vec<Said> {
    let fields = detail.as_object().into_iter().flatten();
    let told: Vec<_> = fields.flat_map(|(field, pair)| change(field, &pair[0], &pair[1])).collect();
    if told.is_empty() { vec![said(Action::TokenChanged.said())] } else { told }
}

fn change(field: &str, before: &Value, after: &Value) -> Vec<Said> {
    let told = match field {
        "projects" => return projects(before, after),
        "name" => format!("renamed it from “{}” to “{}”", text(before), text(after)),
        "role" => format!("changed the role from {} to {}", text(before), text(after)),
        "expires_at" => format!("moved its end from {} to {}", end(before), end(after)),
        "permissions" => permissions(after),
        "all_projects" if *after == true => "opened all projects to it".to_owned(),
        "all_projects" => "kept it to listed projects".to_owned(),
        "may_rotate_itself" if *after == true => "let it rotate itself".to_owned(),
        "may_rotate_itself" => "no longer lets it rotate itself".to_owned(),
        other => format!("changed {other}"),
    };
    vec![said(told)]
}

fn projects(before: &Value, after: &Value) -> Vec<Said> {
    let (before, after) = (names(before), names(after));
    let beyond = |these: &[String], those: &[String]| -> Vec<String> {
        these.iter().filter(|name| !those.contains(name)).cloned().collect()
    };
    [("added", beyond(&after, &before)), ("removed", beyond(&before, &after))]
        .into_iter()
        .filter(|(_, projects)| !projects.is_empty())
        .map(|(verb, projects)| {
            let noun = if projects.len() == 1 { "project" } else { "projects" };
            Said { text: format!("{verb} {noun}"), projects }
        })
        .collect()
}

fn permissions(after: &Value) -> String {
    let Some(listed) = after.as_object() else {
        return "gave it all that its role grants".to_owned();
    };
    let listed: Vec<_> =
        listed.iter().map(|(name, level)| format!("{name}:{}", text(level))).collect();
    if listed.is_empty() {
        return "took every permission away".to_owned();
    }
    format!("narrowed it to {}", listed.join(", "))
}

fn said(text: impl Into<String>) -> Said {
    Said { text: text.into(), projects: Vec::new() }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("nothing")
}

fn names(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().map(|name| text(name).to_owned()).collect()
}

fn end(value: &Value) -> String {
    let at = value.as_str().and_then(|at| at.parse::<DateTime<Utc>>().ok());
    at.map_or_else(|| "never".to_owned(), date)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(detail: Value) -> Vec<String> {
        changes(&detail)
            .into_iter()
            .map(|said| [said.text].into_iter().chain(said.projects).collect::<Vec<_>>().join(" "))
            .collect()
    }

    #[test]
    fn a_change_is_told_part_by_part() {
        let detail = json!({
            "expires_at": [null, "2027-03-20T23:59:59Z"],
            "projects": [["a", "b"], ["b", "c", "d"]],
            "role": ["operator", "manager"],
        });
        assert_eq!(
            told(detail),
            [
                "moved its end from never to 20 Mar 2027",
                "added projects c d",
                "removed project a",
                "changed the role from operator to manager",
            ]
        );
        assert_eq!(told(json!({ "permissions": [null, {}] })), ["took every permission away"]);
        assert_eq!(
            told(json!({ "permissions": [null, { "records": "read" }] })),
            ["narrowed it to records:read"]
        );
        assert_eq!(told(json!({})), ["changed the token"]);
    }

    #[test]
    fn a_rotation_says_how_long_the_old_secret_works_on() {
        assert_eq!(grace(&json!({ "grace_seconds": 86_400 })), "grace 24 hours");
        assert_eq!(grace(&json!({ "grace_seconds": 0 })), "without grace");
    }
}
