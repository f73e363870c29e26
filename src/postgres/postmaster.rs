//! One postgres process, from spawn to reaping.
use std::path::PathBuf;
use std::process::{Child, ExitStatus};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::cluster::Cluster;
use super::pidfile::PidFile;
use super::reclaim::reclaim;
use super::{Error, Result, folder, initdb, settings, socket};

/// Recovery after a crash can take this long.
const READY_WITHIN: Duration = Duration::from_mins(5);
const SAY_SO_AFTER: Duration = Duration::from_secs(3);
/// Backends of a killed postmaster need a moment to notice; until then a new one refuses.
const ORPHANS_END_WITHIN: Duration = Duration::from_secs(10);
const FAST_SHUTDOWN: Duration = Duration::from_secs(30);
const IMMEDIATE_SHUTDOWN: Duration = Duration::from_secs(10);
const STEP: Duration = Duration::from_millis(20);

pub struct Postmaster {
    process: Child,
    pub socket_dir: PathBuf,
}

impl Postmaster {
    /// Gets postgres running and answering, whatever an earlier run left. It ends with the
    /// calling thread.
    pub fn raise(cluster: &mut Cluster, stopping: &AtomicBool) -> Result<Self> {
        let start = Instant::now();
        loop {
            match Self::raise_once(cluster, stopping) {
                Err(Error::Ended { said, .. })
                    if said.contains("still in use") && start.elapsed() < ORPHANS_END_WITHIN =>
                {
                    sleep(Duration::from_millis(200));
                }
                outcome => return outcome,
            }
        }
    }

    fn raise_once(cluster: &mut Cluster, stopping: &AtomicBool) -> Result<Self> {
        let path = cluster.home.cluster();
        let owner = cluster.launcher.identity.owner();
        let socket_dir = socket::place(&cluster.home, owner)?;
        cluster.home.sweep();
        if path.exists() {
            folder::claim(&path, owner)?;
            reclaim(&path, &socket_dir)?;
        } else {
            initdb::make(cluster)?;
        }
        let mut postmaster = Self::spawn(cluster, socket_dir)?;
        match postmaster.wait_until_ready(cluster, stopping) {
            Ok(()) => Ok(postmaster),
            Err(error) => {
                postmaster.stop()?;
                Err(error)
            }
        }
    }

    fn spawn(cluster: &mut Cluster, socket_dir: PathBuf) -> Result<Self> {
        let path = cluster.home.cluster();
        let program = cluster.programs.postgres();
        let output = cluster.log.begin()?;
        let again = output.try_clone().map_err(Error::io("open", &cluster.log.path()))?;
        let process = cluster
            .launcher
            .command(&program, &path)
            .args(settings::arguments(&path, &socket_dir))
            .stdout(again)
            .stderr(output)
            .spawn()
            .map_err(Error::io("run", &program))?;
        Ok(Self { process, socket_dir })
    }

    fn wait_until_ready(&mut self, cluster: &Cluster, stopping: &AtomicBool) -> Result<()> {
        let path = cluster.home.cluster();
        let start = Instant::now();
        let mut patient = true;
        while start.elapsed() < READY_WITHIN {
            if let Some(status) = self.ended()? {
                return Err(Error::Ended { status: status.to_string(), said: cluster.log.tail() });
            }
            if stopping.load(Ordering::Relaxed) {
                return Err(Error::Stopped);
            }
            let ready = PidFile::read(&path).is_some_and(|now| now.pid == self.pid() && now.ready);
            if ready && socket::answers(&self.socket_dir) {
                return Ok(());
            }
            if patient && start.elapsed() > SAY_SO_AFTER {
                patient = false;
                tracing::info!("waiting for postgres, which may be recovering from a crash");
            }
            sleep(STEP);
        }
        Err(Error::NotReady { seconds: READY_WITHIN.as_secs(), log: cluster.log.path() })
    }

    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        self.process.try_wait().map_err(Error::io("wait for", "postgres".as_ref()))
    }

    /// Fast shutdown: clients are cut off, what they committed is kept.
    pub fn stop(&mut self) -> Result<()> {
        let ways = [(Signal::INT, FAST_SHUTDOWN), (Signal::QUIT, IMMEDIATE_SHUTDOWN)];
        for (signal, patience) in ways {
            if self.ended()?.is_some() {
                return Ok(());
            }
            // Not reaped yet, so the number is still its own.
            let _ = kill_process(Pid::from_child(&self.process), signal);
            let start = Instant::now();
            while start.elapsed() < patience {
                if self.ended()?.is_some() {
                    return Ok(());
                }
                sleep(STEP);
            }
        }
        Err(Error::WontStop { pid: self.pid() })
    }
}
