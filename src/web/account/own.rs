//! A person's own tokens, wherever they look after them: on their account's page, or in the access
//! control of an organization. Both pages are made by the same code; this is what they differ in.
use std::future::{Ready, ready};
use std::ops::Deref;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpRequest, HttpResponse};

use super::AccountPage;
use super::token_row::TokenRow;
use super::tokens::Dialog;
use crate::error::Error;
use crate::http::App;
use crate::policies::{self, Policy};
use crate::tokens::{self, Holder};
use crate::web::access::authentication::AuthenticationPage;
use crate::web::{Failure, Member, Page, Result, SignedIn, policy};

/// The section of the account's page that lists them.
const SECTION: &str = "/account#personal-access-tokens";

/// Someone at one of the two pages.
pub struct Desk {
    me: SignedIn,
    /// Where it is an organization's: as what they belong to it.
    member: Option<Member>,
}

impl FromRequest for Desk {
    type Error = Failure;
    type Future = Ready<Result<Self>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(req))
    }
}

impl Deref for Desk {
    type Target = SignedIn;

    fn deref(&self) -> &SignedIn {
        &self.me
    }
}

impl Desk {
    fn of(req: &HttpRequest) -> Result<Self> {
        if req.match_info().get("slug").is_none() {
            let me = SignedIn::of(req).ok_or(Error::Unauthenticated)?;
            return Ok(Self { me, member: None });
        }
        let member = Member::of(req)?;
        Ok(Self { me: member.me().clone(), member: Some(member) })
    }

    /// Where the tokens' own addresses begin.
    pub fn base(&self) -> String {
        match &self.member {
            Some(member) => format!("/orgs/{}/access/authentication/tokens", member.slug()),
            None => "/account/tokens".to_owned(),
        }
    }

    /// The page, or the part of it, that lists them.
    pub fn section(&self) -> String {
        match &self.member {
            Some(member) => format!("/orgs/{}/access/authentication", member.slug()),
            None => SECTION.to_owned(),
        }
    }

    /// The page with the dialog before it.
    pub async fn page(
        &self,
        app: &App,
        dialog: Dialog,
        status: StatusCode,
    ) -> Result<HttpResponse> {
        if let Some(member) = &self.member {
            let page = AuthenticationPage::read(member, app, "", "").await?;
            return Ok(Page(page.behind(dialog)).with(status));
        }
        let page = AccountPage::read(&self.me, app).await?;
        Ok(Page(AccountPage { dialog: Some(dialog), ..page }).with(status))
    }
}

/// What `templates/account/_tokens.html` lists.
pub struct OwnTokens {
    pub base: String,
    pub tokens: Vec<TokenRow>,
    pub deleted: Vec<TokenRow>,
    pub policy: Policy,
    /// What is said where a new policy is against any of them.
    pub coming: Option<(String, String)>,
}

impl OwnTokens {
    pub async fn read(me: &SignedIn, app: &App, base: String) -> Result<Self> {
        let (user, now) = (me.user().id, app.clock.now());
        let (tokens, secrets, today, blocks, policy) = app
            .db
            .read(move |conn| {
                let tokens = tokens::of_holder(conn, Holder::Person(user))?;
                let ids: Vec<_> = tokens.iter().map(|token| token.id).collect();
                let secrets = tokens::secrets_of_tokens(conn, &ids)?;
                let today = tokens::generations_on(conn, &ids, now.date_naive())?;
                let blocks = tokens::blocks_of(conn, &ids)?;
                Ok((tokens, secrets, today, blocks, policies::of_instance(conn)?))
            })
            .await?;
        let warned = tokens.iter().filter(|token| token.life().warning(&policy, now).is_some());
        let coming =
            policy::coming(i64::try_from(warned.count()).unwrap_or(i64::MAX), &policy, now);
        let record = (&*secrets, &*today, &*blocks);
        let rows = tokens.into_iter().map(|token| TokenRow::new(token, record, &policy, user, now));
        let (deleted, tokens) = rows.partition(|row: &TokenRow| row.revoked);
        Ok(Self { base, tokens, deleted, policy, coming })
    }
}
