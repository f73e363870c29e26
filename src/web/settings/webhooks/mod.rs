//! Organization settings > Webhooks: who is told what becomes of tokens, and whether it arrived.
mod act;
mod ask;
mod deliveries;
mod detail;
mod form;
mod ground;
mod list;

use serde::Deserialize;

use crate::id::WebhookId;

pub use act::{delete, pause, resend, resume, test};
pub use ask::{ask_to_delete, ask_to_edit, ask_to_rotate, new};
pub use detail::detail;
pub use form::{create, edit, rotate};
pub use list::list;

/// The path names the organization too, which the proof has read.
#[derive(Deserialize)]
pub struct Named {
    id: WebhookId,
}

fn at(slug: &str) -> String {
    format!("/orgs/{slug}/settings/webhooks")
}
