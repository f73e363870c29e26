//! Signing in and out.
use actix_session::Session;
use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, Responder};
use askama::Template;
use secrecy::SecretString;
use serde::Deserialize;

use super::{Form, Page, Query, Result, SignedIn, page};
use crate::accounts::{self, Attempt, User};
use crate::audit::{Actor, Who};
use crate::error::Error;
use crate::http::{App, client, log};
use crate::sessions;

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage {
    theme: &'static str,
    host: String,
    email: String,
    next: String,
    problem: Option<String>,
}

#[derive(Deserialize)]
pub struct Next {
    #[serde(default)]
    next: String,
}

pub async fn page(query: Query<Next>, app: Data<App>) -> Result<HttpResponse> {
    if !app.db.read(accounts::any).await? {
        return Ok(page::see_other("/setup"));
    }
    Ok(Page(LoginPage::new(&app, String::new(), query.0.next)).with(StatusCode::OK))
}

impl LoginPage {
    fn new(app: &App, email: String, next: String) -> Self {
        let host = app.config.public_url.host().to_owned();
        Self { theme: "", host, email, next, problem: None }
    }
}

#[derive(Deserialize)]
pub struct LoginForm {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: SecretString,
    #[serde(default)]
    next: String,
}

/// The same answer, after the same time, for a wrong password and for someone unknown.
pub async fn submit(
    form: Form<LoginForm>,
    session: Session,
    req: HttpRequest,
    app: Data<App>,
) -> Result<HttpResponse> {
    let LoginForm { email, password, next } = form.0;
    let mut page = LoginPage::new(&app, email.clone(), next);
    let (user, attempt) = match recognise(&app, &req, &email, password).await {
        Err(Error::TooMany { retry_after }) => {
            let seconds = retry_after.as_secs();
            page.problem = Some(format!("Too many attempts. Try again in {}.", wait(seconds)));
            let mut res = Page(page).with(StatusCode::TOO_MANY_REQUESTS);
            res.headers_mut().insert(RETRY_AFTER, seconds.into());
            return Ok(res);
        }
        Err(other) => return Err(other.into()),
        Ok(Some(known)) => known,
        Ok(None) => {
            page.problem = Some("E-mail and password do not match.".into());
            return Ok(Page(page).with(StatusCode::UNAUTHORIZED));
        }
    };
    sign_in(&app, &req, &session, &user, Some(attempt)).await?;
    Ok(page::see_other(page::own_path(&page.next)))
}

/// Who has this address and this password, with the attempt that it was; after the same time for a
/// wrong password and for someone unknown.
///
/// # Errors
/// `TooMany`, before the password is looked at.
pub async fn recognise(
    app: &App,
    req: &HttpRequest,
    email: &str,
    password: SecretString,
) -> Result<Option<(User, Attempt)>, Error> {
    let attempt = Attempt::new(&app.pepper, email, client::address(req));
    let email = email.to_owned();
    let found = app.db.write(move |tx| {
        accounts::begin_attempt(tx, &attempt)?;
        accounts::by_email(tx.conn(), &email)
    });
    let user = found.await?.filter(|user| user.disabled_at.is_none());
    let known = user.as_ref().and_then(|user| user.password_hash.clone());
    let right = app.passwords.verify(known, password).await?;
    Ok(user.filter(|_| right).map(|user| (user, attempt)))
}

/// Starts a new session; whatever session the browser had is over.
pub async fn sign_in(
    app: &App,
    req: &HttpRequest,
    session: &Session,
    user: &User,
    attempt: Option<Attempt>,
) -> Result<()> {
    let by = Actor {
        who: Who::User(user.id),
        name: user.name.clone(),
        address: client::address(req),
        request_id: log::request_id(req),
    };
    let (id, user) = (user.id, user.clone());
    app.db
        .write(move |tx| {
            // Hashing takes its time, and in it the account may have been closed.
            if !accounts::confirm(tx, &user)? {
                return Err(Error::Unauthenticated);
            }
            if let Some(attempt) = attempt {
                accounts::attempt_succeeded(tx, &attempt)?;
            }
            sessions::record_start(tx, &by, id)
        })
        .await?;
    session.clear();
    let state = [
        session.insert(sessions::USER, id),
        session.insert(sessions::ADDRESS, client::address(req)),
        session.insert(sessions::AGENT, client::agent(req).unwrap_or_default()),
    ];
    for kept in state {
        kept.map_err(|cause| Error::Internal(anyhow::anyhow!("{cause}")))?;
    }
    session.renew();
    Ok(())
}

pub async fn leave(me: SignedIn, session: Session, app: Data<App>) -> Result<impl Responder> {
    let (by, user, which) = (me.actor(), me.user().id, sessions::Which::One(me.session()));
    app.db.write(move |tx| sessions::end(tx, &by, user, which)).await?;
    session.purge();
    Ok(page::see_other("/login"))
}

/// For a person who has to wait.
pub fn wait(seconds: u64) -> String {
    match seconds {
        0..=1 => "1 second".into(),
        2..=99 => format!("{seconds} seconds"),
        _ => format!("{} minutes", seconds.div_ceil(60)),
    }
}
