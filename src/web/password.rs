//! What a password link opens: whoever has the code sets the password of the account that it is
//! for. The code comes in a form, from the fragment of the address or from a paste.
use actix_session::Session;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::form::{self, Problems};
use super::{Form, Page, Result, login, page};
use crate::accounts::{self, User};
use crate::audit::{Actor, Who};
use crate::error::Result as CoreResult;
use crate::http::{App, client, log};
use crate::secret::{Digest, LinkCode};

#[derive(Template)]
#[template(path = "password.html")]
struct PasswordPage {
    theme: &'static str,
    /// Whose password the code sets.
    found: Option<User>,
    form: PasswordForm,
    problems: Problems,
}

/// The code comes back in its field; a password never does.
#[derive(Default, Clone, Deserialize)]
pub struct PasswordForm {
    #[serde(default)]
    code: SecretString,
    #[serde(default)]
    password: SecretString,
}

impl PasswordForm {
    fn digest(&self, app: &App) -> Option<Digest> {
        LinkCode::parse(self.code.expose_secret()).map(|code| code.digest(&app.pepper))
    }

    fn code(&self) -> &str {
        self.code.expose_secret()
    }
}

pub async fn page() -> HttpResponse {
    let (form, problems) = (PasswordForm::default(), Problems::default());
    Page(PasswordPage { theme: "", found: None, form, problems }).with(StatusCode::OK)
}

/// Says whose password the code sets. Nothing is changed.
pub async fn open(app: Data<App>, form: Form<PasswordForm>) -> Result<HttpResponse> {
    show(&app, form.0, Problems::default(), StatusCode::OK).await
}

async fn show(
    app: &App,
    form: PasswordForm,
    problems: Problems,
    status: StatusCode,
) -> Result<HttpResponse> {
    let (digest, now) = (form.digest(app), app.clock.now());
    let found = app.db.read(move |conn| accounts::open_password_link(conn, digest, now)).await;
    match form::checked(found)? {
        Ok(user) => {
            let page = PasswordPage { theme: "", found: Some(user), form, problems };
            Ok(Page(page).with(status))
        }
        Err(problems) => {
            let page = PasswordPage { theme: "", found: None, form, problems };
            Ok(Page(page).with(StatusCode::UNPROCESSABLE_ENTITY))
        }
    }
}

/// Sets it, and lets whoever did in.
pub async fn set(
    app: Data<App>,
    req: HttpRequest,
    session: Session,
    form: Form<PasswordForm>,
) -> Result<HttpResponse> {
    match form::checked(renew(&app, &req, form.0.clone()).await)? {
        Ok(user) => {
            login::sign_in(&app, &req, &session, &user, None).await?;
            Ok(page::see_other("/"))
        }
        Err(problems) => show(&app, form.0, problems, StatusCode::UNPROCESSABLE_ENTITY).await,
    }
}

/// The code is looked at before anything is hashed, and again where it is used.
async fn renew(app: &App, req: &HttpRequest, form: PasswordForm) -> CoreResult<User> {
    let (digest, now) = (form.digest(app), app.clock.now());
    let user = app.db.read(move |conn| accounts::open_password_link(conn, digest, now)).await?;
    let by = Actor {
        who: Who::User(user.id),
        name: user.name,
        address: client::address(req),
        request_id: log::request_id(req),
    };
    let hash = app.passwords.hash("password", form.password).await?;
    app.db.write(move |tx| accounts::use_password_link(tx, digest, &hash, &by)).await
}
