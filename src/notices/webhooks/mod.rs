//! Webhooks: where an organization is told of what becomes of its tokens, signed as Standard
//! Webhooks has it.
//!
//! What happens puts its deliveries into the outbox by triggers, in its own transaction
//! (`migrations/`), so that no path can forget to.
mod address;
mod courier;
mod delivery;
mod event;
mod outbox;
mod post;
mod signature;
mod store;
mod wish;

use serde_json::{Map, Value, json};

use crate::audit::{self, Action, Actor, Subject};
use crate::db::Tx;
use crate::error::{Error, Result, broken_constraint};
use crate::id::{DeliveryId, OrganizationId, WebhookId};
use crate::secret::{Seal, SigningSecret};

use super::Notices;

pub use address::Networks;
pub use courier::Courier;
pub use delivery::{Delivery, Outcome, latest, list as deliveries, trim, waiting};
pub use event::Event;
pub use post::Post;
pub use store::{Webhook, find, list};
pub use wish::Wish;

/// Of one organization.
pub const MOST: usize = 10;

/// A webhook, and the secret that signs what it is sent: shown once.
#[derive(Debug)]
pub struct Created {
    pub webhook: Webhook,
    pub secret: SigningSecret,
}

impl Webhook {
    /// Called by its host: a path may hold a secret of whoever is told.
    fn subject(&self) -> Subject {
        Subject {
            kind: "webhook",
            id: Some(self.id.0),
            name: self.host(),
            organization: Some(self.organization_id),
        }
    }

    /// Whose secret it is, for the seal.
    fn context(organization: OrganizationId) -> String {
        format!("webhook of organization {organization}")
    }
}

/// # Errors
/// `Conflict` where there are enough; `Invalid` where the address has one already.
pub fn create(
    tx: &mut Tx,
    by: &Actor,
    notices: &Notices,
    organization: OrganizationId,
    wish: Wish,
) -> Result<Created> {
    if store::count(tx.conn(), organization)? >= MOST {
        let why = format!("an organization has at most {MOST} webhooks; delete one first");
        return Err(Error::conflict(why));
    }
    let now = tx.now();
    let secret = SigningSecret::generate();
    let sealed = notices.seal.close(secret.bytes(), &Webhook::context(organization));
    let webhook = store::insert(tx.conn(), organization, &wish, &sealed, now).map_err(taken)?;
    let detail = json!({ "events": webhook.events });
    audit::record(tx, by, Action::WebhookCreated, webhook.subject(), detail)?;
    Ok(Created { webhook, secret })
}

/// Another secret; the one before signs nothing from now on.
pub fn rotate(
    tx: &mut Tx,
    by: &Actor,
    notices: &Notices,
    organization: OrganizationId,
    id: WebhookId,
) -> Result<Created> {
    let secret = SigningSecret::generate();
    let sealed = notices.seal.close(secret.bytes(), &Webhook::context(organization));
    let webhook = store::set_secret(tx.conn(), organization, id, &sealed)?.ok_or(MISSING)?;
    audit::record(tx, by, Action::WebhookRotated, webhook.subject(), json!({}))?;
    Ok(Created { webhook, secret })
}

pub fn change(
    tx: &mut Tx,
    by: &Actor,
    organization: OrganizationId,
    id: WebhookId,
    wish: Wish,
) -> Result<Webhook> {
    let before = store::lock(tx.conn(), organization, id)?.ok_or(MISSING)?;
    let after = store::set(tx.conn(), organization, id, &wish).map_err(taken)?;
    let mut changed = Map::new();
    if before.host() != after.host() {
        changed.insert("host".into(), json!([before.host(), after.host()]));
    } else if before.url != after.url {
        changed.insert("path".into(), json!("another"));
    }
    if before.events != after.events {
        changed.insert("events".into(), json!([before.events, after.events]));
    }
    if !changed.is_empty() {
        let detail = Value::from(changed);
        audit::record(tx, by, Action::WebhookChanged, after.subject(), detail)?;
    }
    Ok(after)
}

