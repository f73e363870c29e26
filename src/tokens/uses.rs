//! Noting use: in memory at once, in the database in batches, one statement a batch.
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use chrono::{DateTime, Utc};
use diesel::RunQueryDsl;
use diesel::sql_types::Jsonb;
use prometheus_client::metrics::histogram::Histogram;
use serde_json::{Value, json};

use crate::db::Db;
use crate::error::Result;
use crate::id::TokenId;

/// Longer user agents are cut.
const AGENT: usize = 120;
/// Addresses of one token within one batch; the rest of them count, but are not listed.
const ADDRESSES: usize = 64;
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

#[derive(Debug, Clone)]
pub struct Use {
    pub token: TokenId,
    pub generation: i32,
    pub outcome: Outcome,
    pub address: Option<IpAddr>,
    pub agent: Option<String>,
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

#[derive(Debug, Default)]
struct Batch {
    tallies: BTreeMap<(TokenId, i32), Tally>,
    /// When the first of them was noted.
    since: Option<Instant>,
}

/// Accepted, refused, dead.
type Counts = [i64; 3];
/// When, whence, and by what program.
type Seen = (DateTime<Utc>, Option<IpAddr>, Arc<str>);

#[derive(Debug, Clone, Default)]
struct Tally {
    counts: Counts,
    /// The last time the secret was good.
    last: Option<Seen>,
    /// The last time it was dead.
    tried: Option<Seen>,
    /// When anything was seen at all: the day that it counts for.
    seen: Option<DateTime<Utc>>,
    addresses: BTreeMap<(IpAddr, Arc<str>), (Counts, DateTime<Utc>)>,
}

impl Uses {
    pub fn note(&self, used: Use) {
        let mut batch = self.batch();
        batch.since.get_or_insert_with(Instant::now);
        batch.tallies.entry((used.token, used.generation)).or_default().add(used);
    }

    /// Writes what was noted, in as few statements as their bound allows: on return all of it is
    /// written, whoever wrote it. What could not be is kept for the next time.
    pub fn flush(&self, db: &Db) -> Result<usize> {
        let _turn = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let Batch { mut tallies, since } = std::mem::take(&mut *self.batch());
        let mut written = 0;
        while let Some((&key, _)) = tallies.iter().nth(AT_ONCE).or(tallies.last_key_value()) {
            let rest =
                if tallies.len() > AT_ONCE { tallies.split_off(&key) } else { BTreeMap::new() };
            let slice = std::mem::replace(&mut tallies, rest);
            if let Err(cause) = write(db, &slice) {
                self.keep(slice, since);
                self.keep(tallies, since);
                return Err(cause);
            }
            written += slice.len();
        }
        if let Some(since) = since {
            self.delay.observe(since.elapsed().as_secs_f64());
        }
        Ok(written)
    }

    fn keep(&self, unwritten: BTreeMap<(TokenId, i32), Tally>, since: Option<Instant>) {
        let mut batch = self.batch();
        for (key, tally) in unwritten {
            batch.tallies.entry(key).or_default().merge(tally);
        }
        batch.since = since.or(batch.since);
    }

    fn batch(&self) -> MutexGuard<'_, Batch> {
        self.batch.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn write(db: &Db, batch: &BTreeMap<(TokenId, i32), Tally>) -> Result<()> {
    let rows = json!(batch.iter().map(|(key, tally)| tally.row(*key)).collect::<Vec<_>>());
    db.read_here(|conn| {
        diesel::sql_query(FLUSH).bind::<Jsonb, _>(&rows).execute(conn)?;
        Ok(())
    })
}

impl Tally {
    fn add(&mut self, used: Use) {
        let agent = self.agent(used.agent.unwrap_or_default());
        let mut counts = Counts::default();
        counts[used.outcome as usize] = 1;
        add(&mut self.counts, counts);
        self.seen = self.seen.max(Some(used.at));
        let seen = Some((used.at, used.address, agent.clone()));
        match used.outcome {
            Outcome::Accepted | Outcome::Refused => self.last = seen,
            Outcome::Dead => self.tried = seen,
        }
        let Some(address) = used.address else { return };
        self.see((address, agent), counts, used.at);
    }

    /// The same text as the last time, or a new one without what a log should not show.
    fn agent(&self, mut agent: String) -> Arc<str> {
        if let Some((_, _, last)) = self.last.as_ref().filter(|seen| *seen.2 == *agent) {
            return last.clone();
        }
        agent.retain(|c| !c.is_control());
        agent.truncate(agent.char_indices().nth(AGENT).map_or(agent.len(), |(at, _)| at));
        agent.into()
    }

    fn see(&mut self, key: (IpAddr, Arc<str>), counts: Counts, at: DateTime<Utc>) {
        if self.addresses.len() < ADDRESSES || self.addresses.contains_key(&key) {
            let seen = self.addresses.entry(key).or_insert((Counts::default(), at));
            add(&mut seen.0, counts);
            seen.1 = seen.1.max(at);
        }
    }

