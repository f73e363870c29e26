//! A word about what was done, for the next page to say: it waits in the session for the redirect.
use actix_session::Session;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

const KEY: &str = "notice";

/// What was done, and what follows from it. Never a secret.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Notice {
    pub title: String,
    pub detail: String,
}

impl Notice {
    pub(super) fn leave(
        session: &Session,
        title: impl Into<String>,
        detail: impl Into<String>,
    ) -> Result<()> {
        let notice = Self { title: title.into(), detail: detail.into() };
        session
            .insert(KEY, notice)
            .map_err(|cause| Error::Internal(anyhow::anyhow!("a notice was not kept: {cause}")))
    }

    /// Said once: whoever takes it shows it.
    pub(super) fn take(session: &Session) -> Option<Self> {
        // Removing what is not there would count as a change, and be written.
        session.contains_key(KEY).then(|| session.remove_as(KEY))??.ok()
    }
}
