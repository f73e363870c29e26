//! `POST /oauth2/introspect` (RFC 7662): is this token good, and what may it do?
use std::collections::BTreeMap;
use std::time::Duration;

use actix_web::http::header::ACCEPT;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use serde_json::json;
use tokio::time::{Instant, sleep_until};

use super::Result;
use super::client::Client;
use super::form::Form;
use super::subject;
use crate::access::Level;
use crate::error::Error;
use crate::exchange::Audience;
use crate::http::App;
use crate::http::authentication::note_as;
use crate::http::prepared::Prepared;
use crate::id::OrganizationId;
use crate::tokens::{Derived, Held, Outcome, Reach, Verdict};

/// What an active token is, in the caller's organization.
#[derive(Serialize)]
struct ActiveJson<'a> {
    active: bool,
    scope: String,
    client_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<&'a str>,
    token_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<i64>,
    iat: i64,
    nbf: i64,
    sub: String,
    aud: Audience,
    iss: &'a str,
    jti: String,
    org: &'a str,
    org_id: i64,
    tok: i64,
    token_kind: &'static str,
    /// The highest level on each resource.
    permissions: BTreeMap<&'a str, Level>,
    all_projects: bool,
    projects: Vec<&'a str>,
}

/// How long "inactive" takes at least. To look up a token that was made takes longer than to find that
/// there is none, and what memory has is told at once: who asks must not hear
/// the difference. What takes longer than this still shows.
const INACTIVE_AFTER: Duration = Duration::from_millis(2);

const SIGNED: &str = "application/token-introspection+jwt";

/// Answers, for whoever asks in that organization.
pub type Introspected = Prepared<OrganizationId, Bytes>;

pub async fn introspect(
    req: HttpRequest,
    app: Data<App>,
    known: Data<Introspected>,
    form: Form,
) -> Result<HttpResponse> {
    let asked = Instant::now();
    let client = Client::authenticate(&req, &app, &form).await?;
    let verdict = subject::read(&app, form).await?;
    let mut answer = HttpResponse::Ok();
    answer.insert_header(("cache-control", "no-store"));
    if let Some(expiry) = client.known.expiry() {
        answer.insert_header(expiry);
    }
    // What is not for this caller is not there.
    let found = verdict
        .as_ref()
        .and_then(|verdict| Some((verdict, verdict.reach_in(client.organization)?)));
    let found = found.filter(|(verdict, _)| is_active(&req, &app, &client, verdict));
    if found.is_none() {
        sleep_until(asked + INACTIVE_AFTER).await;
    }
    let issuer = app.config.public_url.origin();
    if wants_jwt(&req) {
        let (audience, now) = (client.known.verdict.client_id(), client.known.at);
        let said =
            found.map_or_else(inactive, |(verdict, reach)| json!(active(verdict, reach, issuer)));
        let signed = app.exchange.sign_introspection(&audience, &said, now).await?;
        return Ok(answer.content_type(SIGNED).body(signed));
    }
    let Some((verdict, reach)) = found else { return Ok(answer.json(inactive())) };
    let body = known.of(verdict, client.organization, || {
        let active = active(verdict, reach, issuer);
        serde_json::to_vec(&active).map(Bytes::from).map_err(anyhow::Error::from)
    });
    Ok(answer.content_type("application/json").body(body.map_err(Error::from)?))
}

/// RFC 7662 section 2.2: this, and nothing else.
fn inactive() -> serde_json::Value {
    json!({ "active": false })
}

/// Signed (RFC 9701), where that is asked for.
fn wants_jwt(req: &HttpRequest) -> bool {
    let accepted = req.headers().get_all(ACCEPT).filter_map(|value| value.to_str().ok());
    let mut kinds = accepted.flat_map(|value| value.split(','));
    kinds.any(|kind| kind.split(';').next().is_some_and(|kind| kind.trim() == SIGNED))
}

/// Whether it is good at this moment; being asked about is a use, be it good or dead.
fn is_active(req: &HttpRequest, app: &App, client: &Client, verdict: &Verdict) -> bool {
    let now = client.known.at;
    let is_dead = verdict.dead(now).is_some();
    let outcome = match (is_dead, verdict.dead_itself(now)) {
        (false, _) => Outcome::Accepted,
        (true, None) => Outcome::Refused,
        (true, Some(_)) => Outcome::Dead,
    };
    note_as(app, verdict, outcome, req, client.agent(), now);
    !is_dead
}

fn active<'a>(verdict: &'a Verdict, reach: &'a Reach, issuer: &'a str) -> ActiveJson<'a> {
    let derived = verdict.derived.as_deref();
    let made = derived.map_or(verdict.created_at, |derived| derived.issued_at).timestamp();
    let projects = &reach.power.projects;
    ActiveJson {
        active: true,
        scope: reach.scope(),
        client_id: verdict.client_id(),
        username: match &verdict.holder {
            Held::Person { email, .. } => Some(email),
            Held::Organization { .. } | Held::ServiceAccount { .. } => None,
        },
        token_type: "Bearer",
        exp: verdict.ends().map(|at| at.timestamp()),
        iat: made,
        nbf: made,
        sub: verdict.subject(),
        aud: match derived {
            Some(Derived { audience, .. }) => Audience::from(audience.clone()),
            None => Audience::One(issuer.to_owned()),
        },
        iss: issuer,
        jti: match derived {
            Some(derived) => derived.id.clone(),
            None => format!("{}.{}", verdict.token, verdict.generation),
        },
        org: &reach.slug,
        org_id: reach.organization.0,
        tok: verdict.token.0,
        token_kind: verdict.kind.name(),
        permissions: reach.held().collect(),
        all_projects: projects.is_all(),
        projects: projects.listed().collect(),
    }
}
