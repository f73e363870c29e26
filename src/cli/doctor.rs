//! `jeton doctor`: looks at everything that can be wrong before anyone asks, and says what to do.
use std::fmt::Display;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;

use anyhow::{Context, Result, anyhow, bail, ensure};

use super::database::{Database, options};
use super::{database_url, key};
use crate::clock::Clock;
use crate::config::Config;
use crate::db::{self, Db};
use crate::http::health::{self, LEAST_SPACE};
use crate::notices::Mailer;
use crate::postgres::{self, Survey};
use crate::tokens;

/// What is there to look at, gathered once.
struct Patient<'c> {
    config: &'c Config,
    survey: Result<Survey>,
    /// `None` before the first start.
    database: Result<Option<Database>>,
}

/// What is looked at, and by what; an error says what to do.
type Check = (&'static str, fn(&Patient) -> Result<String>);

const CHECKS: [Check; 6] = [
    ("data directory", data_directory),
    ("disk space", disk_space),
    ("PostgreSQL", programs),
    ("database", database),
    ("instance key", instance_key),
    ("mail", mail),
];

/// # Errors
/// When anything is wrong.
pub fn run(config: &Config) -> Result<()> {
    println!("Jeton {}", env!("CARGO_PKG_VERSION"));
    let patient = Patient::admit(config);
    let wrong = CHECKS.iter().filter(|(what, check)| !told(what, &check(&patient))).count();
    if let Ok(Some(database)) = patient.database {
        database.close()?;
    }
    ensure!(wrong == 0, "{wrong} of {} things need attention", CHECKS.len());
    Ok(())
}

impl<'c> Patient<'c> {
    /// Makes nothing that is not there.
    fn admit(config: &'c Config) -> Self {
        let survey = options(config).and_then(|options| Ok(postgres::survey(&options)?));
        let there = config.database_url.is_some()
            || survey.as_ref().is_ok_and(|survey| survey.cluster.is_some());
        let database = there.then(|| Database::for_command(config)).transpose();
        Self { config, survey, database }
    }
}

/// Prints it, and returns whether it was good.
fn told(what: impl Display, found: &Result<String>) -> bool {
    match found {
        Ok(said) => println!("ok     {what:16}{said}"),
        Err(error) => println!("WRONG  {what:16}{error:#}"),
    }
    found.is_ok()
}

fn data_directory(Patient { config, .. }: &Patient) -> Result<String> {
    let dir = &config.data_dir;
    let shown = dir.display();
    let folder = match fs::metadata(dir) {
        Err(cause) if cause.kind() == ErrorKind::NotFound => {
            return Ok(format!("{shown} is not there yet; the first start makes it"));
        }
        found => found.with_context(|| format!("could not look at {shown}"))?,
    };
    ensure!(folder.is_dir(), "{shown} is not a directory; name another with --data-dir");
    let (mode, owner) = (folder.mode() & 0o7777, folder.uid());
    ensure!(mode & 0o022 == 0, "others can write to {shown} (mode {mode:o}); `chmod go-w` it");
    let us = rustix::process::geteuid();
    ensure!(
        us.is_root() || us.as_raw() == owner,
        "{shown} belongs to user {owner}, and this is user {}; run as that user or as root",
        us.as_raw()
    );
    Ok(format!("{shown}, of user {owner}, mode {mode:o}"))
}

fn disk_space(Patient { config, .. }: &Patient) -> Result<String> {
    let around = config.data_dir.ancestors().find(|dir| dir.exists());
    let around = around.context("there is no such place")?;
    let free = health::free_space(around)
        .with_context(|| format!("could not look at {}", around.display()))?;
    let megabytes = free >> 20;
    ensure!(
        free >= LEAST_SPACE || config.database_url.is_some(),
        "{megabytes} MB are free in {}; make room, or PostgreSQL will stop",
        around.display()
    );
    Ok(format!("{megabytes} MB free"))
}

fn programs(Patient { config, survey, .. }: &Patient) -> Result<String> {
    if config.database_url.is_some() {
        return Ok("not ours: DATABASE_URL names the database".to_owned());
    }
    let found = survey.as_ref().map_err(again)?;
    let cluster = found.cluster.map_or_else(
        || "no cluster yet".to_owned(),
        |major| format!("cluster of PostgreSQL {major}"),
    );
    let used = match (found.in_use, found.holder) {
        (true, Some(pid)) => format!("in use by process {pid}"),
        (true, None) => "in use".to_owned(),
        (false, _) => "not in use".to_owned(),
    };
    Ok(format!("{}; {cluster}, {used}", found.programs))
}

fn database(Patient { config, survey, database }: &Patient) -> Result<String> {
    if survey.is_err() && config.database_url.is_none() {
        bail!("cannot be looked at before that is set right");
    }
    let Some(database) = database.as_ref().map_err(again)? else {
        return Ok("none yet; the first start makes it".to_owned());
    };
    let said = db::inspect(&database.url);
    match &config.database_url {
        None => Ok(format!("private: {}", said?)),
        Some(url) => Ok(format!(
            "{}: {}",
            database_url::masked(url),
            said.context(
                "the database that DATABASE_URL names cannot be used; see that it runs and lets us in"
            )?
        )),
    }
}

fn instance_key(Patient { config, database, .. }: &Patient) -> Result<String> {
    let path = key::path(config);
    let shown = path.display();
    if config.secret_key.is_none() && !path.exists() {
        ensure!(
            !database.as_ref().is_ok_and(|database| database.as_ref().is_some_and(has_tokens)),
            "{shown} is missing, and without it no token of this database works; put it back from your backup"
        );
        return Ok(format!("{shown} is not there yet; the first start makes it"));
    }
    key::load(config)?;
    Ok(match config.secret_key {
        Some(_) => "from JETON_SECRET_KEY".to_owned(),
        None => format!("{shown}, readable by its owner only"),
    })
}

fn mail(Patient { config, .. }: &Patient) -> Result<String> {
    let Some(mail) = &config.mail else {
        return Ok("off: JETON_SMTP_URL names no server".to_owned());
    };
    let mailer = Mailer::new(mail, &config.public_url)?;
    if let Err(why) = mailer.try_server() {
        bail!("{why}; see that JETON_SMTP_URL names it rightly, and that it lets us in");
    }
    Ok(format!("the server answers; from {}", mail.from))
}

/// One that does not answer, or has no such table yet, has none that we know of.
fn has_tokens(database: &Database) -> bool {
    let db = Db::new(&database.url, 1, Clock::System);
    db.and_then(|db| db.read_here(tokens::any)).unwrap_or(false)
}

/// The same once more, for another line.
fn again(error: &anyhow::Error) -> anyhow::Error {
    anyhow!("{error:#}")
}
