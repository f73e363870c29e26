//! Lists of an organization's tokens: searched, filtered, sorted, by keyset pages.
//!
//! A page costs the same over any number of tokens: each order has its index, the counts stop at a
//! bound, and there are two statements in all ([`counts`], then [`list`]).
use std::fmt;
use std::str::FromStr;

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};
use diesel::dsl::{InnerJoinQuerySource, sql};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Date, Jsonb, Text};
use serde_json::Value;

use super::blocked::{KEPT, LIFETIME, blocked, instant, troubles, warned};
use super::{Day, Holder, State, Token, store};
use crate::db;
use crate::db::schema::{token_uses, tokens};
use crate::error::{Error, Result};
use crate::format::Kind;
use crate::id::{OrganizationId, TokenId};
use crate::policies::Policy;

/// Counts stop here: "100+" says enough, and costs the same for any number.
pub const COUNTED: i64 = 100;
/// Shorter searches match beginnings only: three letters are what the index over names needs.
const SUBSTRING: usize = 3;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sort {
    #[default]
    LastUsed,
    Name,
    Expires,
    Created,
}

impl Sort {
    pub const ALL: [Self; 4] = [Self::LastUsed, Self::Name, Self::Expires, Self::Created];

    pub fn name(self) -> &'static str {
        match self {
            Self::LastUsed => "last_used",
            Self::Name => "name",
            Self::Expires => "expires",
            Self::Created => "created",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sort| sort.name() == name)
    }

    /// What is sorted by, the type to compare as, and whether the greatest comes first. Each has
    /// an index in the same words.
    fn key(self) -> (&'static str, &'static str, bool) {
        match self {
            Self::LastUsed => {
                ("coalesce(token_uses.last_used_at, '-infinity')", "timestamptz", true)
            }
            Self::Name => ("lower(tokens.name)", "text", false),
            Self::Expires => ("coalesce(tokens.expires_at, 'infinity')", "timestamptz", false),
            Self::Created => ("tokens.created_at", "timestamptz", true),
        }
    }
}

/// Which tokens: by state, those that a coming rule will block, or all that ask for attention
/// (expired, blocked or soon to be, or soon to end).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Facet {
    #[default]
    All,
    /// All that were not deleted.
    Kept,
    State(State),
    Warned,
    Attention,
    /// Those that nobody answers for any more.
    NeedsSteward,
}

impl Facet {
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "" | "all" => Some(Self::All),
            "needs-attention" => Some(Self::Attention),
            "warned" => Some(Self::Warned),
            "needs-steward" => Some(Self::NeedsSteward),
            name => State::parse(name).map(Self::State),
        }
    }

    /// The same for a list: of what an organization put aside there is an index in the order of use.
    fn listed(self, holder: Holder, policy: &Policy, now: DateTime<Utc>) -> String {
        match (holder, self) {
            (Holder::Organization(_), Self::State(state @ (State::Disabled | State::Revoked))) => {
                format!("token_uses.aside = '{state}'")
            }
            _ => self.condition(policy, now),
        }
    }

    /// The same order of precedence as [`super::Life::state`]; a test holds the two together.
    fn condition(self, policy: &Policy, now: DateTime<Utc>) -> String {
        let expired = format!("tokens.expires_at <= {}", instant(now));
        let blocked = blocked(policy, now);
        match self {
            Self::All => "true".into(),
            Self::Kept => "tokens.revoked_at IS NULL".into(),
            Self::State(State::Revoked) => "tokens.revoked_at IS NOT NULL".into(),
            Self::State(State::Disabled) => {
                "tokens.revoked_at IS NULL AND tokens.disabled_at IS NOT NULL".into()
            }
            Self::State(State::Expired) => format!("{KEPT} AND {expired}"),
            Self::State(State::Blocked) => {
                format!("{KEPT} AND ({expired}) IS NOT TRUE AND ({blocked})")
            }
            Self::State(State::Active) => {
                format!("{KEPT} AND ({expired}) IS NOT TRUE AND ({blocked}) IS NOT TRUE")
            }
            Self::Warned => {
                format!("{KEPT} AND ({expired}) IS NOT TRUE AND ({})", warned(policy, now))
            }
            Self::NeedsSteward => "tokens.revoked_at IS NULL AND tokens.steward_id IS NULL".into(),
            Self::Attention => format!("{KEPT} AND ({})", troubles(policy, now).join(" OR ")),
        }
    }
}

/// A place between two rows of a sorted list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    pub key: String,
    pub id: TokenId,
}

