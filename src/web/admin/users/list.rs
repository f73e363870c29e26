//! The list, and the dialog that makes an account.
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::super::dialog::{Dialog, LinkDialog, alone};
use super::super::pager::{ListQuery, Pager, ROWS};
use super::AT;
use crate::accounts::{self, Directory, PasswordLink, User};
use crate::error::Result as CoreResult;
use crate::http::App;
use crate::id::UserId;
use crate::web::form::{self, Problems};
use crate::web::when::When;
use crate::web::{Form, Frame, Page, PlatformAdmin, Query, Result, page};

#[derive(Template)]
#[template(path = "admin/users.html")]
struct ListPage {
    frame: Frame,
    query: ListQuery<UserId>,
    /// Each with the day the account was made.
    users: Vec<(User, When)>,
    pager: Pager,
    dialog: Option<Dialog>,
}

impl ListPage {
    async fn read(admin: &PlatformAdmin, app: &App, query: ListQuery<UserId>) -> Result<Self> {
        let wanted = Directory { search: query.search.clone(), start: query.start(), limit: ROWS };
        let (users, more) = app.db.read(move |conn| accounts::directory(conn, &wanted)).await?;
        let ids: Vec<_> = users.iter().map(|user| user.id).collect();
        let users = users.into_iter().map(|user| {
            let made = When::date(user.created_at);
            (user, made)
        });
        Ok(Self {
            frame: Frame::of_admin(admin, "users"),
            pager: Pager::of(AT, &query, &ids, more),
            users: users.collect(),
            query,
            dialog: None,
        })
    }
}

pub async fn list(
    admin: PlatformAdmin,
    app: Data<App>,
    query: Query<ListQuery<UserId>>,
) -> Result<HttpResponse> {
    Ok(Page(ListPage::read(&admin, &app, query.0).await?).with(StatusCode::OK))
}

/// What is asked of a new account. A password never comes back.
#[derive(Default, Clone, Deserialize)]
pub struct UserForm {
    #[serde(default)]
    name: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: SecretString,
    is_admin: Option<String>,
}

#[derive(Template)]
#[template(path = "admin/_create_user.html")]
struct CreateDialog {
    form: UserForm,
    problems: Problems,
}

async fn present(
    admin: &PlatformAdmin,
    app: &App,
    req: &HttpRequest,
    dialog: CreateDialog,
    status: StatusCode,
) -> Result<HttpResponse> {
    if page::is_part(req) {
        return Ok(alone(dialog, status));
    }
    let dialog = Some(Dialog::of("Create user", &dialog)?);
    let page = ListPage { dialog, ..ListPage::read(admin, app, ListQuery::default()).await? };
    Ok(Page(page).with(status))
}

pub async fn new(admin: PlatformAdmin, app: Data<App>, req: HttpRequest) -> Result<HttpResponse> {
    let dialog = CreateDialog { form: UserForm::default(), problems: Problems::default() };
    present(&admin, &app, &req, dialog, StatusCode::OK).await
}

/// With a password the account is ready; without one the answer is a link that sets it.
pub async fn create(
    admin: PlatformAdmin,
    app: Data<App>,
    req: HttpRequest,
    form: Form<UserForm>,
) -> Result<HttpResponse> {
    match form::checked(make(&admin, &app, form.0.clone()).await)? {
        Ok((user, None)) => {
            admin.tell("User created", format!("{} can sign in now.", user.name))?;
            Ok(page::see_other(&format!("{AT}/{}", user.id)))
        }
        Ok((user, Some(made))) => {
            let back = format!("{AT}/{}", user.id);
            let dialog = Dialog::of("The link is ready", &LinkDialog::of(&app, made, back))?;
            let page = ListPage::read(&admin, &app, ListQuery::default()).await?;
            Ok(Page(ListPage { dialog: Some(dialog), ..page }).with(StatusCode::CREATED))
        }
        Err(problems) => {
            let dialog = CreateDialog { form: form.0, problems };
            present(&admin, &app, &req, dialog, StatusCode::UNPROCESSABLE_ENTITY).await
        }
    }
}

async fn make(
    admin: &PlatformAdmin,
    app: &Data<App>,
    form: UserForm,
) -> CoreResult<(User, Option<PasswordLink>)> {
    let typed = !form.password.expose_secret().is_empty();
    let hash = if typed {
        Some(app.passwords.hash("password", form.password.clone()).await?)
    } else {
        None
    };
    let (by, shared) = (admin.actor(), app.clone());
    app.db
        .write(move |tx| {
            let is_admin = form.is_admin.is_some();
            let user = accounts::create(tx, &by, &form.email, &form.name, hash.as_ref(), is_admin)?;
            let link = hash
                .is_none()
                .then(|| accounts::offer_password_link(tx, &by, user.id, &shared.pepper));
            Ok((user, link.transpose()?))
        })
        .await
}
