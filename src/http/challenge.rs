//! `WWW-Authenticate`, as RFC 6750 section 3 has it.
use actix_web::http::header::HeaderValue;

use crate::config::PublicUrl;

/// Without an error where no credential was sent.
#[derive(Debug, Clone, Default)]
pub struct Challenge<'a> {
    pub error: Option<(&'a str, &'a str)>,
    /// What would have been enough.
    pub scope: Option<&'a str>,
}

impl Challenge<'_> {
    pub fn bearer(&self) -> HeaderValue {
        let error = self.error.map(|(error, why)| {
            format!(", error=\"{error}\", error_description=\"{}\"", describable(why))
        });
        let scope = self.scope.map(|scope| format!(", scope=\"{}\"", describable(scope)));
        let said = error.unwrap_or_default() + &scope.unwrap_or_default();
        let text = format!("Bearer realm=\"jeton\"{said}");
        HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("Bearer realm=\"jeton\""))
    }
}

/// A Bearer challenge that says where to read who issues tokens (RFC 9728 section 5.1); another
/// stays as it is.
pub fn pointed(challenge: HeaderValue, url: &PublicUrl) -> HeaderValue {
    let text = challenge.to_str().ok().filter(|text| text.starts_with("Bearer "));
    let pointed = text.and_then(|text| {
        let at = format!("{url}/.well-known/oauth-protected-resource");
        HeaderValue::try_from(format!("{text}, resource_metadata=\"{at}\"")).ok()
    });
    pointed.unwrap_or(challenge)
}

/// The characters that RFC 6750 allows in a description.
pub fn describable(text: &str) -> String {
    let allowed = |c| match c {
        '“' | '”' | '"' => '\'',
        ' '..='~' if c != '\\' => c,
        _ => '?',
    };
    text.chars().map(allowed).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn whatever_was_wrong_the_header_is_one_line_of_ascii(why in ".*", scope in ".*") {
            let challenge =
                Challenge { error: Some(("invalid_token", &why)), scope: Some(&scope) };
            let header = challenge.bearer();
            let text = header.to_str().unwrap();
            prop_assert!(text.bytes().all(|byte| (0x20..0x7f).contains(&byte)));
            prop_assert_eq!(text.matches('"').count(), 8);
        }
    }
}
