//! Access control > Members: everyone in the organization sees them; owners invite and change them.
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result as CoreResult};
use crate::http::App;
use crate::id::{InvitationId, UserId};
use crate::organizations::{self, Invitation, MemberPage, MemberQuery, Membership, Seat};
use crate::tokens::{self, Working};
use crate::web::when::{When, counted};
use crate::web::{Frame, Member, Page, Query, Result, page};

/// Rows of a page, and invitations that are shown below them.
const ROWS: i64 = 25;
const PENDING: i64 = 50;

#[derive(Template)]
#[template(path = "access/members.html")]
struct MembersPage {
    frame: Frame,
    slug: String,
    at: String,
    organization: String,
    query: ListQuery,
    members: Vec<MemberRow>,
    previous: Option<String>,
    next: Option<String>,
    /// Those that can still be accepted, for owners.
    pending: Vec<PendingRow>,
    more_pending: bool,
    dialog: Option<String>,
}

struct MemberRow {
    id: UserId,
    name: String,
    email: String,
    seat: SeatView,
    since: When,
    /// Personal tokens that can act here.
    tokens: String,
    is_me: bool,
}

struct PendingRow {
    id: InvitationId,
    email: Option<String>,
    seat: SeatView,
    by: Option<String>,
    made: When,
    ends: When,
}

/// A role, and where it counts.
pub struct SeatView {
    pub role: &'static str,
    pub all_projects: bool,
    pub projects: Vec<String>,
}

impl SeatView {
    pub fn of(seat: &Seat) -> Self {
        Self {
            role: seat.standing.name(),
            all_projects: seat.projects.is_all(),
            projects: seat.projects.listed().map(str::to_owned).collect(),
        }
    }
}

impl MemberRow {
    fn of(member: Membership, working: i64, me: UserId, now: DateTime<Utc>) -> Self {
        Self {
            id: member.user,
            seat: SeatView::of(&member.seat()),
            since: When::distance(member.since, now),
            tokens: if working == 0 { String::new() } else { counted(working, "token") },
            is_me: member.user == me,
            name: member.user_name,
            email: member.email,
        }
    }
}

impl PendingRow {
    fn of(invitation: Invitation, now: DateTime<Utc>) -> Self {
        Self {
            id: invitation.id,
            seat: SeatView::of(&invitation.seat),
            by: invitation.created_by,
            made: When::distance(invitation.created_at, now),
            ends: When::distance(invitation.expires_at, now),
            email: invitation.email,
        }
    }
}

/// The address of the list.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ListQuery {
    #[serde(skip_serializing_if = "String::is_empty")]
    search: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    after: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    before: String,
}

impl ListQuery {
    fn read(&self) -> CoreResult<MemberQuery> {
        let place = |text: &str| {
            let lost = "the address has no place in this list; start from the first page";
            text.parse().map_err(|_| Error::InvalidRequest(lost.into()))
        };
        let page = match (self.after.as_str(), self.before.as_str()) {
            ("", "") => MemberPage::First,
            (after, "") => MemberPage::After(place(after)?),
            (_, before) => MemberPage::Before(place(before)?),
        };
        Ok(MemberQuery { search: self.search.clone(), page, limit: ROWS })
    }

    fn url(&self, at: &str) -> String {
        match serde_html_form::to_string(self).unwrap_or_default() {
            text if text.is_empty() => at.to_owned(),
            text => format!("{at}?{text}"),
        }
    }

    fn after(&self, user: UserId) -> Self {
        Self { after: user.to_string(), before: String::new(), ..self.clone() }
    }

    fn before(&self, user: UserId) -> Self {
        Self { before: user.to_string(), after: String::new(), ..self.clone() }
    }
}

/// What is read for the page.
struct Record {
    members: Vec<Membership>,
    more: bool,
    working: Vec<Working>,
    pending: Vec<Invitation>,
}

impl Record {
    async fn read(member: &Member, app: &App, query: MemberQuery) -> CoreResult<Self> {
        let (id, now, is_owner) = (member.organization(), app.clock.now(), member.is_owner());
        app.db
            .read(move |conn| {
                let (members, more) = organizations::list_members(conn, id, &query)?;
                let people: Vec<_> = members.iter().map(|member| member.user).collect();
                let working = tokens::working_of(conn, id, &people, now)?;
                let pending = if is_owner {
                    organizations::pending_invitations(conn, id, None, PENDING + 1, now)?
                } else {
                    Vec::new()
                };
                Ok(Self { members, more, working, pending })
            })
            .await
    }
}

impl MembersPage {
    async fn read(
        member: &Member,
        app: &App,
        query: ListQuery,
        dialog: Option<String>,
    ) -> Result<Self> {
        let (at, now, me) = (at(member), app.clock.now(), member.me().user().id);
        let wanted = query.read()?;
        let place = wanted.page;
        let Record { members, more, working, mut pending } =
            Record::read(member, app, wanted).await?;
        let (before, after) = match place {
            MemberPage::First => (false, more),
            MemberPage::After(_) => (true, more),
            MemberPage::Before(_) => (more, true),
        };
        let previous = members.first().filter(|_| before).map(|m| query.before(m.user).url(&at));
        let next = members.last().filter(|_| after).map(|m| query.after(m.user).url(&at));
        let more_pending = pending.len() > usize::try_from(PENDING).unwrap_or(0);
        pending.truncate(usize::try_from(PENDING).unwrap_or(0));
        let working = |user| working.iter().find(|of| of.user == user).map_or(0, |of| of.tokens);
        let row = |member: Membership| {
            let working = working(member.user);
            MemberRow::of(member, working, me, now)
        };
        Ok(Self {
            frame: Frame::of_member(member, "access"),
            slug: member.slug().to_owned(),
            at,
            organization: member.membership().organization_name.clone(),
            query,
            members: members.into_iter().map(row).collect(),
            previous,
            next,
            pending: pending.into_iter().map(|one| PendingRow::of(one, now)).collect(),
            more_pending,
            dialog,
        })
    }
}

pub async fn list(member: Member, app: Data<App>, query: Query<ListQuery>) -> Result<HttpResponse> {
    Ok(Page(MembersPage::read(&member, &app, query.0, None).await?).with(StatusCode::OK))
}

/// The dialog alone where that is asked for, else before the list.
pub async fn present(
    member: &Member,
    app: &App,
    req: &HttpRequest,
    dialog: impl Template,
    status: StatusCode,
) -> Result<HttpResponse> {
    if page::is_part(req) {
        return Ok(Page(dialog).with(status));
    }
    let markup = dialog.render().map_err(|cause| Error::Internal(cause.into()))?;
    let page = MembersPage::read(member, app, ListQuery::default(), Some(markup)).await?;
    Ok(Page(page).with(status))
}

/// A dialog that is shown this once. On reload there is the list, and no form to send again.
pub async fn present_once(
    member: &Member,
    app: &App,
    req: &HttpRequest,
    dialog: impl Template,
) -> Result<HttpResponse> {
    let mut res = present(member, app, req, dialog, StatusCode::CREATED).await?;
    if let Ok(here) = HeaderValue::from_str(&at(member)) {
        res.headers_mut().insert(HeaderName::from_static("hx-replace-url"), here);
    }
    Ok(res)
}

pub fn at(member: &Member) -> String {
    format!("/orgs/{}/access/members", member.slug())
}
