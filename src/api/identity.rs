//! Who is calling. [`identify`] settles it once per request, before any body is read; the
//! extractors are proofs that other code cannot make.
use std::future::{Ready, ready};
use std::marker::PhantomData;

use actix_web::body::MessageBody;
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use chrono::{DateTime, Utc};

use super::permission::Permission;
use super::{Failure, Result};
use crate::access::{Grant, Permissions, Power};
use crate::audit::Actor;
use crate::error::Error;
use crate::http::authentication::{Authenticated, active, authenticate, named_organization, note};
use crate::http::{App, nul};
use crate::id::{OrganizationId, UserId};
use crate::tokens::{Held, Holder, Outcome, Verdict};

/// Looks the presented token up; afterwards notes its use, and says when it ends.
pub async fn identify(
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> std::result::Result<ServiceResponse, actix_web::Error> {
    if let Err(refused) = nul::refuse_in_address(req.request()) {
        return Ok(req.error_response(Failure::from(refused)));
    }
    let known = match authenticate(req.request()).await {
        Ok(Some(known)) => known,
        Ok(None) => return Ok(next.call(req).await?.map_into_boxed_body()),
        Err(refused) => return Ok(req.error_response(Failure::of_credential(refused))),
    };
    req.extensions_mut().insert(known.clone());
    let mut res = next.call(req).await?.map_into_boxed_body();
    let refused = res.status() == StatusCode::FORBIDDEN;
    let outcome = if refused { Outcome::Refused } else { Outcome::Accepted };
    if let Some(app) = res.request().app_data::<Data<App>>() {
        note(res.request(), app, &known, outcome);
    }
    if let Some((name, value)) = known.expiry() {
        res.headers_mut().insert(name, value);
    }
    Ok(res)
}

/// Proof that the request carries a token that is good.
#[derive(Debug, Clone)]
pub struct Caller {
    known: Authenticated,
    actor: Actor,
}

impl Caller {
    fn of(req: &HttpRequest) -> Result<Self> {
        let known = req.extensions().get::<Authenticated>().cloned();
        let known = known.ok_or(Error::Unauthenticated)?;
        Ok(Self { actor: known.actor(req), known })
    }

    pub fn verdict(&self) -> &Verdict {
        &self.known.verdict
    }

    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// Whose token it is.
    pub fn holder(&self) -> Holder {
        self.verdict().holder()
    }

    /// What kind of token it is, as a sentence has it.
    fn kind(&self) -> &'static str {
        match self.verdict().holder {
            Held::Organization { .. } => "an organization token",
            Held::ServiceAccount { .. } => "a service account's token",
            Held::Person { .. } => "a personal access token",
        }
    }

    /// Whoever has the token at hand may end or replace it; no permission is asked for. A JWT is not
    /// the token: it is passed on to services, and what it could make of itself would outlive it.
    ///
    /// # Errors
    /// `Forbidden` for a JWT.
    pub fn itself(&self) -> Result<()> {
        match self.verdict().derived {
            None => Ok(()),
            Some(_) => Err(Error::forbidden(
                "an access token of the exchange cannot do this; use the token that it was made from",
            )
            .into()),
        }
    }
}

impl FromRequest for Caller {
    type Error = Failure;
    type Future = Ready<Result<Self>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(req))
    }
}

/// Proof that the token holds `P` in the active organization: the one in the path, or the one that
/// `X-Organization` names, or the token's own.
#[derive(Debug)]
pub struct May<P> {
    caller: Caller,
    organization: OrganizationId,
    power: Power,
    permission: PhantomData<P>,
}

impl<P: Permission> May<P> {
    fn of(req: &HttpRequest) -> Result<Self> {
        let caller = Caller::of(req)?;
        let reach = active(caller.verdict(), named(req)?)?;
        if !reach.power.allows(P::RESOURCE, P::LEVEL, None) {
            return Err(Failure::lacks(P::name(), beyond::<P>(&caller, &reach.slug, &reach.power)));
        }
        let (organization, power) = (reach.organization, reach.power.clone());
        Ok(Self { caller, organization, power, permission: PhantomData })
    }
}

