//! Ending the grace period of an old secret before its time.
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::ground::{Ground, Origin};
use super::{Named, at, find_live, holder};
use crate::http::App;
use crate::tokens;
use crate::web::{Form, Owner, Path, Result, page};

#[derive(Template)]
#[template(path = "tokens/_end_grace.html")]
struct EndGraceDialog {
    name: String,
    action: String,
    back: String,
}

pub async fn ask_to_end_grace(
    owner: Owner,
    app: Data<App>,
    path: Path<Named>,
    req: HttpRequest,
) -> Result<HttpResponse> {
    let token = find_live(&app.db, &owner, path.0.id).await?;
    let back = format!("{}/{}", at(owner.slug()), token.id);
    let (action, name) = (format!("{back}/end-grace"), token.name);
    let title = format!("End the grace period of “{name}”");
    let dialog = EndGraceDialog { name, action, back };
    Ground::Token(token.id).present(&owner, &app, &req, (title, dialog), StatusCode::OK).await
}

pub async fn end_grace(
    owner: Owner,
    app: Data<App>,
    path: Path<Named>,
    _: Form<Origin>,
) -> Result<HttpResponse> {
    let (by, holder, id) = (owner.actor(), holder(&owner), path.0.id);
    let token = app.db.write(move |tx| tokens::end_grace(tx, &by, holder, id)).await?;
    owner.me().tell(
        "The grace period is over",
        format!("Only the new secret of “{}” works.", token.name),
    )?;
    Ok(page::see_other(&Ground::Token(id).url(owner.slug())))
}
