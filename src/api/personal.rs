//! A person's own tokens: `/api/v2/user/tokens/`.
use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::page::{self, ListQuery};
use super::permission::{ManageTokens, ReadTokens};
use super::refusals::{Always, Conflicting, Forbidden, Missing, TooLarge};
use super::token_fields::{PersonalTokenFields, RotateFields};
use super::token_json::{PersonalTokenJson, Whole};
use super::{IdempotencyKey, InPerson, Json, OptionalJson, Path, Query, Result};
use crate::error::Error;
use crate::http::App;
use crate::id::TokenId;
use crate::{policies, tokens};

/// List your tokens
///
/// The newest first. Deleted ones are listed for a year, where they are asked for.
#[utoipa::path(get, path = "/api/v2/user/tokens/", tag = "Your own tokens",
    operation_id = "list_personal_tokens",
    params(ListQuery),
    responses(
        (status = 200, description = "A page of tokens", body = [PersonalTokenJson],
            headers(("Link" = String, description = "The next page, as `rel=\"next\"`, where there is one."))),
        Always, Forbidden
    ))]
pub async fn list(
    me: InPerson<ReadTokens>,
    app: Data<App>,
    req: HttpRequest,
    query: Query<ListQuery>,
) -> Result<HttpResponse> {
    let (holder, query, now) = (me.holder(), query.0.read()?, app.clock.now());
    let (tokens, after) = app
        .db
        .read(move |conn| {
            let policy = policies::of_instance(conn)?;
            let (listed, more) = tokens::list_of_holder(conn, holder, &query, &policy, now)?;
            let after = listed.last().filter(|_| more).map(|last| last.cursor.to_string());
            let tokens = listed.into_iter().map(|listed| listed.token).collect();
            Ok((Whole::of_all(conn, tokens, policy)?, after))
        })
        .await?;
    let tokens: Vec<_> = tokens.iter().map(|token| token.personal_json(now)).collect();
    Ok(page::answer(&req, &tokens, after))
}

/// Create a token
///
/// The answer holds the token in full, this once: store it securely. It can hold nothing that the
/// token that asks does not hold.
#[utoipa::path(post, path = "/api/v2/user/tokens/", tag = "Your own tokens",
    operation_id = "create_personal_token",
    request_body = PersonalTokenFields,
    responses(
        (status = 201, description = "The token, in full", body = PersonalTokenJson,
            headers(("Location" = String, description = "Where the token is from now on."))),
        Always, Forbidden, TooLarge
    ))]
pub async fn create(
    me: InPerson<ManageTokens>,
    app: Data<App>,
    fields: Json<PersonalTokenFields>,
) -> Result<HttpResponse> {
    let (wish, shared) = (fields.0.wish(), app.clone());
    let issued = app.db.write(move |tx| {
        let bounds = tokens::person_bounds(tx.conn(), me.user(), Some(me.giver()))?;
        let cleared = bounds.clear(wish, tx.now())?;
        let (by, holder, mint) = (me.actor(), me.holder(), &shared.mint);
        let issued = tokens::issue(tx, by, holder, mint, cleared)?;
        Whole::revealed(tx.conn(), issued)
    });
    let issued = issued.await?;
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, format!("/api/v2/user/tokens/{}/", issued.token.id)))
        .json(issued.personal_json(app.clock.now())))
}

/// Get a token
#[utoipa::path(get, path = "/api/v2/user/tokens/{id}/", tag = "Your own tokens",
    operation_id = "get_personal_token",
    params(("id" = i64, Path, description = "The token's id")),
    responses((status = 200, description = "The token", body = PersonalTokenJson),
        Always, Forbidden, Missing))]
pub async fn show(
    me: InPerson<ReadTokens>,
    app: Data<App>,
    id: Path<TokenId>,
) -> Result<HttpResponse> {
    let token = app.db.read(move |conn| {
        let token = tokens::find(conn, me.holder(), id.0)?.ok_or(Error::NotFound("token"))?;
        Whole::of(conn, token)
    });
    Ok(HttpResponse::Ok().json(token.await?.personal_json(app.clock.now())))
}

/// Delete a token
///
/// For good: it stops working at once.
#[utoipa::path(delete, path = "/api/v2/user/tokens/{id}/", tag = "Your own tokens",
    operation_id = "delete_personal_token",
    params(("id" = i64, Path, description = "The token's id")),
    responses((status = 204, description = "It works no more"), Always, Forbidden, Missing))]
pub async fn revoke(
    me: InPerson<ManageTokens>,
    app: Data<App>,
    id: Path<TokenId>,
) -> Result<HttpResponse> {
    app.db.write(move |tx| tokens::revoke(tx, me.actor(), me.holder(), id.0)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Rotate a token's secret
///
/// The answer holds the new token in full, this once. The old secret works on for the grace
/// period.
#[utoipa::path(post, path = "/api/v2/user/tokens/{id}/rotate/", tag = "Your own tokens",
    operation_id = "rotate_personal_token",
    params(
        ("id" = i64, Path, description = "The token's id"),
        ("Idempotency-Key" = Option<String>, Header, nullable = false, description = "Makes a retry safe: with the \
            same key, within a day, a rotation whose answer was lost is answered again.")
    ),
    request_body = Option<RotateFields>,
    responses((status = 200, description = "The token, in full", body = PersonalTokenJson),
        Always, Forbidden, Missing, Conflicting, TooLarge))]
pub async fn rotate(
    me: InPerson<ManageTokens>,
    app: Data<App>,
    id: Path<TokenId>,
    key: IdempotencyKey,
    fields: OptionalJson<RotateFields>,
) -> Result<HttpResponse> {
    let (grace, key, shared) = (fields.0.grace()?, key.digest(&app), app.clone());
    let rotated = app.db.write(move |tx| {
        let (by, holder, mint) = (me.actor(), me.holder(), &shared.mint);
        let bounds = tokens::person_bounds(tx.conn(), me.user(), Some(me.giver()))?;
        let token = tokens::hold(tx, holder, id.0)?;
        bounds.hands_over(token.permissions().as_ref(), token.expires_at)?;
        let issued = tokens::rotate(tx, by, holder, id.0, grace, mint, key)?;
        Whole::revealed(tx.conn(), issued)
    });
    Ok(HttpResponse::Ok().json(rotated.await?.personal_json(app.clock.now())))
}
