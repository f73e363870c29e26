//! What signs the access tokens of the exchange: `/api/v2/admin/keys/`.
use actix_web::HttpResponse;
use actix_web::web::Data;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::read::Part;
use crate::api::refusals::{Always, Conflicting, Forbidden, Missing, TooLarge};
use crate::api::{OptionalJson, Path, PlatformAdmin, Result};
use crate::db::Tx;
use crate::error::Error;
use crate::exchange::{self, Algorithm, SigningKey};
use crate::http::App;

/// A key that signs, is about to, or did.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SigningKey)]
pub struct KeyJson {
    /// As the published keys and the tokens that it signed name it.
    kid: String,
    #[schema(example = "ES256")]
    algorithm: &'static str,
    /// `waiting`: published, and signs soon; `signing`; `retired`: signs no more, and what it signed
    /// is good until it ends; `gone`: whatever it signed is refused.
    #[schema(example = "signing")]
    state: String,
    created_at: DateTime<Utc>,
    signs_from: DateTime<Utc>,
    signs_until: Option<DateTime<Utc>>,
    /// From when on whatever it signed is refused.
    gone_at: Option<DateTime<Utc>>,
}

impl KeyJson {
    fn of(key: SigningKey, now: DateTime<Utc>) -> Self {
        Self {
            algorithm: key.algorithm().name(),
            state: key.state(now).to_string(),
            created_at: key.created_at,
            signs_from: key.signs_from,
            signs_until: key.signs_until,
            gone_at: key.gone_at,
            kid: key.kid,
        }
    }
}

/// Which key is wanted next.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub struct RotationFields {
    /// `ES256` or `RS256`; that of the newest key unless said otherwise.
    #[schema(example = "ES256")]
    algorithm: Option<String>,
}

/// A key, by the kid in the path.
pub struct Kid(String);

impl Part for Kid {
    const NAME: &'static str = "kid";
    const NOUN: &'static str = "key";

    fn read(text: &str) -> Option<Self> {
        Some(Self(text.to_owned()))
    }
}

/// List signing keys
#[utoipa::path(get, path = "/api/v2/admin/keys/", tag = "Platform", operation_id = "list_signing_keys",
    responses((status = 200, description = "Keys, the newest first; those long gone are left out",
        body = [KeyJson]), Always, Forbidden))]
pub async fn list(_: PlatformAdmin, app: Data<App>) -> Result<HttpResponse> {
    let (keys, now) = (app.db.read(exchange::list).await?, app.clock.now());
    let keys: Vec<_> = keys.into_iter().map(|key| KeyJson::of(key, now)).collect();
    Ok(HttpResponse::Ok().json(keys))
}

/// Rotate the signing key
///
/// The new key is published at once and signs ten minutes later, when everyone can know it. The one
/// before stays published for as long as anything that it signed may live.
#[utoipa::path(post, path = "/api/v2/admin/keys/", tag = "Platform", operation_id = "rotate_signing_key",
    request_body(content = RotationFields, description = "May be left out"),
    responses((status = 201, description = "The key that signs next", body = KeyJson),
        Always, Forbidden, Conflicting, TooLarge))]
pub async fn rotate(
    admin: PlatformAdmin,
    app: Data<App>,
    fields: OptionalJson<RotationFields>,
) -> Result<HttpResponse> {
    let wrong = || Error::field("algorithm", "Choose ES256 or RS256.");
    let parse = |name: String| Algorithm::parse(&name).ok_or_else(wrong);
    let algorithm = fields.0.algorithm.map(parse).transpose()?;
    let shared = app.clone();
    let rotate = move |tx: &mut Tx| {
        exchange::rotate(tx, admin.actor(), shared.exchange.keys.seal(), algorithm)
    };
    let key = app.db.write(rotate).await?;
    Ok(HttpResponse::Created().json(KeyJson::of(key, app.clock.now())))
}

/// Withdraw a signing key
///
/// At once and for good: whatever it signed is refused from now on. Where it was the one that
/// signs, another does, at once.
#[utoipa::path(delete, path = "/api/v2/admin/keys/{kid}/", tag = "Platform",
    operation_id = "withdraw_signing_key",
    params(("kid" = String, Path, description = "The key's kid")),
    responses((status = 204, description = "It is gone"), Always, Forbidden, Missing))]
pub async fn withdraw(
    admin: PlatformAdmin,
    app: Data<App>,
    kid: Path<Kid>,
) -> Result<HttpResponse> {
    let shared = app.clone();
    let withdraw = move |tx: &mut Tx| {
        exchange::withdraw(tx, admin.actor(), shared.exchange.keys.seal(), &kid.0.0)
    };
    app.db.write(withdraw).await?;
    Ok(HttpResponse::NoContent().finish())
}
