//! The address of a list of the platform: what is searched for, and from which row on.
use std::fmt::Display;

use serde::{Deserialize, Serialize};

use crate::db::Start;

/// Rows of a page.
pub const ROWS: i64 = 25;

/// As it was typed. What is left out stays out of the address.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct ListQuery<Id> {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub search: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Id>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Id>,
}

impl<Id> Default for ListQuery<Id> {
    fn default() -> Self {
        Self { search: String::new(), after: None, before: None }
    }
}

impl<Id: Copy + Display + Serialize> ListQuery<Id> {
    pub fn start(&self) -> Start<Id> {
        match (self.after, self.before) {
            (Some(id), None) => Start::After(id),
            (_, Some(id)) => Start::Before(id),
            (None, None) => Start::First,
        }
    }
}

/// The addresses of the pages around, where there are any.
pub struct Pager {
    pub previous: Option<String>,
    pub next: Option<String>,
}

impl Pager {
    /// `ids` are those of the rows; `more` is whether there are rows beyond them, in the direction
    /// that was asked.
    pub fn of<Id: Copy + Display + Serialize>(
        at: &str,
        query: &ListQuery<Id>,
        ids: &[Id],
        more: bool,
    ) -> Self {
        let (before, after) = match query.start() {
            Start::First => (false, more),
            Start::After(_) => (true, more),
            Start::Before(_) => (more, true),
        };
        let url = |after, before| {
            let query = ListQuery { search: query.search.clone(), after, before };
            format!("{at}?{}", serde_html_form::to_string(query).unwrap_or_default())
        };
        Self {
            previous: ids.first().filter(|_| before).map(|&id| url(None, Some(id))),
            next: ids.last().filter(|_| after).map(|&id| url(Some(id), None)),
        }
    }
}
