//! Who is asking. [`identify`] settles it once per request, before any body is read; the extractors
//! are proofs that other code cannot make.
use std::future::{Ready, ready};
use std::rc::Rc;

use actix_session::{Session, SessionExt};
use actix_web::body::MessageBody;
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage, HttpRequest};

use super::notice::Notice;
use super::{Failure, Result};
use crate::access::Grant;
use crate::accounts::{self, User};
use crate::audit::{Actor, Who};
use crate::error::Error;
use crate::http::{App, client, log, nul, origin};
use crate::id::{OrganizationId, SessionId, UserId};
use crate::organizations::{self, Membership};
use crate::sessions;

#[derive(Debug)]
struct Known {
    user: User,
    memberships: Vec<Membership>,
    session: SessionId,
}

/// Looks the session's user up, with what they belong to; refuses forms from other sites.
pub async fn identify(
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> std::result::Result<ServiceResponse, actix_web::Error> {
    let checked = origin::check(req.request()).and(nul::refuse_in_address(req.request()));
    let known = match checked {
        Ok(()) => know(&req).await,
        Err(foreign) => Err(foreign),
    };
    match known {
        Ok(Some(known)) => drop(req.extensions_mut().insert(Rc::new(known))),
        Ok(None) => {}
        Err(error) => return Ok(req.error_response(Failure::from(error))),
    }
    Ok(next.call(req).await?.map_into_boxed_body())
}

async fn know(req: &ServiceRequest) -> Result<Option<Known>, Error> {
    let session = req.get_session();
    if session.contains_key(sessions::UNREAD) {
        return Err(Error::Unavailable(anyhow::anyhow!("the session could not be loaded")));
    }
    let (Ok(Some(user)), Ok(Some(id))) =
        (session.get::<UserId>(sessions::USER), session.get::<SessionId>(sessions::ID))
    else {
        return Ok(None);
    };
    let app = req.app_data::<Data<App>>().ok_or_else(|| anyhow::anyhow!("no App"))?;
    app.db
        .read(move |conn| {
            let Some(user) = accounts::by_id(conn, user)?.filter(|u| u.disabled_at.is_none())
            else {
                return Ok(None);
            };
            let memberships = organizations::memberships(conn, user.id)?;
            Ok(Some(Known { user, memberships, session: id }))
        })
        .await
}

/// Proof that someone is signed in.
#[derive(Clone)]
pub struct SignedIn {
    known: Rc<Known>,
    actor: Actor,
    browser: Session,
    path: String,
}

impl SignedIn {
    /// For pages that anyone may see, which look different to whoever is signed in.
    pub fn of(req: &HttpRequest) -> Option<Self> {
        let known = req.extensions().get::<Rc<Known>>()?.clone();
        let actor = Actor {
            who: Who::User(known.user.id),
            name: known.user.name.clone(),
            address: client::address(req),
            request_id: log::request_id(req),
        };
        let path = if req.method().is_safe() { req.uri().to_string() } else { "/".into() };
        Some(Self { known, actor, browser: req.get_session(), path })
    }

    pub fn user(&self) -> &User {
        &self.known.user
    }

    /// Organizations that are not suspended, by name.
    pub fn memberships(&self) -> &[Membership] {
        &self.known.memberships
    }

    pub fn session(&self) -> SessionId {
        self.known.session
    }

    pub fn actor(&self) -> Actor {
        self.actor.clone()
    }

    /// The page that is asked for, to come back to. The answer to a form is not to be asked for.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Has the next page say what was done, and what follows from it.
    pub fn tell(&self, title: impl Into<String>, detail: impl Into<String>) -> Result<()> {
        Ok(Notice::leave(&self.browser, title, detail)?)
    }

    /// What the page before had to say, once.
    pub fn told(&self) -> Option<Notice> {
        Notice::take(&self.browser)
    }
}

impl FromRequest for SignedIn {
    type Error = Failure;
    type Future = Ready<Result<Self>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(req).ok_or(Error::Unauthenticated.into()))
    }
}

/// Proof that someone runs this instance.
#[derive(Clone, derive_more::Deref)]
pub struct PlatformAdmin(SignedIn);

impl FromRequest for PlatformAdmin {
    type Error = Failure;
    type Future = Ready<Result<Self>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let me = SignedIn::of(req).ok_or(Error::Unauthenticated);
        ready(me.map_err(Failure::from).and_then(|me| {
            if me.user().is_admin {
                return Ok(Self(me));
            }
            Err(Error::forbidden("only platform admins can do this; ask one of them").into())
        }))
    }
}

/// Proof that someone belongs to the organization in the path. To everyone else it is not there.
#[derive(Clone)]
pub struct Member {
    me: SignedIn,
    membership: Membership,
}

impl Member {
    pub fn of(req: &HttpRequest) -> Result<Self> {
        let me = SignedIn::of(req).ok_or(Error::Unauthenticated)?;
        let slug = req.match_info().get("slug").unwrap_or_default();
        let membership = me.memberships().iter().find(|membership| membership.slug == slug);
        let membership = membership.cloned().ok_or(Error::NotFound("organization"))?;
        Ok(Self { me, membership })
    }

    pub fn me(&self) -> &SignedIn {
        &self.me
    }

    pub fn membership(&self) -> &Membership {
        &self.membership
    }

    pub fn organization(&self) -> OrganizationId {
        self.membership.organization
    }

    pub fn slug(&self) -> &str {
        &self.membership.slug
    }

    pub fn is_owner(&self) -> bool {
        self.membership.power.standing.is_owner()
    }

    pub fn actor(&self) -> Actor {
        self.me.actor()
    }
}

impl FromRequest for Member {
    type Error = Failure;
    type Future = Ready<Result<Self>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(req))
    }
}

/// Proof that someone owns the organization in the path.
#[derive(Clone, derive_more::Deref)]
pub struct Owner(Member);

impl Owner {
    /// An owner in person can give away everything.
    pub fn grant(&self) -> Grant {
        Grant::of_owner()
    }
}

impl FromRequest for Owner {
    type Error = Failure;
    type Future = Ready<Result<Self>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Member::of(req).and_then(|member| {
            if member.is_owner() {
                return Ok(Self(member));
            }
            let owners = format!(
                "only owners of {} can do this; ask one of them",
                member.membership.organization_name
            );
            Err(Error::forbidden(owners).into())
        }))
    }
}
