//! The list: each webhook, what it is told of, and how its last delivery went.
use actix_web::Responder;
use actix_web::web::Data;
use askama::Template;

use super::at;
use super::deliveries::Line;
use super::ground::Dialog;
use crate::http::App;
use crate::notices::{self, Webhook};
use crate::web::{Frame, Owner, Page, Result};

#[derive(Template)]
#[template(path = "settings/webhooks/list.html")]
pub struct ListPage {
    frame: Frame,
    slug: String,
    at: String,
    webhooks: Vec<(Webhook, Option<Line>)>,
    dialog: Option<Dialog>,
}

pub async fn list(owner: Owner, app: Data<App>) -> Result<impl Responder> {
    Ok(Page(read(&owner, &app, None).await?))
}

pub async fn read(owner: &Owner, app: &App, dialog: Option<Dialog>) -> Result<ListPage> {
    let (organization, now) = (owner.organization(), app.clock.now());
    let read = app.db.read(move |conn| {
        Ok((notices::list(conn, organization)?, notices::latest(conn, organization)?))
    });
    let (webhooks, mut latest) = read.await?;
    let with_last = |webhook: Webhook| {
        let last = latest.remove(&webhook.id).map(|delivery| Line::of(delivery, now));
        (webhook, last)
    };
    Ok(ListPage {
        frame: Frame::of_member(owner, "settings"),
        slug: owner.slug().to_owned(),
        at: at(owner.slug()),
        webhooks: webhooks.into_iter().map(with_last).collect(),
        dialog,
    })
}
