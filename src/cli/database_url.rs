//! `DATABASE_URL`: its shape is checked here, because the driver's complaint about a malformed one
//! would quote it, password and all; and what else must be known or changed in it.
use std::path::Path;

use anyhow::bail;
use secrecy::{ExposeSecret, SecretString};

const HIDDEN: &str = "****";

/// # Errors
/// When it is not a URL of PostgreSQL that can only be read in one way.
pub fn check(url: &SecretString) -> anyhow::Result<()> {
    let well_formed = rest(url.expose_secret()).is_some_and(|rest| {
        let before_at = rest.split_once('@').map_or("", |(user, _)| user);
        let percent = |part: &str| part.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2;
        rest.matches('@').count() <= 1
            && !before_at.contains(['/', '?'])
            && rest.split('%').skip(1).all(percent)
    });
    if well_formed {
        return Ok(());
    }
    bail!(
        "DATABASE_URL is malformed: expected postgres://user:password@host:5432/database, with \
         special characters in the password as in a URL (%40 for @, %2F for /, %3F for ?, %25 for %)"
    );
}

/// The URL as it may be printed.
pub fn masked(url: &SecretString) -> String {
    let url = url.expose_secret();
    let (address, query) = url.split_once('?').unwrap_or((url, ""));
    let address = address.split_once('@').map_or_else(
        || address.to_owned(),
        |(user, host)| match user.rsplit_once(':') {
            Some((user, password)) if !password.starts_with("//") => {
                format!("{user}:{HIDDEN}@{host}")
            }
            _ => format!("{user}@{host}"),
        },
    );
    let options: Vec<_> =
        query.split('&').filter(|option| !option.is_empty()).map(option).collect();
    if options.is_empty() { address } else { format!("{address}?{}", options.join("&")) }
}

/// Names the system's certificate authorities where the URL asks for them: in so many words, or by
/// asking for verification without naming any. An OpenSSL of our own does not know where they are.
pub fn trusting(url: &SecretString, system: Option<&Path>) -> SecretString {
    let Some(system) = system.and_then(Path::to_str) else { return url.clone() };
    let (mode, root) = (parameter(url, "sslmode"), parameter(url, "sslrootcert"));
    let asks = matches!(
        (root.as_deref(), mode.as_deref()),
        (Some("system"), _) | (None, Some("verify-ca" | "verify-full"))
    );
    if !asks {
        return url.clone();
    }
    let (address, query) = split(url);
    let kept = query.split('&').filter(|it| !it.is_empty() && !it.starts_with("sslrootcert="));
    let mut query: Vec<_> = kept.map(str::to_owned).collect();
    if mode.is_none() {
        // As libpq has it for sslrootcert=system.
        query.push("sslmode=verify-full".into());
    }
    query.push(format!("sslrootcert={}", encode(system)));
    format!("{address}?{}", query.join("&")).into()
}

/// Whether no connection without TLS will do.
pub fn asks_for_tls(url: &SecretString) -> bool {
    let mode = parameter(url, "sslmode").unwrap_or_default();
    mode == "require" || mode.starts_with("verify-") || parameter(url, "sslrootcert").is_some()
}

/// The URL without its password, and the password: for a program whose command line others see.
pub fn without_password(url: &SecretString) -> (String, Option<SecretString>) {
    let (address, query) = split(url);
    let (mut address, mut password) = (address.to_owned(), None);
    let (scheme, rest) = address.split_once("://").unwrap_or(("", &address));
    if let Some((user, host)) = rest.split_once('@')
        && let Some((user, secret)) = user.split_once(':')
    {
        password = Some(decode(secret).into());
        address = format!("{scheme}://{user}@{host}");
    }
    let (secret, kept): (Vec<_>, Vec<_>) = query
        .split('&')
        .filter(|option| !option.is_empty())
        .partition(|option| option.starts_with("password="));
    if let Some((_, secret)) = secret.first().and_then(|option| option.split_once('=')) {
        password = Some(decode(secret).into());
    }
    let query = if kept.is_empty() { String::new() } else { format!("?{}", kept.join("&")) };
    (address + &query, password)
}

fn split(url: &SecretString) -> (&str, &str) {
    let url = url.expose_secret();
    url.split_once('?').unwrap_or((url, ""))
}

fn parameter(url: &SecretString, name: &str) -> Option<String> {
    let (_, query) = split(url);
    let mut options = query.split('&').filter_map(|option| option.split_once('='));
    options.find_map(|(key, value)| (key == name).then(|| decode(value)))
}

