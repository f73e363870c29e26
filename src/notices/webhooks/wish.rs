//! A webhook as it is wanted, checked before anything is written.
use url::Url;

use super::super::Notices;
use super::Event;
use super::address::{Refused, resolve};
use crate::error::{Error, Problem, Result};

const LONGEST: usize = 2_000;

/// Checked: only [`Notices::clear`] makes one.
#[derive(Debug)]
pub struct Wish {
    pub(super) url: String,
    pub(super) events: Vec<Event>,
}

impl Notices {
    /// Reads what was typed, and looks up where the address leads.
    ///
    /// # Errors
    /// `Invalid`, naming each field that is wrong.
    pub async fn clear(&self, url: &str, events: &[impl AsRef<str>]) -> Result<Wish> {
        let mut problems = Vec::new();
        let url = match parse(url) {
            Ok(url) => self.refuse_private(&url).await.map(|()| url),
            Err(wrong) => Err(wrong),
        };
        let url = url.map_err(|wrong| problems.push(Problem::new("url", wrong)));
        let events = pick(events).map_err(|wrong| problems.push(Problem::new("events", wrong)));
        let (Ok(url), Ok(events)) = (url, events) else { return Err(Error::Invalid(problems)) };
        Ok(Wish { url: url.into(), events })
    }

    /// What is saved may lead elsewhere tomorrow, so sending asks again. This is for who types.
    async fn refuse_private(&self, url: &Url) -> Result<(), String> {
        let (networks, url) = (self.networks.clone(), url.clone());
        let host = url.host_str().unwrap_or_default().to_owned();
        let looked_up = tokio::task::spawn_blocking(move || {
            let host = url.host_str().unwrap_or_default();
            let port = url.port_or_known_default().unwrap_or_default();
            networks.check(&resolve(&format!("{host}:{port}")).unwrap_or_default())
        });
        match looked_up.await {
            Ok(Err(Refused(address))) => Err(format!(
                "{host} leads to {address}, which is not a public address. Whoever runs this \
                 instance can allow its network (JETON_WEBHOOK_ALLOW)."
            )),
            // A name that is not known, or not now, may be tomorrow; the first delivery tells.
            Ok(Ok(())) | Err(_) => Ok(()),
        }
    }
}

fn parse(text: &str) -> Result<Url, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("Give the address that is to be told.".into());
    }
    let wanted = "Give an address such as https://hooks.example.org/jeton.";
    let url = Url::parse(text).map_err(|_| wanted)?;
    if !matches!(url.scheme(), "https" | "http") || url.host_str().is_none() {
        return Err(wanted.into());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("Leave the user and the password out: deliveries prove themselves by their \
                    signature."
            .into());
    }
    if url.fragment().is_some() {
        return Err("Leave out what follows the #: it is never sent.".into());
    }
    if url.as_str().len() > LONGEST {
        return Err(format!("Use at most {LONGEST} characters."));
    }
    Ok(url)
}

/// In their own order, each once.
fn pick(names: &[impl AsRef<str>]) -> Result<Vec<Event>, String> {
    for name in names {
        if Event::parse(name.as_ref()).is_none() {
            return Err(format!("There is no event {}.", name.as_ref()));
        }
    }
    let picked = |event: &Event| names.iter().any(|name| name.as_ref() == event.name());
    let events: Vec<_> = Event::ALL.into_iter().filter(picked).collect();
    if events.is_empty() { Err("Pick at least one event.".into()) } else { Ok(events) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_address_that_can_be_told_is_taken() {
        let read = |text: &str| parse(text).map(String::from);
        assert_eq!(read(" https://Hooks.example.org ").unwrap(), "https://hooks.example.org/");
        assert_eq!(read("http://0x7f.1/x?y=1").unwrap(), "http://127.0.0.1/x?y=1");
        for bad in
            ["", "hooks.example.org", "ftp://x/", "https://", "https://u:p@x/", "https://x/#y"]
        {
            assert!(read(bad).is_err(), "{bad}");
        }
        assert!(read(&format!("https://x/{}", "y".repeat(2_000))).is_err());
    }

    #[test]
    fn events_are_picked_by_name_each_once() {
        let picked = pick(&["token.revoked", "token.created", "token.revoked"]).unwrap();
        assert_eq!(picked, [Event::Created, Event::Revoked]);
        assert!(pick(&["token.sneezed"]).is_err() && pick(&[] as &[&str]).is_err());
    }
}
