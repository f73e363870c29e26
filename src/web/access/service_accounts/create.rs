//! Making an account; and the form as it would be after something was chosen, which changes nothing.
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::fields::FormDialog;
use super::form::AccountForm;
use super::ground::Ground;
use super::page_of;
use crate::access::Template;
use crate::error::Error;
use crate::http::App;
use crate::service_accounts::{self, ServiceAccount};
use crate::web::form::{self, Problems};
use crate::web::power::Choices;
use crate::web::{Form, Owner, Result, page};

pub async fn new(owner: Owner, app: Data<App>, req: HttpRequest) -> Result<HttpResponse> {
    let choices = Choices::read(&owner, &app.db, app.clock.now()).await?;
    let form = AccountForm { power: choices.begin(), ..AccountForm::default() };
    let dialog = FormDialog::new(&owner, Ground::List, &choices, form, Problems::default());
    Ground::List.present(&owner, &app, &req, dialog.titled(), StatusCode::OK).await
}

/// Leads to the account's page, where its tokens are made.
pub async fn create(
    owner: Owner,
    app: Data<App>,
    req: HttpRequest,
    form: Form<AccountForm>,
) -> Result<HttpResponse> {
    let form = AccountForm { account: None, ..form.0 };
    let choices = Choices::read(&owner, &app.db, app.clock.now()).await?;
    match form::checked(made(&owner, &app, &choices, &form).await)? {
        Ok(account) => {
            let title = format!("“{}” is ready", account.name);
            owner.me().tell(title, "Create a token for whatever acts as it.")?;
            Ok(page::see_other(&page_of(owner.slug(), account.id)))
        }
        Err(problems) => {
            let dialog = FormDialog::new(&owner, Ground::List, &choices, form, problems);
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            Ground::List.present(&owner, &app, &req, dialog.titled(), status).await
        }
    }
}

async fn made(
    owner: &Owner,
    app: &App,
    choices: &Choices,
    form: &AccountForm,
) -> Result<ServiceAccount, Error> {
    let (by, organization) = (owner.actor(), owner.organization());
    let (wish, unread) = form.wish();
    let cleared = form::joined(choices.bounds.clear_account(wish), unread)?;
    app.db.write(move |tx| service_accounts::create(tx, &by, organization, &cleared)).await
}

pub async fn preview(
    owner: Owner,
    app: Data<App>,
    req: HttpRequest,
    form: Form<AccountForm>,
) -> Result<HttpResponse> {
    let mut form = form.0;
    let ground = match &form.account {
        None => Ground::List,
        Some(id) => {
            let id = id.parse().map_err(|_| Error::NotFound("service account"))?;
            Ground::Account(super::find(&app.db, &owner, id).await?.id)
        }
    };
    if let Some(template) = form.template.take().as_deref().and_then(Template::find) {
        form.power.apply(template);
    }
    let choices = Choices::read(&owner, &app.db, app.clock.now()).await?;
    form.power.settle(choices.resources());
    let dialog = FormDialog::new(&owner, ground, &choices, form, Problems::default());
    let dialog = dialog.without_focus().titled();
    ground.present(&owner, &app, &req, dialog, StatusCode::OK).await
}
