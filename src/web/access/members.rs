//! Access control > Members: everyone in the organization sees them.
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;
use chrono::{DateTime, Utc};

use crate::http::App;
use crate::id::UserId;
use crate::organizations::{self, Membership};
use crate::web::when::When;
use crate::web::{Frame, Member, Page, Result};

#[derive(Template)]
#[template(path = "access/members.html")]
struct MembersPage {
    frame: Frame,
    slug: String,
    organization: String,
    members: Vec<MemberRow>,
}

struct MemberRow {
    name: String,
    email: String,
    role: &'static str,
    all_projects: bool,
    projects: Vec<String>,
    since: When,
    is_me: bool,
}

impl MemberRow {
    fn of(member: Membership, me: UserId, now: DateTime<Utc>) -> Self {
        Self {
            role: member.power.standing.name(),
            all_projects: member.power.projects.is_all(),
            projects: member.power.projects.listed().map(str::to_owned).collect(),
            since: When::distance(member.since, now),
            is_me: member.user == me,
            name: member.user_name,
            email: member.email,
        }
    }
}

pub async fn list(member: Member, app: Data<App>) -> Result<HttpResponse> {
    let (id, me, now) = (member.organization(), member.me().user().id, app.clock.now());
    let members = app.db.read(move |conn| organizations::members(conn, id)).await?;
    let page = MembersPage {
        frame: Frame::of_member(&member, "access"),
        slug: member.slug().to_owned(),
        organization: member.membership().organization_name.clone(),
        members: members.into_iter().map(|member| MemberRow::of(member, me, now)).collect(),
    };
    Ok(Page(page).with(StatusCode::OK))
}
