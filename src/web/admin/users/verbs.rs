//! What a platform admin does about one user, each after a question.
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::super::dialog::{Confirm, Dialog, LinkDialog, alone};
use super::One;
use super::one::show;
use crate::accounts::{self, User};
use crate::error::Error;
use crate::http::App;
use crate::web::{Path, PlatformAdmin, Result, page};

async fn ask(
    admin: &PlatformAdmin,
    app: &App,
    req: &HttpRequest,
    one: One,
    question: impl FnOnce(&User, String) -> Confirm,
) -> Result<HttpResponse> {
    let id = one.user;
    let user = app.db.read(move |conn| accounts::by_id(conn, id)).await?;
    let question = question(&user.ok_or(Error::NotFound("user"))?, one.url());
    if page::is_part(req) {
        return Ok(alone(question, StatusCode::OK));
    }
    let dialog = Dialog::of(question.title.clone(), &question)?;
    show(admin, app, id, Some(dialog), StatusCode::OK).await
}

pub async fn ask_to_disable(
    admin: PlatformAdmin,
    app: Data<App>,
    path: Path<One>,
    req: HttpRequest,
) -> Result<HttpResponse> {
    ask(&admin, &app, &req, path.0, |user, at| Confirm {
        title: format!("Disable {}?", user.name),
        text:
            "They are signed out everywhere, and every call with one of their tokens is refused, \
               both at once. What belongs to an organization stays. You can enable them again."
                .into(),
        action: format!("{at}/disable"),
        back: at,
        button: "Disable user",
        danger: true,
    })
    .await
}

pub async fn disable(
    admin: PlatformAdmin,
    app: Data<App>,
    path: Path<One>,
) -> Result<HttpResponse> {
    let (by, id) = (admin.actor(), path.0.user);
    let user = app.db.write(move |tx| accounts::set_disabled(tx, &by, id, true)).await?;
    admin
        .tell("User disabled", format!("{} is signed out, their tokens are refused.", user.name))?;
    Ok(page::see_other(&path.0.url()))
}

pub async fn enable(admin: PlatformAdmin, app: Data<App>, path: Path<One>) -> Result<HttpResponse> {
    let (by, id) = (admin.actor(), path.0.user);
    let user = app.db.write(move |tx| accounts::set_disabled(tx, &by, id, false)).await?;
    admin.tell("User enabled", format!("{} can sign in, their tokens work again.", user.name))?;
    Ok(page::see_other(&path.0.url()))
}

pub async fn ask_to_link(
    admin: PlatformAdmin,
    app: Data<App>,
    path: Path<One>,
    req: HttpRequest,
) -> Result<HttpResponse> {
    ask(&admin, &app, &req, path.0, |user, at| Confirm {
        title: format!("Reset the password of {}?", user.name),
        text: "You get a link, shown once, with which they set a new one. It is good once, for a day; \
               an earlier link is good no more. The password they have works on until then."
            .into(),
        action: format!("{at}/password-link"),
        back: at,
        button: "Create link",
        danger: false,
    })
    .await
}

/// The answer is the link itself, this once.
pub async fn link(admin: PlatformAdmin, app: Data<App>, path: Path<One>) -> Result<HttpResponse> {
    let (by, id, shared) = (admin.actor(), path.0.user, app.clone());
    let made =
        app.db.write(move |tx| accounts::offer_password_link(tx, &by, id, &shared.pepper)).await?;
    let dialog = Dialog::of("The link is ready", &LinkDialog::of(&app, made, path.0.url()))?;
    show(&admin, &app, id, Some(dialog), StatusCode::OK).await
}

pub async fn ask_to_empower(
    admin: PlatformAdmin,
    app: Data<App>,
    path: Path<One>,
    req: HttpRequest,
) -> Result<HttpResponse> {
    ask(&admin, &app, &req, path.0, |user, at| Confirm {
        title: format!("Make {} a platform admin?", user.name),
        text:
            "They can do all that you can here: make and disable users, suspend organizations, and \
               set what personal access tokens may be."
                .into(),
        action: format!("{at}/make-admin"),
        back: at,
        button: "Make platform admin",
        danger: false,
    })
    .await
}

pub async fn empower(
    admin: PlatformAdmin,
    app: Data<App>,
    path: Path<One>,
) -> Result<HttpResponse> {
    let (by, id) = (admin.actor(), path.0.user);
    let user = app.db.write(move |tx| accounts::set_admin(tx, &by, id, true)).await?;
    admin.tell("Platform admin added", format!("{} runs this instance too.", user.name))?;
    Ok(page::see_other(&path.0.url()))
}

pub async fn ask_to_weaken(
    admin: PlatformAdmin,
    app: Data<App>,
    path: Path<One>,
    req: HttpRequest,
) -> Result<HttpResponse> {
    ask(&admin, &app, &req, path.0, |user, at| Confirm {
        title: format!("Take the instance from {}?", user.name),
        text: "They stay a user, in every organization that they belong to, and keep their tokens."
            .into(),
        action: format!("{at}/unmake-admin"),
        back: at,
        button: "Remove platform admin",
        danger: true,
    })
    .await
}

/// Who does so to themself is no longer let in here.
pub async fn weaken(admin: PlatformAdmin, app: Data<App>, path: Path<One>) -> Result<HttpResponse> {
    let (by, id) = (admin.actor(), path.0.user);
    let user = app.db.write(move |tx| accounts::set_admin(tx, &by, id, false)).await?;
    admin.tell("Platform admin removed", format!("{} does not run it any more.", user.name))?;
    let is_own = id == admin.user().id;
    Ok(page::see_other(&if is_own { "/".into() } else { path.0.url() }))
}
