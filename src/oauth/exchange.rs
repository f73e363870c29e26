//! `POST /oauth2/token` (RFC 8693): a token for a JWT that can do less and ends soon.
//!
//! The subject token is itself the credential, so that no client says who it is beside it.
use actix_web::http::header::AUTHORIZATION;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use super::form::Form;
use super::{Failure, Result};
use crate::access::Projects;
use crate::error::Error;
use crate::exchange::{Granted, Wish, beyond_reach};
use crate::http::App;
use crate::http::authentication::{Authenticated, accept, note};
use crate::http::credential;
use crate::projects;
use crate::tokens::{Outcome, Reach};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
/// A JWT of ours is an access token too; `pat` is what the clients of `DigitalHub` say.
const SUBJECTS: [&str; 3] = [ACCESS_TOKEN, JWT, "urn:ietf:params:oauth:token-type:pat"];
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";

/// RFC 8693 section 2.2.1.
#[derive(Serialize)]
struct IssuedJson<'a> {
    access_token: &'a str,
    issued_token_type: &'a str,
    token_type: &'static str,
    expires_in: i64,
    scope: &'a str,
}

pub async fn exchange(req: HttpRequest, app: Data<App>, form: Form) -> Result<HttpResponse> {
    trade(&req, &app, form).await.map_err(Failure::with_message)
}

async fn trade(req: &HttpRequest, app: &Data<App>, form: Form) -> Result<HttpResponse> {
    let form = form.checked()?;
    let asked = Asked::read(req, &form)?;
    let known = subject(req, &asked).await?;
    match give(req, app, &known, &asked).await {
        Ok(answer) => {
            note(req, app, &known, Outcome::Accepted);
            Ok(answer)
        }
        Err(refused) => {
            note(req, app, &known, Outcome::Refused);
            Err(refused)
        }
    }
}

/// What is asked for, each thing once.
struct Asked<'f> {
    subject: &'f str,
    issued_type: &'f str,
    wish: Wish,
}

impl<'f> Asked<'f> {
    fn read(req: &HttpRequest, form: &'f Form) -> Result<Self> {
        // Not repeated: what stands there by mistake may be the token.
        if form.required("grant_type")? != GRANT {
            let why = format!("this server knows no grant_type but {GRANT}");
            return Err(Failure::unsupported_grant_type(why));
        }
        if req.headers().contains_key(AUTHORIZATION) || form.one("client_secret")?.is_some() {
            let why = "send no credential beside the subject token: that is the credential";
            return Err(Failure::invalid_client(why));
        }
        // Named by many clients; it proves nothing, and so says nothing.
        form.one("client_id")?;
        refuse_actor(form)?;
        let subject = form.required("subject_token")?;
        let kind = form.required("subject_token_type")?;
        if !SUBJECTS.contains(&kind) {
            let why = format!("subject_token_type is {}", SUBJECTS.join(", or "));
            return Err(Failure::invalid_request(why));
        }
        let issued_type = match form.one("requested_token_type")? {
            None => ACCESS_TOKEN,
            Some(kind) if [ACCESS_TOKEN, JWT].contains(&kind) => kind,
            Some(_) => {
                let why = format!("requested_token_type is {ACCESS_TOKEN} or {JWT}");
                return Err(Failure::invalid_request(why));
            }
        };
        let one = |name| form.one(name).map(|value| value.map(str::to_owned));
        let wish = Wish {
            organization: one("organization")?,
            scope: one("scope")?,
            projects: form.all("project"),
            audience: form.all("audience"),
            resource: form.all("resource"),
            lifetime: one("expires_in")?,
        };
        Ok(Self { subject, issued_type, wish })
    }
}

/// Nobody acts for another here.
fn refuse_actor(form: &Form) -> Result<()> {
    let why = match (form.one("actor_token")?, form.one("actor_token_type")?) {
        (None, None) => return Ok(()),
        (Some(_), None) => "actor_token_type is missing",
        (None, Some(_)) => "actor_token_type stands without an actor_token",
        (Some(_), Some(_)) => "this server takes no actor_token",
    };
    Err(Failure::invalid_request(why))
}

/// RFC 8693 section 2.2.2: whatever is wrong with it is an `invalid_request`. Whoever holds a real
/// one is told what.
async fn subject(req: &HttpRequest, asked: &Asked<'_>) -> Result<Authenticated> {
    let refused = |error| match error {
        Error::InvalidToken(why) => {
            Failure::invalid_request(format!("the subject token is refused: {why}"))
        }
        error => error.into(),
    };
    let credential = credential::bearer(asked.subject).map_err(refused)?;
    accept(req, &credential).await.map_err(refused)
}

async fn give(
    req: &HttpRequest,
    app: &Data<App>,
    known: &Authenticated,
    asked: &Asked<'_>,
) -> Result<HttpResponse> {
    let (parent, now) = (&known.verdict, known.at);
    let reach = asked.wish.reach(parent).map_err(Failure::of_exchange)?;
    let granted = asked.wish.clear(parent, reach, app.exchange.audiences(), now);
    let granted = granted.map_err(Failure::of_exchange)?;
    refuse_unknown_projects(app, reach, &granted).await?;
    let issued = app.exchange.issue(known.actor(req), parent, reach, granted, now).await?;
    Ok(HttpResponse::Ok().insert_header(("cache-control", "no-store")).json(IssuedJson {
        access_token: &issued.jwt,
        issued_token_type: asked.issued_type,
        token_type: "Bearer",
        expires_in: issued.lifetime.num_seconds(),
        scope: &issued.scope,
    }))
}

/// Of all projects, only those can be named that are there.
async fn refuse_unknown_projects(app: &App, reach: &Reach, granted: &Granted) -> Result<()> {
    let Projects::Listed(asked) = &granted.projects else { return Ok(()) };
    if !reach.power.projects.is_all() || asked.is_empty() {
        return Ok(());
    }
    let (organization, asked) = (reach.organization, asked.clone());
    let unknown = app.db.read(move |conn| {
        let there = projects::list(conn, organization)?;
        let is_there = |id: &String| there.iter().any(|project| project.project_id == *id);
        Ok(asked.into_iter().find(|id| !is_there(id)))
    });
    match unknown.await? {
        Some(unknown) => {
            Err(Failure::of_exchange(crate::exchange::Refused::Scope(beyond_reach(&unknown))))
        }
        None => Ok(()),
    }
}
