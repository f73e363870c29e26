//! What a proxy would be answered about a token, worked out as the real answer is and told to
//! whoever configures it. Nothing is noted: a look is no use.
use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, HeaderName, HeaderValue};

use crate::error::{Error, Result};
use crate::http::App;
use crate::http::authentication::{look_up, refusal};
use crate::http::challenge::{Challenge, pointed};
use crate::http::credential::{self, Credential, NOT_VALID};
use crate::http::forward::Gate;
use crate::web::failure::sentence;

/// In the place of a JWT, which is for the service alone.
const SWAPPED: (HeaderName, HeaderValue) =
    (AUTHORIZATION, HeaderValue::from_static("Bearer (a JWT that ends within the minute)"));

/// The answer, in words and as the proxy would hear it.
pub struct Trial {
    pub status: u16,
    pub lets_in: bool,
    /// What was wrong with the token, or what it lacks.
    why: String,
    /// Nobody knows the token: it may only be mistyped.
    is_unknown: bool,
    /// Names and values, in the order in which they are sent.
    pub headers: Vec<(String, String)>,
}

impl Trial {
    /// `typed` is a token in any form in which one is presented.
    ///
    /// # Errors
    /// `Unavailable`, while nothing can be said of any token.
    pub async fn of(app: &App, gate: &Gate, typed: &str) -> Result<Self> {
        let known = match read(typed) {
            Ok(credential) => look_up(app, &credential).await,
            Err(refused) => Err(refused),
        };
        let verdict = match known {
            Ok(verdict) => verdict,
            Err(Error::InvalidToken(why)) => {
                return Ok(Self::unauthorized(app, &why, why == NOT_VALID));
            }
            Err(failed) => return Err(failed),
        };
        if let Some(why) = refusal(app, &verdict, app.clock.now()) {
            return Ok(Self::unauthorized(app, &why, false));
        }
        match gate.admit(&verdict, None) {
            Ok(headers) => {
                let swapped = gate.swap.then_some(SWAPPED);
                Ok(Self::new(StatusCode::OK, "", swapped.into_iter().chain(headers)))
            }
            Err(lacking) => {
                let error = Some(("insufficient_scope", lacking.why.as_str()));
                let challenge = Challenge { error, scope: lacking.scope.as_deref() };
                Ok(Self::refused(StatusCode::FORBIDDEN, &lacking.why, challenge.bearer()))
            }
        }
    }

    /// Why not, for a person.
    pub fn sentence(&self) -> String {
        if self.is_unknown {
            return "Jeton knows no such token. Was all of it copied?".to_owned();
        }
        sentence(&self.why)
    }

    fn unauthorized(app: &App, why: &str, is_unknown: bool) -> Self {
        let challenge = Challenge { error: Some(("invalid_token", why)), scope: None };
        let challenge = pointed(challenge.bearer(), &app.config.public_url);
        Self { is_unknown, ..Self::refused(StatusCode::UNAUTHORIZED, why, challenge) }
    }

    fn refused(status: StatusCode, why: &str, challenge: HeaderValue) -> Self {
        let name = HeaderName::from_static("www-authenticate");
        Self::new(status, why, [(name, challenge)])
    }

    fn new(
        status: StatusCode,
        why: &str,
        headers: impl IntoIterator<Item = (HeaderName, HeaderValue)>,
    ) -> Self {
        let text = |value: HeaderValue| value.to_str().unwrap_or_default().to_owned();
        let headers = headers.into_iter().map(|(name, value)| (name.to_string(), text(value)));
        Self {
            status: status.as_u16(),
            lets_in: status.is_success(),
            why: why.to_owned(),
            is_unknown: false,
            headers: headers.collect(),
        }
    }
}

/// The bare token, or what stands in the header, with or without its name.
fn read(typed: &str) -> Result<Credential> {
    let text = typed.trim();
    let text = match text.split_once(':') {
        Some((name, value)) if name.eq_ignore_ascii_case("authorization") => value.trim(),
        _ => text,
    };
    match text.split_once(' ') {
        Some((scheme, _)) if scheme.eq_ignore_ascii_case("bearer") => credential::authorized(text),
        _ => credential::bearer(text),
    }
}
