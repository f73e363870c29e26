//! From a request to the token that makes it, and the record of its use.
use std::borrow::Cow;
use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::web::Data;
use chrono::{DateTime, SecondsFormat, Utc};
use secrecy::ExposeSecret;

use super::credential::{self, Credential, NOT_VALID, Presented};
use super::{App, client};
use crate::audit::{Actor, Who};
use crate::error::{Error, Result};
use crate::http::log;
use crate::tokens::{Agent, Held, Outcome, Reach, Use, Verdict};

/// Names the active organization, where a token reaches several.
pub const ORGANIZATION: &str = "X-Organization";
pub const X_ORGANIZATION: HeaderName = HeaderName::from_static("x-organization");

/// A token that was good at `at`, a moment ago.
#[derive(Debug, Clone)]
pub struct Authenticated {
    pub verdict: Arc<Verdict>,
    pub at: DateTime<Utc>,
}

impl Authenticated {
    /// Whoever acts through the token, for the audit log.
    pub fn actor(&self, req: &HttpRequest) -> Actor {
        let verdict = &self.verdict;
        Actor {
            who: Who::Token(verdict.token, verdict.user()),
            name: match &verdict.holder {
                Held::Person { name, .. } | Held::ServiceAccount { name, .. } => name.to_string(),
                Held::Organization { .. } => verdict.name.to_string(),
            },
            address: client::address(req),
            request_id: log::request_id(req),
        }
    }

    /// `Token-Expires-At`, where it ends by itself.
    pub fn expiry(&self) -> Option<(HeaderName, HeaderValue)> {
        expiry(&self.verdict)
    }
}

/// `Token-Expires-At`, where it ends by itself.
pub fn expiry(verdict: &Verdict) -> Option<(HeaderName, HeaderValue)> {
    let ends = verdict.ends()?.to_rfc3339_opts(SecondsFormat::Secs, true);
    let value = HeaderValue::try_from(ends).ok()?;
    Some((HeaderName::from_static("token-expires-at"), value))
}

/// Looks the presented token up; `None` where none is presented.
///
/// # Errors
/// `InvalidRequest` and `InvalidToken`; the latter says why to whoever holds the real secret.
pub async fn authenticate(req: &HttpRequest) -> Result<Option<Authenticated>> {
    let Some(credential) = credential::read(req.headers(), req.query_string())? else {
        return Ok(None);
    };
    accept(req, &credential).await.map(Some)
}

/// The token that a request presents. An attempt with a dead one is noted here, what becomes of a
/// good one is not known yet.
pub async fn accept(req: &HttpRequest, credential: &Credential) -> Result<Authenticated> {
    let app = req.app_data::<Data<App>>().ok_or_else(|| anyhow::anyhow!("no App"))?;
    let verdict = look_up(app, credential).await?;
    let now = app.clock.now();
    let Some(why) = refusal(app, &verdict, now) else {
        return Ok(Authenticated { verdict, at: now });
    };
    // Of a JWT that is past its time, the token itself may be in best health.
    let is_dead = verdict.dead_itself(now).is_some();
    let outcome = if is_dead { Outcome::Dead } else { Outcome::Refused };
    note_as(app, &verdict, outcome, req, agent(req), now);
    Err(Error::InvalidToken(why))
}

/// Why a credential is not good here at this moment, if it is not.
pub fn refusal(app: &App, verdict: &Verdict, now: DateTime<Utc>) -> Option<Cow<'static, str>> {
    if let Some(dead) = verdict.dead(now) {
        return Some(dead.to_string().into());
    }
    let derived = verdict.derived.as_ref()?;
    let is_for_us = derived.audience.iter().any(|audience| audience == app.exchange.issuer());
    (!is_for_us).then_some("the access token is for another audience".into())
}

/// What is known of a credential, be it good or dead.
///
/// # Errors
/// `InvalidToken`, flat, for what is no one's; `Unavailable`.
pub async fn look_up(app: &App, credential: &Credential) -> Result<Arc<Verdict>> {
    let found = match &credential.presented {
        Presented::Secret(plain) => app.verifier.verify(plain, &app.peppers).await,
        Presented::Jwt(jwt) => of_jwt(app, jwt.expose_secret()).await,
    };
    let verdict = found.inspect_err(|_| {
        app.metrics.unavailable.inc();
    })?;
    let named = credential.organization.as_deref();
    verdict.filter(|verdict| is_of(verdict, named)).ok_or_else(|| {
        app.metrics.unknown.inc();
        Error::InvalidToken(NOT_VALID.into())
    })
}

/// Its signature, then its parent as that is now. A JWT that was seen before costs what a token
/// does.
async fn of_jwt(app: &App, jwt: &str) -> Result<Option<Arc<Verdict>>> {
    let digest = app.exchange.digest(jwt);
    if let Some(kept) = app.verifier.find_derived(digest) {
        return Ok(Some(kept));
    }
    match app.exchange.read(jwt, app.clock.now()).await? {
        Some(read) => app.verifier.derive(&app.db, &app.peppers, digest, read).await,
        None => Ok(None),
    }
}

/// Notes what became of the call.
pub fn note(req: &HttpRequest, app: &App, known: &Authenticated, outcome: Outcome) {
    note_as(app, &known.verdict, outcome, req, agent(req), known.at);
}

fn agent(req: &HttpRequest) -> Agent<'_> {
    Agent::Program(client::agent(req).unwrap_or_default())
}

/// [`note`] where someone else than the request's sender used the token, and told us.
pub fn note_as(
    app: &App,
    verdict: &Verdict,
    outcome: Outcome,
    req: &HttpRequest,
    agent: Agent<'_>,
    at: DateTime<Utc>,
) {
    app.metrics.of(outcome).inc();
    app.uses.note(Use {
        token: verdict.token,
        generation: verdict.generation,
        outcome,
        address: client::address(req),
        agent,
        at,
    });
}

/// The organization that the request names.
pub fn named_organization(req: &HttpRequest) -> Result<Option<&str>> {
    let mut values = req.headers().get_all(X_ORGANIZATION);
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => Ok(Some(value.to_str().unwrap_or_default())),
        (Some(_), Some(_)) => Err(Error::field(ORGANIZATION, "Name one organization.")),
    }
}

/// The one that is named, or the only one. One that is not theirs is not there.
pub fn active<'v>(verdict: &'v Verdict, named: Option<&str>) -> Result<&'v Reach> {
    let kept_out = || verdict.kept_out(named).map(Error::forbidden);
    let missing = || kept_out().unwrap_or(Error::NotFound("organization"));
    if let Some(named) = named {
        return verdict.reaches().iter().find(|reach| reach.is_named(named)).ok_or_else(missing);
    }
    match (verdict.reaches(), verdict.barred()) {
        ([only], []) => Ok(only),
        ([], [_]) => Err(missing()),
        ([], []) => Err(Error::forbidden("you belong to no organization")),
        _ => Err(Error::field(
            ORGANIZATION,
            "You belong to several organizations: name one by its id or slug in this header.",
        )),
    }
}

/// Whether the token is of the organization that `OAT#{org}#` names.
fn is_of(verdict: &Verdict, named: Option<&str>) -> bool {
    named.is_none_or(|named| match &verdict.holder {
        Held::Organization { reach, .. } => reach.is_named(named),
        Held::Person { .. } | Held::ServiceAccount { .. } => false,
    })
}
