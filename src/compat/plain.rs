//! `/service/public/v1/secrets/`: secrets for whoever has no keys, of projects that the server
//! encrypts for.
use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::web::Data;
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::{Value, json};

use super::case::camel;
use super::environment::{Deed, of_query};
use super::identity::Asked;
use super::read::{Entry, Secrets};
use super::secrets::{id, ids, path, refused, split};
use super::{Caller, Failure, Result};
use crate::http::App;
use crate::http::aside::aside;
use crate::secrets::{
    self, Filter, Opened, Opener, Place, Plain, PlainChange, PlainOwn, Read, Secret,
};

/// What may be asked. What is not known is left aside, as their server does.
#[derive(Debug, Default, Deserialize)]
pub struct Query {
    app_id: Option<String>,
    env: Option<String>,
    path: Option<String>,
    key: Option<String>,
    tags: Option<String>,
}

impl Query {
    async fn place(&self, app: &App, caller: &Caller, deed: Deed) -> Result<Place> {
        of_query(app, caller, self.app_id.as_deref(), self.env.as_deref(), deed).await
    }
}

pub async fn list(caller: Caller, app: Data<App>, query: Asked<Query>) -> Result<HttpResponse> {
    let place = query.0.place(&app, &caller, Deed::Read).await?;
    let opener = Arc::new(app.vault.open(&place.environment)?);
    let text = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let filter = Filter {
        ids: None,
        path: text(&query.0.path).map(|text| path(&text)).transpose()?,
        digest: text(&query.0.key).map(|key| opener.digest(key.trim())),
        tags: text(&query.0.tags).map(|tags| split(&tags)).unwrap_or_default(),
    };
    let found = app.db.write(move |tx| secrets::read(tx, caller.actor(), &place, &filter)).await?;
    answer(opener, found).await
}

pub async fn create(
    caller: Caller,
    app: Data<App>,
    query: Asked<Query>,
    body: Secrets,
) -> Result<HttpResponse> {
    let place = query.0.place(&app, &caller, Deed::Create).await?;
    let opener = Arc::new(app.vault.open(&place.environment)?);
    let wanted: Vec<_> = body.0.into_iter().map(new).collect::<Result<_>>()?;
    let closing = opener.clone();
    let close = move || wanted.into_iter().map(|plain| closing.close_new(plain)).collect();
    let wanted: Vec<_> = aside(close).await?;
    let made = app.db.write(move |tx| {
        let made = secrets::create(tx, caller.actor(), &place, wanted)?;
        read_again(tx.conn(), &caller, &place, &made)
    });
    answer(opener, made.await.map_err(refused)?).await
}

pub async fn change(
    caller: Caller,
    app: Data<App>,
    query: Asked<Query>,
    body: Secrets,
) -> Result<HttpResponse> {
    let place = query.0.place(&app, &caller, Deed::Update).await?;
    let opener = Arc::new(app.vault.open(&place.environment)?);
    let wanted: Vec<_> = body.0.into_iter().map(other).collect::<Result<_>>()?;
    let closing = opener.clone();
    let close = move || {
        let close = |(id, plain)| {
            let change = closing.close_change(id, plain)?;
            Ok(secrets::Change { leaves_sealed: true, ..change })
        };
        wanted.into_iter().map(close).collect()
    };
    let wanted: Vec<_> = aside(close).await?;
    let made = app.db.write(move |tx| {
        let made = secrets::change(tx, caller.actor(), &place, wanted)?;
        read_again(tx.conn(), &caller, &place, &made)
    });
    answer(opener, made.await.map_err(refused)?).await
}

pub async fn delete(
    caller: Caller,
    app: Data<App>,
    query: Asked<Query>,
    body: Secrets,
) -> Result<HttpResponse> {
    let place = query.0.place(&app, &caller, Deed::Delete).await?;
    let ids = ids(&body)?;
    let gone = app.db.write(move |tx| secrets::delete(tx, caller.actor(), &place, &ids)).await;
    let gone = gone.map_err(refused)?;
    let noun = if gone == 1 { "secret" } else { "secrets" };
    Ok(HttpResponse::Ok().json(json!({ "message": format!("Deleted {gone} {noun}") })))
}

/// What was written, in its order, with what the writer sees in the place of values.
fn read_again(
    conn: &mut diesel::PgConnection,
    caller: &Caller,
    place: &Place,
    written: &[Secret],
) -> crate::error::Result<Vec<Read>> {
    let ids: Vec<_> = written.iter().map(|secret| secret.id).collect();
    let filter = Filter { ids: Some(ids.clone()), ..Filter::default() };
    let reader = caller.actor().user();
    let found = secrets::list(conn, place.environment.id, &filter, reader, None)?;
    let mut found: BTreeMap<_, _> = found.into_iter().map(|read| (read.0.id, read)).collect();
    Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
}

async fn answer(opener: Arc<Opener>, found: Vec<Read>) -> Result<HttpResponse> {
    let open = move || {
        let open = |read: &Read| Ok(json_of(read, &opener.open_read(read)?));
        found.iter().map(open).collect::<crate::error::Result<Vec<_>>>()
    };
    Ok(HttpResponse::Ok().json(camel(Value::Array(aside(open).await?))))
}

fn new(entry: Value) -> Result<Plain> {
    let entry = Entry::read(entry)?;
    let kind = entry.kind()?.unwrap_or_default();
    let key = entry.key.filter(|key| !key.trim().is_empty());
    let key = key.ok_or_else(|| Failure::bad_request("Each secret requires a non-empty 'key'."))?;
    let value = entry.value;
    let value =
        value.ok_or_else(|| Failure::bad_request("Each secret requires a 'value' string."))?;
    Ok(Plain {
        key,
        value: value.into(),
        comment: entry.comment.unwrap_or_default().into(),
        path: entry.path.unwrap_or_default(),
        tags: entry.tags.unwrap_or_default(),
        kind,
        own: entry.r#override.map(own),
    })
}

fn other(entry: Value) -> Result<(crate::id::SecretId, PlainChange)> {
    let entry = Entry::read(entry)?;
    let (id, kind) = (id(&entry)?, entry.kind()?);
    let change = PlainChange {
        key: entry.key,
        value: entry.value.map(Into::into),
        comment: entry.comment.map(Into::into),
        path: entry.path,
        tags: entry.tags,
        kind,
        own: entry.r#override.map(own),
    };
    Ok((id, change))
}

fn own(own: super::read::Override) -> PlainOwn {
    PlainOwn { value: own.value.into(), is_active: own.is_active }
}

fn json_of((secret, own): &Read, opened: &Opened) -> Value {
    json!({
        "id": secret.id, "environment": secret.environment_id, "folder": null,
        "path": secret.path, "key": opened.key.expose_secret(), "key_digest": secret.key_digest,
        "value": opened.value.expose_secret(), "comment": opened.comment.expose_secret(),
        "tags": secret.tags, "type": secret.kind().name(), "lifecycle": "static",
        "version": secret.version, "created_at": secret.created_at,
        "updated_at": secret.updated_at,
        "override": own.as_ref().zip(opened.own.as_ref()).map(|(own, value)| json!({
            "id": own.id, "value": value.expose_secret(), "is_active": own.is_active,
            "created_at": own.created_at, "updated_at": own.updated_at,
        })),
    })
}
