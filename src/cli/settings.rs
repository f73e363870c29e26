//! Flags and their variables. Only this room reads the environment.
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use anyhow::Context;
use clap::Args;
use ipnetwork::IpNetwork;
use lettre::message::Mailbox;
use secrecy::{ExposeSecret, SecretString};

use super::database_url;
use crate::config::{Config, Mail, PublicUrl};
use crate::notices::Mailer;

/// What every command needs to know.
#[derive(Debug, Args)]
#[command(next_help_heading = "Settings")]
pub struct Settings {
    /// Where the instance key and the private PostgreSQL live
    ///
    /// Default: /var/lib/jeton as root, else ~/.local/share/jeton.
    #[arg(long, global = true, env = "JETON_DATA_DIR", value_name = "PATH", value_parser = given::<PathBuf>)]
    data_dir: Option<Given<PathBuf>>,
    /// The instance key, 64 hexadecimal digits, instead of the file in the data directory
    #[arg(
        long,
        global = true,
        env = "JETON_SECRET_KEY",
        value_name = "KEY",
        hide_env_values = true
    )]
    secret_key: Option<SecretString>,
    /// The instance key before this one, while it is being rotated
    #[arg(
        long,
        global = true,
        env = "JETON_PREVIOUS_SECRET_KEY",
        value_name = "KEY",
        hide_env_values = true
    )]
    previous_secret_key: Option<SecretString>,
    /// A PostgreSQL 14 or later, instead of the private one
    #[arg(long, global = true, env = "DATABASE_URL", value_name = "URL", hide_env_values = true)]
    database_url: Option<SecretString>,
    /// The directory of the private PostgreSQL's programs
    #[arg(long, global = true, env = "JETON_POSTGRES_BIN", value_name = "PATH", value_parser = given::<PathBuf>)]
    postgres_bin: Option<Given<PathBuf>>,
}

/// Where the server is, and how it is reached.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Settings")]
pub struct Place {
    /// Address and port to listen on
    ///
    /// Default: 127.0.0.1:8080.
    #[arg(long, env = "JETON_LISTEN", value_name = "ADDRESS", value_parser = given::<SocketAddr>)]
    listen: Option<Given<SocketAddr>>,
    /// Where people and programs reach this instance: scheme, host and port
    ///
    /// Default: http:// and the address that is listened on.
    #[arg(long, env = "JETON_PUBLIC_URL", value_name = "URL", value_parser = given::<PublicUrl>)]
    public_url: Option<Given<PublicUrl>>,
    /// Networks of proxies whose X-Forwarded-For is believed, separated by commas
    #[arg(
        long,
        env = "JETON_TRUSTED_PROXIES",
        value_name = "NETWORK",
        value_delimiter = ',',
        value_parser = given::<IpNetwork>
    )]
    trusted_proxies: Vec<Given<IpNetwork>>,
    /// The Bearer token that /metrics asks for
    ///
    /// Without it /metrics answers whoever asks on the machine itself, and not through a proxy.
    #[arg(long, env = "JETON_METRICS_TOKEN", value_name = "TOKEN", hide_env_values = true)]
    metrics_token: Option<SecretString>,
    /// For whom access tokens of the exchange may be, beside Jeton itself, separated by commas
    #[arg(long, env = "JETON_AUDIENCES", value_name = "URI", value_delimiter = ',')]
    audiences: Vec<String>,
    #[command(flatten)]
    notices: Notices,
}

