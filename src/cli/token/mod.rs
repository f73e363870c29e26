//! `jeton token`: issue, list, verify and revoke.
mod issue;
mod list;
mod verify;

use clap::{ArgGroup, Args, Subcommand};
use diesel::PgConnection;

use super::database::Database;
use super::failure::told;
use super::{org, user};
use crate::audit::Actor;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::id::TokenId;
use crate::service_accounts;
use crate::tokens::{self, Holder};

#[derive(Debug, Subcommand)]
pub enum Token {
    /// Issue a token and print it: one line, this once
    Issue(Box<issue::Issue>),
    /// List tokens
    List(Whose),
    /// Say what a token is and what it may do; it is asked for, or read from standard input
    Verify,
    /// Delete a token for good: it stops working at once
    Revoke {
        /// The number that `jeton token list` shows
        id: i64,
        #[command(flatten)]
        whose: Whose,
    },
}

/// Whose tokens.
#[derive(Debug, Args)]
#[group(skip)]
#[command(group(ArgGroup::new("whose").required(true)))]
pub struct Whose {
    /// Tokens of this organization, by address or id
    #[arg(long, visible_alias = "organization", group = "whose")]
    org: Option<String>,
    /// Tokens of this service account of the organization, by name
    #[arg(long, value_name = "NAME", requires = "org")]
    service_account: Option<String>,
    /// Personal access tokens of this user, by e-mail address
    #[arg(long, value_name = "EMAIL", group = "whose", conflicts_with = "service_account")]
    user: Option<String>,
}

impl Token {
    pub fn run(self, config: &Config) -> anyhow::Result<()> {
        match self {
            Self::Issue(issue) => issue.run(config),
            Self::List(whose) => list::run(&whose, config),
            Self::Verify => verify::run(config),
            Self::Revoke { id, whose } => revoke(config, &whose, TokenId(id)),
        }
    }
}

impl Whose {
    fn holder(&self, conn: &mut PgConnection) -> Result<Holder> {
        match (&self.org, &self.user) {
            (Some(org), _) => {
                let organization = org::find(conn, org)?.id;
                let Some(name) = &self.service_account else {
                    return Ok(Holder::Organization(organization));
                };
                let account = service_accounts::find_named(conn, organization, name.trim())?;
                let account = account.ok_or_else(|| {
                    let message = format!("There is no service account {name} in {org}.");
                    Error::field("service-account", message)
                })?;
                Ok(Holder::ServiceAccount(organization, account.id))
            }
            (None, Some(email)) => Ok(Holder::Person(user::find(conn, "user", email)?.id)),
            (None, None) => Err(Error::field("org", "Say whose: --org or --user.")),
        }
    }
}

fn revoke(config: &Config, whose: &Whose, id: TokenId) -> anyhow::Result<()> {
    let token = Database::work(config, |db| {
        let revoke = db.write_here(|tx| {
            let holder = whose.holder(tx.conn())?;
            tokens::revoke(tx, &Actor::command(), holder, id)
        });
        revoke.map_err(|error| told(error, &[]))
    })?;
    println!("“{}” is revoked.", token.name);
    Ok(())
}
