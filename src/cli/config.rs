//! `jeton config`: what was understood, in the form in which it can be set again.
use ipnetwork::IpNetwork;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::{database_url, key};
use crate::config::Config;

pub fn print(config: &Config) {
    let hidden = |set: bool| if set { "****" } else { "" }.to_owned();
    let from = config.mail.as_ref().map(|mail| mail.from.to_string());
    let bin = config.postgres_bin.as_ref().map(|path| path.display().to_string());
    let lines = [
        ("JETON_LISTEN", config.listen.to_string()),
        ("JETON_DATA_DIR", config.data_dir.display().to_string()),
        ("JETON_PUBLIC_URL", config.public_url.to_string()),
        ("JETON_TRUSTED_PROXIES", joined(&config.trusted_proxies)),
        ("JETON_METRICS_TOKEN", hidden(config.metrics_token.is_some())),
        ("JETON_AUDIENCES", config.audiences.join(",")),
        ("JETON_SECRET_KEY", hidden(config.secret_key.is_some())),
        ("JETON_PREVIOUS_SECRET_KEY", hidden(config.previous_secret_key.is_some())),
        (
            "DATABASE_URL",
            config.database_url.as_ref().map(database_url::masked).unwrap_or_default(),
        ),
        ("JETON_POSTGRES_BIN", bin.unwrap_or_default()),
        ("JETON_SMTP_URL", config.mail.as_ref().map(|mail| masked(&mail.url)).unwrap_or_default()),
        ("JETON_MAIL_FROM", from.unwrap_or_default()),
        ("JETON_WEBHOOK_ALLOW", joined(&config.webhook_allow)),
    ];
    for (name, value) in lines {
        println!("{name}={value}");
    }
    if config.secret_key.is_none() {
        println!("# The instance key is in {}.", key::path(config).display());
    }
    if config.database_url.is_none() {
        println!("# The database is the private PostgreSQL in the data directory.");
    }
}

fn joined(networks: &[IpNetwork]) -> String {
    networks.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

/// Without whoever signs in there.
fn masked(url: &SecretString) -> String {
    let Ok(mut url) = Url::parse(url.expose_secret()) else { return "****".into() };
    if !url.username().is_empty() || url.password().is_some() {
        let hidden = url.set_username("****").and_then(|()| url.set_password(Some("****")));
        if hidden.is_err() {
            return "****".into();
        }
    }
    url.into()
}