/// As a link carries it: neither its key nor its id means anything to whoever follows.
impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE64_URL_SAFE_NO_PAD.encode(format!("{} {}", self.id, self.key)))
    }
}

impl FromStr for Cursor {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok();
        let parts = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
        let cursor = parts.as_deref().and_then(|parts| {
            let (id, key) = parts.split_once(' ')?;
            Some(Self { key: key.to_owned(), id: id.parse().ok()? })
        });
        cursor.ok_or_else(not_a_place)
    }
}

/// Where a page starts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Page {
    #[default]
    First,
    After(Cursor),
    Before(Cursor),
}

#[derive(Debug, Clone, Default)]
pub struct Query {
    pub search: String,
    pub facet: Facet,
    pub sort: Sort,
    pub page: Page,
    pub limit: i64,
}

/// A row of the list: the token, its use on each of the last days, and where it stands.
#[derive(Debug, Clone)]
pub struct Listed {
    pub token: Token,
    /// Days without use are left out.
    pub uses: Vec<Day>,
    pub cursor: Cursor,
}

/// How many tokens of each facet there are, up to [`COUNTED`].
#[derive(Debug, Clone, QueryableByName)]
pub struct Counts {
    #[diesel(sql_type = BigInt)]
    pub all: i64,
    #[diesel(sql_type = BigInt)]
    pub active: i64,
    #[diesel(sql_type = BigInt)]
    pub attention: i64,
    /// Those that a coming rule will block.
    #[diesel(sql_type = BigInt)]
    pub warned: i64,
    /// Of the active ones, those that end within [`super::SOON`].
    #[diesel(sql_type = BigInt)]
    pub ending: i64,
    #[diesel(sql_type = BigInt)]
    pub disabled: i64,
    #[diesel(sql_type = BigInt)]
    pub revoked: i64,
    #[diesel(sql_type = BigInt)]
    pub stewardless: i64,
}

/// Counts for the filter. One statement.
pub fn counts(
    conn: &mut PgConnection,
    organization: OrganizationId,
    policy: &Policy,
    now: DateTime<Utc>,
) -> Result<Counts> {
    let some = |condition: &str| {
        format!(
            "(SELECT FROM tokens WHERE organization_id = $1 AND kind = 'oat' AND {condition} \
             LIMIT {COUNTED})"
        )
    };
    let number = |some: String| format!("(SELECT count(*) FROM {some} t)");
    let count = |facet: Facet| number(some(&facet.condition(policy, now)));
    // Few live too long, and PostgreSQL takes them for many: in this order it reads their index.
    let order = |why: &str| {
        if why.contains(LIFETIME) { format!(" ORDER BY {LIFETIME}") } else { String::new() }
    };
    let troubles = troubles(policy, now);
    let attention: Vec<_> =
        troubles.iter().map(|why| some(&format!("{KEPT} AND {why}{}", order(why)))).collect();
    let soon = (now + super::SOON).to_rfc3339();
    let active = Facet::State(State::Active).condition(policy, now);
    // That it has not ended says `active`, too; said so, the index is not read from its beginning.
    let ending = format!(
        "tokens.expires_at > '{}'::timestamptz AND tokens.expires_at <= '{soon}'::timestamptz \
         AND {active}",
        now.to_rfc3339()
    );
    let statement = format!(
        "SELECT {} AS \"all\", {} AS active, {} AS ending, {} AS attention, {} AS warned, \
            {} AS disabled, {} AS revoked, {} AS stewardless",
        count(Facet::All),
        count(Facet::State(State::Active)),
        number(some(&ending)),
        number(format!("(SELECT FROM ({}) u LIMIT {COUNTED})", attention.join(" UNION ALL "))),
        count(Facet::Warned),
        count(Facet::State(State::Disabled)),
        count(Facet::State(State::Revoked)),
        count(Facet::NeedsSteward),
    );
    Ok(diesel::sql_query(statement).bind::<BigInt, _>(organization).get_result(conn)?)
}

/// One page and whether there is more beyond it, in the direction it was asked. One statement.
pub fn list(
    conn: &mut PgConnection,
    organization: OrganizationId,
    query: &Query,
    policy: &Policy,
    now: DateTime<Utc>,
) -> Result<(Vec<Listed>, bool)> {
    list_of_holder(conn, Holder::Organization(organization), query, policy, now)
}

