//! Platform admin > Users: everyone who has an account here.
use actix_web::Responder;
use actix_web::web::Data;
use askama::Template;

use super::pager::{ListQuery, Pager, ROWS};
use crate::accounts::{self, Directory, User};
use crate::http::App;
use crate::id::UserId;
use crate::web::when::When;
use crate::web::{Frame, Page, PlatformAdmin, Query, Result};

#[derive(Template)]
#[template(path = "admin/users.html")]
struct ListPage {
    frame: Frame,
    query: ListQuery<UserId>,
    /// Each with the day the account was made.
    users: Vec<(User, When)>,
    pager: Pager,
}

pub async fn list(
    admin: PlatformAdmin,
    app: Data<App>,
    query: Query<ListQuery<UserId>>,
) -> Result<impl Responder> {
    let query = query.0;
    let wanted = Directory { search: query.search.clone(), start: query.start(), limit: ROWS };
    let (users, more) = app.db.read(move |conn| accounts::directory(conn, &wanted)).await?;
    let ids: Vec<_> = users.iter().map(|user| user.id).collect();
    Ok(Page(ListPage {
        frame: Frame::of_admin(&admin, "users"),
        pager: Pager::of("/admin/users", &query, &ids, more),
        users: users
            .into_iter()
            .map(|user| {
                let made = When::date(user.created_at);
                (user, made)
            })
            .collect(),
        query,
    }))
}
