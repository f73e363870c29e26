//! What the link of an invitation opens: whoever has the code joins, with the account they have or
//! with a new one. The code comes in a form, from the fragment of the address or from a paste.
use actix_session::Session;
use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::access::members::SeatView;
use super::form::{self, Problems};
use super::frame;
use super::when::When;
use super::{Form, Page, Result, SignedIn, login, page};
use crate::accounts::{self, User};
use crate::audit::{Actor, Who};
use crate::error::{Error, Problem, Result as CoreResult};
use crate::http::{App, client, log};
use crate::organizations::{self, Invitation, Membership};
use crate::secret::{Digest, LinkCode};

#[derive(Template)]
#[template(path = "invitation.html")]
struct InvitationPage {
    theme: &'static str,
    /// Whoever is signed in.
    me: Option<(String, String)>,
    /// What the code opens.
    found: Option<Found>,
    form: InvitationForm,
    problems: Problems,
}

struct Found {
    organization: String,
    by: Option<String>,
    email: Option<String>,
    seat: SeatView,
    ends: When,
}

impl Found {
    fn of(invitation: Invitation) -> Self {
        Self {
            seat: SeatView::of(&invitation.seat),
            ends: When::sentence(invitation.expires_at),
            organization: invitation.organization_name,
            by: invitation.created_by,
            email: invitation.email,
        }
    }
}

/// The code comes back in its field to whoever typed it; a password never does.
#[derive(Default, Clone, Deserialize)]
pub struct InvitationForm {
    #[serde(default)]
    code: SecretString,
    /// `new` for an account that is made now, `known` for one that there is.
    #[serde(default)]
    account: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: SecretString,
}

impl InvitationForm {
    fn digest(&self, app: &App) -> Option<Digest> {
        LinkCode::parse(self.code.expose_secret()).map(|code| code.digest(&app.pepper))
    }

    fn code(&self) -> &str {
        self.code.expose_secret()
    }
}

impl InvitationPage {
    fn of(me: Option<&SignedIn>, form: InvitationForm) -> Self {
        Self {
            theme: me.map_or("", |me| frame::class(me.user().theme())),
            me: me.map(|me| (me.user().name.clone(), me.user().email.clone())),
            found: None,
            form,
            problems: Problems::default(),
        }
    }

    /// Whether the account that there is is asked for.
    fn is_known(&self) -> bool {
        self.form.account == "known"
    }

    fn problem(&self, account: &str, field: &str) -> Option<&str> {
        self.problems.of(field).filter(|_| self.form.account == account)
    }
}

pub async fn page(req: HttpRequest) -> Result<HttpResponse> {
    let me = SignedIn::of(&req);
    let page = InvitationPage::of(me.as_ref(), InvitationForm::default());
    Ok(Page(page).with(StatusCode::OK))
}

/// Shows what the code opens, and the ways to accept it. Nothing is changed.
pub async fn open(
    req: HttpRequest,
    app: Data<App>,
    form: Form<InvitationForm>,
) -> Result<HttpResponse> {
    let me = SignedIn::of(&req);
    let code = form.0.code;
    let form = InvitationForm { code, account: "new".into(), ..InvitationForm::default() };
    show(me.as_ref(), &app, form, Vec::new(), StatusCode::OK).await
}

/// The page with what the code opens; a code that opens nothing is what is wrong with it.
async fn show(
    me: Option<&SignedIn>,
    app: &App,
    form: InvitationForm,
    problems: Vec<Problem>,
    status: StatusCode,
) -> Result<HttpResponse> {
    let (digest, now) = (form.digest(app), app.clock.now());
    let found = app.db.read(move |conn| organizations::open_invitation(conn, digest, now)).await;
    let page = InvitationPage::of(me, form);
    match form::checked(found)? {
        Ok(invitation) => {
            let mut page = InvitationPage { problems: Problems::new(problems), ..page };
            if page.form.email.is_empty() {
                page.form.email = invitation.email.clone().unwrap_or_default();
            }
            page.found = Some(Found::of(invitation));
            Ok(Page(page).with(status))
        }
        Err(problems) => {
            Ok(Page(InvitationPage { problems, ..page }).with(StatusCode::UNPROCESSABLE_ENTITY))
        }
    }
}

