//! `jeton setup`: the first start, for scripts.
use clap::Args;

use super::database::Database;
use super::failure::told;
use super::input::NewPassword;
use crate::config::Config;
use crate::organizations::{self, First};

/// What the page /setup does, for scripts. It is refused once there is a user.
#[derive(Debug, Args)]
pub struct Setup {
    /// E-mail address of the admin, who signs in with it
    #[arg(long)]
    email: String,
    /// The admin's name
    #[arg(long)]
    name: String,
    /// The organization's address, such as acme in /orgs/acme
    #[arg(long, value_name = "SLUG")]
    organization: String,
    /// The organization's name [default: its address]
    #[arg(long, value_name = "NAME")]
    organization_name: Option<String>,
    #[command(flatten)]
    password: NewPassword,
}

impl Setup {
    pub fn run(self, config: &Config) -> anyhow::Result<()> {
        let password = self.password.hash()?;
        let first = First {
            email: &self.email,
            name: &self.name,
            password: &password,
            slug: &self.organization,
            organization: self.organization_name.as_ref().unwrap_or(&self.organization),
        };
        let user = Database::work(config, |db| {
            let flags = [("slug", "--organization"), ("organization", "--organization-name")];
            db.write_here(|tx| organizations::begin(tx, &first))
                .map_err(|error| told(error, &flags))
        })?;
        println!("{} is an admin, and an owner of {}.", user.email, self.organization);
        Ok(())
    }
}
