//! An account as the list shows it.
use chrono::{DateTime, Utc};

use super::page_of;
use crate::service_accounts::Listed;
use crate::web::when::{When, counted};

pub struct Row {
    pub id: i64,
    pub name: String,
    pub description: String,
    pub page: String,
    pub is_active: bool,
    pub role: &'static str,
    pub all_projects: bool,
    pub projects: Vec<String>,
    pub tokens: String,
    pub used: Option<When>,
    pub created: When,
}

impl Row {
    pub fn of(listed: Listed, slug: &str, now: DateTime<Utc>) -> Self {
        let Listed { account, tokens, last_used_at, .. } = listed;
        let access = account.access();
        Self {
            id: account.id.0,
            page: page_of(slug, account.id),
            is_active: account.is_active(),
            role: access.role.name(),
            all_projects: access.projects.is_all(),
            projects: access.projects.listed().map(str::to_owned).collect(),
            tokens: if tokens == 0 { String::new() } else { counted(tokens, "token") },
            used: last_used_at.map(|at| When::distance(at, now)),
            created: When::date(account.created_at),
            name: account.name,
            description: account.description,
        }
    }
}
