//! What can go wrong, in words a stranger may read.
//!
//! `Display` is public text. Causes travel in `source()`, which only the log prints.
use std::borrow::Cow;
use std::time::Duration;

use diesel::result::DatabaseErrorKind;

pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("please sign in")]
    Unauthenticated,
    /// A credential that is not good. The text says why, to whoever holds the real secret only.
    #[error("{0}")]
    InvalidToken(Cow<'static, str>),
    /// More than one credential, or one that cannot be read (RFC 6750 section 3.1, `invalid_request`).
    #[error("{0}")]
    InvalidRequest(Cow<'static, str>),
    #[error("{0}")]
    Forbidden(Cow<'static, str>),
    #[error("there is no such {0}")]
    NotFound(&'static str),
    #[error("{0}")]
    Conflict(Cow<'static, str>),
    #[error("some fields need attention")]
    Invalid(Vec<Problem>),
    #[error("{0} is too large")]
    TooLarge(&'static str),
    #[error("too many attempts; try again in {} seconds", .retry_after.as_secs())]
    TooMany { retry_after: Duration },
    #[error("the database does not answer; try again in a moment")]
    Unavailable(#[source] anyhow::Error),
    #[error("something went wrong on our side")]
    Internal(#[source] anyhow::Error),
}

/// One field of a form or a JSON body, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub field: Cow<'static, str>,
    pub message: String,
}

impl Problem {
    pub fn new(field: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

impl Error {
    /// One field that is wrong.
    pub fn field(field: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::Invalid(vec![Problem::new(field, message)])
    }

    pub fn forbidden(why: impl Into<Cow<'static, str>>) -> Self {
        Self::Forbidden(why.into())
    }

    pub fn conflict(why: impl Into<Cow<'static, str>>) -> Self {
        Self::Conflict(why.into())
    }
}

impl From<diesel::result::Error> for Error {
    /// A row that may be missing is asked for with `.optional()`, and a constraint that a person
    /// can break is translated where it is known, so whatever arrives here is not theirs.
    fn from(cause: diesel::result::Error) -> Self {
        use diesel::result::Error::{BrokenTransactionManager, DatabaseError};
        match cause {
            DatabaseError(
                DatabaseErrorKind::ClosedConnection
                | DatabaseErrorKind::UnableToSendCommand
                | DatabaseErrorKind::SerializationFailure,
                _,
            )
            | BrokenTransactionManager => Self::Unavailable(cause.into()),
            DatabaseError(DatabaseErrorKind::Unknown, ref facts) if passes(facts.message()) => {
                Self::Unavailable(cause.into())
            }
            cause => Self::Internal(cause.into()),
        }
    }
}

impl From<anyhow::Error> for Error {
    fn from(cause: anyhow::Error) -> Self {
        Self::Internal(cause)
    }
}

/// What another attempt may not meet again. Diesel has no kinds for these; the words are
/// PostgreSQL's own, as it speaks unless it is told otherwise.
fn passes(message: &str) -> bool {
    message == "deadlock detected" || message.starts_with("canceling statement due to")
}

/// The constraint that a write broke, if it was one.
pub fn broken_constraint(cause: &diesel::result::Error) -> Option<&str> {
    match cause {
        diesel::result::Error::DatabaseError(
            DatabaseErrorKind::UniqueViolation
            | DatabaseErrorKind::ForeignKeyViolation
            | DatabaseErrorKind::CheckViolation,
            facts,
        ) => facts.constraint_name(),
        _ => None,
    }
}
