//! A new secret for a personal access token: asked for, revealed, and watched until it is used.
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::own::Desk;
use super::tokens::{Dialog, One, own, present, reveal};
use crate::error::Error;
use crate::http::App;
use crate::id::TokenId;
use crate::tokens::{self, Holder, Token};
use crate::web::form::{self, Problems};
use crate::web::reveal::FirstUse;
use crate::web::rotate::{RotateDialog, RotateForm};
use crate::web::when::When;
use crate::web::{Form, Page, Path, Result, page};

pub async fn ask(
    me: Desk,
    app: Data<App>,
    path: Path<One>,
    req: HttpRequest,
) -> Result<HttpResponse> {
    let token = own(&me, &app, path.0.token).await?;
    let dialog = dialog(&me, &token, RotateForm::usual(), Problems::default());
    present(&me, &app, &req, dialog, StatusCode::OK).await
}

fn dialog(me: &Desk, token: &Token, form: RotateForm, problems: Problems) -> Dialog {
    let ways = (format!("{}/{}/rotate", me.base(), token.id), me.section());
    let dialog = RotateDialog::new(&token.name, ways, "in your list of tokens", form, problems);
    Dialog::Rotate { dialog: Box::new(dialog) }
}

pub async fn rotate(
    me: Desk,
    app: Data<App>,
    path: Path<One>,
    req: HttpRequest,
    form: Form<RotateForm>,
) -> Result<HttpResponse> {
    let (by, holder, id) = (me.actor(), Holder::Person(me.user().id), path.0.token);
    let grace = match form::checked(form.0.grace())? {
        Ok(grace) => grace,
        Err(problems) => {
            let dialog = dialog(&me, &own(&me, &app, id).await?, form.0, problems);
            return present(&me, &app, &req, dialog, StatusCode::UNPROCESSABLE_ENTITY).await;
        }
    };
    let shared = app.clone();
    let rotated =
        app.db.write(move |tx| tokens::rotate(tx, &by, holder, id, grace, &shared.mint, None));
    let issued = rotated.await?;
    let now = app.clock.now();
    let secrets = app.db.read(move |conn| tokens::secrets_of_token(conn, id)).await?;
    let until = secrets.iter().filter(|s| s.in_grace(now)).filter_map(|s| s.retires_at).max();
    let dialog = reveal(&me, &app, issued, until.map(|at| When::moment(at, now)));
    present(&me, &app, &req, dialog, StatusCode::OK).await
}

pub async fn end_grace(me: Desk, app: Data<App>, path: Path<One>) -> Result<HttpResponse> {
    let (by, holder, id) = (me.actor(), Holder::Person(me.user().id), path.0.token);
    let token = app.db.write(move |tx| tokens::end_grace(tx, &by, holder, id)).await?;
    me.tell("Grace period ended", format!("Only the new secret of {} works now.", token.name))?;
    Ok(page::see_other(&me.section()))
}

#[derive(Deserialize)]
pub struct OneSecret {
    token: TokenId,
    generation: i32,
}

/// The line that waits for the first use.
pub async fn first_use(me: Desk, app: Data<App>, path: Path<OneSecret>) -> Result<Page<FirstUse>> {
    let OneSecret { token, generation } = path.0;
    let (user, now) = (me.user().id, app.clock.now());
    let secrets = app.db.read(move |conn| {
        tokens::find(conn, Holder::Person(user), token)?.ok_or(Error::NotFound("token"))?;
        tokens::secrets_of_token(conn, token)
    });
    let secret = secrets.await?.into_iter().find(|secret| secret.generation == generation);
    let secret = secret.ok_or(Error::NotFound("token"))?;
    let poll = format!("{}/{token}/secrets/{generation}/first-use", me.base());
    Ok(Page(FirstUse::of(&secret, poll, me.section(), now)))
}
