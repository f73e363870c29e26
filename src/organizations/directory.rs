//! Every organization of the instance, by name, searched and in pages by key.
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};

use super::Organization;
use crate::db::schema::organizations;
use crate::db::{Start, cut};
use crate::error::Result;
use crate::id::OrganizationId;

#[derive(Debug, Clone, Default)]
pub struct Directory {
    /// Part of the name or of the slug.
    pub search: String,
    pub start: Start<OrganizationId>,
    pub limit: i64,
}

/// An organization, and how many people belong to it.
pub type Counted = (Organization, i64);

const MEMBERS: &str =
    "(SELECT count(*) FROM memberships m WHERE m.organization_id = organizations.id)";

/// One page, and whether there is more beyond it in the direction it was asked.
pub fn directory(conn: &mut PgConnection, wanted: &Directory) -> Result<(Vec<Counted>, bool)> {
    let backwards = wanted.start.is_backwards();
    let direction = if backwards { "DESC" } else { "ASC" };
    let order = format!("lower(organizations.name) {direction}, organizations.id {direction}");
    let mut statement = organizations::table
        .order(sql::<Text>(&order))
        .limit(wanted.limit + 1)
        .select((Organization::as_select(), sql::<BigInt>(MEMBERS)))
        .into_boxed();
    let search = wanted.search.trim();
    if !search.is_empty() {
        let like = search.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        let like = format!("%{like}%");
        let named = organizations::name.ilike(like.clone());
        statement = statement.filter(named.or(organizations::slug.ilike(like)));
    }
    if let Start::After(id) | Start::Before(id) = wanted.start {
        let beyond = if backwards { "<" } else { ">" };
        let from = "(SELECT lower(o.name), o.id FROM organizations o WHERE o.id = ";
        let key = "(lower(organizations.name), organizations.id)";
        statement = statement
            .filter(sql::<Bool>(&format!("{key} {beyond} {from}")).bind::<BigInt, _>(id).sql(")"));
    }
    Ok(cut(statement.load(conn)?, wanted.limit, backwards))
}
