//! What is told to people by mail and to programs by webhook, once each: the rows are the outbox,
//! and the chores send what is due.
mod expiry;
mod mail;
mod webhooks;

use std::sync::Arc;

use crate::config::Config;
use crate::db::Db;
use crate::error::Result;
use crate::secret::{InstanceKey, Seal};

pub use expiry::{
    DAYS, Notice, Standing, announce, of_token, trim as trim_notices, waiting as waiting_mails,
};
pub use mail::Mailer;
pub use webhooks::{
    Courier, Created, Delivery, Event, MOST, Outcome, Webhook, Wish, change, create, delete,
    deliveries, find, latest, list, pause, resend, resume, rotate, test, trim as trim_deliveries,
    waiting as waiting_deliveries,
};

use webhooks::{Networks, Post};

const PURPOSE: &str = "jeton webhook secret v1";

/// What sending takes.
pub struct Notices {
    /// Without it nothing goes by mail.
    pub mailer: Option<Mailer>,
    seal: Seal,
    networks: Arc<Networks>,
    post: Post,
}

impl Notices {
    /// Seals what an earlier instance key has sealed with this one.
    pub fn start(config: &Config, key: &InstanceKey, db: &Db) -> Result<Self> {
        let mailer = config.mail.as_ref().map(|mail| Mailer::new(mail, &config.public_url));
        let previous = InstanceKey::previous(config)?;
        let seal = Seal::new(key, previous.as_ref(), PURPOSE);
        if previous.is_some() {
            db.write_here(|tx| webhooks::reseal(tx, &seal))?;
        }
        let networks = Arc::new(Networks::allowed(config.webhook_allow.clone()));
        let post = Post::new(networks.clone());
        Ok(Self { mailer: mailer.transpose()?, seal, networks, post })
    }
}
