//! Configuration, from the user menu: the person's own profile, password, sessions and tokens.
pub mod deletion;
pub mod password;
pub mod profile;
pub mod rotation;
pub mod sessions;
mod token_row;
pub mod tokens;
mod wish;
mod wish_view;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;

use self::profile::ProfileForm;
use self::sessions::SessionRow;
use self::token_row::TokenRow;
use self::tokens::Dialog;
use super::form::Problems;
use super::{Frame, Page, Result, SignedIn, policy};
use crate::http::App;
use crate::policies::{self, Policy};
use crate::{sessions as browsers, tokens as pats};

pub const PATH: &str = "/account";

#[derive(Template)]
#[template(path = "account/page.html")]
struct AccountPage {
    frame: Frame,
    profile: ProfileForm,
    profile_problems: Problems,
    password_problems: Problems,
    sessions: Vec<SessionRow>,
    tokens: Vec<TokenRow>,
    deleted: Vec<TokenRow>,
    policy: Policy,
    /// What is said where a new policy is against any of the tokens.
    coming: Option<(String, String)>,
    dialog: Option<Dialog>,
}

impl AccountPage {
    async fn read(me: &SignedIn, app: &App) -> Result<Self> {
        let (user, now) = (me.user().id, app.clock.now());
        let (sessions, tokens, secrets, today, policy) = app
            .db
            .read(move |conn| {
                let tokens = pats::of_person(conn, user)?;
                let ids: Vec<_> = tokens.iter().map(|token| token.id).collect();
                let secrets = pats::secrets_of_tokens(conn, &ids)?;
                let today = pats::generations_on(conn, &ids, now.date_naive())?;
                let policy = policies::of_instance(conn)?;
                Ok((browsers::list(conn, user, now)?, tokens, secrets, today, policy))
            })
            .await?;
        let warned = tokens.iter().filter(|token| token.life().warning(&policy, now).is_some());
        let coming =
            policy::coming(i64::try_from(warned.count()).unwrap_or(i64::MAX), &policy, now);
        let record = (&*secrets, &*today);
        let rows = tokens.into_iter().map(|token| TokenRow::new(token, record, &policy, user, now));
        let (deleted, tokens) = rows.partition(|row: &TokenRow| row.revoked);
        Ok(Self {
            frame: Frame::of_person(me, "account"),
            profile: ProfileForm::of(me.user()),
            profile_problems: Problems::default(),
            password_problems: Problems::default(),
            sessions: sessions
                .into_iter()
                .map(|session| SessionRow::new(session, me.session(), now))
                .collect(),
            tokens,
            deleted,
            policy,
            coming,
            dialog: None,
        })
    }
}

pub async fn page(me: SignedIn, app: Data<App>) -> Result<HttpResponse> {
    Ok(Page(AccountPage::read(&me, &app).await?).with(StatusCode::OK))
}
