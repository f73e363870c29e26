//! `jeton org`: organizations and who belongs to them.
use clap::Subcommand;
use diesel::PgConnection;

use super::database::Database;
use super::failure::told;
use super::{table, user};
use crate::access::Standing;
use crate::audit::Actor;
use crate::config::Config;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::organizations::{self, Organization};

#[derive(Debug, Subcommand)]
pub enum Org {
    /// Make an organization
    Create {
        /// Its address, such as acme in /orgs/acme
        #[arg(long)]
        slug: String,
        /// Its name [default: its address]
        #[arg(long)]
        name: Option<String>,
    },
    /// List all organizations
    List,
    /// Make a user a member of an organization
    AddMember {
        /// The organization, by address or id
        #[arg(long)]
        org: String,
        /// The user, by e-mail address
        #[arg(long, value_name = "EMAIL")]
        user: String,
        /// owner, manager, operator or readonly
        #[arg(long, value_parser = standing)]
        role: Standing,
    },
}

impl Org {
    pub fn run(self, config: &Config) -> anyhow::Result<()> {
        Database::work(config, |db| match self {
            Self::Create { slug, name } => create(db, &slug, name.as_ref().unwrap_or(&slug)),
            Self::List => list(db),
            Self::AddMember { org, user, role } => add_member(db, &org, &user, role),
        })
    }
}

/// By id or by address.
pub fn find(conn: &mut PgConnection, org: &str) -> Result<Organization> {
    organizations::find(conn, org)?
        .ok_or_else(|| Error::field("org", format!("There is no organization {org}.")))
}

fn create(db: &Db, slug: &str, name: &str) -> anyhow::Result<()> {
    let create = db.write_here(|tx| organizations::create(tx, &Actor::command(), slug, name));
    let organization = create.map_err(|error| told(error, &[]))?;
    println!("{} is organization {}.", organization.slug, organization.id);
    Ok(())
}

fn list(db: &Db) -> anyhow::Result<()> {
    let rows = db.read_here(organizations::all)?.into_iter().map(|organization| {
        let state = if organization.suspended_at.is_some() { "suspended" } else { "active" };
        let since = organization.created_at.date_naive().to_string();
        let Organization { id, slug, name, .. } = organization;
        [id.to_string(), slug, name, state.into(), since]
    });
    table::print(["ID", "ADDRESS", "NAME", "STATE", "SINCE"], rows.collect());
    Ok(())
}

fn add_member(db: &Db, org: &str, email: &str, standing: Standing) -> anyhow::Result<()> {
    let add = db.write_here(|tx| {
        let organization = find(tx.conn(), org)?;
        let user = user::find(tx.conn(), "user", email)?;
        let who = (user.id, user.name.as_str());
        organizations::add_member(tx, &Actor::command(), organization.id, who, standing)
    });
    add.map_err(|error| told(error, &[]))
}

fn standing(text: &str) -> Result<Standing, &'static str> {
    Standing::parse(text).ok_or("expected owner, manager, operator or readonly")
}
