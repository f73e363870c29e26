//! One webhook's own page: what it is told of, and what it was told.
use actix_web::Responder;
use actix_web::web::Data;
use askama::Template;
use serde::Deserialize;

use super::deliveries::Line;
use super::ground::Dialog;
use super::{Named, at};
use crate::error::Error;
use crate::http::App;
use crate::id::{DeliveryId, WebhookId};
use crate::notices::{self, Event, Webhook};
use crate::web::when::When;
use crate::web::{Frame, Owner, Page, Path, Query, Result};

/// Deliveries on a page.
const ROWS: i64 = 25;

#[derive(Template)]
#[template(path = "settings/webhooks/detail.html")]
pub struct DetailPage {
    frame: Frame,
    slug: String,
    at: String,
    page: String,
    /// The page with the part of the list that it shows.
    here: String,
    webhook: Webhook,
    events: Vec<Event>,
    created: When,
    lines: Vec<Line>,
    /// Whether it asks for itself again: something is on its way.
    moving: bool,
    is_first: bool,
    older: Option<DeliveryId>,
    dialog: Option<Dialog>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Deliveries older than this one.
    before: Option<DeliveryId>,
}

pub async fn detail(
    owner: Owner,
    app: Data<App>,
    path: Path<Named>,
    part: Query<Part>,
) -> Result<impl Responder> {
    Ok(Page(read(&owner, &app, path.0.id, part.0.before, None).await?))
}

pub async fn read(
    owner: &Owner,
    app: &App,
    id: WebhookId,
    before: Option<DeliveryId>,
    dialog: Option<Dialog>,
) -> Result<DetailPage> {
    let (organization, now) = (owner.organization(), app.clock.now());
    let read = app.db.read(move |conn| {
        let webhook = notices::find(conn, organization, id)?.ok_or(Error::NotFound("webhook"))?;
        Ok((webhook, notices::deliveries(conn, organization, id, before, ROWS + 1)?))
    });
    let (webhook, mut deliveries) = read.await?;
    let more = deliveries.len() > usize::try_from(ROWS).unwrap_or_default();
    if more {
        deliveries.pop();
    }
    let at = at(owner.slug());
    let page = format!("{at}/{id}");
    let older = deliveries.last().filter(|_| more).map(|last| last.id);
    let lines: Vec<_> = deliveries.into_iter().map(|one| Line::of(one, now)).collect();
    Ok(DetailPage {
        frame: Frame::of_member(owner, "settings"),
        slug: owner.slug().to_owned(),
        at,
        here: before.map_or_else(|| page.clone(), |before| format!("{page}?before={before}")),
        page,
        events: webhook.events(),
        created: When::date(webhook.created_at),
        moving: webhook.paused_at.is_none() && lines.iter().any(|line| line.moving),
        webhook,
        lines,
        is_first: before.is_none(),
        older,
        dialog,
    })
}
