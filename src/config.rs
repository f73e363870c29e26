//! Settings, read once. `cli` fills them from flags and the environment, tests by hand.
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

use derive_more::Display;
use ipnetwork::IpNetwork;
use lettre::message::Mailbox;
use secrecy::SecretString;
use url::{Host, Url};

#[derive(Debug, Clone)]
pub struct Config {
    pub listen: SocketAddr,
    pub data_dir: PathBuf,
    pub public_url: PublicUrl,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNetwork>,
    /// Who may read `/metrics`; without it, whoever asks on the machine itself.
    pub metrics_token: Option<SecretString>,
    /// For whom access tokens of the exchange may be, beside Jeton itself.
    pub audiences: Vec<String>,
    /// Instead of the file in the data directory.
    pub secret_key: Option<SecretString>,
    /// The instance key before this one, while it is being rotated.
    pub previous_secret_key: Option<SecretString>,
    /// Instead of the private PostgreSQL.
    pub database_url: Option<SecretString>,
    pub postgres_bin: Option<PathBuf>,
    /// Without it nothing goes by mail.
    pub mail: Option<Mail>,
    /// Networks that are not public and that webhooks may lead to all the same.
    pub webhook_allow: Vec<IpNetwork>,
}

/// How mail goes out.
#[derive(Debug, Clone)]
pub struct Mail {
    /// `smtp://` or `smtps://`, with the user and the password in it.
    pub url: SecretString,
    pub from: Mailbox,
}

impl Config {
    pub const LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

    /// Whether a proxy may stand in front: it is reached under another address than it listens on.
    pub fn may_be_behind_a_proxy(&self) -> bool {
        self.public_url != PublicUrl::of_listener(self.listen) && !self.public_url.is_local()
    }
}

/// Where people and programs reach this instance: scheme, host and port, no path.
#[derive(Debug, Clone, PartialEq, Eq, Display)]
#[display("{_0}")]
pub struct PublicUrl(String);

impl PublicUrl {
    /// For whoever says nothing: plain HTTP on the address that is listened on.
    pub fn of_listener(listen: SocketAddr) -> Self {
        Self(format!("http://{listen}"))
    }

    pub fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }

    /// Plain HTTP, by a name that only the machine itself knows.
    pub fn is_local(&self) -> bool {
        let host = Url::parse(&self.0).ok().and_then(|url| url.host().map(|host| host.to_owned()));
        let local = match host {
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost",
            None => false,
        };
        local && !self.is_https()
    }

    /// As browsers send it in `Origin`.
    pub fn origin(&self) -> &str {
        &self.0
    }

    pub fn host(&self) -> &str {
        self.0.split_once("://").map_or("", |(_, host)| host)
    }
}

impl FromStr for PublicUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wanted = "expected http(s)://host[:port], without a path";
        let url = Url::parse(text).map_err(|cause| format!("{wanted} ({cause})"))?;
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        let known = matches!(url.scheme(), "http" | "https");
        if !bare || !known || !url.username().is_empty() || url.host_str().is_none() {
            return Err(wanted.into());
        }
        Ok(Self(url.origin().ascii_serialization()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_local_public_url_names_the_machine_itself() {
        for (text, is_local) in [
            ("http://localhost:8080", true),
            ("http://127.0.0.1", true),
            ("http://[::1]:8080", true),
            ("https://localhost", false),
            ("http://10.0.0.1:8080", false),
            ("http://localhost.example.org", false),
        ] {
            assert_eq!(PublicUrl::from_str(text).unwrap().is_local(), is_local, "{text}");
        }
    }

    #[test]
    fn a_public_url_is_an_origin() {
        let parse = |text: &str| PublicUrl::from_str(text).map(|url| url.to_string());
        assert_eq!(parse("https://Jeton.example.org/").unwrap(), "https://jeton.example.org");
        assert_eq!(parse("http://10.0.0.1:8080").unwrap(), "http://10.0.0.1:8080");
        for bad in ["jeton.example.org", "ftp://x", "https://x/path", "https://u@x", "https://"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
