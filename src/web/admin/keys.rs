//! Platform admin > Signing keys: what signs the access tokens of the exchange.
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;

use crate::db::Tx;
use crate::error::Error;
use crate::exchange::{self, Algorithm, KeyState, SigningKey};
use crate::http::App;
use crate::web::when::When;
use crate::web::{Form, Frame, Page, Path, PlatformAdmin, Result, page};

const AT: &str = "/admin/keys";

#[derive(Template)]
#[template(path = "admin/keys.html")]
struct KeysPage {
    frame: Frame,
    keys: Vec<Row>,
    /// Of the newest key, and so of the next unless another is chosen.
    algorithm: Algorithm,
    /// The next one is published already.
    waits: bool,
    dialog: Option<WithdrawDialog>,
}

struct Row {
    kid: String,
    algorithm: Algorithm,
    state: KeyState,
    from: When,
    until: Option<When>,
}

impl Row {
    fn is_gone(&self) -> bool {
        self.state == KeyState::Gone
    }
}

#[derive(Template)]
#[template(path = "admin/_withdraw_key.html")]
struct WithdrawDialog {
    kid: String,
    state: KeyState,
}

impl WithdrawDialog {
    fn signs(&self) -> bool {
        self.state == KeyState::Signing
    }

    fn waits(&self) -> bool {
        self.state == KeyState::Waiting
    }
}

async fn read(admin: &PlatformAdmin, app: &App) -> Result<KeysPage> {
    let now = app.clock.now();
    let keys = app.db.read(exchange::list).await?;
    let row = |key: &SigningKey| Row {
        kid: key.kid.clone(),
        algorithm: key.algorithm(),
        state: key.state(now),
        from: When::moment(key.signs_from, now),
        until: key.signs_until.map(|until| When::moment(until, now)),
    };
    Ok(KeysPage {
        frame: Frame::of_admin(admin, "keys"),
        algorithm: keys.first().map(SigningKey::algorithm).unwrap_or_default(),
        waits: keys.iter().any(|key| key.state(now) == KeyState::Waiting),
        keys: keys.iter().map(row).collect(),
        dialog: None,
    })
}

pub async fn list(admin: PlatformAdmin, app: Data<App>) -> Result<HttpResponse> {
    Ok(Page(read(&admin, &app).await?).with(StatusCode::OK))
}

#[derive(Deserialize)]
pub struct RotateForm {
    #[serde(default)]
    algorithm: String,
}

impl RotateForm {
    /// As before, where none is named.
    fn algorithm(&self) -> Result<Option<Algorithm>, Error> {
        if self.algorithm.is_empty() {
            return Ok(None);
        }
        let wrong = || Error::InvalidRequest("algorithm is ES256 or RS256".into());
        Algorithm::parse(&self.algorithm).ok_or_else(wrong).map(Some)
    }
}

pub async fn rotate(
    admin: PlatformAdmin,
    app: Data<App>,
    form: Form<RotateForm>,
) -> Result<HttpResponse> {
    let algorithm = form.0.algorithm()?;
    let (by, shared) = (admin.actor(), app.clone());
    let rotate =
        move |tx: &mut Tx| exchange::rotate(tx, &by, shared.exchange.keys.seal(), algorithm);
    app.db.write(rotate).await?;
    admin
        .tell("The next key is published", "It signs in ten minutes, when everyone can know it.")?;
    Ok(page::see_other(AT))
}

#[derive(Deserialize)]
pub struct Named {
    kid: String,
}

pub async fn ask_to_withdraw(
    admin: PlatformAdmin,
    app: Data<App>,
    path: Path<Named>,
    req: HttpRequest,
) -> Result<HttpResponse> {
    let page = read(&admin, &app).await?;
    let row = page.keys.iter().find(|row| row.kid == path.0.kid && !row.is_gone());
    let row = row.ok_or(Error::NotFound("key"))?;
    let dialog = WithdrawDialog { kid: row.kid.clone(), state: row.state };
    if page::is_part(&req) {
        return Ok(Page(dialog).with(StatusCode::OK));
    }
    Ok(Page(KeysPage { dialog: Some(dialog), ..page }).with(StatusCode::OK))
}

pub async fn withdraw(
    admin: PlatformAdmin,
    app: Data<App>,
    path: Path<Named>,
) -> Result<HttpResponse> {
    let (by, shared, kid) = (admin.actor(), app.clone(), path.0.kid);
    let withdraw =
        move |tx: &mut Tx| exchange::withdraw(tx, &by, shared.exchange.keys.seal(), &kid);
    app.db.write(withdraw).await?;
    admin.tell("Key withdrawn", "Whatever it signed is refused from now on.")?;
    Ok(page::see_other(AT))
}
