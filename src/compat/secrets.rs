//! `/service/secrets/`: secrets as clients with keys read and write them. The server only keeps and
//! hands back what they closed.
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::case::{camel, is_camel};
use super::environment::{Deed, header, of_header};
use super::read::{Entry, Override, Secrets};
use super::{Caller, Failure, Result};
use crate::error::Error;
use crate::http::App;
use crate::http::aside::aside;
use crate::id::SecretId;
use crate::secret::Ciphertext;
use crate::secrets::{self, Change, Filter, New, Own, Read};

pub async fn list(caller: Caller, app: Data<App>, req: HttpRequest) -> Result<HttpResponse> {
    let place = of_header(&req, &app, &caller, Deed::Read).await?;
    let filter = Filter {
        ids: None,
        path: header(&req, "Path")?.map(path).transpose()?,
        digest: header(&req, "KeyDigest")?.map(str::to_lowercase),
        tags: header(&req, "Tags")?.map(split).unwrap_or_default(),
    };
    let found = app.db.write(move |tx| secrets::read(tx, caller.actor(), &place, &filter)).await?;
    let found = Value::Array(found.iter().map(json_of).collect());
    Ok(HttpResponse::Ok().json(if is_camel(&req) { camel(found) } else { found }))
}

pub async fn create(
    caller: Caller,
    app: Data<App>,
    req: HttpRequest,
    body: Secrets,
) -> Result<HttpResponse> {
    let place = of_header(&req, &app, &caller, Deed::Create).await?;
    let wanted: Vec<_> = body.0.into_iter().map(new).collect::<Result<_>>()?;
    let opener = app.vault.open(&place.environment)?;
    let wanted = fitting(wanted, move |new: &New| new.texts().all(|text| opener.opens(text)));
    let wanted = wanted.await?;
    let made = app.db.write(move |tx| secrets::create(tx, caller.actor(), &place, wanted)).await;
    made.map_err(refused)?;
    Ok(HttpResponse::Ok().finish())
}

pub async fn change(
    caller: Caller,
    app: Data<App>,
    req: HttpRequest,
    body: Secrets,
) -> Result<HttpResponse> {
    let place = of_header(&req, &app, &caller, Deed::Update).await?;
    let wanted: Vec<_> = body.0.into_iter().map(other).collect::<Result<_>>()?;
    let opener = app.vault.open(&place.environment)?;
    let wanted = fitting(wanted, move |it: &Change| it.texts().all(|text| opener.opens(text)));
    let wanted = wanted.await?;
    let made = app.db.write(move |tx| secrets::change(tx, caller.actor(), &place, wanted)).await;
    made.map_err(refused)?;
    Ok(HttpResponse::Ok().finish())
}

pub async fn delete(
    caller: Caller,
    app: Data<App>,
    req: HttpRequest,
    body: Secrets,
) -> Result<HttpResponse> {
    let place = of_header(&req, &app, &caller, Deed::Delete).await?;
    let ids = ids(&body)?;
    let gone = app.db.write(move |tx| secrets::delete(tx, caller.actor(), &place, &ids)).await;
    gone.map_err(refused)?;
    Ok(HttpResponse::Ok().finish())
}

/// # Errors
/// Where something was closed to another key than that of the environment, and nobody could read it.
async fn fitting<T: Send + 'static>(
    wanted: Vec<T>,
    fits: impl Fn(&T) -> bool + Send + 'static,
) -> Result<Vec<T>> {
    let sort = move || Ok(if wanted.iter().all(fits) { Some(wanted) } else { None });
    let wanted = aside(sort).await?;
    wanted.ok_or_else(|| Failure::bad_request("Ciphertext is not of this environment"))
}

/// In their words, where they have some.
pub fn refused(error: Error) -> Failure {
    match error {
        Error::Conflict(_) => Failure::conflict("Duplicate secret found"),
        Error::NotFound("secret") => Failure::not_found("Secret(s) not found in this environment"),
        Error::Invalid(problems) if problems.iter().any(|p| p.message == secrets::UNSEALED) => {
            Failure::bad_request(
                "Sealed secrets cannot be unsealed. Delete and recreate the secret instead.",
            )
        }
        other => other.into(),
    }
}

