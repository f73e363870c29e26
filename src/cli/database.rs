//! The database that a command works on: the one that is named, or the private one.
use std::path::PathBuf;

use anyhow::Context;
use secrecy::SecretString;

use super::bundled::BUNDLE;
use super::{authorities, database_url};
use crate::clock::Clock;
use crate::config::Config;
use crate::db::{self, Db};
use crate::postgres::{self, Clients, Opened, Running};

/// The name of ours in the private PostgreSQL.
const NAME: &str = "jeton";

/// A database that is there for as long as this is held.
pub struct Database {
    pub url: SecretString,
    /// Started here, and so stopped here.
    pub private: Option<Running>,
    /// By `DATABASE_URL`.
    named: bool,
}

impl Database {
    /// For the server: a private PostgreSQL that someone else runs is an error.
    pub fn for_server(config: &Config) -> anyhow::Result<Self> {
        match &config.database_url {
            Some(url) => Ok(Self::named(url)),
            None => Self::start(postgres::take(&options(config)?)?),
        }
    }

    /// For commands: beside a running server its private PostgreSQL is used, else it runs for as
    /// long as the command does.
    pub fn for_command(config: &Config) -> anyhow::Result<Self> {
        if let Some(url) = &config.database_url {
            return Ok(Self::named(url));
        }
        match postgres::open(&options(config)?)? {
            Opened::Ours(cluster) => Self::start(cluster),
            Opened::Theirs(attached) => {
                Ok(Self { url: attached.url(NAME).into(), private: None, named: false })
            }
        }
    }

    fn start(cluster: postgres::Cluster) -> anyhow::Result<Self> {
        let running = cluster.start()?;
        db::create_database(&running.url("postgres").into(), NAME)?;
        Ok(Self { url: running.url(NAME).into(), private: Some(running), named: false })
    }

    /// Where the private PostgreSQL is, if another process runs it.
    pub fn running(config: &Config) -> anyhow::Result<Option<SecretString>> {
        Ok(match postgres::open(&options(config)?)? {
            Opened::Ours(_) => None,
            Opened::Theirs(attached) => Some(attached.url(NAME).into()),
        })
    }

    fn named(url: &SecretString) -> Self {
        let system = authorities::of_the_system();
        let url = database_url::trusting(url, system.as_deref());
        Self { url, private: None, named: true }
    }

    /// The programs by which people reach it.
    pub fn clients(&self, config: &Config) -> anyhow::Result<Clients> {
        let options = options(config)?;
        Ok(if self.named {
            Clients::for_another(&options, database_url::asks_for_tls(&self.url))?
        } else {
            Clients::of_the_cluster(&options)?
        })
    }

    /// Brings the schema up to date; returns the names of what that took.
    pub fn migrate(&self) -> anyhow::Result<Vec<String>> {
        db::migrate(&self.url).context(if self.named {
            "the database that DATABASE_URL names cannot be used"
        } else {
            "the private PostgreSQL cannot be used"
        })
    }

    /// A migrated database and a pool of `size` over it.
    pub fn connect(&self, size: u32, clock: Clock) -> anyhow::Result<Db> {
        for name in self.migrate()? {
            tracing::info!(name, "migrated");
        }
        Ok(Db::new(&self.url, size, clock)?)
    }

    /// Runs `work` on the database of a command.
    pub fn work<T>(
        config: &Config,
        work: impl FnOnce(&Db) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        let database = Self::for_command(config)?;
        let outcome = database.connect(1, Clock::System).and_then(|db| work(&db));
        let closed = database.close();
        let value = outcome?;
        closed.map(|()| value)
    }

    pub fn close(self) -> anyhow::Result<()> {
        Ok(self.private.map_or(Ok(()), Running::stop)?)
    }
}

pub fn options(config: &Config) -> anyhow::Result<postgres::Options> {
    let launcher: PathBuf =
        std::env::current_exe().context("could not find this program's own file")?;
    Ok(postgres::Options {
        data_dir: config.data_dir.clone(),
        bin_dir: config.postgres_bin.clone(),
        bundle: BUNDLE,
        launcher,
    })
}