pub async fn accept(
    req: HttpRequest,
    app: Data<App>,
    session: Session,
    form: Form<InvitationForm>,
) -> Result<HttpResponse> {
    let (me, form) = (SignedIn::of(&req), form.0);
    let joined = match (&me, form.account.as_str()) {
        (Some(me), _) => join(me, &app, &form).await,
        (None, "known") => join_known(&req, &app, &session, &form).await,
        (None, _) => join_new(&req, &app, &session, &form).await,
    };
    match joined {
        Ok(member) => Ok(page::see_other(&format!("/orgs/{}", member.slug))),
        Err(Error::Invalid(problems)) => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            show(me.as_ref(), &app, form, problems, status).await
        }
        Err(Error::TooMany { retry_after }) => {
            let seconds = retry_after.as_secs();
            let message = format!("Too many attempts. Try again in {}.", login::wait(seconds));
            let problems = vec![Problem::new("password", message)];
            let status = StatusCode::TOO_MANY_REQUESTS;
            let mut res = show(None, &app, form, problems, status).await?;
            res.headers_mut().insert(RETRY_AFTER, seconds.into());
            Ok(res)
        }
        Err(other) => Err(other.into()),
    }
}

async fn join(me: &SignedIn, app: &App, form: &InvitationForm) -> CoreResult<Membership> {
    let (by, user, digest) = (me.actor(), me.user().clone(), form.digest(app));
    let member = app.db.write(move |tx| organizations::accept(tx, &by, &user, digest)).await?;
    me.tell(format!("You are in {}", member.organization_name), "Welcome.")
        .map_err(super::Failure::into_inner)?;
    Ok(member)
}

/// Someone who has an account, and signs in as they join.
async fn join_known(
    req: &HttpRequest,
    app: &App,
    session: &Session,
    form: &InvitationForm,
) -> CoreResult<Membership> {
    let (user, attempt) = login::recognise(app, req, &form.email, form.password.clone())
        .await?
        .ok_or_else(|| Error::field("password", "E-mail and password do not match."))?;
    let (by, digest, whose) = (actor(req, &user), form.digest(app), user.clone());
    let accept = app.db.write(move |tx| organizations::accept(tx, &by, &whose, digest));
    let member = accept.await?;
    let signed_in = login::sign_in(app, req, session, &user, Some(attempt)).await;
    signed_in.map_err(super::Failure::into_inner)?;
    Ok(member)
}

/// Someone who has none: account and membership are made together, or neither is.
async fn join_new(
    req: &HttpRequest,
    app: &App,
    session: &Session,
    form: &InvitationForm,
) -> CoreResult<Membership> {
    let (digest, now) = (form.digest(app), app.clock.now());
    let open = app.db.read(move |conn| organizations::open_invitation(conn, digest, now));
    open.await?;
    let password = app.passwords.hash("password", form.password.clone()).await?;
    let nobody = Actor { address: client::address(req), ..Actor::system() };
    let (typed, request_id, address) = (form.clone(), log::request_id(req), client::address(req));
    let made = app.db.write(move |tx| {
        let user =
            accounts::create(tx, &nobody, &typed.email, &typed.name, Some(&password), false)?;
        let (who, name) = (Who::User(user.id), user.name.clone());
        let by = Actor { who, name, address, request_id };
        let member = organizations::accept(tx, &by, &user, digest).map_err(of_address)?;
        Ok((user, member))
    });
    let (user, member) = made.await?;
    let signed_in = login::sign_in(app, req, session, &user, None).await;
    signed_in.map_err(super::Failure::into_inner)?;
    Ok(member)
}

/// The address of a new account is still to be chosen.
fn of_address(error: Error) -> Error {
    match error {
        Error::Invalid(problems) if problems.iter().any(|one| one.message.contains(" is for ")) => {
            Error::field("email", "Use the address that the invitation is for.")
        }
        other => other,
    }
}

fn actor(req: &HttpRequest, user: &User) -> Actor {
    Actor {
        who: Who::User(user.id),
        name: user.name.clone(),
        address: client::address(req),
        request_id: log::request_id(req),
    }
}