fn encode(text: &str) -> String {
    let spell = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(spell).collect()
}

/// [`check`] has seen to it that digits follow each percent sign.
fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        let spelled = digits.and_then(|two| u8::from_str_radix(two, 16).ok());
        match spelled.filter(|_| byte == b'%') {
            Some(spelled) => (bytes.push(spelled), rest = &after[2..]),
            None => (bytes.push(byte), rest = after),
        };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn option(option: &str) -> String {
    match option.split_once('=') {
        Some((name, _)) if name.contains("pass") => format!("{name}={HIDDEN}"),
        _ => option.to_owned(),
    }
}

fn rest(url: &str) -> Option<&str> {
    url.strip_prefix("postgres://").or_else(|| url.strip_prefix("postgresql://"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_driver_would_quote_is_refused_without_a_quote() {
        for good in [
            "postgres://ada:secret@db.example.org:5432/jeton",
            "postgresql:///jeton?host=/run/postgresql",
            "postgres://ada:p%40ss@one:5432,two:5432/jeton?sslmode=require",
            "postgres://db/jeton",
        ] {
            assert!(check(&good.into()).is_ok(), "{good}");
        }
        for bad in [
            "host=db password=secret",
            "mysql://ada:secret@db/jeton",
            "postgres://ada:sec@ret@db/jeton",
            "postgres://ada:sec/ret@db/jeton",
            "postgres://ada:sec?ret@db/jeton",
            "postgres://ada:sec%ret@db/jeton",
            "postgres://ada:secret%4@db/jeton",
        ] {
            let said = check(&bad.into()).unwrap_err().to_string();
            assert!(said.contains("DATABASE_URL") && !said.contains("sec"), "{bad}: {said}");
        }
    }

    #[test]
    fn whoever_asks_for_the_authorities_of_the_system_gets_them() {
        let system = Path::new("/etc/ssl/a b.pem");
        let trusting = |url: &str, system| trusting(&url.into(), system).expose_secret().to_owned();
        let named = "sslrootcert=/etc/ssl/a%20b.pem";
        for (url, wanted) in [
            ("postgres://db/x?sslmode=verify-full", format!("sslmode=verify-full&{named}")),
            ("postgres://db/x?sslmode=verify-ca", format!("sslmode=verify-ca&{named}")),
            ("postgres://db/x?sslrootcert=system", format!("sslmode=verify-full&{named}")),
            (
                "postgres://db/x?sslrootcert=system&sslmode=verify-full",
                format!("sslmode=verify-full&{named}"),
            ),
        ] {
            assert_eq!(trusting(url, Some(system)), format!("postgres://db/x?{wanted}"));
            assert_eq!(trusting(url, None), url);
        }
        for untouched in [
            "postgres://db/x",
            "postgres://db/x?sslmode=require",
            "postgres://db/x?sslmode=verify-full&sslrootcert=/my.pem",
        ] {
            assert_eq!(trusting(untouched, Some(system)), untouched);
        }
    }

    #[test]
    fn a_password_is_taken_out_of_its_url() {
        for (url, bare, password) in [
            (
                "postgres://ada:p%40s:s@db/x?sslmode=require",
                "postgres://ada@db/x?sslmode=require",
                Some("p@s:s"),
            ),
            ("postgres://db/x?user=ada&password=a%26b", "postgres://db/x?user=ada", Some("a&b")),
            ("postgres://ada@db/x", "postgres://ada@db/x", None),
        ] {
            let (kept, secret) = without_password(&url.into());
            let secret = secret.map(|secret| secret.expose_secret().to_owned());
            assert_eq!((kept.as_str(), secret.as_deref()), (bare, password), "{url}");
        }
    }

    #[test]
    fn a_password_is_never_printed() {
        for (url, printed) in [
            ("postgres://ada:secret@db:5432/jeton", "postgres://ada:****@db:5432/jeton"),
            ("postgres://ada@db/jeton", "postgres://ada@db/jeton"),
            ("postgres:///jeton?host=/run", "postgres:///jeton?host=/run"),
            (
                "postgres://db/jeton?user=ada&password=secret&sslpassword=x",
                "postgres://db/jeton?user=ada&password=****&sslpassword=****",
            ),
        ] {
            assert_eq!(masked(&url.into()), printed);
        }
    }
}
