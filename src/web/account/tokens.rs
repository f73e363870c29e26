//! Configuration > Personal access tokens: create, rotate, delete, and the one look at a secret.
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;

use super::AccountPage;
use super::wish::{Place, WishForm, WishView};
use crate::access::{Level, Permissions};
use crate::error::{Error, Problem, Result as CoreResult};
use crate::http::App;
use crate::id::{TokenId, UserId};
use crate::policies::Policy;
use crate::tokens::{self, Grace, Holder, Issued, Secret, Token};
use crate::web::badge::Badge;
use crate::web::form::{self, Problems};
use crate::web::reveal::{FirstUse, Reveal};
use crate::web::when::When;
use crate::web::{Form, Page, Path, Query, Result, SignedIn, page};

/// The section of the page that lists them.
const SECTION: &str = "/account#personal-access-tokens";
/// Whoever deletes a token that was used since then types its name.
const IN_USE: TimeDelta = TimeDelta::hours(24);

pub struct TokenRow {
    pub id: TokenId,
    pub name: String,
    pub masked: String,
    pub badge: Badge,
    pub may: String,
    pub used: Option<When>,
    pub expires: Option<When>,
    /// Until when an old secret works on.
    pub grace: Option<When>,
    pub revoked: bool,
}

impl TokenRow {
    pub fn new(
        token: Token,
        secrets: &[Secret],
        policy: &Policy,
        viewer: UserId,
        now: DateTime<Utc>,
    ) -> Self {
        let mine = secrets.iter().filter(|secret| secret.token_id == token.id);
        let grace = mine.filter(|secret| secret.in_grace(now)).filter_map(|s| s.retires_at).max();
        Self {
            id: token.id,
            masked: token.masked(),
            badge: Badge::of(&token, policy, 0, viewer, now),
            may: may(token.permissions().as_ref()),
            used: token.last_used_at.map(|at| When::distance(at, now)),
            expires: token.expires_at.map(When::date),
            grace: grace.filter(|_| token.revoked_at.is_none()).map(|at| When::moment(at, now)),
            revoked: token.revoked_at.is_some(),
            name: token.name,
        }
    }
}

/// `records, metrics: read; events: write`.
fn may(picked: Option<&Permissions>) -> String {
    let Some(picked) = picked else { return "Everything I may".into() };
    let parts = Level::ALL.into_iter().filter_map(|level| {
        let names: Vec<_> =
            picked.iter().filter(|(_, held)| **held == level).map(|(name, _)| &**name).collect();
        (!names.is_empty()).then(|| format!("{}: {level}", names.join(", ")))
    });
    let parts: Vec<_> = parts.collect();
    if parts.is_empty() { "Nothing".into() } else { parts.join("; ") }
}

/// What stands before the page. Each is a page of its own for whoever has no script.
#[derive(Template)]
#[template(ext = "html")]
pub enum Dialog {
    #[template(path = "account/_create.html")]
    Create { view: Box<WishView> },
    #[template(path = "account/_rotate.html")]
    Rotate { id: TokenId, name: String, problems: Problems },
    #[template(path = "account/_delete.html")]
    Delete { id: TokenId, name: String, used: Option<When>, typed: String, problems: Problems },
    #[template(source = "{{ reveal|safe }}")]
    Reveal { reveal: Box<Reveal> },
}

/// The dialog alone where that is asked for, else before the page.
async fn present(
    me: &SignedIn,
    app: &App,
    req: &HttpRequest,
    dialog: Dialog,
    status: StatusCode,
) -> Result<HttpResponse> {
    if page::is_part(req) {
        return Ok(Page(dialog).with(status));
    }
    let page = AccountPage { dialog: Some(dialog), ..AccountPage::read(me, app).await? };
    Ok(Page(page).with(status))
}

/// The tokens are a section of the page.
pub async fn list(_: SignedIn) -> HttpResponse {
    page::see_other(SECTION)
}

/// With something typed in the query, what the token would be.
pub async fn new(
    me: SignedIn,
    app: Data<App>,
    req: HttpRequest,
    typed: Query<WishForm>,
) -> Result<HttpResponse> {
    let dialog = create_dialog(&me, &app, typed.0, Problems::default()).await?;
    present(&me, &app, &req, dialog, StatusCode::OK).await
}

