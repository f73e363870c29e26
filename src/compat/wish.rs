//! What is asked of service accounts and their tokens, field by field: their clients send what they
//! like, and are told in their words what is wrong with it.
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use futures_util::future::LocalBoxFuture;
use serde_json::{Map, Value};

use super::{Failure, Result};
use crate::access::Role;
use crate::error::Error;
use crate::http::body;
use crate::policies::Expiry;

/// Characters of a name, at most.
const LONGEST: usize = 64;

/// A JSON object.
pub struct Fields(Map<String, Value>);

impl FromRequest for Fields {
    type Error = Failure;
    type Future = LocalBoxFuture<'static, Result<Self>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let payload = actix_web::web::Payload::from_request(req, payload);
        Box::pin(async move {
            let broken = |_| Error::InvalidRequest("the request's body broke off".into());
            let bytes = body::whole(payload.await.map_err(broken)?).await?;
            let read = serde_json::from_slice(&bytes);
            read.map(Self).map_err(|_| Failure::bad_request("Request body must be a JSON object."))
        })
    }
}

impl Fields {
    /// A field that is there and not `null`.
    pub fn given(&self, field: &str) -> Option<&Value> {
        self.0.get(field).filter(|value| !value.is_null())
    }

    pub fn name(&self) -> Result<String> {
        self.text("name")?.ok_or_else(|| missing("name"))
    }

    /// Without what would be markup, and without control characters; `None` where nothing is left.
    pub fn text(&self, field: &str) -> Result<Option<String>> {
        let Some(value) = self.given(field) else { return Ok(None) };
        let text = value.as_str();
        let text = text.ok_or_else(|| refused(format!("'{field}' must be a string.")))?;
        let kept = without_tags(text).replace(char::is_control, "");
        let kept = kept.trim();
        if kept.chars().count() > LONGEST {
            return Err(refused(format!("'{field}' cannot exceed {LONGEST} characters.")));
        }
        Ok(Some(kept.to_owned()).filter(|kept| !kept.is_empty()))
    }

    /// A role of ours by its name, which is its id.
    pub fn role(&self) -> Result<Option<Role>> {
        let Some(value) = self.given("role_id") else { return Ok(None) };
        let name = value.as_str().unwrap_or_default().to_lowercase();
        if name == "owner" {
            return Err(refused("Service accounts cannot be assigned the 'Owner' role."));
        }
        let role = Role::parse(&name).ok_or_else(|| Failure::not_found("Role not found."))?;
        Ok(Some(role))
    }

    /// Without a word about it, as late as the policy allows. `expiry` is refused, so that a slip
    /// makes no token that lives longer than was meant.
    pub fn expiry(&self, now: DateTime<Utc>) -> Result<Expiry> {
        if self.0.contains_key("expiry") {
            return Err(refused(
                "Unknown field 'expiry'. Use 'expires_at' (ISO-8601 with timezone) or 'expires_in' \
                 (positive integer seconds).",
            ));
        }
        if let Some(at) = self.given("expires_at") {
            let at = instant(at)?;
            let past = || refused("'expires_at' must be in the future.");
            return (at > now).then_some(Expiry::At(at)).ok_or_else(past);
        }
        let Some(seconds) = self.given("expires_in") else { return Ok(Expiry::Longest) };
        let after =
            seconds.as_i64().filter(|seconds| *seconds > 0).and_then(TimeDelta::try_seconds);
        let at = after.and_then(|after| now.checked_add_signed(after));
        at.map(Expiry::At)
            .ok_or_else(|| refused("'expires_in' must be a positive integer (seconds)."))
    }
}

fn instant(value: &Value) -> Result<DateTime<Utc>> {
    let text = value.as_str().ok_or_else(|| {
        refused(
            "'expires_at' must be an ISO-8601 datetime string with timezone (e.g. \
             '2026-12-31T23:59:59Z').",
        )
    })?;
    let local = |form| NaiveDateTime::parse_from_str(text, form).is_ok();
    DateTime::parse_from_rfc3339(text).map(|at| at.to_utc()).map_err(|_| {
        refused(if local("%Y-%m-%dT%H:%M:%S%.f") || local("%Y-%m-%d %H:%M:%S%.f") {
            "'expires_at' must include a timezone offset (e.g. 'Z' or '+00:00')."
        } else {
            "'expires_at' is not a valid ISO-8601 datetime."
        })
    })
}

pub fn missing(field: &str) -> Failure {
    refused(format!("Missing required field: {field}"))
}

pub fn refused(why: impl Into<String>) -> Failure {
    Failure::bad_request(why)
}

/// Leaves out what stands in angle brackets.
fn without_tags(text: &str) -> String {
    let (mut kept, mut rest) = (String::new(), text);
    while let Some((before, inside)) = rest.split_once('<') {
        let Some((_, after)) = inside.split_once('>') else { break };
        kept.push_str(before);
        rest = after;
    }
    kept + rest
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fields(value: Value) -> Fields {
        Fields(serde_json::from_value(value).unwrap())
    }

    fn why<T>(refused: Result<T>) -> String {
        refused.err().map(|failure| failure.to_string()).unwrap_or_default()
    }

    #[test]
    fn a_name_loses_markup_and_control_characters() {
        let name = |text: &str| fields(json!({ "name": text })).name();
        assert_eq!(name(" <b>CI</b>\u{7} ").unwrap(), "CI");
        assert_eq!(name("a < b").unwrap(), "a < b");
        assert_eq!(name(&"ö".repeat(64)).unwrap().chars().count(), 64);
        assert_eq!(why(name(&"ö".repeat(65))), "'name' cannot exceed 64 characters.");
        assert_eq!(why(name("<b></b>")), "Missing required field: name");
        assert_eq!(why(fields(json!({ "name": 3 })).name()), "'name' must be a string.");
    }

    #[test]
    fn an_expiry_is_an_instant_or_seconds_and_never_a_slip() {
        let now = DateTime::parse_from_rfc3339("2026-11-22T12:00:00Z").unwrap().to_utc();
        let expiry = |value: Value| fields(value).expiry(now);
        assert!(matches!(expiry(json!({})), Ok(Expiry::Longest)));
        assert!(matches!(expiry(json!({ "expires_at": null })), Ok(Expiry::Longest)));
        let later = now + TimeDelta::seconds(60);
        let both = json!({ "expires_at": "2026-11-22T13:01:00+01:00", "expires_in": 5 });
        for wish in [json!({ "expires_in": 60 }), both] {
            assert!(matches!(expiry(wish), Ok(Expiry::At(at)) if at == later));
        }
        for (wish, said) in [
            (json!({ "expiry": 60 }), "Unknown field 'expiry'."),
            (json!({ "expires_in": true }), "positive integer"),
            (json!({ "expires_in": 0 }), "positive integer"),
            (json!({ "expires_in": 1.5 }), "positive integer"),
            (json!({ "expires_in": i64::MAX }), "positive integer"),
            (json!({ "expires_at": 60 }), "must be an ISO-8601 datetime string"),
            (json!({ "expires_at": "soon" }), "not a valid ISO-8601"),
            (json!({ "expires_at": "2027-01-01T00:00:00" }), "must include a timezone"),
            (json!({ "expires_at": "2026-11-22T12:00:00Z" }), "must be in the future"),
        ] {
            assert!(why(expiry(wish.clone())).contains(said), "{wish}");
        }
    }
}
