//! The words of a mail that says that a token ends.
use askama::Template;
use chrono::{DateTime, TimeDelta, Utc};

use super::outbox::Due;
use crate::config::PublicUrl;
use crate::format::{Kind, masked};

#[derive(Template)]
#[template(path = "mail/expiring.txt")]
pub struct Letter {
    person: String,
    name: String,
    masked: String,
    /// `organization token`, with what it belongs to where that is not the reader.
    kind: &'static str,
    of: Option<String>,
    /// `in 7 days`.
    distance: String,
    end: String,
    last_used: Option<String>,
    link: String,
    why: String,
}

#[derive(Template)]
#[template(path = "mail/expiring.html")]
struct Page<'l> {
    letter: &'l Letter,
}

impl Letter {
    pub fn of(due: &Due, url: &PublicUrl, now: DateTime<Utc>) -> Self {
        let kind = Kind::parse(&due.kind).unwrap_or(Kind::Oat);
        let organization = due.organization.clone().unwrap_or_default();
        let slug = due.slug.as_deref().unwrap_or_default();
        let owner = || format!("you are an owner of {organization}");
        let token = format!("/orgs/{slug}/settings/tokens/{}", due.token);
        let (word, of, path, why) = match (kind, &due.service_account) {
            (Kind::Pat, _) => {
                let path = "/account#personal-access-tokens".to_owned();
                ("personal access token", None, path, "the token is yours".to_owned())
            }
            (_, Some(account)) => {
                let of = format!("the service account “{account}” of {organization}");
                ("token", Some(of), token, owner())
            }
            (_, None) => ("organization token", Some(organization.clone()), token, owner()),
        };
        Self {
            person: due.user_name.clone(),
            name: due.name.clone(),
            masked: masked(kind, &due.hint),
            kind: word,
            of,
            distance: distance(due.expires_at - now),
            end: instant(due.expires_at),
            last_used: due.last_used_at.map(instant),
            link: format!("{url}{path}"),
            why,
        }
    }

    pub fn subject(&self) -> String {
        format!("The token “{}” ends {}", self.name, self.distance)
    }

    pub fn text(&self) -> askama::Result<String> {
        self.render()
    }

    pub fn html(&self) -> askama::Result<String> {
        Page { letter: self }.render()
    }
}

fn instant(at: DateTime<Utc>) -> String {
    at.format("%-d %B %Y, %H:%M UTC").to_string()
}

/// To the nearest day, and to the hour where that says more.
fn distance(left: TimeDelta) -> String {
    let hours = left.num_hours().max(1);
    let (number, noun) = if hours < 36 { (hours, "hour") } else { ((hours + 12) / 24, "day") };
    let many = if number == 1 { "" } else { "s" };
    format!("in {number} {noun}{many}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_distance_is_said_in_days_and_near_the_end_in_hours() {
        for (hours, said) in [
            (1, "in 1 hour"),
            (23, "in 23 hours"),
            (24, "in 24 hours"),
            (71, "in 3 days"),
            (72, "in 3 days"),
            (719, "in 30 days"),
        ] {
            assert_eq!(distance(TimeDelta::hours(hours)), said);
        }
        assert_eq!(distance(TimeDelta::seconds(5)), "in 1 hour");
    }
}