/// What happens meanwhile is not told, and what waits goes on waiting.
pub fn pause(
    tx: &mut Tx,
    by: &Actor,
    organization: OrganizationId,
    id: WebhookId,
) -> Result<Webhook> {
    let webhook = store::lock(tx.conn(), organization, id)?.ok_or(MISSING)?;
    if webhook.paused_at.is_some() {
        return Ok(webhook);
    }
    let now = tx.now();
    let webhook = store::set_paused(tx.conn(), id, Some(now))?;
    audit::record(tx, by, Action::WebhookPaused, webhook.subject(), json!({}))?;
    Ok(webhook)
}

pub fn resume(
    tx: &mut Tx,
    by: &Actor,
    organization: OrganizationId,
    id: WebhookId,
) -> Result<Webhook> {
    let webhook = store::lock(tx.conn(), organization, id)?.ok_or(MISSING)?;
    if webhook.paused_at.is_none() {
        return Ok(webhook);
    }
    let webhook = store::set_paused(tx.conn(), id, None)?;
    audit::record(tx, by, Action::WebhookResumed, webhook.subject(), json!({}))?;
    Ok(webhook)
}

/// With all that waits and all that was delivered.
pub fn delete(
    tx: &mut Tx,
    by: &Actor,
    organization: OrganizationId,
    id: WebhookId,
) -> Result<Webhook> {
    let webhook = store::delete(tx.conn(), organization, id)?.ok_or(MISSING)?;
    audit::record(tx, by, Action::WebhookDeleted, webhook.subject(), json!({}))?;
    Ok(webhook)
}

/// Puts a delivery that means nothing into the outbox, whatever the webhook wants to be told of.
pub fn test(
    tx: &mut Tx,
    by: &Actor,
    organization: OrganizationId,
    id: WebhookId,
) -> Result<Delivery> {
    let webhook = going(tx, organization, id)?;
    let now = tx.now();
    let delivery = delivery::insert_test(tx.conn(), &webhook, now)?;
    audit::record(tx, by, Action::WebhookTested, webhook.subject(), json!({}))?;
    Ok(delivery)
}

/// The same message once more, beside the delivery that there was: under its id a receiver knows it
/// again.
pub fn resend(
    tx: &mut Tx,
    by: &Actor,
    organization: OrganizationId,
    id: WebhookId,
    delivery: DeliveryId,
) -> Result<Delivery> {
    let webhook = going(tx, organization, id)?;
    let now = tx.now();
    let again = delivery::insert_again(tx.conn(), id, delivery, now)?;
    let again = again.ok_or(Error::NotFound("delivery"))?;
    let detail = json!({ "event": again.event, "message": again.message() });
    audit::record(tx, by, Action::DeliveryResent, webhook.subject(), detail)?;
    Ok(again)
}

/// Seals every secret anew that rests under an earlier instance key.
pub fn reseal(tx: &mut Tx, seal: &Seal) -> Result<()> {
    for (id, organization, sealed) in store::secrets(tx.conn())? {
        if !seal.is_current(&sealed) {
            let context = Webhook::context(organization);
            let plain = seal.open(&sealed, &context)?;
            store::reseal(tx.conn(), id, &seal.close(&plain, &context))?;
        }
    }
    Ok(())
}

const MISSING: Error = Error::NotFound("webhook");

/// The webhook, unless it is paused: then nothing would be sent.
fn going(tx: &mut Tx, organization: OrganizationId, id: WebhookId) -> Result<Webhook> {
    let webhook = store::lock(tx.conn(), organization, id)?.ok_or(MISSING)?;
    if webhook.paused_at.is_some() {
        return Err(Error::conflict("the webhook is paused; resume it first"));
    }
    Ok(webhook)
}

fn taken(cause: diesel::result::Error) -> Error {
    match broken_constraint(&cause) {
        Some("webhooks_organization_id_url_key") => {
            Error::field("url", "There is a webhook to this address already. Change that one.")
        }
        _ => cause.into(),
    }
}
