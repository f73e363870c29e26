//! `jeton keys`: what signs the access tokens of the exchange.
use anyhow::ensure;
use chrono::{DateTime, SecondsFormat, Utc};
use clap::Subcommand;

use super::database::Database;
use super::failure::told;
use super::{key, table};
use crate::audit::Actor;
use crate::chores;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::Db;
use crate::exchange::{self, Algorithm, PURPOSE};
use crate::notices::Notices;
use crate::secret::{InstanceKey, Seal};
use crate::secrets::Vault;
use crate::tokens::{Mint, Peppers};

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
    /// After a rotation of the instance key, seal under it what the one before has sealed
    Reseal,
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
                Self::Reseal => reseal(db, config, &instance, &seal),
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

/// What a server does by itself that runs with both keys.
fn reseal(db: &Db, config: &Config, key: &InstanceKey, seal: &Seal) -> anyhow::Result<()> {
    ensure!(
        config.previous_secret_key.is_some(),
        "name the instance key before this one in JETON_PREVIOUS_SECRET_KEY"
    );
    db.write_here(|tx| exchange::begin(tx, seal))?;
    Notices::start(config, key, db)?;
    let (mint, vault) = (Mint::configured(config, key)?, Vault::new(config, key)?);
    let done = chores::reseal(db, &mint, &vault, |said| println!("{said}"))?;
    if done == 0 {
        println!("nothing was sealed under an earlier instance key");
    }
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