impl<P> May<P> {
    pub fn organization(&self) -> OrganizationId {
        self.organization
    }

    /// The organization, as the holder of its tokens.
    pub fn holder(&self) -> Holder {
        Holder::Organization(self.organization)
    }

    pub fn power(&self) -> &Power {
        &self.power
    }

    pub fn actor(&self) -> &Actor {
        &self.caller.actor
    }

    /// What the token can give away: what it holds itself, for as long as it lives.
    pub fn grant(&self) -> Grant {
        Grant { power: self.power.clone(), ends: self.caller.verdict().ends() }
    }
}

impl<P: Permission> FromRequest for May<P> {
    type Error = Failure;
    type Future = Ready<Result<Self>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(req))
    }
}

/// The organization that the request names.
fn named(req: &HttpRequest) -> Result<Option<&str>> {
    if let Some(named) = req.match_info().get("organization") {
        return Ok(Some(named));
    }
    Ok(named_organization(req)?)
}

/// Why the token does not reach, and whose would.
fn beyond<P: Permission>(caller: &Caller, slug: &str, power: &Power) -> String {
    let name = P::name();
    let most = power.standing.level(P::RESOURCE);
    match (caller.verdict().user().is_some(), most.is_some_and(|most| most >= P::LEVEL)) {
        (_, true) => format!("the token does not hold {name}; use one that does"),
        (true, false) => format!("only owners of {slug} can do this; ask one of them"),
        (false, false) => format!(
            "{} cannot do this; use a personal access token of an owner, with {name}",
            caller.kind(),
        ),
    }
}

/// Proof that it is a platform admin's own token, and that it holds everything its holder may do.
#[derive(Debug)]
pub struct PlatformAdmin(Caller);

impl PlatformAdmin {
    pub fn actor(&self) -> &Actor {
        &self.0.actor
    }
}

impl FromRequest for PlatformAdmin {
    type Error = Failure;
    type Future = Ready<Result<Self>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Caller::of(req).and_then(|caller| {
            if caller.verdict().runs_the_instance() {
                return Ok(Self(caller));
            }
            let whose =
                "use a personal access token of a platform admin, with everything they may do";
            Err(Error::forbidden(format!("this token cannot do this; {whose}")).into())
        }))
    }
}

/// Proof that it is a person's own token, and that it reaches that person's tokens at the level of
/// `P`: it holds everything, or lists `P`.
#[derive(Debug)]
pub struct InPerson<P> {
    caller: Caller,
    user: UserId,
    picked: Option<Permissions>,
    permission: PhantomData<P>,
}

impl<P: Permission> InPerson<P> {
    fn of(req: &HttpRequest) -> Result<Self> {
        let caller = Caller::of(req)?;
        // A personal token reaches all of the person's organizations, a JWT one: it would give away
        // more than it has.
        caller.itself()?;
        let Held::Person { user, picked, .. } = caller.verdict().holder.clone() else {
            let kind = caller.kind();
            let why = format!("{kind} belongs to no person; use a personal access token");
            return Err(Failure::lacks(P::name(), why));
        };
        let held = |picked: &Permissions| picked.get(P::RESOURCE).is_some_and(|&l| l >= P::LEVEL);
        if !picked.as_ref().is_none_or(held) {
            let why = format!("the token does not hold {}; use one that does", P::name());
            return Err(Failure::lacks(P::name(), why));
        }
        Ok(Self { caller, user, picked, permission: PhantomData })
    }
}

impl<P> InPerson<P> {
    pub fn user(&self) -> UserId {
        self.user
    }

    pub fn holder(&self) -> Holder {
        Holder::Person(self.user)
    }

    pub fn actor(&self) -> &Actor {
        &self.caller.actor
    }

    /// What the token can give away: what was picked for it, for as long as it lives.
    pub fn giver(&self) -> (Option<Permissions>, Option<DateTime<Utc>>) {
        (self.picked.clone(), self.caller.verdict().ends())
    }
}

impl<P: Permission> FromRequest for InPerson<P> {
    type Error = Failure;
    type Future = Ready<Result<Self>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(req))
    }
}
