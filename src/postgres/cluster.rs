//! A cluster that is ours: locked and looked at, not running.
use std::convert::Infallible;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::home::Home;
use super::launch::Launcher;
use super::lock::Lock;
use super::log::Log;
use super::programs::Programs;
use super::running::Running;
use super::{Error, Options, Result};

/// A process that was just killed, or is about to end, holds the lock for a moment longer.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub struct Cluster {
    pub(super) home: Home,
    pub(super) programs: Programs,
    pub(super) launcher: Launcher,
    pub(super) log: Log,
    #[expect(dead_code, reason = "held for as long as the cluster is ours")]
    lock: Lock,
}

/// For the server, which must be the one that runs it.
pub fn take(options: &Options) -> Result<Cluster> {
    let home = Home::make(&options.data_dir)?;
    let nobody_else = || None::<Infallible>;
    match Lock::wait(&home, PATIENCE, nobody_else)? {
        Ok(lock) => Cluster::inspect(home, lock, options),
        Err(never) => match never {},
    }
}

impl Cluster {
    /// Finds out what is there and what can run it, and changes nothing in it.
    pub(super) fn inspect(home: Home, lock: Lock, options: &Options) -> Result<Self> {
        let path = home.cluster();
        let programs = Programs::find(options, &home, major(&path)?)?;
        home.sweep_runtime(programs.bin.parent().unwrap_or(&programs.bin));
        let launcher = Launcher::find(&options.launcher, &home, &programs)?;
        let log = Log::new(home.log());
        Ok(Self { home, programs, launcher, log, lock })
    }

    /// Makes the cluster when there is none yet, and returns when the server answers.
    pub fn start(self) -> Result<Running> {
        Running::start(self)
    }
}

/// The major version that made the cluster, or `None` when there is none.
pub(super) fn major(cluster: &Path) -> Result<Option<u32>> {
    let not_whole = |cause: String| Error::NotACluster { path: PathBuf::from(cluster), cause };
    let version = cluster.join("PG_VERSION");
    match fs::read_to_string(&version) {
        Ok(text) => {
            let major = text.trim().parse();
            major.map(Some).map_err(|_| not_whole("its PG_VERSION is not a number".into()))
        }
        Err(cause) if cause.kind() == ErrorKind::NotFound => match fs::symlink_metadata(cluster) {
            Ok(_) => Err(not_whole("it has no PG_VERSION".into())),
            Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(None),
            Err(cause) => Err(Error::io("look at", cluster)(cause)),
        },
        Err(cause) => Err(Error::io("read", &version)(cause)),
    }
}
