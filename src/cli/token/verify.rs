//! `jeton token verify`: what a token is, and what it may do, for whoever has it at hand.
use anyhow::{anyhow, bail};
use chrono::{SecondsFormat, Utc};
use diesel::PgConnection;
use secrecy::ExposeSecret;

use super::super::database::Database;
use super::super::{input, key};
use crate::access::Phrase;
use crate::clock::Clock;
use crate::config::Config;
use crate::error::Result;
use crate::format::{Kind, masked};
use crate::http::credential::{self, Presented};
use crate::projects;
use crate::tokens::{self, Held, Peppers, Reach, Verdict};

pub fn run(config: &Config) -> anyhow::Result<()> {
    let text = input::token()?;
    let credential = credential::bearer(text.expose_secret().trim())
        .map_err(|_| anyhow!("not good: this is not a token, or not a whole one"))?;
    let Presented::Secret(plain) = credential.presented else {
        bail!("this is an access token of the exchange; ask POST /oauth2/introspect about it")
    };
    let peppers = Peppers::configured(config, &key::load(config)?)?;
    let now = Clock::System.now();
    let said = Database::work(config, |db| {
        peppers.recognise(db)?;
        Ok(db.read_here(|conn| {
            let Some(verdict) = tokens::verify(conn, &peppers, &plain)? else {
                return Ok(None);
            };
            Ok(Some((describe(conn, &verdict, &plain.hint())?, verdict.dead(now))))
        })?)
    })?;
    let Some((lines, dead)) = said else { bail!("not good: no token of this instance") };
    println!("{}", lines.join("\n"));
    dead.map_or(Ok(()), |why| Err(anyhow!("not good: {why}")))
}

fn describe(conn: &mut PgConnection, verdict: &Verdict, hint: &str) -> Result<Vec<String>> {
    let kind = match verdict.kind {
        Kind::Oat => "Organization access token",
        Kind::Sat => "Service account token",
        Kind::Pat => "Personal access token",
    };
    let masked = masked(verdict.kind, hint);
    let mut lines = vec![format!("{kind} “{}”, {masked}, id {}", verdict.name, verdict.token)];
    lines.push(
        verdict
            .life
            .expires_at
            .map_or_else(|| "Never expires".to_owned(), |at| format!("Expires {}", instant(at))),
    );
    match &verdict.holder {
        Held::Person { name, .. } => lines.push(format!("Acts as {name}")),
        Held::ServiceAccount { name, .. } => {
            lines.push(format!("Acts as the service account {name}"));
        }
        Held::Organization { .. } => {}
    }
    for reach in verdict.reaches() {
        lines.extend(powers(conn, reach)?);
    }
    Ok(lines)
}

fn powers(conn: &mut PgConnection, reach: &Reach) -> Result<Vec<String>> {
    let projects: Vec<_> = projects::ids(conn, reach.organization)?.into_keys().collect();
    let summary = reach.power.summary(&reach.resources, &projects);
    let line = |sign: char| move |phrase: Phrase| format!("  {sign} {}", with_projects(phrase));
    let can = summary.can.into_iter().map(line('+'));
    let cannot = summary.cannot.into_iter().map(line('-'));
    Ok(std::iter::once(format!("In {}:", reach.slug)).chain(can).chain(cannot).collect())
}

fn with_projects(phrase: Phrase) -> String {
    format!("{} {}", phrase.text, phrase.projects.join(", ")).trim_end().to_owned()
}

fn instant(at: chrono::DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
