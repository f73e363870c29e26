//! `jeton keys`: what signs the access tokens of the exchange.
use chrono::{DateTime, SecondsFormat, Utc};
use clap::Subcommand;

use super::database::Database;
use super::failure::told;
use super::{key, table};
use crate::audit::Actor;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::Db;
use crate::exchange::{self, Algorithm, PURPOSE};
use crate::secret::{InstanceKey, Seal};
use crate::tokens::Peppers;

#[derive(Debug, Subcommand)]
pub enum Keys {
    /// List the keys, the newest first
    List,
    /// Publish the next key; it signs ten minutes later, when everyone can know it
    Rotate {
        /// ES256 or RS256 [default: as the one before]
        #[arg(long, value_parser = algorithm)]
        algorithm: Option<Algorithm>,
    },
    /// Withdraw a key at once: whatever it signed is refused
    Withdraw {
        /// Its key id
        kid: String,
    },
}

impl Keys {
    pub fn run(self, config: &Config) -> anyhow::Result<()> {
        let instance = key::load(config)?;
        let seal = Seal::new(&instance, InstanceKey::previous(config)?.as_ref(), PURPOSE);
        let peppers = Peppers::configured(config, &instance)?;
        Database::work(config, |db| {
            peppers.recognise(db)?;
            match &self {
                Self::List => list(db),
                Self::Rotate { algorithm } => rotate(db, &seal, *algorithm),
                Self::Withdraw { kid } => withdraw(db, &seal, kid),
            }
        })
    }
}

fn list(db: &Db) -> anyhow::Result<()> {
    let now = Clock::System.now();
    let rows = db.read_here(exchange::list)?.into_iter().map(|key| {
        let until = key.signs_until.map(instant).unwrap_or_default();
        let (algorithm, state) = (key.algorithm().to_string(), key.state(now).to_string());
        [key.kid, algorithm, state, instant(key.signs_from), until]
    });
    table::print(["KEY ID", "ALGORITHM", "STATE", "SIGNS FROM", "UNTIL"], rows.collect());
    Ok(())
}

fn rotate(db: &Db, seal: &Seal, algorithm: Option<Algorithm>) -> anyhow::Result<()> {
    let rotated = db.write_here(|tx| exchange::rotate(tx, &Actor::command(), seal, algorithm));
    let key = rotated.map_err(|error| told(error, &[]))?;
    println!("{} is published, and signs from {} on.", key.kid, instant(key.signs_from));
    Ok(())
}

fn withdraw(db: &Db, seal: &Seal, kid: &str) -> anyhow::Result<()> {
    let withdrawn = db.write_here(|tx| exchange::withdraw(tx, &Actor::command(), seal, kid));
    let key = withdrawn.map_err(|error| told(error, &[]))?;
    println!(
        "{} is withdrawn. Services that verify JWTs alone may believe it for five minutes more.",
        key.kid
    );
    Ok(())
}

fn algorithm(text: &str) -> Result<Algorithm, &'static str> {
    Algorithm::parse(text).ok_or("expected ES256 or RS256")
}

fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
