//! A secret as this API says it and takes it, in plain.
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Result;
use crate::error::{Error, Result as CoreResult};
use crate::http::App;
use crate::id::SecretId;
use crate::secrets::{
    Kind, Opened, Opener, Place, Plain, PlainChange, PlainOwn, Read, Secret, Version,
};

/// How a secret is handled: `sealed` is written once and shown to nobody but programs, `config` is
/// no secret at all.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = SecretType, example = "secret")]
pub enum KindJson {
    #[default]
    Secret,
    Sealed,
    Config,
}

impl KindJson {
    fn of(kind: Kind) -> Self {
        match kind {
            Kind::Secret => Self::Secret,
            Kind::Sealed => Self::Sealed,
            Kind::Config => Self::Config,
        }
    }

    fn kind(self) -> Kind {
        match self {
            Self::Secret => Kind::Secret,
            Self::Sealed => Kind::Sealed,
            Self::Config => Kind::Config,
        }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = ApplicationSecret)]
pub struct SecretJson {
    #[schema(example = "01987c0e-f4f1-7f8d-8d4b-4f8cf4f3b6a1")]
    id: String,
    #[schema(example = "DATABASE_URL")]
    key: String,
    #[schema(example = "postgres://db.internal/app")]
    value: String,
    comment: String,
    #[schema(example = "/")]
    path: String,
    tags: Vec<String>,
    r#type: KindJson,
    /// Counts what was written. Send it back with a change to be told where someone else was quicker.
    version: i32,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    /// What the caller has in the place of the value, where they do: a person's own.
    r#override: Option<OverrideJson>,
}

/// What one person sees in the place of a value.
#[derive(Serialize, ToSchema)]
#[schema(as = SecretOverride)]
pub struct OverrideJson {
    value: String,
    /// Whether it stands in the place of the value.
    is_active: bool,
    updated_at: DateTime<Utc>,
}

impl SecretJson {
    pub fn of(read: &Read, opener: &Opener) -> CoreResult<Self> {
        let Opened { key, value, comment, own } = opener.open_read(read)?;
        let (secret, mine) = read;
        Ok(Self {
            id: secret.id.to_string(),
            key: key.expose_secret().to_owned(),
            value: value.expose_secret().to_owned(),
            comment: comment.expose_secret().to_owned(),
            path: secret.path.clone(),
            tags: secret.tags.clone(),
            r#type: KindJson::of(secret.kind()),
            version: secret.version,
            created_at: secret.created_at,
            updated_at: secret.updated_at,
            r#override: mine.as_ref().zip(own).map(|(mine, value)| OverrideJson {
                value: value.expose_secret().to_owned(),
                is_active: mine.is_active,
                updated_at: mine.updated_at,
            }),
        })
    }
}

/// A secret that is wanted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub struct SecretFields {
    /// Stored in capitals, without spaces.
    #[serde(default)]
    #[schema(required, min_length = 1, max_length = 255, example = "DATABASE_URL")]
    key: String,
    /// At most 1 MiB.
    #[schema(required, value_type = String, example = "postgres://db.internal/app")]
    value: SecretString,
    #[serde(default)]
    #[schema(value_type = String)]
    comment: SecretString,
    /// Where it stands; `/` unless said otherwise.
    #[serde(default)]
    #[schema(max_length = 512, example = "/")]
    path: String,
    /// Each comes to be by being named.
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    r#type: KindJson,
    /// On a change: the version that you have seen. Where another one has come since, 409.
    version: Option<i32>,
}

