//! The form as it would be: after a template, a role or anything else was chosen. Changes nothing.
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::fields::FormDialog;
use super::find_live;
use super::form::TokenForm;
use super::ground::Origin;
use crate::access::Template;
use crate::error::Error;
use crate::http::App;
use crate::web::form::Problems;
use crate::web::power::Choices;
use crate::web::{Form, Owner, Result};

pub async fn preview(
    owner: Owner,
    app: Data<App>,
    req: HttpRequest,
    form: Form<TokenForm>,
) -> Result<HttpResponse> {
    let mut form = form.0;
    let origin = Origin::from(form.from.clone());
    let (ground, edited) = match &form.token {
        None => (origin.list(), None),
        Some(id) => {
            let id = id.parse().map_err(|_| Error::NotFound("token"))?;
            let token = find_live(&app.db, &owner, id).await?;
            (origin.of(token.id), Some(token))
        }
    };
    if let Some(template) = form.template.take().as_deref().and_then(Template::find) {
        form.power.apply(template);
    }
    let choices = Choices::read(&owner, &app.db, app.clock.now()).await?;
    form.power.settle(choices.resources());
    let dialog =
        FormDialog::new(&owner, &ground, &choices, form, Problems::default(), edited.as_ref())
            .without_focus();
    ground.present(&owner, &app, &req, (dialog.title(), dialog), StatusCode::OK).await
}
