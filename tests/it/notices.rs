//! Telling people by mail and programs by webhook: each once, whatever is in the way.
mod expiry;
mod mail;
mod webhooks;

use chrono::{DateTime, Utc};
use jeton::access::{AccessConfig, Projects, Role};
use jeton::config::Config;
use jeton::notices;
use jeton::policies::{Expiry, PersonalWish, Wish};

use crate::support::{Console, Person, TestToken};

/// Lets webhooks lead to this machine, where the tests' receivers are.
pub fn allowed(config: &mut Config) {
    config.webhook_allow = vec!["127.0.0.0/8".parse().unwrap()];
}

/// When the stopped clocks of these tests start.
fn start() -> DateTime<Utc> {
    "2027-03-01T09:00:00Z".parse().unwrap()
}

/// What the chores do every few minutes, at once.
fn announces(console: &Console) -> usize {
    let (app, by_mail) = (&console.app, console.app.notices.mailer.is_some());
    let announce = |conn: &mut _| notices::announce(conn, by_mail, app.clock.now());
    std::iter::repeat_with(|| app.db.read_here(announce).unwrap())
        .take_while(|&made| made > 0)
        .sum()
}

/// What the chores do every few seconds, at once; returns how many mails were sent.
fn sends(console: &Console) -> usize {
    let app = &console.app;
    app.notices.mailer.as_ref().unwrap().send_due(&app.db, &app.clock).unwrap()
}

/// An organization token that ends then.
async fn ends(person: &Person, name: &str, at: DateTime<Utc>) -> TestToken {
    let access = AccessConfig { role: Role::Readonly, projects: Projects::All, permissions: None };
    let expiry = Expiry::At(at);
    person.issues_wish(Wish { name: name.into(), expiry, access, may_rotate_itself: false }).await
}

/// A personal token that ends then.
async fn ends_own(person: &Person, name: &str, at: DateTime<Utc>) -> TestToken {
    let (name, expiry) = (name.to_owned(), Expiry::At(at));
    person.pat_wish(PersonalWish { name, expiry, picked: None, may_rotate_itself: false }).await
}
