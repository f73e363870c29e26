//! Everyone who has an account here, by name, searched and in pages by key.
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};

use super::User;
use crate::db::schema::users;
use crate::db::{Start, cut};
use crate::error::Result;
use crate::id::UserId;

#[derive(Debug, Clone, Default)]
pub struct Directory {
    /// Part of the name or of the e-mail address.
    pub search: String,
    pub start: Start<UserId>,
    pub limit: i64,
}

/// One page, and whether there is more beyond it in the direction it was asked.
pub fn directory(conn: &mut PgConnection, wanted: &Directory) -> Result<(Vec<User>, bool)> {
    let backwards = wanted.start.is_backwards();
    let direction = if backwards { "DESC" } else { "ASC" };
    let order = format!("lower(users.name) {direction}, users.id {direction}");
    let mut statement = users::table
        .order(sql::<Text>(&order))
        .limit(wanted.limit + 1)
        .select(User::as_select())
        .into_boxed();
    let search = wanted.search.trim();
    if !search.is_empty() {
        let like = search.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        let like = format!("%{like}%");
        statement = statement.filter(users::name.ilike(like.clone()).or(users::email.ilike(like)));
    }
    if let Start::After(id) | Start::Before(id) = wanted.start {
        let beyond = if backwards { "<" } else { ">" };
        let from = "(SELECT lower(u.name), u.id FROM users u WHERE u.id = ";
        statement = statement.filter(
            sql::<Bool>(&format!("(lower(users.name), users.id) {beyond} {from}"))
                .bind::<BigInt, _>(id)
                .sql(")"),
        );
    }
    Ok(cut(statement.load(conn)?, wanted.limit, backwards))
}