/// How people and programs are told of things.
#[derive(Debug, Clone, Default, Args)]
struct Notices {
    /// The mail server: `smtps://USER:PASSWORD@HOST`, or `smtp://` with `?tls=required` for STARTTLS
    ///
    /// Without it nothing goes by mail.
    #[arg(long, env = "JETON_SMTP_URL", value_name = "URL", hide_env_values = true)]
    smtp_url: Option<SecretString>,
    /// Whom mail is from: jeton@example.org, or "Jeton <jeton@example.org>"
    #[arg(long, env = "JETON_MAIL_FROM", value_name = "ADDRESS", value_parser = given::<Mailbox>)]
    mail_from: Option<Given<Mailbox>>,
    /// Networks that are not public and that webhooks may lead to, separated by commas
    #[arg(
        long,
        env = "JETON_WEBHOOK_ALLOW",
        value_name = "NETWORK",
        value_delimiter = ',',
        value_parser = given::<IpNetwork>
    )]
    webhook_allow: Vec<Given<IpNetwork>>,
}

impl Notices {
    /// # Errors
    /// When there is a server and nobody whom mail is from, or the server's address is malformed.
    fn mail(&self, public_url: &PublicUrl) -> anyhow::Result<Option<Mail>> {
        let Some(url) = self.smtp_url.clone().filter(is_set) else { return Ok(None) };
        let from = value(self.mail_from.clone());
        let from = from.context("JETON_SMTP_URL needs JETON_MAIL_FROM: say whom mail is from")?;
        let mail = Mail { url, from };
        Mailer::new(&mail, public_url)?;
        Ok(Some(mail))
    }
}

impl Place {
    pub fn listen(&self) -> SocketAddr {
        value(self.listen.clone()).unwrap_or(Config::LISTEN)
    }

    /// Says where it really is, once that is known.
    pub fn is_at(&mut self, listen: SocketAddr) {
        self.listen = Some(Given(Some(listen)));
    }
}

/// A setting that may have been given as nothing: a variable that is set to nothing is not set.
#[derive(Debug, Clone)]
struct Given<T>(Option<T>);

fn given<T: FromStr>(text: &str) -> Result<Given<T>, T::Err> {
    if text.trim().is_empty() { Ok(Given(None)) } else { text.parse().map(|it| Given(Some(it))) }
}

fn value<T>(setting: Option<Given<T>>) -> Option<T> {
    setting.and_then(|Given(value)| value)
}

impl Settings {
    pub fn into_config(self, place: Place) -> anyhow::Result<Config> {
        let database_url = self.database_url.filter(is_set);
        if let Some(url) = &database_url {
            database_url::check(url)?;
        }
        let listen = place.listen();
        let trusted = place.trusted_proxies.into_iter().filter_map(|Given(network)| network);
        let public_url = value(place.public_url).unwrap_or_else(|| PublicUrl::of_listener(listen));
        let mail = place.notices.mail(&public_url)?;
        let allowed = place.notices.webhook_allow.into_iter().filter_map(|Given(network)| network);
        Ok(Config {
            listen,
            data_dir: value(self.data_dir).map_or_else(default_data_dir, Ok)?,
            public_url,
            trusted_proxies: trusted.collect(),
            metrics_token: place.metrics_token.filter(is_set),
            audiences: place.audiences.into_iter().filter(|text| !text.trim().is_empty()).collect(),
            secret_key: self.secret_key.filter(is_set),
            previous_secret_key: self.previous_secret_key.filter(is_set),
            database_url,
            postgres_bin: value(self.postgres_bin),
            mail,
            webhook_allow: allowed.collect(),
        })
    }
}

fn is_set(text: &SecretString) -> bool {
    !text.expose_secret().trim().is_empty()
}

#[expect(clippy::disallowed_methods, reason = "this is where the environment is read")]
fn default_data_dir() -> anyhow::Result<PathBuf> {
    if rustix::process::geteuid().is_root() {
        return Ok("/var/lib/jeton".into());
    }
    let data = std::env::var("XDG_DATA_HOME").ok().filter(|dir| !dir.is_empty());
    if let Some(data) = data {
        return Ok(PathBuf::from(data).join("jeton"));
    }
    let home = std::env::var("HOME").context("say where the data lives: --data-dir")?;
    Ok(PathBuf::from(home).join(".local/share/jeton"))
}
