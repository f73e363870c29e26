//! Overview: the health of an organization's tokens at a glance. Everyone in it sees the figures;
//! names and what can be done about them are for owners.
use actix_web::Responder;
use actix_web::web::Data;
use askama::Template;
use chrono::{DateTime, TimeDelta, Utc};

use super::badge::still_tried;
use super::chart::{self, Chart};
use super::when::{When, date, day, distance, ending};
use super::{Frame, Member, Page, Result, policy};
use crate::http::App;
use crate::id::TokenId;
use crate::policies::{self, Policy, Warning};
use crate::tokens::{self, Concern, Facet, Health, Listed, SOON, Sort, State, Why};

/// Rows of each list.
const ROWS: i64 = 5;

#[derive(Template)]
#[template(path = "overview.html")]
struct OverviewPage {
    frame: Frame,
    slug: String,
    organization: String,
    figures: [Figure; 4],
    /// `3 tokens end`, within a fortnight.
    ending: Option<String>,
    chart: Chart,
    expiring: Vec<Expiring>,
    concerns: Vec<Attention>,
    /// There is no token that could be healthy.
    bare: bool,
}

struct Figure {
    tone: &'static str,
    icon: &'static str,
    label: &'static str,
    number: i64,
    detail: String,
    /// Which tokens they are, for the list.
    query: &'static str,
}

struct Expiring {
    id: TokenId,
    name: String,
    masked: String,
    ends: When,
    soon: bool,
}

struct Attention {
    id: TokenId,
    name: String,
    tone: &'static str,
    icon: &'static str,
    why: String,
    act: &'static str,
    /// What follows the token's address.
    path: &'static str,
}

pub async fn page(member: Member, app: Data<App>) -> Result<impl Responder> {
    let (id, owner, now) = (member.organization(), member.is_owner(), app.clock.now());
    let month = (now - TimeDelta::days(29)).date_naive();
    let (policy, health, days, listed, concerns) = app
        .db
        .read(move |conn| {
            let policy = policies::of_organization(conn, id)?;
            let health = tokens::health(conn, id, &policy, now)?;
            let days = tokens::days_of_organization(conn, id, month)?;
            let (listed, concerns) = if owner {
                let query = tokens::Query {
                    facet: Facet::State(State::Active),
                    sort: Sort::Expires,
                    limit: ROWS,
                    ..tokens::Query::default()
                };
                let (listed, _) = tokens::list(conn, id, &query, &policy, now)?;
                (listed, tokens::attention(conn, id, &policy, now, ROWS)?)
            } else {
                (Vec::new(), Vec::new())
            };
            Ok((policy, health, days, listed, concerns))
        })
        .await?;
    Ok(Page(OverviewPage {
        frame: Frame::of_member(&member, "overview"),
        slug: member.slug().to_owned(),
        organization: member.membership().organization_name.clone(),
        bare: health.active + health.blocked == 0 && concerns.is_empty(),
        ending: ending(health.soon, i64::MAX),
        figures: figures(&health, &policy, now),
        chart: Chart::of(&chart::month(&days, now.date_naive())),
        expiring: listed.into_iter().filter_map(|row| Expiring::of(row, now)).collect(),
        concerns: concerns.into_iter().map(|concern| Attention::of(concern, now)).collect(),
    }))
}

fn figures(health: &Health, policy: &Policy, now: DateTime<Utc>) -> [Figure; 4] {
    let next = health.next_expiry.filter(|_| health.expiring > 0);
    let limit = match policy.enforced_from {
        Some(from) if health.warned > 0 => {
            format!("{} more on {}", health.warned, day(from, now))
        }
        None if health.warned > 0 => format!("{} more against the new policy", health.warned),
        _ => format!("the policy {}", policy::said(&policy.in_force(now))),
    };
    [
        Figure {
            tone: "ok",
            icon: "circle-check",
            label: "Active",
            number: health.active,
            detail: "good at this moment".into(),
            query: "state=active",
        },
        Figure {
            tone: "warn",
            icon: "clock",
            label: "Expiring within 30 days",
            number: health.expiring,
            detail: next.map_or_else(
                || "none of them soon".into(),
                |at| format!("the next one {}", distance(at, now)),
            ),
            query: "state=active&sort=expires",
        },
        Figure {
            tone: "muted",
            icon: "hourglass",
            label: "Unused for 90 days",
            number: health.unused,
            detail: match (health.unused, health.never_used) {
                (0, _) => "each was used since".into(),
                (1, 0) => "it was used before".into(),
                (1, _) => "it was never used".into(),
                (_, 0) => "all of them were used before".into(),
                (_, 1) => "1 was never used".into(),
                (_, never) => format!("{never} were never used"),
            },
            query: "state=active&sort=last_used",
        },
        Figure {
            tone: "bad",
            icon: "shield-x",
            label: "Blocked by policy",
            number: health.blocked,
            detail: limit,
            query: "state=blocked",
        },
    ]
}

impl Expiring {
    /// Tokens without an end are none of them.
    fn of(row: Listed, now: DateTime<Utc>) -> Option<Self> {
        let at = row.token.expires_at?;
        Some(Self {
            id: row.token.id,
            masked: row.token.masked(),
            name: row.token.name,
            ends: When::distance(at, now),
            soon: at <= now + SOON,
        })
    }
}

impl Attention {
    fn of(concern: Concern, now: DateTime<Utc>) -> Self {
        let (tone, icon, why, act, path) = match concern.why {
            Why::Tried { state, times } => {
                ("bad", "triangle-alert", tried(state, times), "Open", "")
            }
            Why::Blocked(reason) => {
                ("bad", "shield-x", format!("Blocked: it {reason}"), "Set expiry", "/edit")
            }
            Why::Warned(Warning { reason, from }) => {
                let when = from.map_or_else(
                    || "Against the new policy".to_owned(),
                    |from| format!("Will be blocked on {}", day(from, now)),
                );
                ("warn", "triangle-alert", format!("{when}: it {reason}"), "Set expiry", "/edit")
            }
            Why::Unused { since, ever: true } => {
                ("muted", "hourglass", format!("Not used since {}", date(since)), "Review", "")
            }
            Why::Unused { since, ever: false } => {
                let why = format!("Never used, created on {}", date(since));
                ("muted", "hourglass", why, "Review", "")
            }
        };
        Self { id: concern.token, name: concern.name, tone, icon, why, act, path }
    }
}

fn tried(state: State, times: i64) -> String {
    let still = still_tried(u64::try_from(times).unwrap_or_default());
    match state {
        State::Active => format!("An old secret of it is {still}"),
        State::Revoked => format!("Deleted, {still}"),
        State::Disabled => format!("Disabled, {still}"),
        State::Expired => format!("Expired, {still}"),
        State::Blocked => format!("Blocked, {still}"),
    }
}
