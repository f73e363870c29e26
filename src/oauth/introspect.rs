//! `POST /oauth2/introspect` (RFC 7662): is this token good, and what may it do?
use std::collections::BTreeMap;

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use serde_json::json;

use super::Result;
use super::client::Client;
use super::form::Form;
use super::subject;
use crate::access::Level;
use crate::error::Error;
use crate::http::App;
use crate::http::authentication::note_as;
use crate::tokens::{Held, Outcome, Reach, Verdict};

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
    aud: &'a str,
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

pub async fn introspect(req: HttpRequest, app: Data<App>, form: Form) -> Result<HttpResponse> {
    let client = Client::authenticate(&req, &app, &form).await?;
    let verdict = subject::read(&app, form).await?;
    let mut answer = HttpResponse::Ok();
    answer.insert_header(("cache-control", "no-store"));
    if let Some(expiry) = client.known.expiry() {
        answer.insert_header(expiry);
    }
    let Some(verdict) = verdict else { return Ok(answer.json(inactive())) };
    // What is not for this caller is not there.
    let Some(reach) = verdict.reach_in(client.organization) else {
        return Ok(answer.json(inactive()));
    };
    let dead = verdict.dead(app.clock.now()).is_some();
    let outcome = if dead { Outcome::Dead } else { Outcome::Accepted };
    note_as(&app, &verdict, outcome, &req, Some(&client.agent()));
    if dead {
        return Ok(answer.json(inactive()));
    }
    let body = app.introspected.of(&verdict, client.organization, || {
        let active = active(&verdict, reach, app.config.public_url.origin());
        serde_json::to_vec(&active).map(Bytes::from).map_err(anyhow::Error::from)
    });
    Ok(answer.content_type("application/json").body(body.map_err(Error::from)?))
}

/// RFC 7662 section 2.2: this, and nothing else.
fn inactive() -> serde_json::Value {
    json!({ "active": false })
}

fn active<'a>(verdict: &'a Verdict, reach: &'a Reach, issuer: &'a str) -> ActiveJson<'a> {
    let made = verdict.created_at.timestamp();
    let projects = &reach.power.projects;
    ActiveJson {
        active: true,
        scope: reach.scope(),
        client_id: format!("token:{}", verdict.token),
        username: match &verdict.holder {
            Held::Person { email, .. } => Some(email),
            Held::Organization { .. } | Held::ServiceAccount { .. } => None,
        },
        token_type: "Bearer",
        exp: verdict.ends().map(|at| at.timestamp()),
        iat: made,
        nbf: made,
        sub: verdict.subject(),
        aud: issuer,
        iss: issuer,
        jti: format!("{}.{}", verdict.token, verdict.generation),
        org: &reach.slug,
        org_id: reach.organization.0,
        tok: verdict.token.0,
        token_kind: verdict.kind.name(),
        permissions: reach.held().collect(),
        all_projects: projects.is_all(),
        projects: projects.listed().collect(),
    }
}
