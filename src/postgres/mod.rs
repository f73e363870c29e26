//! The private PostgreSQL: finds the programs, makes the cluster, keeps it running, takes it down
//! again.
//!
//! It knows nothing of what is stored in it, and it needs Linux: `/proc`, and a signal when the
//! parent dies. The states of its life are types: [`take`] or [`open`] give a [`Cluster`] (locked
//! and looked at, not running), [`Cluster::start`] gives a [`Running`], [`Running::stop`] ends
//! it. Where another process has it running, [`open`] gives an [`Attached`] instead.
//!
//! Below the data directory:
//!
//! ```text
//! postgres/lock      held for as long as one process owns the cluster; says which
//! postgres/pg        the cluster, there only when whole
//! postgres/pg.new-*  a cluster in the making
//! postgres/run       the socket
//! postgres/log       what postgres says, and log.old before it
//! runtime/*          the programs of a bundle, one folder for each version
//! runtime/new-*      programs that are being unpacked
//! ```
mod attach;
mod bundle;
mod child;
mod clients;
mod cluster;
mod error;
mod folder;
mod home;
mod identity;
mod initdb;
mod kernel;
mod launch;
mod lock;
mod log;
mod pidfile;
mod postmaster;
mod programs;
mod reclaim;
mod running;
mod settings;
mod socket;
mod survey;

use std::path::PathBuf;

pub use attach::{Attached, Opened, open};
pub use bundle::Bundle;
pub use child::{CHILD_COMMAND, child};
pub use clients::Clients;
pub use cluster::{Cluster, take};
pub use error::Error;
pub use running::Running;
pub use survey::{Survey, survey};

type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Debug, Clone)]
pub struct Options {
    /// Everything of ours is in `postgres/` and `runtime/` below it. It is made when absent.
    pub data_dir: PathBuf,
    /// Where `postgres` and `initdb` are. With `None` they come from the bundle, or they are
    /// looked for in the usual places.
    pub bin_dir: Option<PathBuf>,
    /// Programs that came with the executable.
    pub bundle: Option<Bundle>,
    /// The absolute path of the executable whose hidden subcommand [`CHILD_COMMAND`] calls
    /// [`child()`].
    pub launcher: PathBuf,
}
