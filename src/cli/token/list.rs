//! `jeton token list`.
use chrono::{DateTime, SecondsFormat, Utc};

use super::super::database::Database;
use super::super::failure::told;
use super::super::table;
use super::Whose;
use crate::clock::Clock;
use crate::config::Config;
use crate::error::Result;
use crate::policies::{self, Policy};
use crate::tokens::{self, Holder, Page, Query, Sort, Token};

/// Rows that are fetched at once.
const PAGE: i64 = 500;

pub fn run(whose: &Whose, config: &Config) -> anyhow::Result<()> {
    let now = Clock::System.now();
    Database::work(config, |db| {
        let read = db.read_here(|conn| {
            let holder = whose.holder(conn)?;
            let policy = match holder {
                Holder::Organization(id) | Holder::ServiceAccount(id, _) => {
                    policies::of_organization(conn, id)?
                }
                Holder::Person(_) => policies::of_instance(conn)?,
            };
            Ok((all(conn, holder, &policy, now)?, policy))
        });
        let (tokens, policy) = read.map_err(|error| told(error, &[]))?;
        let rows = tokens.into_iter().map(|token| row(token, &policy, now)).collect();
        table::print(["ID", "NAME", "TOKEN", "ROLE", "STATE", "EXPIRES", "LAST USED"], rows);
        Ok(())
    })
}

fn all(
    conn: &mut diesel::PgConnection,
    holder: Holder,
    policy: &Policy,
    now: DateTime<Utc>,
) -> Result<Vec<Token>> {
    let mut query = Query { sort: Sort::Name, limit: PAGE, ..Query::default() };
    let mut tokens = Vec::new();
    loop {
        let (page, more) = tokens::list_of_holder(conn, holder, &query, policy, now)?;
        let last = page.last().map(|listed| listed.cursor.clone());
        tokens.extend(page.into_iter().map(|listed| listed.token));
        match last {
            Some(cursor) if more => query.page = Page::After(cursor),
            _ => return Ok(tokens),
        }
    }
}

fn row(token: Token, policy: &Policy, now: DateTime<Utc>) -> [String; 7] {
    let at = |at: Option<DateTime<Utc>>| {
        at.map_or_else(|| "never".to_owned(), |at| at.to_rfc3339_opts(SecondsFormat::Secs, true))
    };
    let (state, masked) = (token.state(policy, now).to_string(), token.masked());
    let role = token.role.unwrap_or_default();
    let (expires, used) = (at(token.expires_at), at(token.last_used_at));
    [token.id.to_string(), token.name, masked, role, state, expires, used]
}
