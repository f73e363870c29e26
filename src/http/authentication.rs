//! From a request to the token that makes it, and the record of its use.
use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::web::Data;

use super::credential::{self, NOT_VALID};
use super::{App, client};
use crate::audit::{Actor, Who};
use crate::error::{Error, Result};
use crate::http::log;
use crate::tokens::{self, Held, Outcome, Use, Verdict};

/// A token that is good at this moment.
#[derive(Debug, Clone)]
pub struct Authenticated {
    pub verdict: Arc<Verdict>,
}

impl Authenticated {
    /// Whoever acts through the token, for the audit log.
    pub fn actor(&self, req: &HttpRequest) -> Actor {
        let verdict = &self.verdict;
        Actor {
            who: Who::Token(verdict.token, verdict.user()),
            name: match &verdict.holder {
                Held::Person { name, .. } => name.clone(),
                Held::Organization { .. } => verdict.name.clone(),
            },
            address: client::address(req),
            request_id: log::request_id(req),
        }
    }
}

/// Looks the presented token up; `None` where none is presented.
///
/// # Errors
/// `InvalidRequest` and `InvalidToken`; the latter says why to whoever holds the real secret.
pub async fn authenticate(req: &HttpRequest) -> Result<Option<Authenticated>> {
    let Some(credential) = credential::read(req.headers(), req.query_string())? else {
        return Ok(None);
    };
    let app = req.app_data::<Data<App>>().ok_or_else(|| anyhow::anyhow!("no App"))?.clone();
    let lookup = app.clone();
    let plain = credential.plain;
    let verdict = app.db.read(move |conn| tokens::verify(conn, &lookup.peppers, &plain)).await?;
    let verdict = verdict
        .filter(|verdict| is_of(verdict, credential.organization.as_deref()))
        .ok_or(Error::InvalidToken(NOT_VALID.into()))?;
    if let Some(dead) = verdict.dead(app.clock.now()) {
        note(req, &app, &verdict, Outcome::Dead);
        return Err(Error::InvalidToken(dead.to_string().into()));
    }
    Ok(Some(Authenticated { verdict: Arc::new(verdict) }))
}

/// Notes what became of the call.
pub fn note(req: &HttpRequest, app: &App, verdict: &Verdict, outcome: Outcome) {
    app.uses.note(Use {
        token: verdict.token,
        generation: verdict.generation,
        outcome,
        address: client::address(req),
        agent: client::agent(req),
        at: app.clock.now(),
    });
}

/// Whether the token is of the organization that `OAT#{org}#` names.
fn is_of(verdict: &Verdict, named: Option<&str>) -> bool {
    match (&verdict.holder, named) {
        (_, None) => true,
        (Held::Organization { id, slug, .. }, Some(named)) => {
            named == slug || named == id.to_string()
        }
        (Held::Person { .. }, Some(_)) => false,
    }
}
