//! Deleting a personal access token; the name is typed where it is in use.
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::own::Desk;
use super::tokens::{Dialog, One, own, present};
use crate::error::Problem;
use crate::http::App;
use crate::tokens::{self, Holder, Token};
use crate::web::form::Problems;
use crate::web::when::When;
use crate::web::{Form, Path, Result, page};

pub async fn ask(
    me: Desk,
    app: Data<App>,
    path: Path<One>,
    req: HttpRequest,
) -> Result<HttpResponse> {
    let token = own(&me, &app, path.0.token).await?;
    let dialog = delete_dialog(&me, token, String::new(), Problems::default(), app.clock.now());
    present(&me, &app, &req, dialog, StatusCode::OK).await
}

/// The last use is named only where it asks for the name to be typed.
fn delete_dialog(
    me: &Desk,
    token: Token,
    typed: String,
    problems: Problems,
    now: DateTime<Utc>,
) -> Dialog {
    let used = token.last_used_at.filter(|_| token.in_use(now));
    let used = used.map(|at| When::distance(at, now));
    let (action, back) = (format!("{}/{}/delete", me.base(), token.id), me.section());
    Dialog::Delete { name: token.name, action, back, used, typed, problems }
}

#[derive(Deserialize)]
pub struct DeleteForm {
    #[serde(default)]
    confirm: String,
}

pub async fn delete(
    me: Desk,
    app: Data<App>,
    path: Path<One>,
    req: HttpRequest,
    form: Form<DeleteForm>,
) -> Result<HttpResponse> {
    let token = own(&me, &app, path.0.token).await?;
    let now = app.clock.now();
    if token.in_use(now) && form.0.confirm.trim() != token.name {
        let wrong = Problem::new("confirm", "Type the name as it stands above.");
        let problems = Problems::new(vec![wrong]);
        let dialog = delete_dialog(&me, token, form.0.confirm, problems, now);
        return present(&me, &app, &req, dialog, StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    let (by, holder, id) = (me.actor(), Holder::Person(me.user().id), token.id);
    let gone = app.db.write(move |tx| tokens::revoke(tx, &by, holder, id)).await?;
    me.tell("Token deleted", format!("{} stopped working.", gone.name))?;
    Ok(page::see_other(&me.section()))
}
