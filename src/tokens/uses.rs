//! Noting use: in memory at once, in the database in batches, one statement a batch.
use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::RunQueryDsl;
use diesel::sql_types::Text;
use prometheus_client::metrics::histogram::Histogram;

use super::tally::Tally;
use crate::db::Db;
use crate::error::Result;
use crate::id::TokenId;

/// Secrets that one statement writes down. After an outage there may be more.
const AT_ONCE: usize = 20_000;

/// What became of a call with a real secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Accepted,
    /// The token is good, its power did not reach.
    Refused,
    /// The secret is dead.
    Dead,
}

/// By what a token is used.
#[derive(Debug, Clone, Copy)]
pub enum Agent<'a> {
    /// A program, by its user agent.
    Program(&'a str),
    /// Someone presented it to a service, which asked about it with a token of this name.
    Service(&'a str),
}

#[derive(Debug, Clone, Copy)]
pub struct Use<'a> {
    pub token: TokenId,
    pub generation: i32,
    pub outcome: Outcome,
    pub address: Option<IpAddr>,
    pub agent: Agent<'a>,
    pub at: DateTime<Utc>,
}

/// What was used since the last flush.
#[derive(Debug)]
pub struct Uses {
    batch: Mutex<Batch>,
    /// Held while something is written, so that whoever waits for it finds all written down.
    writing: Mutex<()>,
    /// Seconds from the first use of a batch until it was written down.
    pub delay: Histogram,
}

impl Default for Uses {
    fn default() -> Self {
        let delay = Histogram::new([0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.5, 5.0, 10.0]);
        Self { batch: Mutex::default(), writing: Mutex::default(), delay }
    }
}

/// By secret: its token and generation.
type Tallies = HashMap<(TokenId, i32), Tally>;

#[derive(Debug, Default)]
struct Batch {
    /// Each for the day that its uses count for.
    days: BTreeMap<NaiveDate, Tallies>,
    /// When the first of them was noted.
    since: Option<Instant>,
}

impl Uses {
    pub fn note(&self, used: Use<'_>) {
        let mut batch = self.batch();
        batch.since.get_or_insert_with(Instant::now);
        let day = batch.days.entry(used.at.date_naive()).or_default();
        day.entry((used.token, used.generation)).or_default().add(&used);
    }

    /// Writes what was noted, in as few statements as their bound allows: on return all of it is
    /// written, whoever wrote it. What could not be is kept for the next time.
    pub fn flush(&self, db: &Db) -> Result<usize> {
        let _turn = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let Batch { days, since } = std::mem::take(&mut *self.batch());
        let of_day = |(day, tallies): (_, Tallies)| {
            tallies.into_iter().map(move |(secret, tally)| Noted { day, secret, tally })
        };
        let mut noted: Vec<_> = days.into_iter().flat_map(of_day).collect();
        let mut written = 0;
        let days = noted.chunk_by(|one, next| one.day == next.day);
        let outcome = days.flat_map(|day| day.chunks(AT_ONCE)).try_for_each(|slice| {
            write(db, slice)?;
            written += slice.len();
            Ok(())
        });
        if let Err(cause) = outcome {
            self.keep(noted.split_off(written), since);
            return Err(cause);
        }
        if let Some(since) = since {
            self.delay.observe(since.elapsed().as_secs_f64());
        }
        Ok(written)
    }

    fn keep(&self, unwritten: Vec<Noted>, since: Option<Instant>) {
        let mut batch = self.batch();
        for Noted { day, secret, tally } in unwritten {
            batch.days.entry(day).or_default().entry(secret).or_default().merge(tally);
        }
        batch.since = since.or(batch.since);
    }

