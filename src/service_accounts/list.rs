//! An organization's service accounts, by name, in keyset pages.
use std::fmt;
use std::str::FromStr;

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use chrono::{DateTime, Utc};
use diesel::dsl::{AsSelect, sql};
use diesel::expression::SqlLiteral;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text, Timestamptz};

use super::ServiceAccount;
use super::store::live_of;
use crate::db::schema::service_accounts;
use crate::error::{Error, Result};
use crate::id::{OrganizationId, ServiceAccountId};

/// An account, with what its tokens say of it.
#[derive(Debug, Clone)]
pub struct Listed {
    pub account: ServiceAccount,
    /// Tokens that are not revoked.
    pub tokens: i64,
    pub last_used_at: Option<DateTime<Utc>>,
    pub cursor: Cursor,
}

/// A place between two accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    pub name: String,
    pub id: ServiceAccountId,
}

/// As a link carries it.
impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE64_URL_SAFE_NO_PAD.encode(format!("{} {}", self.id, self.name)))
    }
}

impl FromStr for Cursor {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok();
        let parts = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
        let cursor = parts.as_deref().filter(|parts| !parts.contains('\0')).and_then(|parts| {
            let (id, name) = parts.split_once(' ')?;
            Some(Self { name: name.to_owned(), id: id.parse().ok()? })
        });
        cursor.ok_or_else(|| {
            Error::field("after", "This is not a place in this list; start from the first page.")
        })
    }
}

/// Which accounts.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// Part of the name; all where it is blank.
    pub search: String,
    pub after: Option<Cursor>,
    pub limit: i64,
}

const TOKENS: &str = "(select count(*) from tokens t \
     where t.kind = 'sat' and t.service_account_id = service_accounts.id and t.revoked_at is null)";
const LAST_USED: &str = "(select max(u.last_used_at) from tokens t join token_uses u on u.token_id = t.id where t.kind = 'sat' and t.service_account_id = service_accounts.id)";

type Row = (ServiceAccount, i64, Option<DateTime<Utc>>);

fn columns() -> (AsSelect<ServiceAccount, Pg>, SqlLiteral<BigInt>, SqlLiteral<Nullable<Timestamptz>>)
{
    (ServiceAccount::as_select(), sql(TOKENS), sql(LAST_USED))
}

/// One page, by name, and whether there is more after it. One statement.
pub fn list(
    conn: &mut PgConnection,
    organization: OrganizationId,
    page: &Page,
) -> Result<(Vec<Listed>, bool)> {
    let mut statement = service_accounts::table
        .filter(live_of(organization))
        .order(sql::<Text>("lower(service_accounts.name), service_accounts.id"))
        .limit(page.limit + 1)
        .select(columns())
        .into_boxed();
    let search = page.search.trim();
    if !search.is_empty() {
        let escaped = search.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        statement = statement.filter(service_accounts::name.ilike(format!("%{escaped}%")));
    }
    if let Some(after) = &page.after {
        statement = statement.filter(
            sql::<Bool>("(lower(service_accounts.name), service_accounts.id) > (lower(")
                .bind::<Text, _>(after.name.clone())
                .sql("), ")
                .bind::<BigInt, _>(after.id)
                .sql(")"),
        );
    }
    let mut rows: Vec<Row> = statement.load(conn)?;
    let most = usize::try_from(page.limit).unwrap_or(0);
    let more = rows.len() > most;
    rows.truncate(most);
    Ok((rows.into_iter().map(Listed::of).collect(), more))
}

/// One account as the list has it.
pub fn find_listed(
    conn: &mut PgConnection,
    organization: OrganizationId,
    id: ServiceAccountId,
) -> Result<Option<Listed>> {
    let row: Option<Row> = service_accounts::table
        .filter(live_of(organization))
        .filter(service_accounts::id.eq(id))
        .select(columns())
        .first(conn)
        .optional()?;
    Ok(row.map(Listed::of))
}

impl Listed {
    fn of((account, tokens, last_used_at): Row) -> Self {
        let cursor = Cursor { name: account.name.clone(), id: account.id };
        Self { account, tokens, last_used_at, cursor }
    }
}
