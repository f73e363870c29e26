//! How the running instance is: the database, what is heard from elsewhere, room on the disk.
use std::io;
use std::path::Path;

use actix_web::web::Data;

use super::App;
use crate::error::Result;
use crate::notices;

/// What PostgreSQL may need for its journal, twice.
pub const LEAST_SPACE: u64 = 512 << 20;

#[derive(Debug)]
pub struct Health {
    /// What is to be said of it, either way.
    pub database: Result<String, String>,
    /// Whether changes elsewhere are heard of.
    pub is_hearing: bool,
    /// Open, of these idle, and at most.
    pub connections: (u32, u32, u32),
    /// Verdicts in memory.
    pub verdicts: usize,
    /// Mails that wait to be sent; nothing where none ever is.
    pub mails: Option<i64>,
    /// Deliveries to webhooks that wait to be made.
    pub deliveries: i64,
    /// Keys that only the previous instance key opens.
    pub stale: i64,
    /// Whether that one is known.
    pub has_previous: bool,
    /// Bytes that are free for the data directory; of no matter where the database is elsewhere.
    pub free: Option<io::Result<u64>>,
    pub least_free: u64,
}

pub async fn look(app: &Data<App>) -> Result<Health> {
    let (open, idle) = app.db.connections();
    let shared = app.clone();
    let counted = app.db.read(move |conn| {
        let stale = shared.mint.stale(conn)? + shared.vault.stale(conn)?;
        Ok((notices::waiting_mails(conn)?, notices::waiting_deliveries(conn)?, stale))
    });
    let (mails, deliveries, stale) = counted.await?;
    Ok(Health {
        database: app.db.inspect().await?.map_err(|cause| format!("{cause:#}")),
        is_hearing: app.db.changes().is_heard(),
        connections: (open, idle, app.db.most_connections()),
        verdicts: app.verifier.kept(),
        mails: app.notices.mailer.is_some().then_some(mails),
        deliveries,
        stale,
        has_previous: app.config.previous_secret_key.is_some(),
        free: app.config.database_url.is_none().then(|| free_space(&app.config.data_dir)),
        least_free: LEAST_SPACE,
    })
}

/// Bytes that this process may still write around a place.
pub fn free_space(place: &Path) -> io::Result<u64> {
    let disk = rustix::fs::statvfs(place)?;
    Ok(disk.f_bavail * disk.f_frsize)
}
