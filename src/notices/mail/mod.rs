//! Mail, over SMTP: sent by the chores, tried again for two days, then given up.
mod letter;
mod outbox;

use std::error::Error as _;
use std::io::{self, ErrorKind};
use std::time::Duration;

use anyhow::Context;
use lettre::message::{Mailbox, MultiPart, header::HeaderName, header::HeaderValue};
use lettre::transport::smtp;
use lettre::{Message, SmtpTransport, Transport};
use secrecy::ExposeSecret;
use url::Url;

use crate::clock::Clock;
use crate::config::{Mail, PublicUrl};
use crate::db::Db;
use crate::error::Result;

use letter::Letter;
use outbox::Due;

/// For each answer of the mail server.
const PATIENCE: Duration = Duration::from_secs(10);

pub struct Mailer {
    transport: SmtpTransport,
    from: Mailbox,
    public_url: PublicUrl,
    /// What may stand in no log, though a server may send it back.
    password: Option<String>,
}

/// Refusals that are about us, and not about one mail: not now, not without signing in, not like that.
const OF_THE_SERVER: [&str; 6] = ["421", "454", "530", "534", "535", "538"];

/// Why a mail was not taken.
enum Failure {
    /// Whatever is tried next would fail too.
    Server(String),
    /// This one.
    Mail(String),
}

impl Mailer {
    /// # Errors
    /// When the address of the server is none.
    pub fn new(mail: &Mail, public_url: &PublicUrl) -> Result<Self> {
        let text = mail.url.expose_secret();
        let wanted = "JETON_SMTP_URL is malformed: expected smtp://user:password@host:port?tls=required, \
            smtps://..., or smtp://host without TLS";
        let url = Url::parse(text).context(wanted)?;
        let transport = SmtpTransport::from_url(text).map_err(anyhow::Error::from);
        let password = url.password().filter(|password| !password.is_empty());
        Ok(Self {
            transport: transport.context(wanted)?.timeout(Some(PATIENCE)).build(),
            from: mail.from.clone(),
            public_url: public_url.clone(),
            password: password.map(str::to_owned),
        })
    }

    /// Sends what is due, one after another; returns how many were. It ends early where the server
    /// is in trouble: what is left is due still.
    pub fn send_due(&self, db: &Db, clock: &Clock) -> Result<usize> {
        let mut sent = 0;
        while let Some(due) = db.read_here(|conn| outbox::take(conn, clock.now()))? {
            match self.send(&due, clock) {
                _ if !due.stands => db.read_here(|conn| outbox::drop(conn, &due))?,
                Ok(()) => {
                    db.read_here(|conn| outbox::sent(conn, &due, clock.now()))?;
                    sent += 1;
                }
                Err(Failure::Mail(why)) => {
                    db.read_here(|conn| outbox::failed(conn, &due, &why, clock.now()))?;
                }
                Err(Failure::Server(why)) => {
                    db.read_here(|conn| outbox::failed(conn, &due, &why, clock.now()))?;
                    break;
                }
            }
        }
        Ok(sent)
    }

    fn send(&self, due: &Due, clock: &Clock) -> std::result::Result<(), Failure> {
        if !due.stands {
            return Ok(());
        }
        let message = self.message(due, clock).map_err(|cause| {
            tracing::warn!(cause = format!("{cause:#}"), "a mail could not be written");
            Failure::Mail(format!("{} is no address that mail can go to", due.email))
        })?;
        self.transport.send(&message).map(drop).map_err(|cause| self.failure(&cause))
    }

    fn message(&self, due: &Due, clock: &Clock) -> anyhow::Result<Message> {
        let letter = Letter::of(due, &self.public_url, clock.now());
        let to = Mailbox::new(Some(due.user_name.clone()), due.email.parse()?);
        // The same for every attempt: one that arrived all the same is told from another.
        let place = Url::parse(self.public_url.origin())?;
        let place = place.host_str().unwrap_or("localhost");
        let id = format!("<expiry-{}-{}@{place}>", due.id, due.days);
        let mut message = Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(letter.subject())
            .date(clock.now().into())
            .message_id(Some(id))
            .multipart(MultiPart::alternative_plain_html(letter.text()?, letter.html()?))?;
        let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
        message.headers_mut().insert_raw(HeaderValue::new(automatic, "auto-generated".to_owned()));
        Ok(message)
    }

    /// Connects, says hello, signs in where it should, and leaves.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn try_server(&self) -> std::result::Result<(), String> {
        match self.transport.test_connection() {
            Ok(true) => Ok(()),
            Ok(false) => Err("the mail server closed the connection".to_owned()),
            Err(cause) => match self.failure(&cause) {
                Failure::Server(why) | Failure::Mail(why) => Err(why),
            },
        }
    }

    /// In words that whoever sees the token may read; the rest is for the log.
    fn failure(&self, cause: &smtp::Error) -> Failure {
        let mut said = cause.to_string();
        if let Some(password) = &self.password {
            said = said.replace(password, "****");
        }
        tracing::warn!(cause = said, "a mail was not sent");
        match cause.status().map(|code| code.to_string()) {
            Some(code) if OF_THE_SERVER.contains(&&*code) => {
                Failure::Server(format!("the mail server lets nobody in ({code})"))
            }
            Some(code) => Failure::Mail(format!("the mail server refused it ({code})")),
            None if is_late(cause) => {
                Failure::Server("the mail server did not answer in time".to_owned())
            }
            None if cause.is_tls() => Failure::Server("no TLS with the mail server".to_owned()),
            None => Failure::Server("the mail server could not be reached".to_owned()),
        }
    }
}

/// A wait that was given up is called one thing or the other, system by system.
fn is_late(cause: &smtp::Error) -> bool {
    let causes = std::iter::successors(cause.source(), |&cause| cause.source());
    let kinds = causes.filter_map(|cause| cause.downcast_ref::<io::Error>()).map(io::Error::kind);
    kinds.into_iter().any(|kind| matches!(kind, ErrorKind::TimedOut | ErrorKind::WouldBlock))
}
