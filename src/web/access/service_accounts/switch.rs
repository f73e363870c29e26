//! Disabling and enabling an account in place, from the list or from its page.
use actix_web::HttpResponse;
use actix_web::web::Data;
use serde::Deserialize;

use super::Named;
use super::ground::Ground;
use crate::http::App;
use crate::id::ServiceAccountId;
use crate::policies::AccountChange;
use crate::{service_accounts, tokens};

use crate::web::{Form, Owner, Path, Result, page};

/// A form of the list says so, to lead back to it.
#[derive(Deserialize)]
pub struct Origin {
    from: Option<String>,
}

pub async fn disable(
    owner: Owner,
    app: Data<App>,
    path: Path<Named>,
    form: Form<Origin>,
) -> Result<HttpResponse> {
    switch(&owner, &app, path.0.account, &form.0, false).await
}

pub async fn enable(
    owner: Owner,
    app: Data<App>,
    path: Path<Named>,
    form: Form<Origin>,
) -> Result<HttpResponse> {
    switch(&owner, &app, path.0.account, &form.0, true).await
}

async fn switch(
    owner: &Owner,
    app: &App,
    id: ServiceAccountId,
    origin: &Origin,
    on: bool,
) -> Result<HttpResponse> {
    let (by, organization, grant) = (owner.actor(), owner.organization(), owner.grant());
    let switched = app.db.write(move |tx| {
        let bounds = tokens::organization_bounds(tx.conn(), organization, grant)?;
        let account = service_accounts::hold(tx, organization, id)?;
        let now = service_accounts::now(tx.conn(), &account)?;
        let wish = AccountChange { is_active: Some(on), ..AccountChange::default() };
        let cleared = bounds.clear_account_change(wish, &now)?;
        service_accounts::change(tx, &by, organization, id, cleared)
    });
    let account = switched.await?;
    let title = format!("“{}” is {}", account.name, if on { "enabled" } else { "disabled" });
    let detail = if on {
        "Calls with its tokens are accepted again."
    } else {
        "Calls with its tokens are refused."
    };
    owner.me().tell(title, detail)?;
    let ground = if origin.from.is_some() { Ground::List } else { Ground::Account(id) };
    Ok(page::see_other(&ground.url(owner.slug())))
}
