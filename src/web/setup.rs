//! The first start: whoever can read the log makes the first admin and the first organization.
use actix_session::Session;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use secrecy::SecretString;
use serde::Deserialize;

use super::{Form, Page, Result, login, page};
use crate::accounts::{self, Attempt};
use crate::error::{Error, Problem};
use crate::http::{App, client};
use crate::organizations;

#[derive(Template)]
#[template(path = "setup.html")]
struct SetupPage {
    theme: &'static str,
    form: SetupForm,
    problems: Vec<Problem>,
}

impl SetupPage {
    fn problem(&self, field: &str) -> Option<&str> {
        self.problems.iter().find(|problem| problem.field == field).map(|p| p.message.as_str())
    }
}

#[derive(Default, Clone, Deserialize)]
pub struct SetupForm {
    #[serde(default)]
    code: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: SecretString,
    #[serde(default)]
    organization: String,
}

/// Once there is a user, the page is gone.
pub async fn page(app: Data<App>) -> Result<HttpResponse> {
    if app.db.read(accounts::any).await? {
        return Err(Error::NotFound("page").into());
    }
    let page = SetupPage { theme: "", form: SetupForm::default(), problems: Vec::new() };
    Ok(Page(page).with(StatusCode::OK))
}

pub async fn submit(
    form: Form<SetupForm>,
    session: Session,
    req: HttpRequest,
    app: Data<App>,
) -> Result<HttpResponse> {
    let form = form.0;
    match begin(&app, &form, &req).await {
        Ok(user) => {
            login::sign_in(&app, &req, &session, &user, None).await?;
            Ok(page::see_other("/"))
        }
        Err(Error::Invalid(problems)) => {
            let page = SetupPage { theme: "", form, problems };
            Ok(Page(page).with(StatusCode::UNPROCESSABLE_ENTITY))
        }
        Err(other) => Err(other.into()),
    }
}

async fn begin(app: &App, form: &SetupForm, req: &HttpRequest) -> Result<accounts::User, Error> {
    let attempt = Attempt::new(&app.pepper, "first start", client::address(req));
    let begun = app.db.write(move |tx| {
        accounts::begin_attempt(tx, &attempt)?;
        accounts::any(tx.conn())
    });
    if begun.await? {
        return Err(Error::NotFound("page"));
    }
    if !app.setup_code.is(&form.code) {
        return Err(Error::field(
            "code",
            "This is not the code that Jeton printed when it started.",
        ));
    }
    app.db.write(move |tx| accounts::attempt_succeeded(tx, &attempt)).await?;
    let password = app.passwords.hash("password", form.password.clone()).await?;
    let form = form.clone();
    let slug = organizations::suggest_slug(&form.organization);
    app.db
        .write(move |tx| {
            let first = organizations::First {
                email: &form.email,
                name: &form.name,
                password: &password,
                slug: &slug,
                organization: &form.organization,
            };
            organizations::begin(tx, &first).map_err(as_on_the_form)
        })
        .await
}

/// The organization's address is made from its name, in one field.
fn as_on_the_form(error: Error) -> Error {
    let Error::Invalid(mut problems) = error else { return error };
    for problem in &mut problems {
        if problem.field == "slug" {
            *problem = Problem::new("organization", "Use a name with letters from a to z in it.");
        }
    }
    problems.dedup();
    Error::Invalid(problems)
}