/// # Errors
/// For one that is no id: there is no such secret.
pub fn ids(body: &Secrets) -> Result<Vec<SecretId>> {
    let id = |entry: &Value| entry.as_str().and_then(|text| text.parse().ok());
    let ids = body.0.iter().map(id).collect::<Option<_>>();
    ids.ok_or_else(|| refused(Error::NotFound("secret")))
}

pub fn id(entry: &Entry) -> Result<SecretId> {
    let Some(sent) = &entry.id else {
        return Err(Failure::bad_request("Secret ID not provided"));
    };
    sent.parse().map_err(|_| Failure::not_found(format!("Secret not found: {sent}")))
}

pub fn path(text: &str) -> Result<String> {
    secrets::path(text).map_err(|why| Failure::bad_request(format!("path: {why}")))
}

pub fn split(tags: &str) -> Vec<String> {
    tags.split(',').map(|tag| tag.trim().to_owned()).filter(|tag| !tag.is_empty()).collect()
}

fn new(entry: Value) -> Result<New> {
    let entry = Entry::read(entry)?;
    let (Some(key), Some(digest), Some(value)) = (&entry.key, &entry.key_digest, &entry.value)
    else {
        return Err(Failure::bad_request("Each secret requires a key, a keyDigest and a value."));
    };
    Ok(New {
        key: closed(key)?,
        digest: checked_digest(digest)?,
        value: closed(value)?,
        comment: comment(entry.comment.as_deref().unwrap_or_default())?,
        path: path(entry.path.as_deref().unwrap_or_default())?,
        tags: tags(entry.tags.as_deref().unwrap_or_default())?,
        kind: entry.kind()?.unwrap_or_default(),
        own: entry.r#override.as_ref().map(own).transpose()?,
    })
}

fn other(entry: Value) -> Result<Change> {
    let entry = Entry::read(entry)?;
    let key = match (&entry.key, &entry.key_digest) {
        (Some(key), Some(digest)) => Some((closed(key)?, checked_digest(digest)?)),
        (None, None) => None,
        _ => return Err(Failure::bad_request("A key and its keyDigest are sent together.")),
    };
    Ok(Change {
        id: id(&entry)?,
        key,
        value: entry.value.as_deref().map(closed).transpose()?,
        comment: entry.comment.as_deref().map(comment).transpose()?,
        path: entry.path.as_deref().map(path).transpose()?,
        tags: entry.tags.as_deref().map(tags).transpose()?,
        kind: entry.kind()?,
        own: entry.r#override.as_ref().map(own).transpose()?,
        version: None,
        leaves_sealed: true,
    })
}

fn own(own: &Override) -> Result<Own> {
    Ok(Own { value: closed(&own.value)?, is_active: own.is_active })
}

fn closed(text: &str) -> Result<Ciphertext> {
    Ciphertext::parse(text).ok_or_else(|| Failure::bad_request("Invalid ciphertext format"))
}

/// Clients have an empty text for no comment.
fn comment(text: &str) -> Result<Option<Ciphertext>> {
    if text.is_empty() { Ok(None) } else { closed(text).map(Some) }
}

pub fn tags(texts: &[String]) -> Result<Vec<String>> {
    secrets::tags(texts).map_err(|why| Failure::bad_request(format!("tags: {why}")))
}

fn checked_digest(text: &str) -> Result<String> {
    let is_digest = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_digest {
        return Ok(text.to_lowercase());
    }
    Err(Failure::bad_request("Invalid key digest format"))
}

fn json_of((secret, own): &Read) -> Value {
    json!({
        "id": secret.id, "environment": secret.environment_id, "folder": null,
        "path": secret.path, "key": secret.key, "key_digest": secret.key_digest,
        "value": secret.value, "comment": secret.comment.as_ref().map_or("", |it| it.as_str()),
        "tags": secret.tags, "type": secret.kind().name(), "lifecycle": "static",
        "version": secret.version, "created_at": secret.created_at,
        "updated_at": secret.updated_at,
        "override": own.as_ref().map(|own| json!({
            "id": own.id, "value": own.value, "is_active": own.is_active,
            "created_at": own.created_at, "updated_at": own.updated_at,
        })),
    })
}