/// The same of anyone's tokens. Only an organization's have an index for each order.
pub fn list_of_holder(
    conn: &mut PgConnection,
    holder: Holder,
    query: &Query,
    policy: &Policy,
    now: DateTime<Utc>,
) -> Result<(Vec<Listed>, bool)> {
    let (key, kind, greatest_first) = query.sort.key();
    let backwards = matches!(query.page, Page::Before(_));
    let direction = if greatest_first == backwards { "ASC" } else { "DESC" };
    let since = (now - TimeDelta::days(29)).date_naive();
    let mut statement = tokens::table
        .inner_join(token_uses::table)
        .filter(store::held_by(holder))
        .filter(sql::<Bool>(&query.facet.listed(holder, policy, now)))
        .order(sql::<Text>(&format!("{key} {direction}, tokens.id {direction}")))
        .limit(query.limit + 1)
        .select((
            Token::as_select(),
            sql::<Jsonb>(USES).bind::<Date, _>(since).sql(") d), '[]')"),
            sql::<Text>(&format!("({key})::text")),
        ))
        .into_boxed::<Pg>();
    // What the index by last use begins with.
    if let Holder::Organization(organization) = holder {
        statement = statement.filter(token_uses::organization_id.eq(organization));
    }
    let search = query.search.trim();
    if !search.is_empty() {
        statement = statement.filter(found(search));
    }
    if let Page::After(cursor) | Page::Before(cursor) = &query.page {
        check(cursor, kind)?;
        let beyond = if direction == "DESC" { "<" } else { ">" };
        statement = statement.filter(
            sql::<Bool>(&format!("({key}, tokens.id) {beyond} ("))
                .bind::<Text, _>(cursor.key.clone())
                .sql(&format!("::{kind}, "))
                .bind::<BigInt, _>(cursor.id)
                .sql(")"),
        );
    }
    let rows: Vec<(Token, Value, String)> = statement.load(conn)?;
    cut(rows, query.limit, backwards)
}

const USES: &str = "coalesce((SELECT jsonb_agg(jsonb_build_array(d.day, d.a, d.r, d.x) ORDER BY d.day) \
    FROM (SELECT day, sum(accepted) a, sum(refused) r, sum(dead) x FROM token_use_days u \
    WHERE u.token_id = tokens.id GROUP BY day HAVING day >= ";

fn cut(
    rows: Vec<(Token, Value, String)>,
    limit: i64,
    backwards: bool,
) -> Result<(Vec<Listed>, bool)> {
    let (rows, more) = db::cut(rows, limit, backwards);
    let listed = rows.into_iter().map(|(token, uses, key)| {
        let cursor = Cursor { key, id: token.id };
        Ok(Listed { token, uses: read_uses(uses)?, cursor })
    });
    Ok((listed.collect::<Result<_>>()?, more))
}

/// From `[day, accepted, refused, dead]`.
fn read_uses(uses: Value) -> Result<Vec<Day>> {
    let days: Vec<(NaiveDate, i64, i64, i64)> =
        serde_json::from_value(uses).map_err(anyhow::Error::from)?;
    let day = |(day, accepted, refused, dead)| Day { day, accepted, refused, dead };
    Ok(days.into_iter().map(day).collect())
}

type Found = Box<
    dyn BoxableExpression<
            InnerJoinQuerySource<tokens::table, token_uses::table>,
            Pg,
            SqlType = Bool,
        >,
>;

/// Part of the name, or the first characters of the secret.
fn found(search: &str) -> Found {
    let escaped = search.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    let bare = Kind::ALL.iter().find_map(|kind| search.strip_prefix(&format!("jtn_{kind}_")));
    let bare = bare.unwrap_or(search).trim_end_matches('.');
    let hint = bare.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    let hinted = tokens::hint.like(format!("{hint}%"));
    if search.chars().count() >= SUBSTRING {
        return Box::new(tokens::name.ilike(format!("%{escaped}%")).or(hinted));
    }
    let begins = sql::<Bool>("lower(tokens.name) LIKE ")
        .bind::<Text, _>(format!("{}%", escaped.to_lowercase()));
    Box::new(begins.or(hinted))
}

/// A cursor comes from outside: what cannot be compared is refused here, not by the database.
fn check(cursor: &Cursor, kind: &str) -> Result<()> {
    let readable = kind != "timestamptz"
        || matches!(cursor.key.as_str(), "infinity" | "-infinity")
        || DateTime::parse_from_str(&cursor.key, "%Y-%m-%d %H:%M:%S%.f%#z")
            .is_ok_and(|at| (1..=9999).contains(&at.year()));
    if readable && !cursor.key.contains('\0') {
        return Ok(());
    }
    Err(not_a_place())
}

fn not_a_place() -> Error {
    Error::field("after", "This is not a place in this list; start from the first page.")
}
