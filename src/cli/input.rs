//! Secrets on their way in: asked for at the terminal, or read from standard input.
use std::io::{IsTerminal, stdin};

use anyhow::{Context, bail};
use clap::Args;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::failure::told;
use crate::accounts::{PasswordHash, Passwords};

#[derive(Debug, Args)]
pub struct NewPassword {
    /// Read the password from standard input (its first line) instead of asking for it
    #[arg(long)]
    password_stdin: bool,
}

impl NewPassword {
    pub fn hash(&self) -> anyhow::Result<PasswordHash> {
        let password = if self.password_stdin { first_line()? } else { ask_twice()? };
        Passwords::hash_here("password", &password)
            .map_err(|error| told(error, &[("password", "the password")]))
    }
}

/// From a terminal it is asked for, unseen.
pub fn token() -> anyhow::Result<SecretString> {
    if stdin().is_terminal() { ask("Token: ") } else { first_line() }
}

fn first_line() -> anyhow::Result<SecretString> {
    let mut line = Zeroizing::new(String::new());
    stdin().read_line(&mut line).context("could not read standard input")?;
    let text = line.trim_end_matches(['\n', '\r']);
    if text.is_empty() {
        bail!("there is nothing on standard input");
    }
    Ok(text.into())
}

fn ask_twice() -> anyhow::Result<SecretString> {
    let password = ask("Password: ")?;
    if ask("The same again: ")?.expose_secret() != password.expose_secret() {
        bail!("these are two different passwords; try again");
    }
    Ok(password)
}

fn ask(prompt: &str) -> anyhow::Result<SecretString> {
    rpassword::prompt_password(prompt)
        .map(SecretString::from)
        .context("there is no terminal to ask at; send the password with --password-stdin")
}
