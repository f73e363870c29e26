//! Access control > Authentication: one's own personal access tokens, by the code that makes the
//! account's page; and for owners those of the members, each of which they may keep out.
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::error::{Error, Result as CoreResult};
use crate::http::App;
use crate::id::{TokenId, UserId};
use crate::policies::{self, Policy};
use crate::tokens::{self, Beyond, MembersToken};
use crate::web::account::own::OwnTokens;
use crate::web::account::token_row::may;
use crate::web::account::tokens::Dialog;
use crate::web::badge::Badge;
use crate::web::when::When;
use crate::web::{Frame, Member, Owner, Page, Path, Query, Result, page};

const ROWS: i64 = 25;

#[derive(Template)]
#[template(path = "access/authentication.html")]
pub struct AuthenticationPage {
    frame: Frame,
    slug: String,
    at: String,
    organization: String,
    own: OwnTokens,
    /// The members', for owners.
    members: Vec<Row>,
    previous: Option<String>,
    next: Option<String>,
    dialog: Option<Dialog>,
}

struct Row {
    id: TokenId,
    name: String,
    holder: String,
    email: String,
    role: &'static str,
    may: String,
    badge: Badge,
    /// Since when it is kept out here, and by whom.
    blocked: Option<(When, Option<String>)>,
    used: Option<When>,
    expires: Option<When>,
}

impl Row {
    fn of(one: MembersToken, policy: &Policy, viewer: UserId, now: DateTime<Utc>) -> Self {
        let power = one.power();
        let held = power.picked.as_ref().map(|picked| {
            let level = |resource: &String| Some((resource.clone(), power.level(resource)?));
            picked.keys().filter_map(level).collect()
        });
        let may = match held {
            None => "Everything the role grants".to_owned(),
            Some(held) => may(Some(&held)),
        };
        let MembersToken { token, holder, blocked } = one;
        Self {
            id: token.id,
            badge: Badge::of(&token, policy, 0, viewer, now),
            role: holder.power.standing.name(),
            holder: holder.user_name,
            email: holder.email,
            may,
            blocked: blocked.map(|block| (When::distance(block.at, now), block.by)),
            used: token.last_used_at.map(|at| When::distance(at, now)),
            expires: token.expires_at.map(When::date),
            name: token.name,
        }
    }
}

/// The address of the members' list.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ListQuery {
    after: String,
    before: String,
}

fn place(after: &str, before: &str) -> CoreResult<Beyond> {
    let id = |text: &str| {
        let lost = "the address has no place in this list; start from the first page";
        text.parse::<TokenId>().map_err(|_| Error::InvalidRequest(lost.into()))
    };
    match (after, before) {
        ("", "") => Ok(Beyond::Nothing),
        (after, "") => Ok(Beyond::After(id(after)?)),
        (_, before) => Ok(Beyond::Before(id(before)?)),
    }
}

impl AuthenticationPage {
    pub async fn read(member: &Member, app: &App, after: &str, before: &str) -> Result<Self> {
        let (organization, now) = (member.organization(), app.clock.now());
        let (me, is_owner, place) = (member.me(), member.is_owner(), place(after, before)?);
        let at = at(member);
        let own = OwnTokens::read(me, app, format!("{at}/tokens")).await?;
        let read = app.db.read(move |conn| {
            if !is_owner {
                return Ok(((Vec::new(), false), None));
            }
            let policy = policies::of_instance(conn)?;
            let listed = tokens::of_members(conn, organization, place, ROWS)?;
            CoreResult::Ok((listed, Some(policy)))
        });
        let ((listed, more), policy) = read.await?;
        let (before, after) = match place {
            Beyond::Nothing => (false, more),
            Beyond::After(_) => (true, more),
            Beyond::Before(_) => (more, true),
        };
        let link = |way: &str, one: &MembersToken| format!("{at}?{way}={}", one.token.id);
        let previous = listed.first().filter(|_| before).map(|first| link("before", first));
        let next = listed.last().filter(|_| after).map(|last| link("after", last));
        let viewer = me.user().id;
        let rows = policy.map(|policy| {
            listed.into_iter().map(|one| Row::of(one, &policy, viewer, now)).collect()
        });
        Ok(Self {
            frame: Frame::of_member(member, "access"),
            slug: member.slug().to_owned(),
            organization: member.membership().organization_name.clone(),
            own,
            members: rows.unwrap_or_default(),
            previous,
            next,
            at,
            dialog: None,
        })
    }
}

impl AuthenticationPage {
    pub fn behind(self, dialog: Dialog) -> Self {
        Self { dialog: Some(dialog), ..self }
    }
}

pub async fn show(member: Member, app: Data<App>, query: Query<ListQuery>) -> Result<HttpResponse> {
    let ListQuery { after, before } = query.0;
    let page = AuthenticationPage::read(&member, &app, &after, &before).await?;
    Ok(Page(page).with(StatusCode::OK))
}

/// The path names the organization too, which the proof has read.
#[derive(Deserialize)]
pub struct One {
    token: TokenId,
}

pub async fn block(owner: Owner, app: Data<App>, path: Path<One>) -> Result<HttpResponse> {
    let (by, organization, id) = (owner.actor(), owner.organization(), path.0.token);
    let token = app.db.write(move |tx| tokens::block(tx, &by, organization, id)).await?;
    let title = format!("“{}” of {} is blocked", token.token.name, token.holder.user_name);
    let detail = format!("It has no power in {} any more.", token.holder.organization_name);
    owner.me().tell(title, detail)?;
    Ok(page::see_other(&at(&owner)))
}

pub async fn unblock(owner: Owner, app: Data<App>, path: Path<One>) -> Result<HttpResponse> {
    let (by, organization, giver) = (owner.actor(), owner.organization(), owner.grant());
    let id = path.0.token;
    let token = app.db.write(move |tx| tokens::unblock(tx, &by, organization, id, &giver)).await?;
    let title = format!("“{}” of {} is let in again", token.token.name, token.holder.user_name);
    let detail = format!("In {} it may do what it could before.", token.holder.organization_name);
    owner.me().tell(title, detail)?;
    Ok(page::see_other(&at(&owner)))
}

fn at(member: &Member) -> String {
    format!("/orgs/{}/access/authentication", member.slug())
}
