//! The audit entries of exchanges, written before anyone gets what was made: everything that waits
//! in one transaction, by one thread. While one commits, the next gather by themselves.
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use anyhow::anyhow;
use serde_json::Value;
use tokio::sync::oneshot;

use crate::audit::{self, Action, Actor, Subject};
use crate::db::Db;
use crate::error::{Error, Result};

/// Written by one transaction, at most.
const BATCH: usize = 256;
/// Waiting to be written, at most. More than that is told to come again.
const WAITING: usize = 4_096;

/// Ends with whoever holds it.
#[derive(Debug)]
pub struct Recorder {
    entries: SyncSender<Waiting>,
}

struct Waiting {
    entry: Entry,
    written: oneshot::Sender<Result<()>>,
}

#[derive(Debug)]
pub struct Entry {
    pub by: Actor,
    pub subject: Subject,
    pub detail: Value,
}

impl Recorder {
    pub fn start(db: &Db) -> std::io::Result<Self> {
        let (entries, waiting) = sync_channel(WAITING);
        let db = db.clone();
        std::thread::Builder::new().name("exchanges".into()).spawn(move || serve(&db, &waiting))?;
        Ok(Self { entries })
    }

    /// On return it is written.
    ///
    /// # Errors
    /// `Unavailable` when the database does not answer.
    pub async fn record(&self, entry: Entry) -> Result<()> {
        let (written, told) = oneshot::channel();
        self.entries
            .try_send(Waiting { entry, written })
            .map_err(|_| Error::Unavailable(anyhow!("too many exchanges wait to be recorded")))?;
        told.await.map_err(|_| anyhow!("the recorder's thread is gone"))?
    }
}

fn serve(db: &Db, waiting: &Receiver<Waiting>) {
    while let Ok(first) = waiting.recv() {
        let batch = std::iter::once(first).chain(waiting.try_iter()).take(BATCH);
        let (entries, all): (Vec<_>, Vec<_>) =
            batch.map(|waiting| (waiting.entry, waiting.written)).unzip();
        let entries = entries.into_iter().map(|entry| (entry.by, entry.subject, entry.detail));
        let entries: Vec<_> = entries.collect();
        let outcome = db.write_here(|tx| audit::record_all(tx, Action::TokenExchanged, &entries));
        let failed = outcome.err().map(|cause| format!("{:#}", anyhow::Error::from(cause)));
        for written in all {
            let said =
                failed.clone().map_or(Ok(()), |cause| Err(Error::Unavailable(anyhow!(cause))));
            let _ = written.send(said);
        }
    }
}
