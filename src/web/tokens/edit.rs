//! Editing a token: name, expiry, power.
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::fields::FormDialog;
use super::form::TokenForm;
use super::ground::Origin;
use super::{Named, find_live, holder};
use crate::error::Result as CoreResult;
use crate::http::App;
use crate::policies::ClearedChange;
use crate::tokens;
use crate::web::form::{self, Problems};
use crate::web::power::Choices;
use crate::web::{Form, Owner, Path, Query, Result, page};

pub async fn ask_to_edit(
    owner: Owner,
    app: Data<App>,
    path: Path<Named>,
    origin: Query<Origin>,
    req: HttpRequest,
) -> Result<HttpResponse> {
    let token = find_live(&app.db, &owner, path.0.id).await?;
    let ground = origin.0.of(token.id);
    let choices = Choices::read(&owner, &app.db, app.clock.now()).await?;
    let mut form = TokenForm { from: ground.from(), ..TokenForm::of(&token) };
    form.power.settle(choices.resources());
    let dialog =
        FormDialog::new(&owner, &ground, &choices, form, Problems::default(), Some(&token));
    ground.present(&owner, &app, &req, (dialog.title(), dialog), StatusCode::OK).await
}

pub async fn edit(
    owner: Owner,
    app: Data<App>,
    path: Path<Named>,
    req: HttpRequest,
    form: Form<TokenForm>,
) -> Result<HttpResponse> {
    let token = find_live(&app.db, &owner, path.0.id).await?;
    let form = TokenForm { token: Some(token.id.to_string()), ..form.0 };
    let ground = Origin::from(form.from.clone()).of(token.id);
    let choices = Choices::read(&owner, &app.db, app.clock.now()).await?;
    let (by, holder, id) = (owner.actor(), holder(&owner), token.id);
    let changed = match clear(&choices, &form) {
        Ok(cleared) => app.db.write(move |tx| tokens::change(tx, &by, holder, id, cleared)).await,
        Err(refused) => Err(refused),
    };
    match form::checked(changed)? {
        Ok(token) => {
            owner.me().tell(
                format!("“{}” is saved", token.name),
                "What changed holds from the next call on.",
            )?;
            Ok(page::see_other(&ground.url(owner.slug())))
        }
        Err(problems) => {
            let dialog = FormDialog::new(&owner, &ground, &choices, form, problems, Some(&token));
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            ground.present(&owner, &app, &req, (dialog.title(), dialog), status).await
        }
    }
}

fn clear(choices: &Choices, form: &TokenForm) -> CoreResult<ClearedChange> {
    let (change, problems) = form.change(choices.now);
    form::joined(choices.bounds.clear_change(change, choices.now), problems)
}
