//! What comes in by body, path, query and header, read in this face's voice.
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest};
use chrono::{DateTime, Utc};
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::error::Category;

use super::Failure;
use crate::error::{Error, Result};
use crate::http::{App, body};
use crate::id::{InvitationId, ServiceAccountId, TokenId, UserId, WebhookId};
use crate::secret::Digest;

/// A JSON object, at most 64 KiB.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Json<T> {
    type Error = Failure;
    type Future = LocalBoxFuture<'static, Result<Self, Failure>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let is_json = is_json(req);
        let bytes = bytes(req, payload);
        Box::pin(async move {
            if !is_json {
                return Err(not_json().into());
            }
            Ok(Self(parse(&bytes.await?)?))
        })
    }
}

/// A JSON object with a text in it that may be long, at most [`LARGE`].
pub struct Large<T>(pub T);

/// What a value of a mebibyte needs, however it is written.
const LARGE: usize = 8 * 1024 * 1024;

/// What is said to be too large then.
pub const LARGE_NOUN: &str = "the secret";

impl<T: DeserializeOwned> FromRequest for Large<T> {
    type Error = Failure;
    type Future = LocalBoxFuture<'static, Result<Self, Failure>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let is_json = is_json(req);
        let payload = actix_web::web::Payload::from_request(req, payload);
        Box::pin(async move {
            if !is_json {
                return Err(not_json().into());
            }
            let broken = |_| Error::InvalidRequest("the request's body broke off".into());
            let bytes = body::up_to(LARGE, payload.await.map_err(broken)?).await;
            let bytes = bytes.map_err(|cause| match cause {
                Error::TooLarge(_) => Error::TooLarge(LARGE_NOUN),
                other => other,
            })?;
            Ok(Self(parse(&bytes)?))
        })
    }
}

/// A JSON object, or no body at all where everything in it has a default.
pub struct OptionalJson<T>(pub T);

impl<T: DeserializeOwned + Default> FromRequest for OptionalJson<T> {
    type Error = Failure;
    type Future = LocalBoxFuture<'static, Result<Self, Failure>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let is_json = is_json(req);
        let bytes = bytes(req, payload);
        Box::pin(async move {
            let bytes = bytes.await?;
            match (bytes.is_empty(), is_json) {
                (true, _) => Ok(Self(T::default())),
                (false, true) => Ok(Self(parse(&bytes)?)),
                (false, false) => Err(not_json().into()),
            }
        })
    }
}

fn is_json(req: &HttpRequest) -> bool {
    let kind = req.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.and_then(|kind| kind.parse::<mime::Mime>().ok());
    kind.is_some_and(|kind| kind.essence_str() == mime::APPLICATION_JSON.essence_str())
}

fn not_json() -> Error {
    Error::InvalidRequest("send JSON (Content-Type: application/json)".into())
}

fn bytes(req: &HttpRequest, payload: &mut Payload) -> impl Future<Output = Result<Bytes>> + use<> {
    let payload = actix_web::web::Payload::from_request(req, payload);
    async move {
        let broken = |_| Error::InvalidRequest("the request's body broke off".into());
        body::whole(payload.await.map_err(broken)?).await
    }
}

/// # Errors
/// `InvalidRequest` for what is not JSON, saying where; `Invalid` naming the field that is wrong.
fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    if first
        .is_some_and(|byte| matches!(byte, b'[' | b'"' | b'0'..=b'9' | b'-' | b't' | b'f' | b'n'))
    {
        return Err(Error::InvalidRequest("send a JSON object: {...}".into()));
    }
    let value: Value = serde_json::from_slice(bytes)
        .map_err(|cause| Error::InvalidRequest(format!("the body is not JSON: {cause}").into()))?;
    if let Some(path) = nul_in(&value) {
        return Err(Error::field(path, "Leave out NUL characters."));
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    serde_path_to_error::deserialize(&mut reader).map_err(|wrong| {
        let said = match wrong.inner().classify() {
            Category::Data => without_place(wrong.inner()),
            // What is JSON, but cannot be one of a list of words.
            Category::Io | Category::Syntax | Category::Eof => "expected a text".into(),
        };
        wrong_field(&wrong.path().to_string(), &said)
    })
}

