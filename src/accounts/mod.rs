//! People: their profile, their password, and how often it was guessed wrong.
mod directory;
mod links;
mod password;
mod store;
mod throttle;

use serde_json::{Map, Value, json};

use crate::audit::{self, Action, Actor, Subject, Who};
use crate::db::Tx;
use crate::error::{Error, Problem, Result, broken_constraint};
use crate::id::{SessionId, UserId};
use crate::name::Name;
use crate::sessions::{self, Which};

pub use directory::{Directory, directory};
pub use links::{
    PasswordLink, offer_password_link, open_password_link, sweep_password_links, use_password_link,
};
pub use password::{PasswordHash, Passwords};
pub use store::{Theme, User, any, by_email, by_id, confirm, list};
pub use throttle::{
    Attempt, begin as begin_attempt, succeed as attempt_succeeded, sweep as sweep_attempts,
};

impl User {
    pub(crate) fn subject(&self) -> Subject {
        Subject { kind: "user", id: Some(self.id.0), name: self.name.clone(), organization: None }
    }

    /// Up to two letters that stand for the person.
    pub fn initials(&self) -> String {
        initials(&self.name)
    }
}

/// The first letters of the first and the last word.
pub fn initials(name: &str) -> String {
    let mut words = name.split_whitespace();
    let first = words.next().and_then(|word| word.chars().next());
    let last = words.next_back().and_then(|word| word.chars().next());
    first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
}

/// Makes a user. The password is hashed before, outside the transaction.
pub fn create(
    tx: &mut Tx,
    by: &Actor,
    email: &str,
    name: &str,
    password: Option<&PasswordHash>,
    is_admin: bool,
) -> Result<User> {
    let mut problems = Vec::new();
    let email = parse_email(email).map_err(|problem| problems.push(problem));
    let name = Name::parse(name).map_err(|message| problems.push(Problem::new("name", message)));
    let (Ok(email), Ok(name)) = (email, name) else { return Err(Error::Invalid(problems)) };
    let now = tx.now();
    let user = store::insert(tx.conn(), &email, name.as_str(), password, is_admin, now)
        .map_err(taken(&email))?;
    audit::record(tx, by, Action::UserCreated, user.subject(), json!({ "admin": is_admin }))?;
    Ok(user)
}

pub fn change_profile(
    tx: &mut Tx,
    by: &Actor,
    id: UserId,
    email: &str,
    name: &str,
    theme: Theme,
) -> Result<User> {
    let mut problems = Vec::new();
    let email = parse_email(email).map_err(|problem| problems.push(problem));
    let name = Name::parse(name).map_err(|message| problems.push(Problem::new("name", message)));
    let (Ok(email), Ok(name)) = (email, name) else { return Err(Error::Invalid(problems)) };
    let before = by_id(tx.conn(), id)?.ok_or(Error::NotFound("user"))?;
    let user =
        store::set_profile(tx.conn(), id, &email, name.as_str(), theme).map_err(taken(&email))?;
    record_change(tx, by, &before, &user)?;
    Ok(user)
}

pub fn set_theme(tx: &mut Tx, by: &Actor, id: UserId, theme: Theme) -> Result<User> {
    let before = by_id(tx.conn(), id)?.ok_or(Error::NotFound("user"))?;
    let user = store::set_theme(tx.conn(), id, theme)?;
    record_change(tx, by, &before, &user)?;
    Ok(user)
}

/// What is other than before, and nothing where nothing is.
fn record_change(tx: &mut Tx, by: &Actor, before: &User, after: &User) -> Result<()> {
    let pairs = [
        ("name", &*before.name, &*after.name),
        ("email", &before.email, &after.email),
        ("theme", before.theme().name(), after.theme().name()),
    ];
    let changed: Map<String, Value> = pairs
        .into_iter()
        .filter(|(_, old, new)| old != new)
        .map(|(field, old, new)| (field.to_owned(), json!([old, new])))
        .collect();
    if changed.is_empty() {
        return Ok(());
    }
    audit::record(tx, by, Action::UserChanged, after.subject(), changed.into())
}

