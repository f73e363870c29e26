//! Is this secret good, and what may it do? Answered from memory where that is certain to be right.
//!
//! What is not in memory is looked up by one thread with a connection of its own, everything that
//! waits in one statement: while a query runs, the next batch gathers by itself.
use std::collections::HashMap;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Weak};
use std::time::Duration;

use anyhow::anyhow;
use diesel::PgConnection;
use diesel::connection::SimpleConnection;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::histogram::Histogram;
use tokio::sync::oneshot;

use super::Peppers;
use super::lookup::{Sought, look_up};
use super::memory::{Found, Memory};
use super::verdict::Verdict;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::secret::{Digest, PlainToken};

/// Looked up by one statement, at most.
const BATCH: usize = 256;
/// Waiting to be looked up, at most. More than that is told to come again.
const WAITING: usize = 4_096;
const PATIENCE: Duration = Duration::from_secs(3);

/// The answer for one secret; `None` is nobody's.
type Answer = Result<Option<Arc<Verdict>>>;

pub struct Verifier {
    pub(super) memory: Arc<Memory>,
    misses: SyncSender<Miss>,
    pub meters: Meters,
}

/// What `/metrics` says of it.
#[derive(Debug, Clone)]
pub struct Meters {
    /// Answered from memory.
    pub kept: Counter,
    /// Looked up.
    pub looked_up: Counter,
    /// Secrets in one statement.
    pub batches: Histogram,
}

struct Miss {
    sought: Sought,
    answer: oneshot::Sender<Answer>,
}

impl Verifier {
    /// Its thread ends with it. Whatever it is asked while the database is away is answered with
    /// `Unavailable`.
    pub fn start(db: &Db) -> std::io::Result<Self> {
        let memory = Arc::new(Memory::new(db.changes().clone()));
        let meters = Meters {
            kept: Counter::default(),
            looked_up: Counter::default(),
            batches: Histogram::new([1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0]),
        };
        let (misses, waiting) = sync_channel(WAITING);
        let (db, batches) = (db.clone(), meters.batches.clone());
        let held = Arc::downgrade(&memory);
        std::thread::Builder::new()
            .name("verifier".into())
            .spawn(move || serve(&db, &waiting, &held, &batches))?;
        Ok(Self { memory, misses, meters })
    }

    /// What is known of the secret at this moment; `None` where it was never ours, or not of this
    /// kind. Whether it is dead, the verdict says.
    ///
    /// # Errors
    /// `Unavailable` when the database does not answer.
    pub async fn verify(&self, plain: &PlainToken, peppers: &Peppers) -> Answer {
        let sought = Sought::new(plain, peppers);
        let found = match self.memory.find(sought.digest) {
            Some(Found(found)) => {
                self.meters.kept.inc();
                found
            }
            None => self.look_up(sought).await?,
        };
        // The kind is part of what was presented: a secret speaks as what it is, or not at all.
        Ok(found.filter(|verdict| verdict.kind == plain.kind()))
    }

    /// Verdicts in memory.
    pub fn kept(&self) -> usize {
        self.memory.len()
    }

    async fn look_up(&self, sought: Sought) -> Answer {
        self.meters.looked_up.inc();
        let (answer, answered) = oneshot::channel();
        self.misses
            .try_send(Miss { sought, answer })
            .map_err(|_| Error::Unavailable(anyhow!("too many tokens wait to be looked up")))?;
        tokio::time::timeout(PATIENCE, answered)
            .await
            .map_err(|_| Error::Unavailable(anyhow!("looking a token up took too long")))?
            .map_err(|_| anyhow!("the verifier's thread is gone"))?
    }
}

/// Answers everything that waits, again and again, until nobody can ask any more.
fn serve(db: &Db, waiting: &Receiver<Miss>, memory: &Weak<Memory>, batches: &Histogram) {
    let mut conn = None;
    while let Ok(first) = waiting.recv() {
        let Some(memory) = memory.upgrade() else { return };
        let batch: Vec<_> = std::iter::once(first).chain(waiting.try_iter()).take(BATCH).collect();
        #[expect(clippy::cast_precision_loss, reason = "a few hundred at most")]
        batches.observe(batch.len() as f64);
        answer(db, &mut conn, batch, &memory);
    }
}

fn answer(db: &Db, conn: &mut Option<PgConnection>, batch: Vec<Miss>, memory: &Memory) {
    let sought: Vec<_> = batch.iter().map(|miss| miss.sought).collect();
    let stamp = db.changes().stamp();
    let had_connection = conn.is_some();
    let mut found = ask(db, conn, &sought);
    // The server was away since: a new connection may reach it.
    if had_connection && matches!(found, Err(Error::Unavailable(_))) {
        found = ask(db, conn, &sought);
    }
    let mut found = match found {
        Ok(found) => found,
        Err(cause) => {
            let cause = format!("{:#}", anyhow::Error::from(cause));
            for miss in batch {
                let _ = miss.answer.send(Err(Error::Unavailable(anyhow!("{cause}"))));
            }
            return;
        }
    };
    let mut answers = HashMap::new();
    for Miss { sought, answer } in batch {
        let answer_of = answers.entry(sought.digest).or_insert_with(|| {
            let verdict = found.remove(&sought.digest).transpose();
            let verdict = verdict.map(|verdict| verdict.map(Arc::new));
            if let Ok(verdict) = &verdict {
                memory.keep(sought.digest, verdict.as_ref(), stamp);
            }
            verdict.map_err(|cause| format!("{:#}", anyhow::Error::from(cause)))
        });
        let said = answer_of.clone().map_err(|cause| Error::Internal(anyhow!("{cause}")));
        let _ = answer.send(said);
    }
}

/// PostgreSQL would plan anew for each list of digests, which takes ten times as long as to look them
/// up; and where the tables were small when it planned once, the plan must still do.
fn connect(db: &Db) -> Result<PgConnection> {
    let mut conn = db.connect_alone()?;
    conn.batch_execute("SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off")?;
    Ok(conn)
}

/// One statement for all of them. A connection that failed is not used again.
fn ask(
    db: &Db,
    conn: &mut Option<PgConnection>,
    sought: &[Sought],
) -> Result<HashMap<Digest, Result<Verdict>>> {
    let mut open = conn.take().map_or_else(|| connect(db), Ok)?;
    let found = look_up(&mut open, sought)?;
    *conn = Some(open);
    Ok(found)
}
