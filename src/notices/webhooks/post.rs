//! Sending one delivery: to the very addresses that were checked, once, without following anything.
use std::io::Read;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ureq::config::Config;
use ureq::http::{Response, Uri};
use ureq::tls::{RootCerts, TlsConfig, TlsProvider};
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, Body, Error};

use super::address::{Networks, Refused, resolve};
use super::signature::Signed;

/// For all of it: looking the name up, connecting, sending, and being answered.
pub const PATIENCE: Duration = Duration::from_secs(10);
/// Of what is answered, so much is kept, for whoever looks for what is wrong.
const EXCERPT: u64 = 300;
/// Of a name's addresses, so many are tried.
const ADDRESSES: usize = 16;

/// What came of one attempt.
#[derive(Debug)]
pub struct Attempt {
    pub status: Option<u16>,
    pub took: Duration,
    /// `None` where it was delivered.
    pub failure: Option<String>,
    pub excerpt: Option<String>,
}

impl Attempt {
    /// Nothing was sent at all.
    pub fn never_made(why: &str) -> Self {
        Self { status: None, took: Duration::ZERO, failure: Some(why.to_owned()), excerpt: None }
    }
}

pub struct Post(Agent);

impl Post {
    pub fn new(networks: Arc<Networks>) -> Self {
        let tls = TlsConfig::builder()
            .provider(TlsProvider::NativeTls)
            .root_certs(RootCerts::PlatformVerifier)
            .build();
        let config = Config::builder()
            .tls_config(tls)
            .timeout_global(Some(PATIENCE))
            .http_status_as_error(false)
            .max_redirects(0)
            .max_idle_connections(0)
            // A proxy would connect where nobody checks.
            .proxy(None)
            .user_agent(concat!("Jeton/", env!("CARGO_PKG_VERSION")))
            .build();
        Self(Agent::with_parts(config, DefaultConnector::new(), Checked(networks)))
    }

    pub fn send(&self, url: &str, signed: &Signed, body: &str) -> Attempt {
        let began = Instant::now();
        let answered = self
            .0
            .post(url)
            .content_type("application/json")
            .header("webhook-id", &signed.id)
            .header("webhook-timestamp", &signed.timestamp)
            .header("webhook-signature", &signed.signature)
            .send(body);
        match answered {
            Ok(mut answer) => {
                let (status, excerpt) = (answer.status(), excerpt(&mut answer));
                let failure = match status.as_u16() {
                    200..300 => None,
                    code @ 300..400 => {
                        Some(format!("It answered {code}, and redirects are not followed."))
                    }
                    code => Some(format!("It answered {code}.")),
                };
                let status = Some(status.as_u16());
                Attempt { status, took: began.elapsed(), failure, excerpt }
            }
            Err(cause) => {
                let failure = Some(said(&cause));
                Attempt { status: None, took: began.elapsed(), failure, excerpt: None }
            }
        }
    }
}

/// The beginning of the answer, as one line of text. One that breaks off there is no failure.
fn excerpt(answer: &mut Response<Body>) -> Option<String> {
    let mut bytes = Vec::new();
    let _ = answer.body_mut().as_reader().take(EXCERPT).read_to_end(&mut bytes);
    let text = String::from_utf8_lossy(&bytes);
    let text: Vec<_> = text.split(|c: char| c.is_whitespace() || c.is_control()).collect();
    let line = text.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    (!line.is_empty()).then_some(line)
}

fn said(cause: &Error) -> String {
    tracing::debug!(%cause, "a webhook was not delivered");
    match cause {
        Error::Other(other) => match other.downcast_ref::<Refused>() {
            Some(Refused(address)) => format!(
                "It leads to {address}, which is not a public address. Whoever runs this instance \
                 can allow its network (JETON_WEBHOOK_ALLOW)."
            ),
            None => "Nothing could be sent.".into(),
        },
        Error::Timeout(_) => format!("No answer within {} seconds.", PATIENCE.as_secs()),
        Error::HostNotFound => "No address is known for its host.".into(),
        Error::NativeTls(cause) => format!("No TLS: {cause}."),
        Error::Tls(cause) => format!("No TLS: {cause}."),
        Error::Protocol(_) => "What it answered is not HTTP.".into(),
        Error::Io(_) | Error::ConnectionFailed => "The connection failed.".into(),
        _ => "Nothing could be sent.".into(),
    }
}

/// Looks a name up and answers with what may be connected to, so that what is checked is what is
/// used: a name that leads elsewhere a moment later gains nothing.
#[derive(Debug)]
struct Checked(Arc<Networks>);

impl Resolver for Checked {
    fn resolve(&self, uri: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let place = uri.scheme().zip(uri.authority());
        let place = place.and_then(|(scheme, at)| DefaultResolver::host_and_port(scheme, at));
        let found = place.and_then(|place| resolve(&place)).ok_or(Error::HostNotFound)?;
        self.0.check(&found).map_err(|refused| Error::Other(refused.into()))?;
        let mut addresses = self.empty();
        found.into_iter().take(ADDRESSES).for_each(|address| addresses.push(address));
        Ok(addresses)
    }
}