async fn create_dialog(
    me: &SignedIn,
    app: &App,
    form: WishForm,
    problems: Problems,
) -> Result<Dialog> {
    let (user, memberships) = (me.user().id, me.memberships().to_vec());
    let read = app.db.read(move |conn| {
        let bounds = tokens::person_bounds(conn, user, None)?;
        Ok((bounds, Place::read(conn, &memberships)?))
    });
    let (bounds, places) = read.await?;
    let view = WishView::new(form, problems, &bounds, places, app.clock.now());
    Ok(Dialog::Create { view: Box::new(view) })
}

/// The answer is the reveal itself: the value is nowhere else, and not there again.
pub async fn create(
    me: SignedIn,
    app: Data<App>,
    req: HttpRequest,
    form: Form<WishForm>,
) -> Result<HttpResponse> {
    match form::checked(issue(&me, &app, &form.0).await)? {
        Ok(issued) => {
            let dialog = reveal(&app, issued, None);
            present(&me, &app, &req, dialog, StatusCode::OK).await
        }
        Err(problems) => {
            let dialog = create_dialog(&me, &app, form.0, problems).await?;
            present(&me, &app, &req, dialog, StatusCode::UNPROCESSABLE_ENTITY).await
        }
    }
}

async fn issue(me: &SignedIn, app: &Data<App>, form: &WishForm) -> CoreResult<Issued> {
    let (by, user, typed, shared) = (me.actor(), me.user().id, form.clone(), app.clone());
    app.db
        .write(move |tx| {
            let bounds = tokens::person_bounds(tx.conn(), user, None)?;
            let (wish, unread) = typed.wish(&bounds.policy, tx.now());
            let cleared = form::joined(bounds.clear(wish, tx.now()), unread)?;
            tokens::issue(tx, &by, Holder::Person(user), &shared.peppers.current, cleared)
        })
        .await
}

fn reveal(app: &App, issued: Issued, grace: Option<When>) -> Dialog {
    let token = &issued.token;
    let power = match token.permissions() {
        None => "with everything you may do".to_owned(),
        Some(picked) => format!("and may do this: {}", may(Some(&picked))),
    };
    let ends = match token.expires_at.map(When::date) {
        Some(ends) => format!("it ends on {}", ends.text),
        None => "it never expires".to_owned(),
    };
    let poll = format!("/account/tokens/{}/secrets/{}/first-use", token.id, issued.generation);
    let url = &app.config.public_url;
    let reveal = Reveal::new(issued, url, poll, SECTION.into(), SECTION.into());
    let sentence = format!("Personal access token. It acts as you, {power}; {ends}.");
    Dialog::Reveal { reveal: Box::new(Reveal { sentence, grace, ..reveal }) }
}

#[derive(Deserialize)]
pub struct OneSecret {
    token: TokenId,
    generation: i32,
}

/// The line that waits for the first use.
pub async fn first_use(
    me: SignedIn,
    app: Data<App>,
    path: Path<OneSecret>,
) -> Result<Page<FirstUse>> {
    let OneSecret { token, generation } = path.0;
    let (user, now) = (me.user().id, app.clock.now());
    let secrets = app.db.read(move |conn| {
        tokens::find(conn, Holder::Person(user), token)?.ok_or(Error::NotFound("token"))?;
        tokens::secrets_of_token(conn, token)
    });
    let secret = secrets.await?.into_iter().find(|secret| secret.generation == generation);
    let secret = secret.ok_or(Error::NotFound("token"))?;
    let poll = format!("/account/tokens/{token}/secrets/{generation}/first-use");
    Ok(Page(FirstUse::of(&secret, poll, SECTION.into(), now)))
}

#[derive(Deserialize)]
pub struct One {
    token: TokenId,
}

/// One of the person's tokens that is not deleted.
async fn own(me: &SignedIn, app: &App, id: TokenId) -> Result<Token> {
    let holder = Holder::Person(me.user().id);
    let found = app.db.read(move |conn| tokens::find(conn, holder, id)).await?;
    Ok(found.filter(|token| token.revoked_at.is_none()).ok_or(Error::NotFound("token"))?)
}

