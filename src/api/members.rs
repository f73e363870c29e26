//! Who belongs to the organization: `/api/v2/organization/members/`.
use actix_web::HttpResponse;
use actix_web::web::Data;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::permission::ReadMembers;
use super::refusals::{Always, Forbidden, Missing};
use super::{May, Result};
use crate::http::App;
use crate::organizations::{self, Membership};

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Member)]
pub struct MemberJson {
    user_id: i64,
    name: String,
    email: String,
    /// `owner`, `manager`, `operator` or `readonly`.
    #[schema(example = "owner")]
    role: &'static str,
    all_projects: bool,
    projects: Vec<String>,
    since: DateTime<Utc>,
}

impl MemberJson {
    fn of(member: Membership) -> Self {
        Self {
            user_id: member.user.0,
            name: member.user_name,
            email: member.email,
            role: member.power.standing.name(),
            all_projects: member.power.projects.is_all(),
            projects: member.power.projects.listed().map(str::to_owned).collect(),
            since: member.since,
        }
    }
}

/// List members
#[utoipa::path(get, path = "/api/v2/organization/members/", tag = "Members",
    operation_id = "list_members",
    responses((status = 200, description = "Members by name", body = [MemberJson]),
        Always, Forbidden, Missing))]
pub async fn list(reader: May<ReadMembers>, app: Data<App>) -> Result<HttpResponse> {
    let organization = reader.organization();
    let members = app.db.read(move |conn| organizations::members(conn, organization)).await?;
    let members: Vec<_> = members.into_iter().map(MemberJson::of).collect();
    Ok(HttpResponse::Ok().json(members))
}
