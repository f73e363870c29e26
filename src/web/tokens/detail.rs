//! One token's own page: power, secrets, use per day, last addresses, its trail.
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpResponse, Responder};
use askama::Template;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;

use super::ground::Dialog;
use super::secrets::SecretRow;
use super::{Named, at, find, holder};
use crate::access::{Power, Summary};
use crate::audit::{self, Entry};
use crate::db::Db;
use crate::error::{Error, Result as CoreResult};
use crate::http::App;
use crate::id::TokenId;
use crate::notices::{self, Notice, Standing};
use crate::policies::{self, Policy, Warning};
use crate::tokens::{self, Address, Day, GenerationDay, Secret, Token};
use crate::web::access::service_accounts;
use crate::web::badge::Badge;
use crate::web::chart::{self, Chart, grouped};
use crate::web::evidence::{Old, Tried, remedy};
use crate::web::reveal::FirstUse;
use crate::web::trail::Deed;
use crate::web::when::{When, counted, day, distance};
use crate::web::{Frame, Owner, Page, Path, Result, page};
use crate::{organizations, projects};

/// Entries of the trail on the page; the audit log has the rest.
const ENTRIES: i64 = 20;

#[derive(Template)]
#[template(path = "tokens/detail.html")]
pub struct DetailPage {
    frame: Frame,
    slug: String,
    at: String,
    page: String,
    token: Token,
    masked: String,
    badge: Badge,
    chart: Chart,
    secrets: Vec<SecretRow>,
    old: Option<Old>,
    tried: Option<Tried>,
    /// What can be done about that.
    remedy: &'static str,
    addresses: Vec<Seen>,
    announced: Vec<Announced>,
    trail: Vec<Deed>,
    summary: Summary,
    created: When,
    expires: Option<(When, String)>,
    last_used: Option<(When, String)>,
    blocked: Option<String>,
    /// What a coming policy has against it.
    warning: Option<String>,
    dialog: Option<Dialog>,
}

struct Seen {
    address: String,
    agent: String,
    calls: String,
    /// Those of them that were not accepted, in words.
    refused: Vec<String>,
    last: When,
}

/// Who was told, or is to be, that the token ends.
struct Announced {
    who: String,
    before: String,
    sent: Option<When>,
    /// What else became of it.
    said: String,
    failed: bool,
}

/// What is read for the page.
struct Record {
    token: Token,
    policy: Policy,
    secrets: Vec<Secret>,
    days: Vec<Day>,
    today: Vec<GenerationDay>,
    addresses: Vec<Address>,
    notices: Vec<Notice>,
    trail: Vec<Entry>,
    resources: Vec<String>,
    projects: Vec<String>,
}

impl Record {
    async fn read(db: &Db, owner: &Owner, id: TokenId, now: DateTime<Utc>) -> CoreResult<Self> {
        let (holder, organization, today) = (holder(owner), owner.organization(), now.date_naive());
        db.read(move |conn| {
            let token = tokens::find(conn, holder, id)?.ok_or(Error::NotFound("token"))?;
            Ok(Self {
                notices: notices::of_token(conn, id, token.expires_at)?,
                token,
                policy: policies::of_organization(conn, organization)?,
                secrets: tokens::secrets_of_token(conn, id)?,
                days: tokens::days(conn, id, today - TimeDelta::days(29))?,
                today: tokens::generations_on(conn, &[id], today)?,
                addresses: tokens::addresses(conn, id)?,
                trail: audit::of_subject(conn, "token", id.0, ENTRIES)?,
                resources: organizations::resource_names(conn, &[organization])?,
                projects: projects::ids(conn, organization)?.into_keys().collect(),
            })
        })
        .await
    }
}

/// What leads to a token leads here; one of a service account is on its account's page.
pub async fn detail(owner: Owner, app: Data<App>, path: Path<Named>) -> Result<HttpResponse> {
    let (organization, id) = (owner.organization(), path.0.id);
    let account = app.db.read(move |conn| tokens::account_of(conn, organization, id)).await?;
    if let Some(account) = account {
        let page = service_accounts::page_of(owner.slug(), account);
        return Ok(page::see_other(&format!("{page}#token-{id}")));
    }
    Ok(Page(read(&owner, &app, id, None).await?).with(StatusCode::OK))
}

pub async fn read(
    owner: &Owner,
    app: &App,
    id: TokenId,
    dialog: Option<Dialog>,
) -> Result<DetailPage> {
    let now = app.clock.now();
    let record = Record::read(&app.db, owner, id, now).await?;
    Ok(DetailPage::of(owner, record, now, dialog))
}

