//! How the running instance is: `/api/v2/admin/health/`.
use actix_web::HttpResponse;
use actix_web::web::Data;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::refusals::{Always, Forbidden};
use crate::api::{PlatformAdmin, Result};
use crate::http::App;
use crate::http::health::{Health, look};

/// What the instance that answers knows of itself.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Health)]
pub struct HealthJson {
    version: &'static str,
    database: PartJson,
    /// Whether changes elsewhere are heard of; where not, every token is looked up.
    is_hearing: bool,
    connections: ConnectionsJson,
    /// Verdicts on tokens in memory.
    verdicts: usize,
    /// Mails that wait to be sent; `null` where no mail server is named.
    waiting_mails: Option<i64>,
    /// Messages that wait to be delivered to webhooks.
    waiting_deliveries: i64,
    /// Keys at rest that only an earlier instance key opens: while that is rotated they become
    /// fewer.
    stale_keys: i64,
    /// Of the data directory; `null` where the database is elsewhere.
    disk: Option<PartJson>,
}

/// A part of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HealthPart)]
struct PartJson {
    is_well: bool,
    detail: String,
}

/// Connections to the database.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HealthConnections)]
struct ConnectionsJson {
    open: u32,
    idle: u32,
    most: u32,
}

impl HealthJson {
    fn of(health: Health) -> Self {
        let (open, idle, most) = health.connections;
        let part = |is_well, detail| PartJson { is_well, detail };
        let least_free = health.least_free;
        let disk = |free| match free {
            Ok(bytes) => part(bytes >= least_free, format!("{} MB free", bytes >> 20)),
            Err(cause) => part(false, format!("could not be looked at: {cause}")),
        };
        Self {
            version: env!("CARGO_PKG_VERSION"),
            database: match health.database {
                Ok(said) => part(true, said),
                Err(said) => part(false, said),
            },
            is_hearing: health.is_hearing,
            connections: ConnectionsJson { open, idle, most },
            verdicts: health.verdicts,
            waiting_mails: health.mails,
            waiting_deliveries: health.deliveries,
            stale_keys: health.stale,
            disk: health.free.map(disk),
        }
    }
}

/// Get the instance's health
#[utoipa::path(get, path = "/api/v2/admin/health/", tag = "Platform", operation_id = "get_health",
    responses((status = 200, description = "How it is", body = HealthJson), Always, Forbidden))]
pub async fn show(_: PlatformAdmin, app: Data<App>) -> Result<HttpResponse> {
    Ok(HttpResponse::Ok().json(HealthJson::of(look(&app).await?)))
}
