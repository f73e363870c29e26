//! The command line: one file per command, thin over the same verbs as the faces.
mod database;
mod key;
mod logging;
mod serve;
mod settings;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::postgres;
use settings::Settings;

/// A self-hosted console and authority for access tokens.
#[derive(Debug, Parser)]
#[command(name = "jeton", version, propagate_version = true)]
struct Cli {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the console, the API and everything else
    Serve,
}

/// Exit codes: 0 done, 1 it failed and standard error says why, 2 the command line is wrong.
pub fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_some_and(|first| first == postgres::CHILD_COMMAND) {
        return postgres::child(arguments);
    }
    let cli = Cli::parse();
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(cause) => {
            eprintln!("jeton: {cause:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<()> {
    let config = cli.settings.into_config()?;
    match cli.command {
        Command::Serve => serve::run(config),
    }
}
