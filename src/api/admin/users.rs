//! Everyone who has an account here: `/api/v2/admin/users/`.
use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{PageQuery, SomeUser};
use crate::accounts::{self, Directory, PasswordLink, User};
use crate::api::refusals::{Always, Conflicting, Forbidden, Missing, TooLarge};
use crate::api::token_fields::given;
use crate::api::{Json, Path, PlatformAdmin, Query, Result, page};
use crate::db::Start;
use crate::error::Error;
use crate::http::App;
use crate::id::UserId;

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AdministeredUser)]
pub struct UserJson {
    id: i64,
    name: String,
    email: String,
    is_active: bool,
    /// Whether they run this instance.
    is_admin: bool,
    /// Whether they can sign in with a password yet.
    has_password: bool,
    created_at: DateTime<Utc>,
}

impl UserJson {
    fn of(user: User) -> Self {
        Self {
            id: user.id.0,
            is_active: user.disabled_at.is_none(),
            is_admin: user.is_admin,
            has_password: user.password_hash.is_some(),
            created_at: user.created_at,
            name: user.name,
            email: user.email,
        }
    }
}

/// A link with which someone sets a password, once.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PasswordLink)]
pub struct LinkJson {
    /// Told this once.
    #[schema(example = "https://jeton.example.org/password#3b1f...")]
    url: String,
    expires_at: DateTime<Utc>,
}

impl LinkJson {
    pub fn of(app: &App, made: PasswordLink) -> Self {
        let url = app.password_link(made.code).expose_secret().to_owned();
        Self { url, expires_at: made.expires_at }
    }
}

/// An account that was made, and the link that sets its password.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CreatedUser)]
pub struct CreatedJson {
    user: UserJson,
    password_link: LinkJson,
}

/// A user who is wanted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub struct UserFields {
    #[serde(default)]
    #[schema(required, min_length = 1, max_length = 80, example = "Björn Holm")]
    name: String,
    #[serde(default)]
    #[schema(required, example = "bjorn@example.org")]
    email: String,
    /// Whether they run this instance.
    #[serde(default)]
    is_admin: bool,
}

/// What changes of a user. What is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
#[schema(example = json!({"is_active": true}))]
pub struct UserChange {
    /// `false`: they are signed out everywhere, and their tokens are refused, at once.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    is_active: Option<bool>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    is_admin: Option<bool>,
}

/// List users
#[utoipa::path(get, path = "/api/v2/admin/users/", tag = "Platform", operation_id = "list_users",
    params(PageQuery),
    responses((status = 200, description = "Users by name", body = [UserJson],
            headers(("Link" = String, description = "The next page, where there is one: `rel=\"next\"`."))),
        Always, Forbidden))]
pub async fn list(
    _: PlatformAdmin,
    app: Data<App>,
    query: Query<PageQuery>,
    req: HttpRequest,
) -> Result<HttpResponse> {
    let PageQuery { search, after, limit } = query.0;
    let wanted = Directory {
        search: search.unwrap_or_default(),
        start: after.map_or(Start::First, |id| Start::After(UserId(id))),
        limit: page::limit(limit.as_deref())?,
    };
    let (users, more) = app.db.read(move |conn| accounts::directory(conn, &wanted)).await?;
    let after = users.last().filter(|_| more).map(|last| last.id.to_string());
    let users: Vec<_> = users.into_iter().map(UserJson::of).collect();
    Ok(page::answer(&req, &users, after))
}

/// Create a user
///
/// The answer has a link, this once, with which they set their password.
#[utoipa::path(post, path = "/api/v2/admin/users/", tag = "Platform", operation_id = "create_user",
    request_body = UserFields,
    responses(
        (status = 201, description = "The user, and the link", body = CreatedJson,
            headers(("Location" = String, description = "Where the user is from now on."))),
        Always, Forbidden, TooLarge
    ))]
pub async fn create(
    admin: PlatformAdmin,
    app: Data<App>,
    fields: Json<UserFields>,
) -> Result<HttpResponse> {
    let (UserFields { name, email, is_admin }, shared) = (fields.0, app.clone());
    let (user, made) = app
        .db
        .write(move |tx| {
            let by = admin.actor();
            let user = accounts::create(tx, by, &email, &name, None, is_admin)?;
            let made = accounts::offer_password_link(tx, by, user.id, &shared.pepper)?;
            Ok((user, made))
        })
        .await?;
    let path = format!("/api/v2/admin/users/{}/", user.id);
    let created = CreatedJson { user: UserJson::of(user), password_link: LinkJson::of(&app, made) };
    Ok(HttpResponse::Created().insert_header((header::LOCATION, path)).json(created))
}

/// Get a user
#[utoipa::path(get, path = "/api/v2/admin/users/{id}/", tag = "Platform", operation_id = "get_user",
    params(("id" = i64, Path, description = "The user's id")),
    responses((status = 200, description = "The user", body = UserJson), Always, Forbidden, Missing))]
pub async fn show(_: PlatformAdmin, app: Data<App>, id: Path<SomeUser>) -> Result<HttpResponse> {
    let user = app.db.read(move |conn| accounts::by_id(conn, id.0.0)).await?;
    Ok(HttpResponse::Ok().json(UserJson::of(user.ok_or(Error::NotFound("user"))?)))
}

/// Change a user
///
/// Never so that nobody runs the instance any more.
#[utoipa::path(patch, path = "/api/v2/admin/users/{id}/", tag = "Platform",
    operation_id = "change_user",
    params(("id" = i64, Path, description = "The user's id")),
    request_body = UserChange,
    responses((status = 200, description = "The user as they are now", body = UserJson),
        Always, Forbidden, Missing, Conflicting, TooLarge))]
pub async fn change(
    admin: PlatformAdmin,
    app: Data<App>,
    id: Path<SomeUser>,
    fields: Json<UserChange>,
) -> Result<HttpResponse> {
    let (id, UserChange { is_active, is_admin }) = (id.0.0, fields.0);
    let user = app
        .db
        .write(move |tx| {
            let by = admin.actor();
            let mut user = accounts::by_id(tx.conn(), id)?.ok_or(Error::NotFound("user"))?;
            if let Some(is_admin) = is_admin.filter(|&wanted| wanted != user.is_admin) {
                user = accounts::set_admin(tx, by, id, is_admin)?;
            }
            if let Some(on) = is_active.filter(|&on| on != user.disabled_at.is_none()) {
                user = accounts::set_disabled(tx, by, id, !on)?;
            }
            Ok(user)
        })
        .await?;
    Ok(HttpResponse::Ok().json(UserJson::of(user)))
}

/// Create a password link
///
/// It is good once, for a day; an earlier one is good no more. Their password stays until then.
#[utoipa::path(post, path = "/api/v2/admin/users/{id}/password-link/", tag = "Platform",
    operation_id = "create_password_link",
    params(("id" = i64, Path, description = "The user's id")),
    responses((status = 200, description = "The link, this once", body = LinkJson),
        Always, Forbidden, Missing, Conflicting))]
pub async fn link(
    admin: PlatformAdmin,
    app: Data<App>,
    id: Path<SomeUser>,
) -> Result<HttpResponse> {
    let shared = app.clone();
    let made = app
        .db
        .write(move |tx| accounts::offer_password_link(tx, admin.actor(), id.0.0, &shared.pepper));
    Ok(HttpResponse::Ok().json(LinkJson::of(&app, made.await?)))
}
