//! The service that asks. It says who it is with a token of its organization that holds
//! `introspection:read`: as `Bearer`, or as the secret of a client of any name (RFC 6749 section 2.3.1).
use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use url::form_urlencoded;

use super::form::Form;
use super::{Failure, Result};
use crate::access::Level;
use crate::error::Error;
use crate::http::App;
use crate::http::authentication::{Authenticated, X_ORGANIZATION, accept, note};
use crate::http::credential::{self, Credential};
use crate::id::OrganizationId;
use crate::tokens::{Agent, Outcome, Reach};

const PERMISSION: &str = "introspection:read";

/// Proof that the caller may ask about the tokens of an organization.
pub struct Client {
    pub known: Authenticated,
    pub organization: OrganizationId,
}

impl Client {
    pub async fn authenticate(req: &HttpRequest, app: &Data<App>, form: &Form) -> Result<Self> {
        let (credential, is_client) = presented(req, form)?;
        let known = accept(req, &credential).await.map_err(|refused| match refused {
            Error::InvalidToken(why) if is_client => Failure::invalid_client(why),
            refused => refused.into(),
        })?;
        match organization(req, &known) {
            Ok(organization) => {
                note(req, app, &known, Outcome::Accepted);
                Ok(Self { known, organization })
            }
            Err(refused) => {
                note(req, app, &known, Outcome::Refused);
                Err(refused)
            }
        }
    }

    /// How the record of use names it.
    pub fn agent(&self) -> Agent<'_> {
        Agent::Service(&self.known.verdict.name)
    }
}

/// The credential, and whether it came as a client's secret.
fn presented(req: &HttpRequest, form: &Form) -> Result<(Credential, bool)> {
    let header = credential::authorization(req.headers())?;
    let nobody = |_| Failure::invalid_client(credential::NOT_VALID);
    match (header, form.one("client_secret")?) {
        (Some(_), Some(_)) => {
            let why = "say who you are in one way: in the Authorization header or in the form";
            Err(Failure::invalid_request(why))
        }
        (Some(text), None) => match credential::basic(text) {
            Some(basic) => {
                let (_, secret) = basic.map_err(nobody)?;
                Ok((credential::bearer(&decoded(&secret)).map_err(nobody)?, true))
            }
            None => Ok((credential::authorized(text)?, false)),
        },
        (None, Some(secret)) => Ok((credential::bearer(secret).map_err(nobody)?, true)),
        (None, None) => Err(Failure::invalid_client(format!(
            "say who you are with a token that holds {PERMISSION}"
        ))),
    }
}

/// RFC 6749 section 2.3.1 encodes both parts as a form does.
fn decoded(secret: &str) -> String {
    let mut pairs = form_urlencoded::parse(secret.as_bytes());
    pairs.next().map(|(text, _)| text.into_owned()).unwrap_or_default()
}

/// The organization whose tokens it may ask about. A person who may in several names one.
fn organization(req: &HttpRequest, known: &Authenticated) -> Result<OrganizationId> {
    let named = req.headers().get(X_ORGANIZATION).map(|name| name.to_str().unwrap_or_default());
    let may = |reach: &&Reach| {
        reach.power.allows("introspection", Level::Read, None)
            && named.is_none_or(|name| reach.is_named(name))
    };
    let mut reaches = known.verdict.reaches().iter().filter(may);
    match (reaches.next(), reaches.next()) {
        (Some(only), None) => Ok(only.organization),
        (Some(_), Some(_)) => Err(Failure::invalid_request(
            "the token reaches several organizations: name one in X-Organization",
        )),
        // RFC 7662 section 2.3: 401, although the token itself is good.
        (None, _) => Err(Failure::insufficient_scope(
            format!("the token does not hold {PERMISSION}"),
            Some(PERMISSION.into()),
        )
        .with_status(StatusCode::UNAUTHORIZED)),
    }
}