pub async fn ask_to_rotate(
    me: SignedIn,
    app: Data<App>,
    path: Path<One>,
    req: HttpRequest,
) -> Result<HttpResponse> {
    let Token { id, name, .. } = own(&me, &app, path.0.token).await?;
    let dialog = Dialog::Rotate { id, name, problems: Problems::default() };
    present(&me, &app, &req, dialog, StatusCode::OK).await
}

#[derive(Deserialize)]
pub struct RotateForm {
    #[serde(default)]
    grace_seconds: Option<i64>,
}

impl RotateForm {
    fn grace(&self) -> CoreResult<Grace> {
        let Some(seconds) = self.grace_seconds else { return Ok(Grace::default()) };
        Grace::from_seconds(seconds).map_err(|message| Error::field("grace_seconds", message))
    }
}

pub async fn rotate(
    me: SignedIn,
    app: Data<App>,
    path: Path<One>,
    req: HttpRequest,
    form: Form<RotateForm>,
) -> Result<HttpResponse> {
    let (by, holder, id) = (me.actor(), Holder::Person(me.user().id), path.0.token);
    let grace = match form::checked(form.0.grace())? {
        Ok(grace) => grace,
        Err(problems) => {
            let Token { id, name, .. } = own(&me, &app, id).await?;
            let dialog = Dialog::Rotate { id, name, problems };
            return present(&me, &app, &req, dialog, StatusCode::UNPROCESSABLE_ENTITY).await;
        }
    };
    let shared = app.clone();
    let rotated = app
        .db
        .write(move |tx| tokens::rotate(tx, &by, holder, id, grace, &shared.peppers.current, None));
    let issued = rotated.await?;
    let now = app.clock.now();
    let secrets = app.db.read(move |conn| tokens::secrets_of_token(conn, id)).await?;
    let until = secrets.iter().filter(|s| s.in_grace(now)).filter_map(|s| s.retires_at).max();
    let dialog = reveal(&app, issued, until.map(|at| When::moment(at, now)));
    present(&me, &app, &req, dialog, StatusCode::OK).await
}

pub async fn end_grace(me: SignedIn, app: Data<App>, path: Path<One>) -> Result<HttpResponse> {
    let (by, holder, id) = (me.actor(), Holder::Person(me.user().id), path.0.token);
    let token = app.db.write(move |tx| tokens::end_grace(tx, &by, holder, id)).await?;
    me.tell("Grace period ended", format!("Only the new secret of {} works now.", token.name))?;
    Ok(page::see_other(SECTION))
}

pub async fn ask_to_delete(
    me: SignedIn,
    app: Data<App>,
    path: Path<One>,
    req: HttpRequest,
) -> Result<HttpResponse> {
    let token = own(&me, &app, path.0.token).await?;
    let dialog = delete_dialog(token, String::new(), Problems::default(), app.clock.now());
    present(&me, &app, &req, dialog, StatusCode::OK).await
}

/// The last use is named only where it asks for the name to be typed.
fn delete_dialog(token: Token, typed: String, problems: Problems, now: DateTime<Utc>) -> Dialog {
    let used = token.last_used_at.filter(|at| *at > now - IN_USE);
    let used = used.map(|at| When::distance(at, now));
    Dialog::Delete { id: token.id, name: token.name, used, typed, problems }
}

#[derive(Deserialize)]
pub struct DeleteForm {
    #[serde(default)]
    confirm: String,
}

pub async fn delete(
    me: SignedIn,
    app: Data<App>,
    path: Path<One>,
    req: HttpRequest,
    form: Form<DeleteForm>,
) -> Result<HttpResponse> {
    let token = own(&me, &app, path.0.token).await?;
    let now = app.clock.now();
    let in_use = token.last_used_at.is_some_and(|at| at > now - IN_USE);
    if in_use && form.0.confirm.trim() != token.name {
        let wrong = Problem::new("confirm", "Type the name as it stands above.");
        let problems = Problems::new(vec![wrong]);
        let dialog = delete_dialog(token, form.0.confirm, problems, now);
        return present(&me, &app, &req, dialog, StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    let (by, holder, id) = (me.actor(), Holder::Person(me.user().id), token.id);
    let gone = app.db.write(move |tx| tokens::revoke(tx, &by, holder, id)).await?;
    me.tell("Token deleted", format!("{} stopped working.", gone.name))?;
    Ok(page::see_other(SECTION))
}
