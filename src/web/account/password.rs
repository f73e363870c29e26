//! Configuration > Password: asks the old one, and ends every other session.
use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use secrecy::SecretString;
use serde::Deserialize;

use super::{AccountPage, PATH};
use crate::accounts::{self, Attempt};
use crate::error::{Error, Problem, Result as CoreResult};
use crate::http::{App, client};
use crate::web::form::Problems;
use crate::web::{Form, Page, Result, SignedIn, login, page};

#[derive(Deserialize)]
pub struct PasswordForm {
    #[serde(default)]
    current_password: SecretString,
    #[serde(default)]
    new_password: SecretString,
}

/// Guessing the old password here is as slow as guessing it at sign-in.
pub async fn change(
    me: SignedIn,
    app: Data<App>,
    req: HttpRequest,
    form: Form<PasswordForm>,
) -> Result<HttpResponse> {
    match renew(&me, &app, &req, form.0).await {
        Ok(ended) => {
            me.tell("Password changed", told(ended))?;
            Ok(page::see_other(PATH))
        }
        Err(Error::Invalid(problems)) => {
            refused(&me, &app, problems, StatusCode::UNPROCESSABLE_ENTITY).await
        }
        Err(Error::TooMany { retry_after }) => {
            let seconds = retry_after.as_secs();
            let message = format!("Too many attempts. Try again in {}.", login::wait(seconds));
            let problems = vec![Problem::new("current_password", message)];
            let mut res = refused(&me, &app, problems, StatusCode::TOO_MANY_REQUESTS).await?;
            res.headers_mut().insert(RETRY_AFTER, seconds.into());
            Ok(res)
        }
        Err(other) => Err(other.into()),
    }
}

/// How many other sessions it ended.
async fn renew(
    me: &SignedIn,
    app: &App,
    req: &HttpRequest,
    form: PasswordForm,
) -> CoreResult<usize> {
    let user = me.user();
    let attempt = Attempt::new(&app.pepper, &user.email, client::address(req));
    app.db.write(move |tx| accounts::begin_attempt(tx, &attempt)).await?;
    if !app.passwords.verify(user.password_hash.clone(), form.current_password).await? {
        return Err(Error::field("current_password", "This is not your current password."));
    }
    let hash = app.passwords.hash("new_password", form.new_password).await;
    let (by, id, mine) = (me.actor(), user.id, me.session());
    // The old password was right, whatever the new one is: this was no guess.
    app.db.write(move |tx| accounts::attempt_succeeded(tx, &attempt)).await?;
    let hash = hash?;
    app.db.write(move |tx| accounts::set_password(tx, &by, id, &hash, Some(mine))).await
}

async fn refused(
    me: &SignedIn,
    app: &App,
    problems: Vec<Problem>,
    status: StatusCode,
) -> Result<HttpResponse> {
    let page = AccountPage::read(me, app).await?;
    let page = AccountPage { password_problems: Problems::new(problems), ..page };
    Ok(Page(page).with(status))
}

fn told(ended: usize) -> String {
    match ended {
        0 => "Your tokens go on working.".into(),
        1 => "One other browser was signed out. Your tokens go on working.".into(),
        ended => format!("{ended} other browsers were signed out. Your tokens go on working."),
    }
}
