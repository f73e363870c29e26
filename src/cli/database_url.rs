//! `DATABASE_URL`: its shape is checked here, because the driver's complaint about a malformed one
//! would quote it, password and all.
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