impl DetailPage {
    fn of(owner: &Owner, record: Record, now: DateTime<Utc>, dialog: Option<Dialog>) -> Self {
        let Record { token, policy, secrets, days, today, addresses, .. } = record;
        let Record { notices, trail, resources, projects, .. } = record;
        let month = chart::month(&days, now.date_naive());
        let dead = today.iter().map(|day| day.dead).sum();
        let live = token.revoked_at.is_none();
        let power = Power::of_config(token.access());
        let address = token.last_used_address.map(|at| at.ip().to_string()).unwrap_or_default();
        let at = at(owner.slug());
        Self {
            frame: Frame::of_member(owner, "settings"),
            slug: owner.slug().to_owned(),
            page: format!("{at}/{}", token.id),
            at,
            masked: token.masked(),
            badge: Badge::of(&token, &policy, 0, owner.me().user().id, now),
            chart: Chart::of(&month),
            old: Old::among(secrets.iter(), now).filter(|_| live),
            tried: Tried::among(secrets.iter(), dead, now),
            remedy: remedy(token.state(&policy, now)),
            secrets: secrets
                .into_iter()
                .map(|one| SecretRow::of(one, &token, &today, now))
                .collect(),
            addresses: addresses.into_iter().map(|seen| Seen::of(seen, now)).collect(),
            announced: notices.into_iter().map(|notice| Announced::of(notice, now)).collect(),
            trail: trail.into_iter().map(|entry| Deed::of(entry, now)).collect(),
            summary: power.summary(&resources, &projects),
            created: When::date(token.created_at),
            expires: token.expires_at.map(|at| (When::date(at), distance(at, now))),
            last_used: token.last_used_at.map(|at| (When::distance(at, now), address)),
            blocked: policy.blocks(token.expires_at, token.expiry_set_at, now),
            warning: warning(&token, &policy, now),
            token,
            dialog,
        }
    }
}

/// What a coming rule has against it, in a sentence.
fn warning(token: &Token, policy: &Policy, now: DateTime<Utc>) -> Option<String> {
    let Warning { reason, from } = token.life().warning(policy, now)?;
    Some(match from {
        Some(from) => format!("Will be blocked on {}: it {reason}", day(from, now)),
        None => format!("Against the new policy, which only warns so far: it {reason}"),
    })
}

impl Seen {
    fn of(seen: Address, now: DateTime<Utc>) -> Self {
        let some = |calls: i64, what: &str| {
            (calls > 0).then(|| format!("{} {what}", grouped(calls.unsigned_abs())))
        };
        let refused = [some(seen.refused, "refused"), some(seen.dead, "with a dead secret")];
        Self {
            address: seen.address.ip().to_string(),
            agent: seen.agent,
            calls: grouped(seen.calls.unsigned_abs()),
            refused: refused.into_iter().flatten().collect(),
            last: When::distance(seen.last_used_at, now),
        }
    }
}

impl Announced {
    fn of(notice: Notice, now: DateTime<Utc>) -> Self {
        let why = notice.failure.map(|why| format!(": {why}")).unwrap_or_default();
        let (sent, said) = match notice.standing {
            Standing::Sent(at) => (Some(When::moment(at, now)), String::new()),
            Standing::Waiting => (None, "Waiting".to_owned()),
            Standing::Failing => (None, format!("Not sent yet{why}")),
            Standing::GivenUp => (None, format!("Not sent{why}")),
        };
        Self {
            who: notice.person.unwrap_or_else(|| "Webhooks".to_owned()),
            before: format!("{} before the end", counted(notice.days.into(), "day")),
            failed: sent.is_none() && said != "Waiting",
            sent,
            said,
        }
    }
}

#[derive(Deserialize)]
pub struct OneSecret {
    id: TokenId,
    generation: i32,
}

/// The line of the reveal that waits: was this secret used yet?
pub async fn first_use(
    owner: Owner,
    app: Data<App>,
    path: Path<OneSecret>,
) -> Result<impl Responder> {
    let OneSecret { id, generation } = path.0;
    find(&app.db, &owner, id).await?;
    let secrets = app.db.read(move |conn| tokens::secrets_of_token(conn, id)).await?;
    let secret = secrets.into_iter().find(|secret| secret.generation == generation);
    let secret = secret.ok_or(Error::NotFound("secret"))?;
    let page = format!("{}/{id}", at(owner.slug()));
    let poll = format!("{page}/first-use/{generation}");
    Ok(Page(FirstUse::of(&secret, poll, page, app.clock.now())))
}
