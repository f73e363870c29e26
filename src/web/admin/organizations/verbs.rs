//! Suspending an organization, after a question, and resuming it.
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::super::dialog::Confirm;
use super::list::under;
use super::{AT, One};
use crate::error::Error;
use crate::http::App;
use crate::organizations;
use crate::web::{Path, PlatformAdmin, Result, page};

pub async fn ask_to_suspend(
    admin: PlatformAdmin,
    app: Data<App>,
    path: Path<One>,
    req: HttpRequest,
) -> Result<HttpResponse> {
    let id = path.0.organization;
    let found = app.db.read(move |conn| organizations::by_id(conn, id)).await?;
    let name = found.ok_or(Error::NotFound("organization"))?.name;
    let title = format!("Suspend {name}?");
    let question = Confirm {
        title: title.clone(),
        text: "Every call with one of its tokens is refused, and its pages are closed to its members, \
               both at once. Nothing is deleted; resume it and all is as it was."
            .into(),
        action: format!("{AT}/{id}/suspend"),
        back: AT.into(),
        button: "Suspend organization",
        danger: true,
    };
    under(&admin, &app, &req, (&title, question), StatusCode::OK).await
}

pub async fn suspend(
    admin: PlatformAdmin,
    app: Data<App>,
    path: Path<One>,
) -> Result<HttpResponse> {
    let (by, id) = (admin.actor(), path.0.organization);
    let done = app.db.write(move |tx| organizations::set_suspended(tx, &by, id, true)).await?;
    admin.tell(format!("{} suspended", done.name), "Its tokens are refused.")?;
    Ok(page::see_other(AT))
}

pub async fn resume(admin: PlatformAdmin, app: Data<App>, path: Path<One>) -> Result<HttpResponse> {
    let (by, id) = (admin.actor(), path.0.organization);
    let done = app.db.write(move |tx| organizations::set_suspended(tx, &by, id, false)).await?;
    admin.tell(format!("{} resumed", done.name), "Its tokens work again.")?;
    Ok(page::see_other(AT))
}
