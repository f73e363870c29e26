//! A server that another process runs: found by its lock, spoken to over its socket.
use std::path::PathBuf;
use std::time::Duration;

use super::cluster::Cluster;
use super::home::Home;
use super::lock::Lock;
use super::pidfile::PidFile;
use super::{Options, Result, socket};

/// How long another process gets to have its server answer.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub enum Opened {
    Ours(Cluster),
    Theirs(Attached),
}

/// Lasts for as long as that other process keeps its server running.
#[derive(Debug)]
pub struct Attached {
    socket_dir: PathBuf,
    holder: Option<u32>,
}

/// For commands, which work beside a running server as well as without one.
pub fn open(options: &Options) -> Result<Opened> {
    let home = Home::make(&options.data_dir)?;
    match Lock::wait(&home, PATIENCE, || Attached::to(&home))? {
        Ok(lock) => Cluster::inspect(home, lock, options).map(Opened::Ours),
        Err(attached) => Ok(Opened::Theirs(attached)),
    }
}

impl Attached {
    pub(super) fn to(home: &Home) -> Option<Self> {
        let server = PidFile::read(&home.cluster()).filter(|server| server.ready)?;
        socket::answers(&server.socket_dir)
            .then(|| Self { socket_dir: server.socket_dir, holder: Lock::holder(home) })
    }

    /// A libpq URI for that database.
    pub fn url(&self, database: &str) -> String {
        socket::url(&self.socket_dir, database)
    }

    /// The process that runs it, when it is known.
    pub fn holder(&self) -> Option<u32> {
        self.holder
    }
}
