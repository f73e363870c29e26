//! One parser for every way in which a token is presented.
use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use base64::prelude::{BASE64_STANDARD as STANDARD, Engine as _};
use secrecy::SecretString;

use crate::error::{Error, Result};
use crate::exchange;
use crate::format::Kind;
use crate::secret::PlainToken;

/// A credential as it was presented; nothing is known of it yet.
#[derive(Debug)]
pub struct Credential {
    pub presented: Presented,
    /// The organization named in `OAT#{org}#{token}`: its id or its slug.
    pub organization: Option<String>,
}

#[derive(Debug)]
pub enum Presented {
    /// A token whose checksum is right.
    Secret(PlainToken),
    /// What may be an access token of the exchange.
    Jwt(SecretString),
}

/// Flat on purpose: a stranger learns nothing of what was wrong.
pub const NOT_VALID: &str = "the access token is not valid";

/// Reads the `Authorization` header; `None` where there is none.
///
/// # Errors
/// `InvalidRequest` for more than one credential and for one in the URL, `InvalidToken` for what is
/// not a token of ours.
pub fn read(headers: &HeaderMap, query: &str) -> Result<Option<Credential>> {
    if query.split('&').any(|pair| pair.split('=').next() == Some("access_token")) {
        return Err(Error::InvalidRequest(
            "a token is sent in the Authorization header, never in the URL".into(),
        ));
    }
    let Some(text) = authorization(headers)? else { return Ok(None) };
    let scheme = text.split_once(' ').map_or(text, |(scheme, _)| scheme);
    if scheme.contains('#') || scheme.eq_ignore_ascii_case("bearer") {
        return authorized(text).map(Some);
    }
    Err(Error::InvalidToken("send the token as Authorization: Bearer".into()))
}

/// The same for a proxy's question, where `Basic` with the token as password will do as well.
pub fn read_for_proxy(headers: &HeaderMap) -> Result<Option<Credential>> {
    let Some(text) = authorization(headers)? else { return Ok(None) };
    match basic(text) {
        Some(basic) => bearer(&basic?.1).map(Some),
        None => authorized(text).map(Some),
    }
}

/// The one `Authorization` header, if there is one.
pub fn authorization(headers: &HeaderMap) -> Result<Option<&str>> {
    let mut values = headers.get_all(AUTHORIZATION);
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Error::InvalidRequest("send one credential, not several".into()));
    }
    value.to_str().map(|text| Some(text.trim())).map_err(|_| nobodys())
}

/// Reads a whole `Authorization` header that is not `Basic`.
pub fn authorized(text: &str) -> Result<Credential> {
    if let Some(numbered) = strip_oat(text) {
        return numbered;
    }
    match text.split_once(' ') {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("bearer") => bearer(rest.trim()),
        _ => Err(nobodys()),
    }
}

/// User and password of `Basic` (RFC 7617); `None` for another scheme.
pub fn basic(text: &str) -> Option<Result<(String, String)>> {
    let (scheme, encoded) = text.split_once(' ')?;
    scheme.eq_ignore_ascii_case("basic").then(|| {
        let bytes = STANDARD.decode(encoded.trim()).map_err(|_| nobodys())?;
        let text = String::from_utf8(bytes).map_err(|_| nobodys())?;
        let (user, password) = text.split_once(':').ok_or_else(nobodys)?;
        Ok((user.to_owned(), password.to_owned()))
    })
}

fn nobodys() -> Error {
    Error::InvalidToken(NOT_VALID.into())
}

/// Reads what stands after `Bearer`.
pub fn bearer(text: &str) -> Result<Credential> {
    if let Some(numbered) = strip_oat(text) {
        return numbered;
    }
    let plain = match text.split_once(' ') {
        Some(("User", hex)) => PlainToken::from_hex(Kind::Pat, hex.trim()),
        Some(("ServiceAccount", hex)) => PlainToken::from_hex(Kind::Sat, hex.trim()),
        _ => PlainToken::parse(text),
    };
    let presented = match plain {
        Some(plain) => Presented::Secret(plain),
        None if is_jwt(text) => Presented::Jwt(text.into()),
        None => return Err(nobodys()),
    };
    Ok(Credential { presented, organization: None })
}

/// Three parts in base64url, the first of which is a JSON object.
fn is_jwt(text: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    text.len() <= exchange::LONGEST
        && text.starts_with("ey")
        && text.split('.').count() == 3
        && text.split('.').all(is_part)
}

