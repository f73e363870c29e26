//! Every query on the `audit_events` table.
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use ipnetwork::IpNetwork;
use serde_json::Value;
use uuid::Uuid;

use super::Action;
use crate::db::schema::audit_events;
use crate::error::Result;
use crate::id::{OrganizationId, TokenId, UserId};

/// Without a `DEFAULT` where a value is missing, so that the statement is always the same one.
#[derive(Insertable)]
#[diesel(table_name = audit_events, treat_none_as_default_value = false)]
pub(super) struct NewEntry<'e> {
    pub at: DateTime<Utc>,
    pub organization_id: Option<OrganizationId>,
    pub actor_kind: &'static str,
    pub actor_user_id: Option<UserId>,
    pub actor_token_id: Option<TokenId>,
    pub actor_name: &'e str,
    pub action: &'static str,
    pub subject_kind: &'static str,
    pub subject_id: Option<i64>,
    pub subject_name: &'e str,
    pub detail: &'e Value,
    pub address: Option<IpNetwork>,
    pub request_id: Option<Uuid>,
}

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = audit_events, check_for_backend(diesel::pg::Pg))]
pub struct Entry {
    pub id: i64,
    pub at: DateTime<Utc>,
    pub actor_kind: String,
    pub actor_user_id: Option<UserId>,
    pub actor_token_id: Option<TokenId>,
    pub actor_name: String,
    pub action: String,
    pub subject_kind: String,
    pub subject_id: Option<i64>,
    pub subject_name: String,
    pub detail: Value,
    pub address: Option<IpNetwork>,
    pub request_id: Option<Uuid>,
}

/// Which entries of a log. What is `None` does not filter.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub action: Option<Action>,
    /// Part of the actor's name.
    pub actor: Option<String>,
    pub subject: Option<(&'static str, i64)>,
    pub since: Option<DateTime<Utc>>,
    /// Not this instant any more.
    pub until: Option<DateTime<Utc>>,
}

/// A statement of its own, for it is always the same one, and so prepared once.
pub(super) fn insert(conn: &mut PgConnection, entry: &NewEntry) -> Result<()> {
    diesel::insert_into(audit_events::table).values(entry).execute(conn)?;
    Ok(())
}

pub(super) fn insert_all(conn: &mut PgConnection, entries: &[NewEntry]) -> Result<()> {
    diesel::insert_into(audit_events::table).values(entries).execute(conn)?;
    Ok(())
}

/// The newest first; `before` is the id of the last entry that was seen. Without an organization:
/// of the instance, and of people's own affairs.
pub fn list(
    conn: &mut PgConnection,
    organization: Option<OrganizationId>,
    filter: &Filter,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Entry>> {
    let mut query = matching(organization, filter).order(audit_events::id.desc()).limit(limit);
    if let Some(before) = before {
        query = query.filter(audit_events::id.lt(before));
    }
    Ok(query.select(Entry::as_select()).load(conn)?)
}

/// Those right above the entry `after`, the newest first: the way back through [`list`].
pub fn list_newer(
    conn: &mut PgConnection,
    organization: Option<OrganizationId>,
    filter: &Filter,
    after: i64,
    limit: i64,
) -> Result<Vec<Entry>> {
    let mut entries: Vec<Entry> = matching(organization, filter)
        .filter(audit_events::id.gt(after))
        .order(audit_events::id.asc())
        .limit(limit)
        .select(Entry::as_select())
        .load(conn)?;
    entries.reverse();
    Ok(entries)
}

fn matching(
    organization: Option<OrganizationId>,
    filter: &Filter,
) -> audit_events::BoxedQuery<'static, diesel::pg::Pg> {
    let mut query = audit_events::table.into_boxed();
    query = match organization {
        Some(id) => query.filter(audit_events::organization_id.eq(id)),
        None => query.filter(audit_events::organization_id.is_null()),
    };
    if let Some(action) = filter.action {
        query = query.filter(audit_events::action.eq(action.name()));
    }
    if let Some(actor) = &filter.actor {
        query = query.filter(audit_events::actor_name.ilike(format!("%{}%", escape(actor))));
    }
    if let Some((kind, id)) = filter.subject {
        query = query.filter(audit_events::subject_kind.eq(kind));
        query = query.filter(audit_events::subject_id.eq(id));
    }
    if let Some(since) = filter.since {
        query = query.filter(audit_events::at.ge(since));
    }
    if let Some(until) = filter.until {
        query = query.filter(audit_events::at.lt(until));
    }
    query
}

/// The trail of one thing, the newest first.
pub fn of_subject(conn: &mut PgConnection, kind: &str, id: i64, limit: i64) -> Result<Vec<Entry>> {
    Ok(audit_events::table
        .filter(audit_events::subject_kind.eq(kind))
        .filter(audit_events::subject_id.eq(id))
        .order(audit_events::id.desc())
        .limit(limit)
        .select(Entry::as_select())
        .load(conn)?)
}

/// For a `LIKE` pattern: what was typed means itself.
fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}
