//! `jeton token issue`: standard output gets the token and nothing else.
use std::io::{Write, stdout};

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use diesel::PgConnection;

use super::super::database::Database;
use super::super::failure::told;
use super::super::key;
use super::super::lifetime::Lifetime;
use super::Whose;
use crate::access::{AccessConfig, Grant, Level, Permissions, Projects, Role};
use crate::audit::Actor;
use crate::config::Config;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::policies::{AccountTokenWish, Cleared, Expiry, PersonalWish, Wish};
use crate::secret::Revealed;
use crate::service_accounts;
use crate::tokens::{self, Holder, Issued, Mint, Peppers};

#[derive(Debug, Args)]
pub struct Issue {
    /// A personal access token (with --user), an organization's (with --org) or a service
    /// account's (with --org and --service-account)
    #[arg(long)]
    kind: Kind,
    #[command(flatten)]
    whose: Whose,
    /// What the token is called
    #[arg(long)]
    name: String,
    /// When it ends, from now: 12h, 30d, 2w, or never [default: as late as the policy allows]
    #[arg(long, value_name = "TIME")]
    expires_in: Option<Lifetime>,
    /// Narrow it to this, such as records:write; may be repeated; a service account's token may do
    /// what the account may [default: everything that the user may do, or that the role grants]
    #[arg(long, value_name = "RESOURCE:LEVEL", value_parser = permission, conflicts_with = "service_account")]
    permission: Vec<(String, Level)>,
    /// Let the token give itself a new secret
    #[arg(long)]
    may_rotate_itself: bool,
    /// readonly, operator or manager; for an organization's token [default: readonly]
    #[arg(long, value_parser = role, conflicts_with_all = ["user", "service_account"])]
    role: Option<Role>,
    /// Let it reach this project; may be repeated; for an organization's token
    #[arg(long, conflicts_with_all = ["user", "service_account", "all_projects"])]
    project: Vec<String>,
    /// Let it reach every project, also those added later; for an organization's token
    #[arg(long, conflicts_with_all = ["user", "service_account"])]
    all_projects: bool,
    /// How it is printed; for a person's token and a service account's
    #[arg(long, value_enum, default_value_t)]
    form: Form,
}

/// One secret has three forms. An organization's token has the first alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum Form {
    /// One word, for every service that Jeton protects
    #[default]
    Word,
    /// With key material, for the clients of application secrets
    Personal,
    /// For REST calls to application secrets, after `Bearer`
    Rest,
}

impl Form {
    fn of(self, secret: &Revealed) -> String {
        let asked = match self {
            Self::Word => None,
            Self::Personal => secret.personal(),
            Self::Rest => secret.rest(),
        };
        asked.map_or_else(|| secret.to_string(), str::to_owned)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    Pat,
    Oat,
    Sat,
}

impl Issue {
    pub fn run(self, config: &Config) -> anyhow::Result<()> {
        let Whose { user, service_account, .. } = &self.whose;
        match (self.kind, user, service_account) {
            (Kind::Pat, None, _) => bail!("--kind pat is a person's: say whose with --user"),
            (Kind::Oat, Some(_), _) | (Kind::Oat, _, Some(_)) => {
                bail!("--kind oat is an organization's: say whose with --org")
            }
            (Kind::Sat, _, None) => bail!(
                "--kind sat is a service account's: say whose with --org and --service-account"
            ),
            (Kind::Oat, ..) if self.form != Form::Word => {
                bail!("an organization's token has no other form: leave --form out")
            }
            (Kind::Pat, Some(_), _) | (Kind::Oat, None, None) | (Kind::Sat, _, Some(_)) => {}
        }
        let key = key::load(config)?;
        let (form, peppers) = (self.form, Peppers::configured(config, &key)?);
        let mint = Mint::configured(config, &key)?;
        let issued = Database::work(config, |db| {
            peppers.recognise(db)?;
            let flags = [
                ("expires_at", "--expires-in"),
                ("permissions", "--permission"),
                ("projects", "--project"),
            ];
            db.write_here(|tx| self.issue(tx, &mint)).map_err(|error| told(error, &flags))
        })?;
        let Issued { token, plain, .. } = issued;
        writeln!(stdout(), "{}", form.of(&plain.reveal()))
            .with_context(|| format!("could not print the token; revoke it: {}", token.id))
    }

    fn issue(self, tx: &mut Tx, mint: &Mint) -> Result<Issued> {
        let holder = self.whose.holder(tx.conn())?;
        let now = tx.now();
        let expiry = self.expires_in.map_or(Expiry::Longest, |time| time.from(now));
        let cleared = self.clear(tx.conn(), holder, expiry, now)?;
        tokens::issue(tx, &Actor::command(), holder, mint, cleared)
    }

    fn clear(
        self,
        conn: &mut PgConnection,
        holder: Holder,
        expiry: Expiry,
        now: chrono::DateTime<chrono::Utc>,
    ) -> Result<Cleared> {
        let Self { name, may_rotate_itself, .. } = self;
        let listed: Permissions = self.permission.into_iter().collect();
        let permissions = (!listed.is_empty()).then_some(listed);
        match holder {
            Holder::Organization(organization) => {
                let projects = Projects::new(self.all_projects, self.project);
                let role = self.role.unwrap_or_default();
                let access = AccessConfig { role, projects, permissions };
                tokens::organization_bounds(conn, organization, Grant::of_owner())?
                    .clear(Wish { name, expiry, access, may_rotate_itself }, now)
            }
            Holder::ServiceAccount(organization, account) => {
                let account = service_accounts::find(conn, organization, account)?
                    .ok_or(Error::NotFound("service account"))?;
                tokens::organization_bounds(conn, organization, Grant::of_owner())?
                    .clear_account_token(
                        AccountTokenWish { name, expiry, may_rotate_itself },
                        &account.power(),
                        now,
                    )
            }
            Holder::Person(user) => {
                let picked = permissions;
                tokens::person_bounds(conn, user, None)?
                    .clear(PersonalWish { name, expiry, picked, may_rotate_itself }, now)
            }
        }
    }
}

fn permission(text: &str) -> Result<(String, Level), &'static str> {
    text.split_once(':')
        .and_then(|(resource, level)| Some((resource.to_owned(), Level::parse(level)?)))
        .ok_or("expected a resource and a level (read, write or manage), such as records:write")
}

fn role(text: &str) -> Result<Role, &'static str> {
    Role::parse(text).ok_or("expected readonly, operator or manager")
}
