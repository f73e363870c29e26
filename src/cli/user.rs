//! `jeton user`: people.
use clap::{Args, Subcommand};
use diesel::PgConnection;

use super::database::Database;
use super::failure::told;
use super::input::NewPassword;
use super::table;
use crate::accounts;
use crate::audit::Actor;
use crate::config::Config;
use crate::db::{Db, Tx};
use crate::error::{Error, Result};

#[derive(Debug, Subcommand)]
pub enum User {
    /// Make a user, who can then be added to organizations
    Create {
        /// Their e-mail address, with which they sign in
        #[arg(long)]
        email: String,
        #[arg(long)]
        /// Their name
        name: String,
        /// Let them run this instance
        #[arg(long)]
        admin: bool,
        #[command(flatten)]
        password: NewPassword,
    },
    /// List everyone
    List,
    /// Sign someone out everywhere and refuse their tokens, until they are enabled again
    Disable(Who),
    /// Let a disabled user in again
    Enable(Who),
    /// Set someone's password, and sign them out everywhere
    Password {
        #[command(flatten)]
        who: Who,
        #[command(flatten)]
        password: NewPassword,
    },
}

#[derive(Debug, Args)]
pub struct Who {
    /// Their e-mail address
    #[arg(long)]
    email: String,
}

impl User {
    pub fn run(self, config: &Config) -> anyhow::Result<()> {
        match self {
            Self::Create { email, name, admin, password } => {
                let password = password.hash()?;
                let by = Actor::command();
                let create =
                    |tx: &mut Tx| accounts::create(tx, &by, &email, &name, Some(&password), admin);
                let user = write(config, create)?;
                println!("{} is user {}.", user.email, user.id);
            }
            Self::List => Database::work(config, list)?,
            Self::Disable(who) => write(config, |tx| set_disabled(tx, &who, true))?,
            Self::Enable(who) => write(config, |tx| set_disabled(tx, &who, false))?,
            Self::Password { who, password } => {
                let password = password.hash()?;
                write(config, |tx| {
                    let user = who.find(tx.conn())?;
                    accounts::set_password(tx, &Actor::command(), user.id, &password, None)
                })?;
            }
        }
        Ok(())
    }
}

impl Who {
    fn find(&self, conn: &mut PgConnection) -> Result<accounts::User> {
        find(conn, "email", &self.email)
    }
}

/// Whoever has that e-mail address; `field` is what it was given as.
pub fn find(conn: &mut PgConnection, field: &'static str, email: &str) -> Result<accounts::User> {
    accounts::by_email(conn, email)?
        .ok_or_else(|| Error::field(field, format!("Nobody here has the address {email}.")))
}

fn set_disabled(tx: &mut Tx, who: &Who, disabled: bool) -> Result<()> {
    let user = who.find(tx.conn())?;
    accounts::set_disabled(tx, &Actor::command(), user.id, disabled).map(drop)
}

fn write<T>(config: &Config, deed: impl FnOnce(&mut Tx) -> Result<T>) -> anyhow::Result<T> {
    Database::work(config, |db| db.write_here(deed).map_err(|error| told(error, &[])))
}

fn list(db: &Db) -> anyhow::Result<()> {
    let rows = db.read_here(accounts::list)?.into_iter().map(|user| {
        let state = if user.disabled_at.is_some() { "disabled" } else { "active" };
        let power = if user.is_admin { "admin" } else { "" };
        let since = user.created_at.date_naive();
        [user.id.to_string(), user.email, user.name, state.into(), power.into(), since.to_string()]
    });
    table::print(["ID", "E-MAIL", "NAME", "STATE", "", "SINCE"], rows.collect());
    Ok(())
}