/// Where a text has the character that PostgreSQL's texts cannot hold: `access_config.projects[0]`.
fn nul_in(value: &Value) -> Option<String> {
    let below = |name: String, value: &Value| {
        let inner = nul_in(value)?;
        let dot = if inner.is_empty() || inner.starts_with('[') { "" } else { "." };
        Some(format!("{name}{dot}{inner}"))
    };
    match value {
        Value::String(text) => text.contains('\0').then(String::new),
        Value::Array(items) => {
            items.iter().enumerate().find_map(|(at, item)| below(format!("[{at}]"), item))
        }
        Value::Object(fields) => fields.iter().find_map(|(name, field)| {
            let plain = name.replace('\0', "\\u0000");
            if plain == *name { below(plain, field) } else { Some(plain) }
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

/// An instant as JSON has it.
pub fn instant<E: serde::de::Error>(text: &str) -> Result<DateTime<Utc>, E> {
    let at = DateTime::parse_from_rfc3339(text).map_err(|_| {
        E::custom("write an instant of RFC 3339 with its offset, such as 2027-03-20T12:00:00Z")
    })?;
    Ok(at.to_utc())
}

fn without_place(cause: &serde_json::Error) -> String {
    let said = cause.to_string();
    let place = format!(" at line {} column {}", cause.line(), cause.column());
    said.strip_suffix(&place).unwrap_or(&said).to_owned()
}

/// `path` is the object in which a field is missing or stands twice, else the field itself.
fn wrong_field(path: &str, said: &str) -> Error {
    let inside = ["missing field `", "duplicate field `"].iter().find_map(|start| {
        let (name, _) = said.strip_prefix(start)?.split_once('`')?;
        Some(if path == "." { name.to_owned() } else { format!("{path}.{name}") })
    });
    Error::field(inside.unwrap_or_else(|| path.to_owned()), sentence(said))
}

fn sentence(said: &str) -> String {
    let (first, rest) = said.split_at(said.chars().next().map_or(0, char::len_utf8));
    format!("{}{rest}.", first.to_uppercase())
}

/// A part of the path. What is not of the right shape is not there.
pub struct Path<T>(pub T);

/// Something that a path names.
pub trait Part: Sized {
    /// Its name in the pattern.
    const NAME: &'static str;
    /// What there is none of, where it cannot be read.
    const NOUN: &'static str;

    fn read(text: &str) -> Option<Self>;
}

impl<T: Part> FromRequest for Path<T> {
    type Error = Failure;
    type Future = Ready<Result<Self, Failure>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let part = req.match_info().get(T::NAME).and_then(T::read);
        ready(part.map(Self).ok_or(Error::NotFound(T::NOUN).into()))
    }
}

impl Part for TokenId {
    const NAME: &'static str = "id";
    const NOUN: &'static str = "token";

    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Part for ServiceAccountId {
    const NAME: &'static str = "account";
    const NOUN: &'static str = "service account";

    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Part for WebhookId {
    const NAME: &'static str = "id";
    const NOUN: &'static str = "webhook";

    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Part for UserId {
    const NAME: &'static str = "user_id";
    const NOUN: &'static str = "member";

    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Part for InvitationId {
    const NAME: &'static str = "id";
    const NOUN: &'static str = "invitation";

    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

/// The slug of a project.
pub struct ProjectSlug(pub String);

impl Part for ProjectSlug {
    const NAME: &'static str = "project_id";
    const NOUN: &'static str = "project";

    fn read(text: &str) -> Option<Self> {
        Some(Self(text.to_owned()))
    }
}

pub struct ResourceName(pub String);

impl Part for ResourceName {
    const NAME: &'static str = "name";
    const NOUN: &'static str = "resource";

    fn read(text: &str) -> Option<Self> {
        Some(Self(text.to_owned()))
    }
}

/// The query. What is not known is refused by name.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Query<T> {
    type Error = Failure;
    type Future = Ready<Result<Self, Failure>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let reader = serde_html_form::Deserializer::from_bytes(req.query_string().as_bytes());
        let query = serde_path_to_error::deserialize(reader).map_err(|wrong| {
            let said = match wrong.inner().to_string().as_str() {
                "unsupported value" => "Say it once.".to_owned(),
                said => sentence(said),
            };
            Error::field(wrong.path().to_string(), said).into()
        });
        ready(query.map(Query))
    }
}

/// The key under which a retry is recognised.
pub struct IdempotencyKey(Option<String>);

impl IdempotencyKey {
    /// What is kept of it.
    pub fn digest(&self, app: &App) -> Option<Digest> {
        self.0.as_ref().map(|key| app.pepper.digest(key.as_bytes()))
    }
}

impl FromRequest for IdempotencyKey {
    type Error = Failure;
    type Future = Ready<Result<Self, Failure>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        const NAME: &str = "Idempotency-Key";
        let mut values = req.headers().get_all(NAME);
        let key = match (values.next(), values.next()) {
            (None, _) => Ok(Self(None)),
            (Some(value), None) => match value.to_str() {
                Ok(key) if (1..=255).contains(&key.len()) => Ok(Self(Some(key.to_owned()))),
                _ => Err(Error::field(NAME, "Use 1 to 255 visible ASCII characters.").into()),
            },
            (Some(_), Some(_)) => Err(Error::field(NAME, "Send one key.").into()),
        };
        ready(key)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;
    use crate::access::Role;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields, expecting = "an object")]
    struct Outer {
        #[serde(default)]
        name: String,
        inner: BTreeMap<String, u8>,
        #[serde(default)]
        role: Role,
    }

    fn wrong(text: &str) -> String {
        match parse::<Outer>(text.as_bytes()) {
            Err(Error::Invalid(problems)) => {
                format!("{}: {}", problems[0].field, problems[0].message)
            }
            Err(other) => other.to_string(),
            Ok(read) => panic!("{} {:?} {}", read.name, read.inner, read.role),
        }
    }

    #[test]
    fn what_is_wrong_is_named_where_it_stands() {
        assert_eq!(
            wrong(r#"{"inner":{},"naem":1}"#),
            "naem: Unknown field `naem`, expected one of `name`, `inner`, `role`."
        );
        assert_eq!(
            wrong(r#"{"inner":{},"name":1}"#),
            "name: Invalid type: integer `1`, expected a string."
        );
        assert_eq!(
            wrong(r#"{"inner":{"x":"y"}}"#),
            "inner.x: Invalid type: string \"y\", expected u8."
        );
        assert_eq!(wrong(r#"{"inner":{},"role":5}"#), "role: Expected a text.");
        assert_eq!(wrong("{}"), "inner: Missing field `inner`.");
        assert_eq!(wrong(r#"{"inner":{},"inner":{}}"#), "inner: Duplicate field `inner`.");
        assert_eq!(wrong(r#"{"inner":{},"name":"a\u0000b"}"#), "name: Leave out NUL characters.");
        assert_eq!(
            wrong(r#"{"inner":{},"role":[1,{"x":["\u0000"]}]}"#),
            "role[1].x[0]: Leave out NUL characters."
        );
        assert_eq!(
            wrong(r#"{"inner":{"a\u0000":1}}"#),
            r"inner.a\u0000: Leave out NUL characters."
        );
        assert_eq!(
            wrong(r#"{"inner":{"\\u0000":"y"}}"#),
            r#"inner.\u0000: Invalid type: string "y", expected u8."#
        );
        assert_eq!(wrong(r#"["x", {}]"#), "send a JSON object: {...}");
        assert!(wrong(r#"{"inner":{}"#).ends_with("at line 1 column 11"));
        assert!(wrong("{\"inner\":{}}\n}").ends_with("trailing characters at line 2 column 1"));
        assert!(wrong("").starts_with("the body is not JSON"));
    }
}
