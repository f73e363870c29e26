//! Removing a member, or leaving: what becomes of their tokens is said before.
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;

use super::change::One;
use super::members::{at, present};
use crate::error::{Error, Problem, Result as CoreResult};
use crate::http::App;
use crate::id::{TokenId, UserId};
use crate::organizations;
use crate::tokens;
use crate::web::failure::sentence;
use crate::web::form::Problems;
use crate::web::when::When;
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
    /// When one of them was last used, where that was lately: then a name must be typed.
    used: Option<When>,
    typed: String,
    problems: Problems,
    /// Why it cannot be done.
    refused: Option<String>,
}

impl RemoveDialog {
    /// What must be typed, where something must.
    fn wanted(&self) -> &str {
        if self.is_me { &self.organization } else { &self.name }
    }

    fn is_confirmed(&self) -> bool {
        self.used.is_none() || self.typed.trim() == self.wanted()
    }
}

/// Nothing is asked but that it is meant: a form that was sent by hand.
#[derive(Deserialize)]
pub struct RemovalForm {
    #[serde(default)]
    confirm: String,
}

async fn dialog(member: &Member, app: &App, user: UserId, typed: String) -> Result<RemoveDialog> {
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
        working: working.first().map_or(0, |of| of.tokens),
        used: working
            .first()
            .filter(|of| of.in_use(now))
            .and_then(|of| Some(When::distance(of.last_used_at?, now))),
        typed,
        problems: Problems::default(),
        stewarded,
        more,
        refused: None,
    })
}

pub async fn ask(
    owner: Owner,
    app: Data<App>,
    path: Path<One>,
    req: HttpRequest,
) -> Result<HttpResponse> {
    let dialog = dialog(&owner, &app, path.0.user, String::new()).await?;
    present(&owner, &app, &req, dialog, StatusCode::OK).await
}

pub async fn remove(
    owner: Owner,
    app: Data<App>,
    path: Path<One>,
    req: HttpRequest,
    form: Form<RemovalForm>,
) -> Result<HttpResponse> {
    let (by, organization, user) = (owner.actor(), owner.organization(), path.0.user);
    let asked = dialog(&owner, &app, user, form.0.confirm).await?;
    if !asked.is_confirmed() {
        return unconfirmed(&owner, &app, &req, asked).await;
    }
    let removed =
        app.db.write(move |tx| organizations::remove_member(tx, &by, organization, user)).await;
    match removed {
        Ok(member) => {
            let detail = format!("{} has no power here any more.", member.user_name);
            owner.me().tell("Member removed", detail)?;
            Ok(page::see_other(&at(&owner)))
        }
        Err(Error::Conflict(why)) => {
            let refused = RemoveDialog { refused: Some(sentence(&why)), ..asked };
            present(&owner, &app, &req, refused, StatusCode::CONFLICT).await
        }
        Err(other) => Err(other.into()),
    }
}

async fn unconfirmed(
    member: &Member,
    app: &App,
    req: &HttpRequest,
    asked: RemoveDialog,
) -> Result<HttpResponse> {
    let wrong = Problem::new("confirm", "Type the name as it stands above.");
    let asked = RemoveDialog { problems: Problems::new(vec![wrong]), ..asked };
    present(member, app, req, asked, StatusCode::UNPROCESSABLE_ENTITY).await
}

pub async fn ask_to_leave(
    member: Member,
    app: Data<App>,
    req: HttpRequest,
) -> Result<HttpResponse> {
    let dialog = dialog(&member, &app, member.me().user().id, String::new()).await?;
    present(&member, &app, &req, dialog, StatusCode::OK).await
}

pub async fn leave(
    member: Member,
    app: Data<App>,
    req: HttpRequest,
    form: Form<RemovalForm>,
) -> Result<HttpResponse> {
    let (by, organization, me) = (member.actor(), member.organization(), member.me().user().id);
    let asked = dialog(&member, &app, me, form.0.confirm).await?;
    if !asked.is_confirmed() {
        return unconfirmed(&member, &app, &req, asked).await;
    }
    let left =
        app.db.write(move |tx| organizations::remove_member(tx, &by, organization, me)).await;
    match left {
        Ok(gone) => {
            let detail = format!("You do not belong to {} any more.", gone.organization_name);
            member.me().tell("You have left", detail)?;
            Ok(page::see_other("/"))
        }
        Err(Error::Conflict(why)) => {
            let refused = RemoveDialog { refused: Some(sentence(&why)), ..asked };
            present(&member, &app, &req, refused, StatusCode::CONFLICT).await
        }
        Err(other) => Err(other.into()),
    }
}
