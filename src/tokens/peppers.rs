//! What turns secrets into digests, and whether it is the same as when the database was begun.
use anyhow::anyhow;
use diesel::prelude::*;

use crate::config::Config;
use crate::db::Db;
use crate::db::schema::instance;
use crate::error::Result;
use crate::secret::{Digest, InstanceKey, Pepper};

/// The pepper that is used, and the one before it while the instance key is being rotated.
pub struct Peppers {
    pub current: Pepper,
    pub(super) previous: Option<Pepper>,
}

pub(super) const PURPOSE: &str = "jeton token digest v1";
const CHECK: &[u8] = b"jeton instance key check v1";

impl Peppers {
    /// # Errors
    /// When the previous instance key is malformed.
    pub fn configured(config: &Config, key: &InstanceKey) -> Result<Self> {
        Ok(Self::new(key, InstanceKey::previous(config)?.as_ref()))
    }

    pub fn new(key: &InstanceKey, previous: Option<&InstanceKey>) -> Self {
        Self {
            current: Pepper::new(key, PURPOSE),
            previous: previous.map(|key| Pepper::new(key, PURPOSE)),
        }
    }

    /// Holds the instance key against the one that the database was begun with. With another,
    /// every token would be taken for a stranger's.
    ///
    /// # Errors
    /// When it is neither that one nor follows it.
    pub fn recognise(&self, db: &Db) -> Result<()> {
        let mine = self.current.digest(CHECK);
        let before = self.previous.as_ref().map(|pepper| pepper.digest(CHECK));
        db.write_here(|tx| {
            let began: Digest = diesel::insert_into(instance::table)
                .values(instance::key_check.eq(mine))
                .on_conflict(instance::one)
                .do_update()
                .set(instance::one.eq(true))
                .returning(instance::key_check)
                .get_result(tx.conn())?;
            if began == mine {
                return Ok(());
            }
            if Some(began) != before {
                let wrong = "this is not the instance key that the database was begun with; put \
                    back secret.key or JETON_SECRET_KEY, or name the old key in \
                    JETON_PREVIOUS_SECRET_KEY to rotate it";
                return Err(anyhow!(wrong).into());
            }
            let moved = instance::key_check.eq(mine);
            diesel::update(instance::table).set(moved).execute(tx.conn())?;
            Ok(())
        })
    }
}
