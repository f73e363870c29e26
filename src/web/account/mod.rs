//! Configuration, from the user menu: the person's own profile, password, sessions and tokens.
pub mod deletion;
pub mod own;
pub mod password;
pub mod profile;
pub mod rotation;
pub mod sessions;
pub mod token_row;
pub mod tokens;
mod wish;
mod wish_view;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;

use self::own::OwnTokens;
use self::profile::ProfileForm;
use self::sessions::SessionRow;
use self::tokens::Dialog;
use super::form::Problems;
use super::{Frame, Page, Result, SignedIn};
use crate::http::App;
use crate::sessions as browsers;

pub const PATH: &str = "/account";

#[derive(Template)]
#[template(path = "account/page.html")]
struct AccountPage {
    frame: Frame,
    profile: ProfileForm,
    profile_problems: Problems,
    password_problems: Problems,
    sessions: Vec<SessionRow>,
    own: OwnTokens,
    dialog: Option<Dialog>,
}

impl AccountPage {
    async fn read(me: &SignedIn, app: &App) -> Result<Self> {
        let (user, now) = (me.user().id, app.clock.now());
        let sessions = app.db.read(move |conn| browsers::list(conn, user, now)).await?;
        Ok(Self {
            frame: Frame::of_person(me, "account"),
            profile: ProfileForm::of(me.user()),
            profile_problems: Problems::default(),
            password_problems: Problems::default(),
            sessions: sessions
                .into_iter()
                .map(|session| SessionRow::new(session, me.session(), now))
                .collect(),
            own: OwnTokens::read(me, app, "/account/tokens".to_owned()).await?,
            dialog: None,
        })
    }
}

pub async fn page(me: SignedIn, app: Data<App>) -> Result<HttpResponse> {
    Ok(Page(AccountPage::read(&me, &app).await?).with(StatusCode::OK))
}
