//! A running server, kept by a thread of its own: postgres ends with the thread that spawned it,
//! so that thread must be one that lives exactly as long.
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::cluster::Cluster;
use super::postmaster::Postmaster;
use super::{Error, Result, socket};

/// How soon a death is noticed.
const TICK: Duration = Duration::from_millis(200);
/// Before a restart.
const BACKOFF: Duration = Duration::from_secs(1);
/// One that dies again sooner than this after a restart will not be helped by another.
const STEADY: Duration = Duration::from_mins(10);

#[derive(Debug)]
pub struct Running {
    socket_dir: PathBuf,
    stopping: Arc<AtomicBool>,
    deaths: Option<Receiver<Error>>,
    keeper: Option<JoinHandle<Result<()>>>,
}

impl Running {
    pub(super) fn start(mut cluster: Cluster) -> Result<Self> {
        let stopping = Arc::new(AtomicBool::new(false));
        let (death, deaths) = mpsc::channel();
        let (started, start) = mpsc::channel();
        let stop = Arc::clone(&stopping);
        let keep = move || {
            let postmaster = Postmaster::raise(&mut cluster, &stop)
                .inspect(|postmaster| drop(started.send(postmaster.socket_dir.clone())))?;
            drop(started);
            Keeper { cluster, postmaster, stop, death }.keep()
        };
        let keeper = thread::Builder::new().name("postgres".into()).spawn(keep);
        let keeper = keeper.map_err(Error::io("start a thread for", "postgres".as_ref()))?;
        match start.recv() {
            Ok(socket_dir) => {
                Ok(Self { socket_dir, stopping, deaths: Some(deaths), keeper: Some(keeper) })
            }
            Err(_) => Err(join(keeper).err().unwrap_or(Error::Unattended)),
        }
    }

    /// A libpq URI for that database. The one that always exists is `postgres`.
    pub fn url(&self, database: &str) -> String {
        socket::url(&self.socket_dir, database)
    }

    /// Calls `tell` from another thread when postgres has died and a restart has not helped, or at
    /// once when it already has. Never after a stop. Only the first call counts.
    pub fn on_death(&mut self, tell: impl FnOnce(Error) + Send + 'static) {
        let Some(deaths) = self.deaths.take() else { return };
        let stopping = Arc::clone(&self.stopping);
        thread::spawn(move || {
            let error = deaths.recv().unwrap_or(Error::Unattended);
            if !stopping.load(Ordering::Relaxed) {
                tell(error);
            }
        });
    }

    /// Returns when postgres has ended and the cluster is free for another process.
    pub fn stop(mut self) -> Result<()> {
        self.end()
    }

    fn end(&mut self) -> Result<()> {
        let Some(keeper) = self.keeper.take() else { return Ok(()) };
        self.stopping.store(true, Ordering::Relaxed);
        keeper.thread().unpark();
        join(keeper)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Err(error) = self.end() {
            tracing::error!(%error, "postgres was not stopped");
        }
    }
}

fn join(keeper: JoinHandle<Result<()>>) -> Result<()> {
    keeper.join().unwrap_or(Err(Error::Unattended))
}

struct Keeper {
    cluster: Cluster,
    postmaster: Postmaster,
    stop: Arc<AtomicBool>,
    death: Sender<Error>,
}

impl Keeper {
    fn keep(mut self) -> Result<()> {
        let mut restarts = Restarts::default();
        while !self.stop.load(Ordering::Relaxed) {
            thread::park_timeout(TICK);
            if let Err(error) = self.cluster.log.trim() {
                tracing::warn!(%error, "the log of postgres cannot be cut");
            }
            if let Err(error) = self.look_after(&mut restarts) {
                // Nobody listens when nobody asked to be told.
                let _ = self.death.send(error);
                return Ok(());
            }
        }
        self.postmaster.stop()?;
        socket::leave(&self.cluster.home, &self.postmaster.socket_dir);
        Ok(())
    }

    /// Fails when postgres is dead for good.
    fn look_after(&mut self, restarts: &mut Restarts) -> Result<()> {
        let Some(status) = self.postmaster.ended()? else { return Ok(()) };
        let (status, said) = (status.to_string(), self.cluster.log.tail());
        tracing::error!(status, said, "postgres ended unexpectedly");
        if !restarts.allow(Instant::now()) {
            return Err(Error::Died { status, said });
        }
        thread::park_timeout(BACKOFF);
        self.postmaster = Postmaster::raise(&mut self.cluster, &self.stop)?;
        tracing::info!("postgres runs again");
        Ok(())
    }
}

/// One at a time: whoever ran on steadily after the last one may have another.
#[derive(Default)]
struct Restarts {
    last: Option<Instant>,
}

impl Restarts {
    fn allow(&mut self, now: Instant) -> bool {
        let steady = self.last.is_none_or(|last| now.duration_since(last) > STEADY);
        self.last = Some(now);
        steady
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_ran_steadily_may_be_restarted_again() {
        let (mut restarts, start) = (Restarts::default(), Instant::now());
        let after = |minutes| start + Duration::from_mins(minutes);
        assert!(restarts.allow(start));
        assert!(!restarts.allow(after(1)), "it does not help");
        assert!(restarts.allow(after(12)), "it ran on for long");
        assert!(!restarts.allow(after(13)));
    }
}