    fn batch(&self) -> MutexGuard<'_, Batch> {
        self.batch.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Noted {
    day: NaiveDate,
    secret: (TokenId, i32),
    tally: Tally,
}

/// All of one day.
fn write(db: &Db, noted: &[Noted]) -> Result<()> {
    let rows: Vec<_> = noted.iter().map(|noted| noted.tally.row(noted.day, noted.secret)).collect();
    let rows = serde_json::to_string(&rows).map_err(anyhow::Error::from)?;
    db.read_here(|conn| {
        diesel::sql_query(FLUSH).bind::<Text, _>(&rows).execute(conn)?;
        Ok(())
    })
}

/// A token that was deleted meanwhile is left out: its row is gone, and so is its record. The rows of
/// `token_uses` are locked first, and in order; what hangs on them needs no lock of its own.
const FLUSH: &str = r"
WITH used AS (
    SELECT u.* FROM json_to_recordset($1::json) AS u(
        token bigint, generation int, day date, accepted bigint, refused bigint,
        dead bigint, at timestamptz, address inet, agent text, tried_at timestamptz,
        tried_address inet, tried_agent text, addresses json)
    JOIN token_uses t ON t.token_id = u.token
    ORDER BY t.token_id FOR NO KEY UPDATE OF t
), latest AS (
    SELECT DISTINCT ON (token) token, at, address, agent FROM used
    WHERE at IS NOT NULL ORDER BY token, at DESC
), touched AS (
    UPDATE token_uses t SET last_used_at = l.at, last_used_address = l.address, last_used_agent = l.agent
    FROM latest l WHERE t.token_id = l.token AND (t.last_used_at IS NULL OR t.last_used_at < l.at)
), generations AS (
    INSERT INTO secret_uses AS s (token_id, generation, last_used_at, last_used_address, last_used_agent,
        tried_at, tried_address, tried_agent, late_calls)
    SELECT u.token, u.generation, u.at, u.address, u.agent, u.tried_at, u.tried_address, u.tried_agent,
        CASE WHEN u.at > next.created_at THEN u.accepted + u.refused ELSE 0 END
    FROM used u
    LEFT JOIN token_secrets next ON next.token_id = u.token AND next.generation = u.generation + 1
    ON CONFLICT (token_id, generation) DO UPDATE SET
        last_used_at = greatest(s.last_used_at, excluded.last_used_at),
        last_used_address = CASE WHEN excluded.last_used_at > coalesce(s.last_used_at, '-infinity') THEN excluded.last_used_address ELSE s.last_used_address END,
        last_used_agent = CASE WHEN excluded.last_used_at > coalesce(s.last_used_at, '-infinity') THEN excluded.last_used_agent ELSE s.last_used_agent END,
        tried_at = greatest(s.tried_at, excluded.tried_at),
        tried_address = CASE WHEN excluded.tried_at > coalesce(s.tried_at, '-infinity') THEN excluded.tried_address ELSE s.tried_address END,
        tried_agent = CASE WHEN excluded.tried_at > coalesce(s.tried_at, '-infinity') THEN excluded.tried_agent ELSE s.tried_agent END,
        late_calls = s.late_calls + excluded.late_calls
), days AS (
    INSERT INTO token_use_days AS d (token_id, day, generation, accepted, refused, dead)
    SELECT token, day, generation, accepted, refused, dead FROM used
    ON CONFLICT (token_id, day, generation) DO UPDATE SET
        accepted = d.accepted + excluded.accepted, refused = d.refused + excluded.refused,
        dead = d.dead + excluded.dead
)
INSERT INTO token_addresses AS a (token_id, address, agent, calls, refused, dead, last_used_at)
SELECT token, x.address, x.agent, sum(x.calls), sum(x.refused), sum(x.dead), max(x.at)
FROM used, json_to_recordset(used.addresses) AS x(
    address inet, agent text, calls bigint, refused bigint, dead bigint, at timestamptz)
GROUP BY token, x.address, x.agent
ON CONFLICT (token_id, address, agent) DO UPDATE SET
    calls = a.calls + excluded.calls, refused = a.refused + excluded.refused,
    dead = a.dead + excluded.dead, last_used_at = greatest(a.last_used_at, excluded.last_used_at)
";
