//! A row of the list, which also renders alone after a change in place.
use askama::Template;
use chrono::{DateTime, Utc};

use super::at;
use super::ground::Ground;
use crate::id::UserId;
use crate::policies::Policy;
use crate::tokens::{Day, Token};
use crate::web::badge::Badge;
use crate::web::chart::{self, Spark};
use crate::web::when::{When, distance, short_date};

#[derive(Template)]
#[template(path = "tokens/_row.html")]
pub struct Row {
    token: Token,
    masked: String,
    /// The token's page; the addresses of its acts begin with it.
    page: String,
    /// What stands behind them, to lead back to this list.
    suffix: String,
    from: String,
    badge: Badge,
    spark: Spark,
    last_used: Option<(When, String)>,
    expires: Option<(When, String)>,
    created: When,
    /// Changed just now.
    fresh: bool,
}

/// What every row of a list has in common.
pub struct Setting<'s> {
    pub slug: &'s str,
    pub ground: &'s Ground,
    pub policy: &'s Policy,
    pub viewer: UserId,
    pub now: DateTime<Utc>,
}

impl Row {
    pub fn of(token: Token, uses: &[Day], setting: &Setting, fresh: bool) -> Self {
        let &Setting { slug, ground, policy, viewer, now } = setting;
        let month = chart::month(uses, now.date_naive());
        let tried = month.last().map_or(0, |today| today.dead);
        let address = token.last_used_address.map(|at| at.ip().to_string()).unwrap_or_default();
        Self {
            masked: token.masked(),
            page: format!("{}/{}", at(slug), token.id),
            suffix: ground.suffix(),
            from: ground.from().unwrap_or_default(),
            badge: Badge::of(&token, policy, tried, viewer, now),
            spark: Spark::of(&month),
            last_used: token.last_used_at.map(|at| (When::distance(at, now), address)),
            expires: token.expires_at.map(|at| (When::date(at), outlook(&token, at, now))),
            created: When::date(token.created_at),
            fresh,
            token,
        }
    }
}

/// How long until it ends; of a token that is revoked, when that was.
fn outlook(token: &Token, ends: DateTime<Utc>, now: DateTime<Utc>) -> String {
    match token.revoked_at {
        Some(at) => format!("revoked {}", short_date(at)),
        None => distance(ends, now),
    }
}
