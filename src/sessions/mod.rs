//! Browser sessions in PostgreSQL, behind actix-session. The key is hashed at rest.
mod store;

use std::collections::HashMap;

use actix_session::storage::{LoadError, SaveError, SessionKey, SessionStore, UpdateError};
use actix_web::cookie::time::Duration;
use chrono::TimeDelta;
use ipnetwork::IpNetwork;
use serde_json::json;

use crate::audit::{self, Action, Actor, Subject};
use crate::clock::Clock;
use crate::db::{Db, Tx};
use crate::error::{Error, Result};
use crate::id::{SessionId, UserId};
use crate::secret::{Digest, Pepper};

pub use store::{Session, list, sweep};

/// A session that is not used for this long is over.
pub const IDLE: TimeDelta = TimeDelta::hours(24);
/// And so is one of this age, used or not.
pub const LONGEST: TimeDelta = TimeDelta::days(14);

/// Keys of the state that stand in columns of their own.
pub const USER: &str = "user";
pub const ADDRESS: &str = "address";
pub const AGENT: &str = "agent";
/// The session's own id; the store adds it when it loads a state.
pub const ID: &str = "session";
/// Stands in the state where the database did not answer, and says so.
pub const UNREAD: &str = "unread";

/// Where actix-session keeps its sessions.
#[derive(Clone)]
pub struct Sessions {
    db: Db,
    clock: Clock,
    pepper: Pepper,
}

impl Sessions {
    pub fn new(db: Db, clock: Clock, pepper: Pepper) -> Self {
        Self { db, clock, pepper }
    }

    fn digest(&self, key: &SessionKey) -> Digest {
        self.pepper.digest(key.as_ref().as_bytes())
    }
}

type State = HashMap<String, String>;

impl SessionStore for Sessions {
    async fn load(&self, key: &SessionKey) -> Result<Option<State>, LoadError> {
        let (digest, now) = (self.digest(key), self.clock.now());
        let state = match self.db.read(move |conn| store::load(conn, &digest, now)).await {
            Ok(state) => state,
            // A failure here would be answered outside of every face, and so without its voice.
            Err(cause) => {
                let cause = anyhow::Error::from(cause);
                tracing::error!(cause = format!("{cause:#}"), "a session could not be loaded");
                return Ok(Some(State::from([(UNREAD.to_owned(), "true".to_owned())])));
            }
        };
        match state {
            Some((id, state)) => {
                let mut state: State = serde_json::from_value(state)
                    .map_err(|cause| LoadError::Deserialization(cause.into()))?;
                state.insert(ID.to_owned(), id.to_string());
                Ok(Some(state))
            }
            None => Ok(None),
        }
    }

    async fn save(&self, state: State, _: &Duration) -> Result<SessionKey, SaveError> {
        let key = actix_session::storage::generate_session_key();
        let digest = self.digest(&key);
        let new = NewSession::read(state).map_err(SaveError::Serialization)?;
        self.db
            .write(move |tx| {
                let now = tx.now();
                store::insert(tx.conn(), &digest, &new, now)
            })
            .await
            .map_err(|cause| SaveError::Other(cause.into()))?;
        Ok(key)
    }

    /// A session that is gone stays gone: no concurrent request brings it back. Nor is that a
    /// failure: whatever the request did is done, and its answer, perhaps a secret, must be seen.
    async fn update(
        &self,
        key: SessionKey,
        state: State,
        _: &Duration,
    ) -> Result<SessionKey, UpdateError> {
        let digest = self.digest(&key);
        let state = json!(state);
        if let Err(cause) = self.db.write(move |tx| store::update(tx.conn(), &digest, &state)).await
        {
            let cause = anyhow::Error::from(cause);
            tracing::warn!(cause = format!("{cause:#}"), "a session could not be kept");
        }
        Ok(key)
    }

    /// Idle time is counted when a session is loaded.
    async fn update_ttl(&self, _: &SessionKey, _: &Duration) -> Result<(), anyhow::Error> {
        Ok(())
    }

    async fn delete(&self, key: &SessionKey) -> Result<(), anyhow::Error> {
        let digest = self.digest(key);
        Ok(self.db.write(move |tx| store::delete(tx.conn(), &digest)).await?)
    }
}

struct NewSession {
    user: UserId,
    address: Option<IpNetwork>,
    agent: String,
    state: serde_json::Value,
}

impl NewSession {
    /// The state's values are JSON texts.
    fn read(state: State) -> Result<Self, anyhow::Error> {
        let text = |key: &str| -> Option<String> {
            state.get(key).and_then(|value| serde_json::from_str(value).ok())
        };
        let user = state.get(USER).and_then(|value| serde_json::from_str(value).ok());
        Ok(Self {
            user: user.ok_or_else(|| anyhow::anyhow!("a session without a user"))?,
            address: text(ADDRESS).and_then(|address| address.parse().ok()),
            agent: text(AGENT).unwrap_or_default(),
            state: json!(state),
        })
    }
}

/// Which sessions a person ends.
#[derive(Debug, Clone, Copy)]
pub enum Which {
    One(SessionId),
    /// All but this one.
    Others(SessionId),
    All,
}

/// Ends sessions of `user`.
pub fn end(tx: &mut Tx, by: &Actor, user: UserId, which: Which) -> Result<usize> {
    let ended = store::end(tx.conn(), user, which)?;
    if ended == 0 && matches!(which, Which::One(_)) {
        return Err(Error::NotFound("session"));
    }
    if ended > 0 {
        record(tx, by, user, Action::SessionEnded, json!({ "sessions": ended }))?;
    }
    Ok(ended)
}

/// Notes that someone signed in.
pub fn record_start(tx: &mut Tx, by: &Actor, user: UserId) -> Result<()> {
    record(tx, by, user, Action::SessionStarted, json!({}))
}

fn record(
    tx: &mut Tx,
    by: &Actor,
    user: UserId,
    action: Action,
    detail: serde_json::Value,
) -> Result<()> {
    let name = store::name_of(tx.conn(), user)?.ok_or(Error::NotFound("user"))?;
    let subject = Subject { kind: "user", id: Some(user.0), name, organization: None };
    audit::record(tx, by, action, subject, detail)
}