/// `OAT#{org}#{token}`, `OAT` in any case; `None` for what does not begin so.
fn strip_oat(text: &str) -> Option<Result<Credential>> {
    let (prefix, rest) = text.split_once('#')?;
    if !prefix.eq_ignore_ascii_case("oat") {
        return None;
    }
    let credential = rest.split_once('#').and_then(|(organization, token)| {
        let plain = PlainToken::parse(token).filter(|plain| plain.kind() == Kind::Oat)?;
        let presented = Presented::Secret(plain);
        Some(Credential { presented, organization: Some(organization.to_owned()) })
    });
    Some(credential.ok_or_else(nobodys))
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn read_one(value: &str) -> Result<Option<Credential>> {
        let mut headers = HeaderMap::new();
        headers.append(AUTHORIZATION, HeaderValue::from_str(value).unwrap());
        read(&headers, "")
    }

    #[test]
    fn every_form_is_understood() {
        let word = PlainToken::generate(Kind::Oat).reveal().to_string();
        for form in [
            format!("Bearer {word}"),
            format!("bearer  {word}"),
            format!("Bearer OAT#acme#{word}"),
            format!("Bearer oat#12#{word}"),
            format!("OAT#acme#{word}"),
            format!("oAt#12#{word}"),
        ] {
            let credential = read_one(&form).unwrap().unwrap();
            assert_eq!(kind(&credential), Some(Kind::Oat));
            assert_eq!(credential.organization.is_some(), form.contains('#'));
        }
        let person = PlainToken::generate(Kind::Pat).reveal();
        let form = format!("Bearer {}", person.rest().unwrap());
        assert_eq!(kind(&read_one(&form).unwrap().unwrap()), Some(Kind::Pat));
        let account = PlainToken::generate(Kind::Sat).reveal();
        let form = format!("Bearer {}", account.rest().unwrap());
        assert_eq!(kind(&read_one(&form).unwrap().unwrap()), Some(Kind::Sat));
        assert_eq!(kind(&read_one("bearer eyJh.e-_0.c2ln").unwrap().unwrap()), None, "a JWT");
    }

    fn kind(credential: &Credential) -> Option<Kind> {
        match &credential.presented {
            Presented::Secret(plain) => Some(plain.kind()),
            Presented::Jwt(_) => None,
        }
    }

    #[test]
    fn what_is_not_a_token_of_ours_is_refused() {
        let word = PlainToken::generate(Kind::Oat).reveal().to_string();
        let person = PlainToken::generate(Kind::Pat).reveal().to_string();
        for form in [
            "Bearer".to_owned(),
            "Bearer jtn_oat_x".to_owned(),
            format!("Bearer {}", &word[..56]),
            format!("Bearer {word}x"),
            format!("Basic {word}"),
            word.clone(),
            format!("OAT#{word}"),
            format!("OAT#acme#{person}"),
            "Bearer User 00ff".to_owned(),
            format!("Bearer user {}", "0".repeat(64)),
            "Bearer eyJh.e30".to_owned(),
            "Bearer eyJh.e30.".to_owned(),
            "Bearer eyJh.e30.c2ln.c2ln".to_owned(),
            "Bearer eyJh.e30=.c2ln".to_owned(),
            format!("Bearer eyJh.{}.c2ln", "A".repeat(exchange::LONGEST)),
        ] {
            assert!(matches!(read_one(&form), Err(Error::InvalidToken(_))), "{form}");
        }
    }

    #[test]
    fn two_credentials_are_one_too_many() {
        let mut headers = HeaderMap::new();
        headers.append(AUTHORIZATION, HeaderValue::from_static("Bearer a"));
        headers.append(AUTHORIZATION, HeaderValue::from_static("Bearer b"));
        assert!(matches!(read(&headers, ""), Err(Error::InvalidRequest(_))));
        let refused = read(&HeaderMap::new(), "a=b&access_token=x");
        assert!(matches!(refused, Err(Error::InvalidRequest(_))));
    }

    proptest! {
        #[test]
        fn whatever_is_sent_nothing_breaks(value in ".*", scheme in "(Bearer|Basic|OAT#[a-z]*#|User)?") {
            let _ = bearer(&value);
            let _ = authorized(&format!("{scheme} {value}"));
            let _ = basic(&format!("{scheme} {value}"));
            if let Ok(header) = HeaderValue::from_str(&format!("{scheme} {value}")) {
                let mut headers = HeaderMap::new();
                headers.append(AUTHORIZATION, header);
                let _ = (read(&headers, ""), read_for_proxy(&headers));
            }
        }

        #[test]
        fn a_token_survives_basic(user in "[^:]*") {
            let word = PlainToken::generate(Kind::Oat).reveal().to_string();
            let sent = STANDARD.encode(format!("{user}:{word}"));
            let (_, password) = basic(&format!("basic {sent}")).unwrap().unwrap();
            prop_assert_eq!(password, word);
        }
    }
}
