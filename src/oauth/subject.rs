//! The token that a service asks about, or wants to end.
use std::sync::Arc;

use super::form::Form;
use super::{Failure, Result};
use crate::error::Error;
use crate::http::authentication::look_up;
use crate::http::{App, credential};
use crate::tokens::Verdict;

/// What is known of it, be it good or dead; `None` where it was never ours. The hint is of no use
/// here, but must not stand twice.
///
/// # Errors
/// `invalid_request` for a form that is not right; never for a token that is not.
pub async fn read(app: &App, form: Form) -> Result<Option<Arc<Verdict>>> {
    let form = form.checked()?;
    let token = form.required("token")?;
    form.one("token_type_hint")?;
    let known = match credential::bearer(token) {
        Ok(credential) => look_up(app, &credential).await,
        Err(nobodys) => Err(nobodys),
    };
    match known {
        Ok(verdict) => Ok(Some(verdict)),
        Err(Error::InvalidToken(_)) => Ok(None),
        Err(failed) => Err(Failure::from(failed)),
    }
}
