//! Editing an account: name, description, power. Its tokens follow with the next call.
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::fields::FormDialog;
use super::form::AccountForm;
use super::ground::Ground;
use super::{Named, find};
use crate::error::Error;
use crate::http::App;
use crate::id::ServiceAccountId;
use crate::policies::OrganizationBounds;
use crate::service_accounts::{self, ServiceAccount};
use crate::web::form::{self, Problems};
use crate::web::power::Choices;
use crate::web::{Form, Owner, Path, Result, page};

pub async fn ask_to_edit(
    owner: Owner,
    app: Data<App>,
    path: Path<Named>,
    req: HttpRequest,
) -> Result<HttpResponse> {
    let account = find(&app.db, &owner, path.0.account).await?;
    let ground = Ground::Account(account.id);
    let choices = Choices::read(&owner, &app.db, app.clock.now()).await?;
    let mut form = AccountForm::of(&account);
    form.power.settle(choices.resources());
    let dialog = FormDialog::new(&owner, ground, &choices, form, Problems::default());
    ground.present(&owner, &app, &req, dialog.titled(), StatusCode::OK).await
}

pub async fn edit(
    owner: Owner,
    app: Data<App>,
    path: Path<Named>,
    req: HttpRequest,
    form: Form<AccountForm>,
) -> Result<HttpResponse> {
    let account = find(&app.db, &owner, path.0.account).await?;
    let (ground, id) = (Ground::Account(account.id), account.id);
    let form = AccountForm { account: Some(id.to_string()), ..form.0 };
    let choices = Choices::read(&owner, &app.db, app.clock.now()).await?;
    match form::checked(changed(&owner, &app, &choices.bounds, id, &form).await)? {
        Ok(account) => {
            let title = format!("“{}” is saved", account.name);
            owner.me().tell(title, "What changed holds for its tokens from the next call on.")?;
            Ok(page::see_other(&ground.url(owner.slug())))
        }
        Err(problems) => {
            let dialog = FormDialog::new(&owner, ground, &choices, form, problems);
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            ground.present(&owner, &app, &req, dialog.titled(), status).await
        }
    }
}

async fn changed(
    owner: &Owner,
    app: &App,
    bounds: &OrganizationBounds,
    id: ServiceAccountId,
    form: &AccountForm,
) -> Result<ServiceAccount, Error> {
    let (by, organization) = (owner.actor(), owner.organization());
    let (bounds, (change, unread)) = (bounds.clone(), form.change());
    app.db
        .write(move |tx| {
            let account = service_accounts::hold(tx, organization, id)?;
            let now = service_accounts::now(tx.conn(), &account)?;
            let cleared = form::joined(bounds.clear_account_change(change, &now), unread)?;
            service_accounts::change(tx, &by, organization, id, cleared)
        })
        .await
}
