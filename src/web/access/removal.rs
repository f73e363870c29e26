//! Removing a member, or leaving: what becomes of their tokens is said before.
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;

use super::change::One;
use super::members::{at, present};
use crate::error::{Error, Result as CoreResult};
use crate::http::App;
use crate::id::{TokenId, UserId};
use crate::organizations;
use crate::tokens;
use crate::web::failure::sentence;
use crate::web::{Form, Member, Owner, Path, Result, page};

/// Tokens that are named before "and more".
const NAMED: i64 = 10;

#[derive(Template)]
#[template(path = "access/_remove.html")]
struct RemoveDialog {
    slug: String,
    at: String,
    /// Where the form is sent.
    action: String,
    organization: String,
    name: String,
    is_me: bool,
    /// Personal tokens that can act here now.
    working: i64,
    /// Tokens of the organization that they answer for.
    stewarded: Vec<(TokenId, String)>,
    more: bool,
    /// Why it cannot be done.
    refused: Option<String>,
}

async fn dialog(
    member: &Member,
    app: &App,
    user: UserId,
    refused: Option<String>,
) -> Result<RemoveDialog> {
    let (organization, now) = (member.organization(), app.clock.now());
    let read = app.db.read(move |conn| {
        let whom = organizations::member(conn, organization, user)?;
        let working = tokens::working_of(conn, organization, &[user], now)?;
        let stewarded = tokens::stewarded(conn, organization, user, NAMED + 1)?;
        CoreResult::Ok((whom.ok_or(Error::NotFound("member"))?, working, stewarded))
    });
    let (whom, working, mut stewarded) = read.await?;
    let named = usize::try_from(NAMED).unwrap_or(0);
    let more = stewarded.len() > named;
    stewarded.truncate(named);
    let is_me = user == member.me().user().id;
    let at = at(member);
    let action = if is_me {
        format!("/orgs/{}/access/leave", member.slug())
    } else {
        format!("{at}/{user}/remove")
    };
    Ok(RemoveDialog {
        slug: member.slug().to_owned(),
        at,
        action,
        organization: whom.organization_name,
        name: whom.user_name,
        is_me,
        working: working.first().map_or(0, |(_, tokens)| *tokens),
        stewarded,
        more,
        refused,
    })
}

pub async fn ask(
    owner: Owner,
    app: Data<App>,
    path: Path<One>,
    req: HttpRequest,
) -> Result<HttpResponse> {
    let dialog = dialog(&owner, &app, path.0.user, None).await?;
    present(&owner, &app, &req, dialog, StatusCode::OK).await
}

pub async fn remove(
    owner: Owner,
    app: Data<App>,
    path: Path<One>,
    req: HttpRequest,
) -> Result<HttpResponse> {
    let (by, organization, user) = (owner.actor(), owner.organization(), path.0.user);
    let removed =
        app.db.write(move |tx| organizations::remove_member(tx, &by, organization, user)).await;
    match removed {
        Ok(member) => {
            let detail = format!("{} has no power here any more.", member.user_name);
            owner.me().tell("Member removed", detail)?;
            Ok(page::see_other(&at(&owner)))
        }
        Err(Error::Conflict(why)) => {
            let dialog = dialog(&owner, &app, user, Some(sentence(&why))).await?;
            present(&owner, &app, &req, dialog, StatusCode::CONFLICT).await
        }
        Err(other) => Err(other.into()),
    }
}

pub async fn ask_to_leave(
    member: Member,
    app: Data<App>,
    req: HttpRequest,
) -> Result<HttpResponse> {
    let dialog = dialog(&member, &app, member.me().user().id, None).await?;
    present(&member, &app, &req, dialog, StatusCode::OK).await
}

/// Nothing is asked but that it is meant: a form that was sent by hand.
#[derive(Deserialize)]
pub struct LeaveForm {}

pub async fn leave(
    member: Member,
    app: Data<App>,
    req: HttpRequest,
    _meant: Form<LeaveForm>,
) -> Result<HttpResponse> {
    let (by, organization, me) = (member.actor(), member.organization(), member.me().user().id);
    let left =
        app.db.write(move |tx| organizations::remove_member(tx, &by, organization, me)).await;
    match left {
        Ok(gone) => {
            let detail = format!("You do not belong to {} any more.", gone.organization_name);
            member.me().tell("You have left", detail)?;
            Ok(page::see_other("/"))
        }
        Err(Error::Conflict(why)) => {
            let dialog = dialog(&member, &app, me, Some(sentence(&why))).await?;
            present(&member, &app, &req, dialog, StatusCode::CONFLICT).await
        }
        Err(other) => Err(other.into()),
    }
}
