//! An organization's service accounts, by name, in keyset pages.
use std::fmt;
use std::str::FromStr;

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use chrono::{DateTime, Utc};
use diesel::dsl::sql;
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

const TOKENS: &str = "(select count(*) from tokens t \
     where t.service_account_id = service_accounts.id and t.revoked_at is null)";
const LAST_USED: &str =
    "(select max(t.last_used_at) from tokens t where t.service_account_id = service_accounts.id)";

/// One page, by name, and whether there is more after it. One statement.
pub fn list(
    conn: &mut PgConnection,
    organization: OrganizationId,
    after: Option<&Cursor>,
    limit: i64,
) -> Result<(Vec<Listed>, bool)> {
    let mut statement = service_accounts::table
        .filter(live_of(organization))
        .order(sql::<Text>("lower(service_accounts.name), service_accounts.id"))
        .limit(limit + 1)
        .select((
            ServiceAccount::as_select(),
            sql::<BigInt>(TOKENS),
            sql::<Nullable<Timestamptz>>(LAST_USED),
        ))
        .into_boxed();
    if let Some(after) = after {
        statement = statement.filter(
            sql::<Bool>("(lower(service_accounts.name), service_accounts.id) > (lower(")
                .bind::<Text, _>(after.name.clone())
                .sql("), ")
                .bind::<BigInt, _>(after.id)
                .sql(")"),
        );
    }
    let mut rows: Vec<(ServiceAccount, i64, Option<DateTime<Utc>>)> = statement.load(conn)?;
    let most = usize::try_from(limit).unwrap_or(0);
    let more = rows.len() > most;
    rows.truncate(most);
    let listed = rows.into_iter().map(|(account, tokens, last_used_at)| {
        let cursor = Cursor { name: account.name.clone(), id: account.id };
        Listed { account, tokens, last_used_at, cursor }
    });
    Ok((listed.collect(), more))
}
