//! What can go wrong, each with the way out. `Display` is for the person at the terminal.
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(
        "the database in {} is in use by {}; stop that one first, or use another data directory",
        .folder.display(), Holder(*.pid)
    )]
    InUse { folder: PathBuf, pid: Option<u32> },
    #[error(
        "no PostgreSQL programs found; install them (apt-get install postgresql), name their directory in \
         JETON_POSTGRES_BIN, or set DATABASE_URL to use a server of your own"
    )]
    NoPrograms,
    #[error(
        "no psql and pg_dump that can speak TLS found; install them (apt-get install postgresql-client), or name their \
         directory in JETON_POSTGRES_BIN"
    )]
    NoClients,
    #[error(
        "no usable PostgreSQL programs in {}: {cause}; correct JETON_POSTGRES_BIN, or unset it to search the usual places",
        .dir.display()
    )]
    NoProgramsIn { dir: PathBuf, cause: String },
    #[error(
        "the cluster in {} was made by PostgreSQL {wanted}, and only {found} is here; install PostgreSQL {wanted}, or \
         name the directory of its programs in JETON_POSTGRES_BIN",
        .cluster.display()
    )]
    WrongMajor { cluster: PathBuf, wanted: u32, found: String },
    #[error(
        "the PostgreSQL in {} cannot run: what is there may not be executed (a file system mounted with noexec); \
         mount it without, use another data directory, or name the directory of other programs in JETON_POSTGRES_BIN",
        .folder.display()
    )]
    NoExec { folder: PathBuf },
    #[error("{} is not a whole PostgreSQL cluster ({cause}); restore it from a backup, or move it away to start anew", .path.display())]
    NotACluster { path: PathBuf, cause: String },
    #[error("{} belongs to user {owner}; run as that user or as root", .path.display())]
    Foreign { path: PathBuf, owner: u32 },
    #[error(
        "PostgreSQL does not run as root, and no other user can work in {}; move the data directory to where user \
         {user} can enter it, such as /var/lib/jeton, or run as an ordinary user (tried: {tried})",
        .path.display()
    )]
    Untraversable { path: PathBuf, user: u32, tried: String },
    #[error("initdb could not make a cluster: {said}")]
    Initdb { said: String },
    #[error("postgres ended while starting ({status}): {said}")]
    Ended { status: String, said: String },
    #[error("postgres ended unexpectedly ({status}) and could not be kept running: {said}")]
    Died { status: String, said: String },
    #[error("postgres was not ready after {seconds} s; its log is {}", .log.display())]
    NotReady { seconds: u64, log: PathBuf },
    #[error(
        "a postgres of an earlier run (process {pid}) does not end; end it with `kill -INT {pid}`"
    )]
    Leftover { pid: u32 },
    #[error("postgres (process {pid}) does not end")]
    WontStop { pid: u32 },
    #[error("stopped while starting")]
    Stopped,
    #[error("the thread that keeps postgres ended unexpectedly")]
    Unattended,
    #[error("cannot {deed} {}: {cause}", .path.display())]
    Io { deed: &'static str, path: PathBuf, cause: io::Error },
}

impl Error {
    /// For `map_err`: says what was to be done to which path.
    pub(super) fn io(deed: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |cause| Self::Io { deed, path: path.to_owned(), cause }
    }
}

struct Holder(Option<u32>);

impl fmt::Display for Holder {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(pid) => write!(out, "process {pid}"),
            None => write!(out, "another process"),
        }
    }
}
