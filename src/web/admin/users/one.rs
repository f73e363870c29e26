//! The page of one user: who they are, where they belong, and what was done about them.
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;

use super::super::dialog::Dialog;
use super::One;
use crate::accounts::{self, User};
use crate::audit;
use crate::error::Error;
use crate::http::App;
use crate::id::UserId;
use crate::organizations::{self, Membership};
use crate::sessions;
use crate::web::trail::Deed;
use crate::web::when::When;
use crate::web::{Frame, Page, Path, PlatformAdmin, Result};

/// Entries of the audit trail on the page.
const ENTRIES: i64 = 10;

#[derive(Template)]
#[template(path = "admin/user.html")]
struct UserPage {
    frame: Frame,
    at: String,
    user: User,
    created: When,
    /// Where they are signed in, and when that was last used.
    sessions: usize,
    seen: Option<When>,
    memberships: Vec<Membership>,
    trail: Vec<Deed>,
    dialog: Option<Dialog>,
}

pub async fn page(admin: PlatformAdmin, app: Data<App>, path: Path<One>) -> Result<HttpResponse> {
    show(&admin, &app, path.0.user, None, StatusCode::OK).await
}

pub async fn show(
    admin: &PlatformAdmin,
    app: &App,
    id: UserId,
    dialog: Option<Dialog>,
    status: StatusCode,
) -> Result<HttpResponse> {
    let now = app.clock.now();
    let read = app.db.read(move |conn| {
        let user = accounts::by_id(conn, id)?.ok_or(Error::NotFound("user"))?;
        let sessions = sessions::list(conn, id, now)?;
        let memberships = organizations::memberships(conn, id)?;
        Ok((user, sessions, memberships, audit::of_subject(conn, "user", id.0, ENTRIES)?))
    });
    let (user, sessions, memberships, trail) = read.await?;
    Ok(Page(UserPage {
        frame: Frame::of_admin(admin, "users"),
        at: One { user: id }.url(),
        created: When::date(user.created_at),
        seen: sessions.first().map(|session| When::distance(session.last_seen_at, now)),
        sessions: sessions.len(),
        memberships,
        trail: trail.into_iter().map(|entry| Deed::of(entry, now)).collect(),
        user,
        dialog,
    })
    .with(status))
}
