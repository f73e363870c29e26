//! The body of the hidden subcommand: the steps between fork and exec that would need `unsafe` in
//! the parent.
use std::convert::Infallible;
use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use super::identity::Identity;
use super::kernel;

/// The first argument with which [`super::Options::launcher`] must call [`child`] with the
/// arguments that follow it.
pub const CHILD_COMMAND: &str = "postgres-child";

/// Becomes the program it is told to; returns only when it cannot. Must be called before any
/// thread is started.
pub fn child(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let Err(cause) = exec(arguments);
    eprintln!("{CHILD_COMMAND}: {cause:#}");
    ExitCode::FAILURE
}

/// `arguments` as [`super::launch::Launcher::command`] writes them.
fn exec(mut arguments: impl Iterator<Item = OsString>) -> Result<Infallible> {
    let mut next = || arguments.next().context("not meant to be called by hand");
    let parent = text(next()?)?.parse()?;
    let identity: Identity = text(next()?)?.parse()?;
    let dir = PathBuf::from(next()?);
    let program = PathBuf::from(next()?);

    kernel::become_identity(identity)?;
    kernel::end_with_parent(parent)?;
    std::env::set_current_dir(&dir).with_context(|| format!("cannot enter {}", dir.display()))?;
    let cause = Command::new(&program).args(arguments).exec();
    Err(cause).with_context(|| format!("cannot run {}", program.display()))
}

fn text(argument: OsString) -> Result<String> {
    argument.into_string().ok().context("not text")
}
