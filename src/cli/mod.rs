//! The command line: one file per command, thin over the same verbs as the faces.
//!
//! Secrets come in by prompt or standard input and go out on standard output, alone on their line;
//! everything else that a command has to say about a failure goes to standard error.
mod authorities;
mod bundled;
mod config;
mod database;
mod database_url;
mod db;
mod doctor;
mod failure;
mod input;
mod key;
mod keys;
mod lifetime;
mod logging;
mod migrate;
mod openapi;
mod org;
mod serve;
mod settings;
mod setup;
mod table;
mod token;
mod user;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub use bundled::BUNDLE;

use crate::config::Config;
use crate::postgres;
use settings::{Place, Settings};

/// A self-hosted console and authority for access tokens
///
/// `jeton serve` is the main job. The other commands work beside a running server, through its
/// database, and without one.
#[derive(Debug, Parser)]
#[command(name = "jeton", version, after_help = EXIT_CODES)]
struct Cli {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "\
Exit codes:
  0  done; for `token verify`: the token is good
  1  it failed, and standard error says why; for `token verify`: the token is not good;
     for `doctor`: something needs attention
  2  the command line is wrong";

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the console, the API and everything else
    Serve(Place),
    #[command(flatten)]
    Deed(Deed),
    /// Print the settings as they were understood, secrets masked
    Config(Place),
    /// Look for what is wrong, and say what to do
    Doctor(Place),
    /// Print the description of the API (OpenAPI 3.1, JSON)
    Openapi,
}

/// What is done on the database, and over.
#[derive(Debug, Subcommand)]
enum Deed {
    /// Make the first admin and the first organization
    Setup(setup::Setup),
    /// People: make, list, disable and enable them, set their passwords
    #[command(subcommand)]
    User(user::User),
    /// Organizations: make and list them, add members
    #[command(subcommand)]
    Org(org::Org),
    /// Access tokens: issue, list, verify, revoke
    #[command(subcommand)]
    Token(token::Token),
    /// What signs the access tokens of the exchange: list, rotate, withdraw
    #[command(subcommand)]
    Keys(keys::Keys),
    /// Bring the database up to date, and say what that took
    Migrate,
    /// The database itself: its address, psql, dump and restore
    #[command(subcommand)]
    Db(db::Databases),
}

pub fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_some_and(|first| first == postgres::CHILD_COMMAND) {
        return postgres::child(arguments);
    }
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(cause) => {
            eprintln!("jeton: {cause:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(Cli { settings, command }: Cli) -> anyhow::Result<()> {
    match command {
        Command::Serve(place) => serve::run(settings, place),
        Command::Config(place) => settings.into_config(place).map(|config| config::print(&config)),
        Command::Doctor(place) => {
            logging::only_warnings();
            doctor::run(&settings.into_config(place)?)
        }
        Command::Openapi => openapi::print(),
        Command::Deed(deed) => deed.run(&settings.into_config(Place::default())?),
    }
}

impl Deed {
    fn run(self, config: &Config) -> anyhow::Result<()> {
        logging::only_warnings();
        match self {
            Self::Setup(setup) => setup.run(config),
            Self::User(user) => user.run(config),
            Self::Org(org) => org.run(config),
            Self::Token(token) => token.run(config),
            Self::Keys(keys) => keys.run(config),
            Self::Migrate => migrate::run(config),
            Self::Db(databases) => databases.run(config),
        }
    }
}
