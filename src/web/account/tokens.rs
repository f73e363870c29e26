//! Configuration > Personal access tokens: creating one, and the dialogs before the page.
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;

use super::own::Desk;
use super::token_row::may;
use super::wish::WishForm;
use super::wish_view::{Place, WishView};
use crate::error::{Error, Result as CoreResult};
use crate::http::App;
use crate::id::TokenId;
use crate::tokens::{self, Holder, Issued, Token};
use crate::web::form::{self, Problems};
use crate::web::reveal::Reveal;
use crate::web::rotate::RotateDialog;
use crate::web::twice::Twin;
use crate::web::when::When;
use crate::web::{Form, Page, Query, Result, SignedIn, page};

/// What stands before the page. Each is a page of its own for whoever has no script.
#[derive(Template)]
#[template(ext = "html")]
pub enum Dialog {
    #[template(path = "account/_create.html")]
    Create { view: Box<WishView> },
    #[template(source = "{{ dialog|safe }}")]
    Rotate { dialog: Box<RotateDialog> },
    #[template(path = "account/_delete.html")]
    Delete {
        name: String,
        /// Where the form is sent, and where cancelling leads.
        action: String,
        back: String,
        used: Option<When>,
        typed: String,
        problems: Problems,
    },
    #[template(source = "{{ reveal|safe }}")]
    Reveal { reveal: Box<Reveal> },
}

/// The dialog alone where that is asked for, else before the page.
pub async fn present(
    me: &Desk,
    app: &App,
    req: &HttpRequest,
    dialog: Dialog,
    status: StatusCode,
) -> Result<HttpResponse> {
    if page::is_part(req) {
        return Ok(Page(dialog).with(status));
    }
    let mut res = me.page(app, dialog, status).await?;
    if status.is_success()
        && let Ok(here) = HeaderValue::from_str(&me.section())
    {
        // A form was answered: on reload there is the page, and no form to send again.
        res.headers_mut().insert(HeaderName::from_static("hx-replace-url"), here);
    }
    Ok(res)
}

/// The tokens are a section of the page.
pub async fn list(me: Desk) -> HttpResponse {
    page::see_other(&me.section())
}

/// With something typed in the query, what the token would be.
pub async fn new(
    me: Desk,
    app: Data<App>,
    req: HttpRequest,
    typed: Query<WishForm>,
) -> Result<HttpResponse> {
    let dialog = create_dialog(&me, &app, typed.0, Problems::default()).await?;
    present(&me, &app, &req, dialog, StatusCode::OK).await
}

async fn create_dialog(me: &Desk, app: &App, form: WishForm, problems: Problems) -> Result<Dialog> {
    let (user, memberships) = (me.user().id, me.memberships().to_vec());
    let read = app.db.read(move |conn| {
        let bounds = tokens::person_bounds(conn, user, None)?;
        Ok((bounds, Place::read(conn, &memberships)?))
    });
    let (bounds, places) = read.await?;
    let now = app.clock.now();
    let named = (form.name.as_str(), &problems);
    let twin = Twin::of(&app.db, Holder::Person(user), named, &me.base(), now).await?;
    let (base, section) = (me.base(), me.section());
    let view =
        WishView { twin, base, section, ..WishView::new(form, problems, &bounds, places, now) };
    Ok(Dialog::Create { view: Box::new(view) })
}

/// The answer is the reveal itself: the value is nowhere else, and not there again.
pub async fn create(
    me: Desk,
    app: Data<App>,
    req: HttpRequest,
    form: Form<WishForm>,
) -> Result<HttpResponse> {
    match form::checked(issue(&me, &app, &form.0).await)? {
        Ok(issued) => {
            let dialog = reveal(&me, &app, issued, None);
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
            tokens::issue(tx, &by, Holder::Person(user), &shared.mint, cleared)
        })
        .await
}

pub fn reveal(me: &Desk, app: &App, issued: Issued, grace: Option<When>) -> Dialog {
    let token = &issued.token;
    let power = match token.permissions() {
        None => "with everything you may do".to_owned(),
        Some(picked) => format!("and may do this: {}", may(Some(&picked))),
    };
    let ends = match token.expires_at.map(When::date) {
        Some(ends) => format!("it ends on {}", ends.text),
        None => "it never expires".to_owned(),
    };
    let poll = format!("{}/{}/secrets/{}/first-use", me.base(), token.id, issued.generation);
    let url = &app.config.public_url;
    let reveal = Reveal::new(issued, url, poll, me.section(), me.section());
    let sentence = format!("Personal access token. It acts as you, {power}; {ends}.");
    Dialog::Reveal { reveal: Box::new(Reveal { sentence, grace, ..reveal }) }
}

#[derive(Deserialize)]
pub struct One {
    pub token: TokenId,
}

/// One of the person's tokens that is not deleted.
pub async fn own(me: &SignedIn, app: &App, id: TokenId) -> Result<Token> {
    let holder = Holder::Person(me.user().id);
    let found = app.db.read(move |conn| tokens::find(conn, holder, id)).await?;
    Ok(found.filter(|token| token.revoked_at.is_none()).ok_or(Error::NotFound("token"))?)
}