/// Ends every session of the person, but for the one that is kept; returns how many.
pub fn set_password(
    tx: &mut Tx,
    by: &Actor,
    id: UserId,
    password: &PasswordHash,
    keep: Option<SessionId>,
) -> Result<usize> {
    let user = store::set_password(tx.conn(), id, password)?.ok_or(Error::NotFound("user"))?;
    audit::record(tx, by, Action::PasswordChanged, user.subject(), json!({}))?;
    sessions::end(tx, by, id, keep.map_or(Which::All, Which::Others))
}

/// Disabled, a person's sessions end for good; their tokens, which are asked about them at every
/// use, come back to life with them.
///
/// # Errors
/// `Conflict` for the last platform admin, unless whoever runs commands wants it: they can make
/// another.
pub fn set_disabled(tx: &mut Tx, by: &Actor, id: UserId, disabled: bool) -> Result<User> {
    if disabled && !matches!(by.who, Who::Command) {
        leaves_an_admin(tx, id)?;
    }
    let at = disabled.then_some(tx.now());
    let user = store::set_disabled(tx.conn(), id, at)?.ok_or(Error::NotFound("user"))?;
    let action = if disabled { Action::UserDisabled } else { Action::UserEnabled };
    audit::record(tx, by, action, user.subject(), json!({}))?;
    if disabled {
        sessions::end(tx, by, id, Which::All)?;
    }
    Ok(user)
}

/// Lets someone run the instance, or not any more.
///
/// # Errors
/// `Conflict` for the last one who does.
pub fn set_admin(tx: &mut Tx, by: &Actor, id: UserId, is_admin: bool) -> Result<User> {
    if !is_admin {
        leaves_an_admin(tx, id)?;
    }
    let user = store::set_admin(tx.conn(), id, is_admin)?.ok_or(Error::NotFound("user"))?;
    let action = if is_admin { Action::AdminAdded } else { Action::AdminRemoved };
    audit::record(tx, by, action, user.subject(), json!({}))?;
    Ok(user)
}

/// Whether someone else runs the instance too. Until the transaction ends nobody changes that.
fn leaves_an_admin(tx: &mut Tx, id: UserId) -> Result<()> {
    let admins = store::lock_admins(tx)?;
    if admins == [id] {
        return Err(Error::conflict(
            "nobody else runs this instance; make another user a platform admin first",
        ));
    }
    Ok(())
}

/// What makes two ways of writing an address the same one. Only here: PostgreSQL's `lower` folds
/// some letters otherwise, and whatever is looked up must be what is counted.
fn fold(email: &str) -> String {
    email.trim().to_lowercase()
}

/// Whether two addresses are one person's.
pub fn is_same_email(one: &str, other: &str) -> bool {
    fold(one) == fold(other)
}

/// Only what no mail server would take is refused: the address proves itself by mail.
///
/// # Errors
/// Naming `email`.
pub fn parse_email(text: &str) -> Result<String, Problem> {
    let text = text.trim();
    let whole = text.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && !domain.is_empty() && !domain.contains('@')
    });
    if whole && text.len() <= 254 && !text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Ok(text.to_owned());
    }
    Err(Problem::new("email", "Give an e-mail address, such as ada@example.org."))
}

fn taken(email: &str) -> impl FnOnce(diesel::result::Error) -> Error {
    move |cause| match broken_constraint(&cause) {
        Some("users_email_key") => {
            Error::field("email", format!("Someone already uses {email} here."))
        }
        _ => cause.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_of_the_first_and_the_last_word() {
        assert_eq!(initials("Ada Maria Lindqvist"), "AL");
        assert_eq!(initials("ada"), "A");
        assert_eq!(initials(""), "");
    }

    #[test]
    fn only_what_cannot_be_an_address_is_refused() {
        assert_eq!(parse_email(" ada@localhost ").unwrap(), "ada@localhost");
        for bad in ["", "ada", "@x", "ada@", "a b@x", "a@b@c", "a\n@x"] {
            assert!(parse_email(bad).is_err(), "{bad:?}");
        }
    }
}
