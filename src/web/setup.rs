//! The first start: whoever can read the log makes the first admin and the first organization.
use actix_session::Session;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, Responder};
use askama::Template;
use secrecy::SecretString;
use serde::Deserialize;

use super::form::{self, Problems};
use super::{Form, Page, Query, Result, login, page};
use crate::accounts::{self, Attempt};
use crate::error::{Error, Problem};
use crate::http::{App, client};
use crate::organizations;

#[derive(Template)]
#[template(path = "setup.html")]
struct SetupPage {
    theme: &'static str,
    form: SetupForm,
    address: String,
    problems: Problems,
}

impl SetupPage {
    fn new(form: SetupForm, problems: Problems) -> Self {
        let address = organizations::suggest_slug(&form.organization);
        Self { theme: "", form, address, problems }
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
    Ok(Page(SetupPage::new(SetupForm::default(), Problems::default())).with(StatusCode::OK))
}

/// The line under the organization's name, while it is typed.
#[derive(Template)]
#[template(path = "setup_address.html")]
struct AddressLine {
    address: String,
}

#[derive(Deserialize)]
pub struct Typed {
    #[serde(default)]
    organization: String,
}

pub async fn address(typed: Query<Typed>, app: Data<App>) -> Result<impl Responder> {
    if app.db.read(accounts::any).await? {
        return Err(Error::NotFound("page").into());
    }
    Ok(Page(AddressLine { address: organizations::suggest_slug(&typed.0.organization) }))
}

pub async fn submit(
    form: Form<SetupForm>,
    session: Session,
    req: HttpRequest,
    app: Data<App>,
) -> Result<HttpResponse> {
    let form = form.0;
    match form::checked(begin(&app, &form, &req).await)? {
        Ok(user) => {
            login::sign_in(&app, &req, &session, &user, None).await?;
            Ok(page::see_other("/"))
        }
        Err(problems) => {
            let page = SetupPage::new(form, problems);
            Ok(Page(page).with(StatusCode::UNPROCESSABLE_ENTITY))
        }
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
