//! Every query on the `webhooks` table.
use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use url::Url;

use super::{Event, Wish};
use crate::db::schema::webhooks;
use crate::error::Result;
use crate::id::{OrganizationId, WebhookId};
use crate::secret::Sealed;

/// Its secret is not in it.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = webhooks, check_for_backend(Pg))]
pub struct Webhook {
    pub id: WebhookId,
    pub organization_id: OrganizationId,
    pub url: String,
    /// By name.
    pub events: Vec<String>,
    pub created_at: DateTime<Utc>,
    pub paused_at: Option<DateTime<Utc>>,
}

impl Webhook {
    pub fn events(&self) -> Vec<Event> {
        self.events.iter().filter_map(|name| Event::parse(name)).collect()
    }

    /// With its port, where that is not the usual one.
    pub fn host(&self) -> String {
        let url = Url::parse(&self.url).ok();
        let host = url.as_ref().and_then(|url| {
            let host = url.host_str()?;
            Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
        });
        host.unwrap_or_default()
    }
}

/// The first one first.
pub fn list(conn: &mut PgConnection, organization: OrganizationId) -> Result<Vec<Webhook>> {
    Ok(webhooks::table
        .filter(webhooks::organization_id.eq(organization))
        .order(webhooks::id)
        .select(Webhook::as_select())
        .load(conn)?)
}

pub fn find(
    conn: &mut PgConnection,
    organization: OrganizationId,
    id: WebhookId,
) -> Result<Option<Webhook>> {
    Ok(webhooks::table
        .filter(webhooks::organization_id.eq(organization))
        .filter(webhooks::id.eq(id))
        .select(Webhook::as_select())
        .first(conn)
        .optional()?)
}

pub(super) fn lock(
    conn: &mut PgConnection,
    organization: OrganizationId,
    id: WebhookId,
) -> Result<Option<Webhook>> {
    Ok(webhooks::table
        .filter(webhooks::organization_id.eq(organization))
        .filter(webhooks::id.eq(id))
        .select(Webhook::as_select())
        .for_no_key_update()
        .first(conn)
        .optional()?)
}

pub(super) fn count(conn: &mut PgConnection, organization: OrganizationId) -> Result<usize> {
    let count: i64 = webhooks::table
        .filter(webhooks::organization_id.eq(organization))
        .count()
        .get_result(conn)?;
    Ok(usize::try_from(count).unwrap_or_default())
}

pub(super) fn insert(
    conn: &mut PgConnection,
    organization: OrganizationId,
    wish: &Wish,
    secret: &Sealed,
    now: DateTime<Utc>,
) -> QueryResult<Webhook> {
    diesel::insert_into(webhooks::table)
        .values((
            webhooks::organization_id.eq(organization),
            webhooks::url.eq(&wish.url),
            webhooks::events.eq(names(wish)),
            webhooks::secret.eq(secret),
            webhooks::created_at.eq(now),
        ))
        .returning(Webhook::as_returning())
        .get_result(conn)
}

pub(super) fn set(
    conn: &mut PgConnection,
    organization: OrganizationId,
    id: WebhookId,
    wish: &Wish,
) -> QueryResult<Webhook> {
    diesel::update(webhooks::table.find(id).filter(webhooks::organization_id.eq(organization)))
        .set((webhooks::url.eq(&wish.url), webhooks::events.eq(names(wish))))
        .returning(Webhook::as_returning())
        .get_result(conn)
}

pub(super) fn set_secret(
    conn: &mut PgConnection,
    organization: OrganizationId,
    id: WebhookId,
    secret: &Sealed,
) -> Result<Option<Webhook>> {
    let mine = webhooks::table.find(id).filter(webhooks::organization_id.eq(organization));
    Ok(diesel::update(mine)
        .set(webhooks::secret.eq(secret))
        .returning(Webhook::as_returning())
        .get_result(conn)
        .optional()?)
}

pub(super) fn set_paused(
    conn: &mut PgConnection,
    id: WebhookId,
    at: Option<DateTime<Utc>>,
) -> Result<Webhook> {
    Ok(diesel::update(webhooks::table.find(id))
        .set(webhooks::paused_at.eq(at))
        .returning(Webhook::as_returning())
        .get_result(conn)?)
}

pub(super) fn delete(
    conn: &mut PgConnection,
    organization: OrganizationId,
    id: WebhookId,
) -> Result<Option<Webhook>> {
    let mine = webhooks::table.find(id).filter(webhooks::organization_id.eq(organization));
    Ok(diesel::delete(mine).returning(Webhook::as_returning()).get_result(conn).optional()?)
}

/// Every secret there is, held until the transaction ends.
pub(super) fn secrets(conn: &mut PgConnection) -> Result<Vec<(WebhookId, OrganizationId, Sealed)>> {
    Ok(webhooks::table
        .order(webhooks::id)
        .select((webhooks::id, webhooks::organization_id, webhooks::secret))
        .for_no_key_update()
        .load(conn)?)
}

pub(super) fn reseal(conn: &mut PgConnection, id: WebhookId, secret: &Sealed) -> Result<()> {
    diesel::update(webhooks::table.find(id)).set(webhooks::secret.eq(secret)).execute(conn)?;
    Ok(())
}

fn names(wish: &Wish) -> Vec<&'static str> {
    wish.events.iter().map(|event| event.name()).collect()
}
