//! A create form that was sent twice: the second answer cannot show the secret of the first, and
//! says how to come by another.
use chrono::{DateTime, TimeDelta, Utc};

use super::form::Problems;
use super::when::When;
use crate::db::Db;
use crate::error::Result;
use crate::tokens::{self, Holder};

/// A token of the same name that is older than this was not made by the same form.
const RECENT: TimeDelta = TimeDelta::minutes(15);

/// The token that has the name already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Twin {
    pub name: String,
    pub made: When,
    /// Where it is given a new secret.
    pub rotate: String,
}

impl Twin {
    /// `None` unless something is wrong with the name, and a token that was just made has it. `at`
    /// is where the holder's tokens are.
    pub async fn of(
        db: &Db,
        holder: Holder,
        (name, problems): (&str, &Problems),
        at: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<Self>> {
        if problems.of("name").is_none() {
            return Ok(None);
        }
        let name = name.trim().to_owned();
        let known = db.read(move |conn| tokens::find_named(conn, holder, &name)).await?;
        let twin = known.filter(|token| token.created_at > now - RECENT);
        Ok(twin.map(|token| Self {
            rotate: format!("{at}/{}/rotate", token.id),
            made: When::distance(token.created_at, now),
            name: token.name,
        }))
    }
}
