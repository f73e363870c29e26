//! Bodies: `{"secrets": [...]}`, by the thousand.
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;
use serde::Deserialize;
use serde_json::Value;

use super::{Failure, Result};
use crate::error::Error;
use crate::http::body;
use crate::secrets::{Kind, MOST_AT_ONCE};

/// The most that a body may hold: ten thousand secrets of a usual size, or some large ones.
const MOST: usize = 32 * 1024 * 1024;

/// Each entry of the list that a body has.
pub struct Secrets(pub Vec<Value>);

impl FromRequest for Secrets {
    type Error = Failure;
    type Future = LocalBoxFuture<'static, Result<Self>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let payload = actix_web::web::Payload::from_request(req, payload);
        Box::pin(async move {
            let broken = |_| Error::InvalidRequest("the request's body broke off".into());
            let bytes = body::up_to(MOST, payload.await.map_err(broken)?).await?;
            parse(&bytes).map(Self)
        })
    }
}

fn parse(bytes: &[u8]) -> Result<Vec<Value>> {
    if bytes.is_empty() {
        return Err(Failure::bad_request("Request body is required."));
    }
    let body: Value = serde_json::from_slice(bytes)
        .map_err(|_| Failure::bad_request("Request body must be valid JSON."))?;
    let Value::Object(mut body) = body else {
        return Err(Failure::bad_request("Request body must be a JSON object."));
    };
    match body.remove("secrets") {
        // Before anything is worked out for any of them.
        Some(Value::Array(secrets)) if secrets.len() > MOST_AT_ONCE => {
            Err(Failure::bad_request(format!("Send at most {MOST_AT_ONCE} secrets in one call.")))
        }
        Some(Value::Array(secrets)) if !secrets.is_empty() => Ok(secrets),
        _ => Err(Failure::bad_request("'secrets' must be a non-empty list.")),
    }
}

/// One of the list. What is not known is left aside, as their server does.
#[derive(Deserialize)]
pub struct Entry {
    pub id: Option<String>,
    pub key: Option<String>,
    #[serde(rename = "keyDigest")]
    pub key_digest: Option<String>,
    pub value: Option<String>,
    pub comment: Option<String>,
    pub path: Option<String>,
    pub tags: Option<Vec<String>>,
    r#type: Option<String>,
    pub r#override: Option<Override>,
}

/// What the caller alone sees in the place of the value.
#[derive(Deserialize)]
pub struct Override {
    pub value: String,
    /// Some write what they have read: there it is in the other case.
    #[serde(rename = "isActive", alias = "is_active", default = "active")]
    pub is_active: bool,
}

fn active() -> bool {
    true
}

impl Entry {
    pub fn read(entry: Value) -> Result<Self> {
        if !entry.is_object() {
            return Err(Failure::bad_request("Each entry in 'secrets' must be an object."));
        }
        serde_path_to_error::deserialize(entry).map_err(|wrong| {
            let path = wrong.path().to_string();
            // Not in the words of the reader: they repeat what was sent.
            Failure::bad_request(format!("'{path}' is not of the kind that belongs there."))
        })
    }

    pub fn kind(&self) -> Result<Option<Kind>> {
        let Some(name) = self.r#type.as_deref() else { return Ok(None) };
        let kind = Kind::parse(name).ok_or_else(|| {
            let kinds = "['config', 'sealed', 'secret']";
            Failure::bad_request(format!("Invalid 'type': '{name}'. Must be one of {kinds}."))
        });
        kind.map(Some)
    }
}