    fn merge(&mut self, older: Self) {
        add(&mut self.counts, older.counts);
        self.last = self.last.take().or(older.last);
        self.tried = self.tried.take().or(older.tried);
        self.seen = self.seen.max(older.seen);
        for (key, (counts, at)) in older.addresses {
            self.see(key, counts, at);
        }
    }

    fn row(&self, (token, generation): (TokenId, i32)) -> Value {
        let [accepted, refused, dead] = self.counts;
        let (last, tried) = (self.last.as_ref(), self.tried.as_ref());
        let addresses: Vec<_> = self
            .addresses
            .iter()
            .map(|((address, agent), ([accepted, refused, dead], at))| {
                json!({
                    "address": address, "agent": **agent, "at": at,
                    "calls": accepted + refused + dead, "refused": refused, "dead": dead,
                })
            })
            .collect();
        json!({
            "token": token, "generation": generation, "seen": self.seen,
            "accepted": accepted, "refused": refused, "dead": dead,
            "at": last.map(|seen| seen.0),
            "address": last.and_then(|seen| seen.1),
            "agent": last.map(|seen| &*seen.2),
            "tried_at": tried.map(|seen| seen.0),
            "tried_address": tried.and_then(|seen| seen.1),
            "tried_agent": tried.map(|seen| &*seen.2),
            "addresses": addresses,
        })
    }
}

fn add(counts: &mut Counts, more: Counts) {
    for (count, more) in counts.iter_mut().zip(more) {
        *count += more;
    }
}

/// A token that was deleted meanwhile is left out: its row is gone, and so is its record. Tokens
/// are locked first, and in order, as every other change of one does.
const FLUSH: &str = r"
WITH used AS (
    SELECT u.* FROM jsonb_to_recordset($1) AS u(
        token bigint, generation int, seen timestamptz, accepted bigint, refused bigint,
        dead bigint, at timestamptz, address inet, agent text, tried_at timestamptz,
        tried_address inet, tried_agent text, addresses jsonb)
    JOIN tokens t ON t.id = u.token
    ORDER BY t.id FOR NO KEY UPDATE OF t
), latest AS (
    SELECT DISTINCT ON (token) token, at, address, agent FROM used
    WHERE at IS NOT NULL ORDER BY token, at DESC
), touched AS (
    UPDATE tokens t SET last_used_at = l.at, last_used_address = l.address, last_used_agent = l.agent
    FROM latest l WHERE t.id = l.token AND (t.last_used_at IS NULL OR t.last_used_at < l.at)
), generations AS (
    UPDATE token_secrets s SET
        last_used_at = greatest(s.last_used_at, u.at),
        last_used_address = CASE WHEN u.at > coalesce(s.last_used_at, '-infinity') THEN u.address ELSE s.last_used_address END,
        last_used_agent = CASE WHEN u.at > coalesce(s.last_used_at, '-infinity') THEN u.agent ELSE s.last_used_agent END,
        tried_at = greatest(s.tried_at, u.tried_at),
        tried_address = CASE WHEN u.tried_at > coalesce(s.tried_at, '-infinity') THEN u.tried_address ELSE s.tried_address END,
        tried_agent = CASE WHEN u.tried_at > coalesce(s.tried_at, '-infinity') THEN u.tried_agent ELSE s.tried_agent END,
        late_calls = s.late_calls + CASE WHEN u.at > next.created_at THEN u.accepted + u.refused ELSE 0 END
    FROM used u
    LEFT JOIN token_secrets next ON next.token_id = u.token AND next.generation = u.generation + 1
    WHERE s.token_id = u.token AND s.generation = u.generation
), days AS (
    INSERT INTO token_use_days AS d (token_id, day, generation, accepted, refused, dead)
    SELECT token, (seen AT TIME ZONE 'UTC')::date, generation, accepted, refused, dead FROM used
    ON CONFLICT (token_id, day, generation) DO UPDATE SET
        accepted = d.accepted + excluded.accepted, refused = d.refused + excluded.refused,
        dead = d.dead + excluded.dead
)
INSERT INTO token_addresses AS a (token_id, address, agent, calls, refused, dead, last_used_at)
SELECT token, x.address, x.agent, sum(x.calls), sum(x.refused), sum(x.dead), max(x.at)
FROM used, jsonb_to_recordset(used.addresses) AS x(
    address inet, agent text, calls bigint, refused bigint, dead bigint, at timestamptz)
GROUP BY token, x.address, x.agent
ON CONFLICT (token_id, address, agent) DO UPDATE SET
    calls = a.calls + excluded.calls, refused = a.refused + excluded.refused,
    dead = a.dead + excluded.dead, last_used_at = greatest(a.last_used_at, excluded.last_used_at)
";
