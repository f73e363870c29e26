//! `jeton db`: ways into the database, and out of it to another one.
use std::io::{BufRead, BufReader, Read, Write, stdin};
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitStatus, Stdio};

use anyhow::{Context, bail, ensure};
use clap::{Args, Subcommand};
use secrecy::ExposeSecret;
use tokio::signal::unix::{SignalKind, signal};

use super::database::Database;
use super::database_url;
use crate::config::Config;
use crate::db;

#[derive(Debug, Subcommand)]
pub enum Databases {
    /// Print the address of the database, for other programs
    ///
    /// That of the private PostgreSQL holds for as long as a server runs, and for its owner and
    /// root.
    Url,
    /// Open psql on the database
    Psql(Psql),
    /// Write the whole database to standard output, as SQL
    ///
    /// It works beside a running server. The instance key is not in it: back that up apart.
    Dump,
    /// Fill an empty database from standard input with what `dump` wrote
    ///
    /// All of it or nothing.
    Restore,
}

#[derive(Debug, Args)]
pub struct Psql {
    /// For psql, such as: jeton db psql -- -c "SELECT 1"
    #[arg(last = true, value_name = "ARGUMENT")]
    arguments: Vec<String>,
}

impl Databases {
    pub fn run(self, config: &Config) -> anyhow::Result<()> {
        match self {
            Self::Url => url(config),
            Self::Psql(psql) => on(config, |database| psql.run(database, config)),
            Self::Dump => on(config, |database| dump(database, config)),
            Self::Restore => on(config, |database| restore(database, config)),
        }
    }
}

/// Unlike other commands these leave the schema as it is.
fn on(config: &Config, work: impl FnOnce(&Database) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let database = Database::for_command(config)?;
    let outcome = work(&database);
    let closed = database.close();
    outcome.and(closed)
}

fn url(config: &Config) -> anyhow::Result<()> {
    let url = match &config.database_url {
        Some(url) => url.clone(),
        None => Database::running(config)?.context(
            "the private PostgreSQL is not running; start `jeton serve`, or use `jeton db psql`, \
             which starts it for as long as it is used",
        )?,
    };
    println!("{}", url.expose_secret());
    Ok(())
}

impl Psql {
    fn run(self, database: &Database, config: &Config) -> anyhow::Result<()> {
        let mut psql = client(database, config, "psql")?;
        psql.args(self.arguments);
        if database.private.is_none() {
            return Err(psql.exec()).context("could not run psql");
        }
        // A Ctrl-C is for psql, which runs in front; whoever keeps its server must outlive it.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let _inside = runtime.enter();
        let _caught = signal(SignalKind::interrupt())?;
        well("psql", psql.status().context("could not run psql")?)
    }
}

fn dump(database: &Database, config: &Config) -> anyhow::Result<()> {
    ensure!(!db::is_empty(&database.url)?, "there is nothing to dump: the database is empty");
    let mut dump = client(database, config, "pg_dump")?;
    // Who will own it, and who else may read it, is for the next server to say.
    dump.args(["--no-owner", "--no-privileges", "--no-comments"]);
    well("pg_dump", dump.status().context("could not run pg_dump")?)
}

fn restore(database: &Database, config: &Config) -> anyhow::Result<()> {
    if !db::is_empty(&database.url)? {
        bail!(
            "the database is not empty, and it was left as it is; {}",
            match &config.database_url {
                Some(_) => "name an empty one in DATABASE_URL".to_owned(),
                None => format!(
                    "stop the server and move {} away, or use another data directory",
                    config.data_dir.join("postgres").display()
                ),
            }
        );
    }
    let mut psql = client(database, config, "psql")?;
    psql.args(["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--output=/dev/null"]);
    let mut child = psql.stdin(Stdio::piped()).spawn().context("could not run psql")?;
    let to = child.stdin.take().context("psql reads nothing")?;
    let copied = copy(stdin().lock(), to);
    let status = child.wait().context("could not wait for psql")?;
    // Where psql has given up, what it said tells more than that it stopped reading.
    ensure!(status.success(), "psql could not restore it, and nothing was changed ({status})");
    copied?;
    database.migrate()?;
    println!("Restored. The database is up to date.");
    Ok(())
}

/// Hands the dump over as one transaction, which is closed only when the dump has an end.
fn copy(from: impl Read, mut to: impl Write) -> anyhow::Result<()> {
    const END: &[u8] = b"-- PostgreSQL database dump complete";
    /// A `pg_dump` of PostgreSQL 17 or later sets it; an older server does not know it.
    const NEW: &[u8] = b"SET transaction_timeout = 0;";
    let (mut from, mut line, mut whole) = (BufReader::new(from), Vec::new(), false);
    to.write_all(b"BEGIN;\n")?;
    while from.read_until(b'\n', &mut line)? > 0 {
        let text = line.trim_ascii_end();
        whole |= text == END;
        if text != NEW {
            to.write_all(&line)?;
        }
        line.clear();
    }
    ensure!(whole, "this is no whole dump: it has no end; nothing was changed");
    to.write_all(b"COMMIT;\n").context("psql stopped reading")
}

/// A client of PostgreSQL on that database. The password is not for its command line, which
/// others can see.
fn client(database: &Database, config: &Config, name: &'static str) -> anyhow::Result<Command> {
    let mut command = database.clients(config)?.command(name)?;
    let (url, password) = database_url::without_password(&database.url);
    command.arg(format!("--dbname={url}"));
    if let Some(password) = password {
        command.env("PGPASSWORD", password.expose_secret());
    }
    Ok(command)
}

fn well(name: &str, status: ExitStatus) -> anyhow::Result<()> {
    ensure!(status.success(), "{name} failed ({status})");
    Ok(())
}
