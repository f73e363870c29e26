//! The filter as it stands in the address, and what it asks for.
use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use serde::{Deserialize, Serialize};

use crate::audit::{Action, Filter};
use crate::error::{Error, Problem, Result};

/// As it was typed; what is empty does not filter.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AuditQuery {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub action: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub who: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub from: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub to: String,
    /// A token's id.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub token: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    before: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    after: String,
}

/// Where a page lies, by the id of an entry that it borders on.
#[derive(Debug, Clone, Copy)]
pub enum Place {
    Newest,
    OlderThan(i64),
    NewerThan(i64),
}

impl AuditQuery {
    /// # Errors
    /// `Invalid`, naming every field that cannot be read.
    pub fn read(&self) -> Result<(Filter, Place)> {
        let mut problems = Vec::new();
        let mut number = |field: &'static str, text: &str, said: &str| {
            let read = (!text.is_empty()).then(|| text.trim().parse::<i64>()).transpose();
            read.unwrap_or_else(|_| {
                problems.push(Problem::new(field, said));
                None
            })
        };
        let lost = "This is not a place in the log; start from the newest page.";
        let token = number("token", &self.token, "Use the number of a token, as in its address.");
        let before = number("place", &self.before, lost);
        let after = number("place", &self.after, lost);
        let place = match (before, after) {
            (_, Some(id)) => Place::NewerThan(id),
            (Some(id), None) => Place::OlderThan(id),
            (None, None) => Place::Newest,
        };
        let action = Action::parse(&self.action);
        if action.is_none() && !self.action.is_empty() {
            problems.push(Problem::new("action", "There is no such action."));
        }
        let since = day(&mut problems, "from", &self.from);
        let until =
            day(&mut problems, "to", &self.to).and_then(|day| day.checked_add_days(Days::new(1)));
        if !problems.is_empty() {
            return Err(Error::Invalid(problems));
        }
        let actor = Some(self.who.trim().to_owned()).filter(|who| !who.is_empty());
        let subject = token.map(|id| ("token", id));
        Ok((Filter { action, actor, subject, since, until }, place))
    }

    pub fn is_filtered(&self) -> bool {
        [&self.action, &self.who, &self.from, &self.to, &self.token].iter().any(|t| !t.is_empty())
    }

    pub fn older_than(&self, id: i64) -> String {
        Self { before: id.to_string(), after: String::new(), ..self.clone() }.address()
    }

    pub fn newer_than(&self, id: i64) -> String {
        Self { before: String::new(), after: id.to_string(), ..self.clone() }.address()
    }

    /// The same filter, wherever the page lies: what an export takes.
    pub fn filter_only(&self) -> String {
        Self { before: String::new(), after: String::new(), ..self.clone() }.address()
    }

    fn address(&self) -> String {
        serde_html_form::to_string(self).unwrap_or_default()
    }
}

/// The beginning of a day, in UTC.
fn day(problems: &mut Vec<Problem>, field: &'static str, text: &str) -> Option<DateTime<Utc>> {
    if text.is_empty() {
        return None;
    }
    if let Ok(day) = text.parse::<NaiveDate>() {
        return Some(day.and_time(NaiveTime::MIN).and_utc());
    }
    problems.push(Problem::new(field, "Choose a day, such as 2026-11-21."));
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_day_counts_to_its_end() {
        let query = AuditQuery {
            from: "2026-11-20".into(),
            to: "2026-11-21".into(),
            ..AuditQuery::default()
        };
        let (filter, _) = query.read().unwrap();
        assert_eq!(filter.since.unwrap().to_rfc3339(), "2026-11-20T00:00:00+00:00");
        assert_eq!(filter.until.unwrap().to_rfc3339(), "2026-11-22T00:00:00+00:00");
    }

    #[test]
    fn every_field_that_cannot_be_read_is_named() {
        let query = AuditQuery {
            action: "x".into(),
            from: "y".into(),
            token: "z".into(),
            ..AuditQuery::default()
        };
        let Err(Error::Invalid(problems)) = query.read() else { panic!("read") };
        let mut fields: Vec<_> = problems.iter().map(|problem| &*problem.field).collect();
        fields.sort_unstable();
        assert_eq!(fields, ["action", "from", "token"]);
    }

    #[test]
    fn an_address_says_no_more_than_was_asked() {
        let query = AuditQuery { who: "ada & co".into(), ..AuditQuery::default() };
        assert_eq!(query.older_than(7), "who=ada+%26+co&before=7");
        assert_eq!(query.filter_only(), "who=ada+%26+co");
    }
}