impl SecretFields {
    pub fn plain(self) -> Result<Plain> {
        if self.version.is_some() {
            let why = "Leave it out: a new secret has no version yet.";
            return Err(Error::field("version", why).into());
        }
        let Self { key, value, comment, path, tags, r#type, .. } = self;
        Ok(Plain { key, value, comment, path, tags, kind: r#type.kind(), own: None })
    }

    /// All of it, and the version that was seen.
    pub fn replacement(self) -> (PlainChange, Option<i32>) {
        let Self { key, value, comment, path, tags, r#type, version } = self;
        let change = PlainChange {
            key: Some(key),
            value: Some(value),
            comment: Some(comment),
            path: Some(path),
            tags: Some(tags),
            kind: Some(r#type.kind()),
            own: None,
        };
        (change, version)
    }
}

/// What is left out stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub struct SecretChange {
    #[schema(min_length = 1, max_length = 255)]
    key: Option<String>,
    /// At most 1 MiB. That of a sealed secret cannot be changed.
    #[schema(value_type = Option<String>, example = "postgres://db.internal/other")]
    value: Option<SecretString>,
    #[schema(value_type = Option<String>)]
    comment: Option<SecretString>,
    #[schema(max_length = 512)]
    path: Option<String>,
    tags: Option<Vec<String>>,
    r#type: Option<KindJson>,
    /// The version that you have seen. Where another one has come since, 409.
    version: Option<i32>,
}

impl SecretChange {
    pub fn change(self) -> (PlainChange, Option<i32>) {
        let Self { key, value, comment, path, tags, r#type, version } = self;
        let kind = r#type.map(KindJson::kind);
        (PlainChange { key, value, comment, path, tags, kind, own: None }, version)
    }
}

/// What the caller wants to see in the place of a value.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub struct OverrideFields {
    /// At most 1 MiB.
    #[schema(required, value_type = String, example = "postgres://localhost/app")]
    value: SecretString,
    /// Whether it stands in the place of the value from now on; `true` unless said otherwise.
    #[schema(example = true)]
    is_active: Option<bool>,
}

impl OverrideFields {
    pub fn own(self) -> PlainOwn {
        PlainOwn { value: self.value, is_active: self.is_active.unwrap_or(true) }
    }
}

/// A secret as it was after one write.
#[derive(Serialize, ToSchema)]
#[schema(as = SecretVersion)]
pub struct VersionJson {
    version: i32,
    key: String,
    value: String,
    comment: String,
    path: String,
    tags: Vec<String>,
    r#type: KindJson,
    written_at: DateTime<Utc>,
    /// Who wrote it, by the name they had then.
    written_by: String,
    /// The token that it was written with, where it was one.
    token_id: Option<i64>,
}

impl VersionJson {
    pub fn of(secret: SecretId, version: Version, opener: &Opener) -> CoreResult<Self> {
        let open =
            |closed| opener.must_open(secret, closed).map(|text| text.expose_secret().to_owned());
        let comment = version.comment.as_ref().map(open).transpose()?.unwrap_or_default();
        Ok(Self {
            version: version.version,
            key: open(&version.key)?,
            value: open(&version.value)?,
            comment,
            r#type: KindJson::of(version.kind()),
            path: version.path,
            tags: version.tags,
            written_at: version.written_at,
            written_by: version.actor_name,
            token_id: version.actor_token_id.map(|token| token.0),
        })
    }
}

/// A secret that was written, without what is in it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WrittenSecret)]
pub struct WrittenJson {
    id: String,
    version: i32,
    updated_at: DateTime<Utc>,
}

impl WrittenJson {
    pub fn of(secret: &Secret) -> Self {
        Self { id: secret.id.to_string(), version: secret.version, updated_at: secret.updated_at }
    }
}

/// What opens the secrets there, where the server may.
///
/// # Errors
/// `Conflict` where server-side encryption is off, saying what to do.
pub fn opener(app: &App, place: &Place) -> Result<Opener> {
    if !place.project.server_side_encryption {
        return Err(Error::conflict(format!(
            "server-side encryption is off for {}, so this API opens no secret of it and makes \
             none: use a client with keys, or have it switched on",
            place.project.project_id
        ))
        .into());
    }
    Ok(app.vault.open(&place.environment)?)
}
