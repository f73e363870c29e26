//! Hears of what other instances change, or anyone with psql: one thread, one connection.
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use diesel::pg::PgConnection;
use diesel::{RunQueryDsl, sql_query};

use super::{Changes, Db};
use crate::error::Result;

/// How often it looks for news: the driver has no way to wait for them.
const LOOK: Duration = Duration::from_millis(10);
/// How often it proves that the connection lives.
const BEAT: Duration = Duration::from_millis(250);
/// How long the last proof holds. A connection that dies without a word is noticed by then.
const LEASE: Duration = Duration::from_millis(1500);
const MOST_BACKOFF: Duration = Duration::from_secs(1);

/// Listens for as long as it is held.
#[derive(Debug)]
pub struct Listener {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Listener {
    pub fn start(db: &Db) -> std::io::Result<Self> {
        let (stop, stopped) = channel();
        let db = db.clone();
        let thread = std::thread::Builder::new()
            .name("listener".into())
            .spawn(move || listen(&db, &stopped))?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Connects again and again, until it is told to stop.
fn listen(db: &Db, stopped: &Receiver<()>) {
    let mut backoff = LOOK;
    loop {
        let outcome = db.connect_alone().and_then(|mut conn| {
            sql_query("LISTEN jeton_changes").execute(&mut conn)?;
            backoff = LOOK;
            db.changes().deaf();
            hear(&mut conn, db, stopped)
        });
        db.changes().deaf();
        let Err(cause) = outcome else { return };
        tracing::warn!(
            cause = format!("{:#}", anyhow::Error::from(cause)),
            "the listener lost its connection; every token is looked up until it is back"
        );
        if is_over(stopped, backoff) {
            return;
        }
        backoff = (backoff * 2).min(MOST_BACKOFF);
    }
}

/// Until it is told to stop, which is `Ok`, or the connection fails.
fn hear(conn: &mut PgConnection, db: &Db, stopped: &Receiver<()>) -> Result<()> {
    let changes = db.changes();
    let mut beat = None;
    loop {
        for heard in conn.notifications_iter() {
            tell(changes, &heard?.payload, db.clock.now());
        }
        if beat.is_none_or(|last: Instant| last.elapsed() >= BEAT) {
            let asked = Instant::now();
            sql_query("SELECT 1").execute(conn)?;
            // What was committed before the answer came before it.
            for heard in conn.notifications_iter() {
                tell(changes, &heard?.payload, db.clock.now());
            }
            changes.heard(asked, LEASE);
            beat = Some(asked);
        }
        if is_over(stopped, LOOK) {
            return Ok(());
        }
    }
}

/// `t12 1763786400.123456`: what changed, and when its transaction began.
fn tell(changes: &Changes, payload: &str, now: DateTime<Utc>) {
    let (word, began) = payload.split_once(' ').unwrap_or((payload, ""));
    changes.tell_all(if word.is_empty() { "*" } else { word });
    if let Ok(began) = began.parse::<f64>() {
        #[expect(clippy::cast_precision_loss, reason = "microseconds in 52 bits, until 2112")]
        let now = now.timestamp_micros() as f64 / 1e6;
        changes.delay.observe((now - began).max(0.0));
    }
}

fn is_over(stopped: &Receiver<()>, pause: Duration) -> bool {
    !matches!(stopped.recv_timeout(pause), Err(RecvTimeoutError::Timeout))
}
