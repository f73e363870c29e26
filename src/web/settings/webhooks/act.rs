//! What is done to a webhook at the press of a button.
use actix_web::HttpResponse;
use actix_web::web::Data;
use serde::Deserialize;

use super::{Named, at};
use crate::http::App;
use crate::id::{DeliveryId, WebhookId};
use crate::notices;
use crate::web::{Owner, Path, Result, page};

pub async fn pause(owner: Owner, app: Data<App>, path: Path<Named>) -> Result<HttpResponse> {
    let (by, organization, id) = (owner.actor(), owner.organization(), path.0.id);
    app.db.write(move |tx| notices::pause(tx, &by, organization, id)).await?;
    owner.me().tell("Webhook paused", "What happens meanwhile is not told.")?;
    Ok(back(&owner, id))
}

pub async fn resume(owner: Owner, app: Data<App>, path: Path<Named>) -> Result<HttpResponse> {
    let (by, organization, id) = (owner.actor(), owner.organization(), path.0.id);
    app.db.write(move |tx| notices::resume(tx, &by, organization, id)).await?;
    owner.me().tell("Webhook resumed", "It is told again from now on.")?;
    Ok(back(&owner, id))
}

pub async fn test(owner: Owner, app: Data<App>, path: Path<Named>) -> Result<HttpResponse> {
    let (by, organization, id) = (owner.actor(), owner.organization(), path.0.id);
    app.db.write(move |tx| notices::test(tx, &by, organization, id)).await?;
    owner.me().tell("Test sent", "How it went stands below in a moment.")?;
    Ok(back(&owner, id))
}

#[derive(Deserialize)]
pub struct OneDelivery {
    id: WebhookId,
    delivery: DeliveryId,
}

pub async fn resend(owner: Owner, app: Data<App>, path: Path<OneDelivery>) -> Result<HttpResponse> {
    let (by, organization) = (owner.actor(), owner.organization());
    let OneDelivery { id, delivery } = path.0;
    app.db.write(move |tx| notices::resend(tx, &by, organization, id, delivery)).await?;
    owner.me().tell("Sent again", "The same message under the same id, as a new delivery.")?;
    Ok(back(&owner, id))
}

pub async fn delete(owner: Owner, app: Data<App>, path: Path<Named>) -> Result<HttpResponse> {
    let (by, organization, id) = (owner.actor(), owner.organization(), path.0.id);
    let gone = app.db.write(move |tx| notices::delete(tx, &by, organization, id)).await?;
    owner.me().tell("Webhook deleted", format!("{} is told no more.", gone.host()))?;
    Ok(page::see_other(&at(owner.slug())))
}

fn back(owner: &Owner, id: WebhookId) -> HttpResponse {
    page::see_other(&format!("{}/{id}", at(owner.slug())))
}
