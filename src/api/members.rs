//! Who belongs to the organization: `/api/v2/organization/members/`.
use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::admin::users::LinkJson;
use super::permission::{ManageMembers, ReadMembers};
use super::refusals::{Always, Conflicting, Forbidden, Missing, TooLarge};
use super::token_fields::given;
use super::{Json, May, Path, Query, Result, page};
use crate::access::{Projects, Role, Standing};
use crate::error::{self, Error};
use crate::http::App;
use crate::id::UserId;
use crate::organizations::{self, MemberPage, MemberQuery, Membership, Newcomer, Seat};

/// What someone is in an organization.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = MemberRole, example = "operator")]
pub enum RoleJson {
    Owner,
    Manager,
    Operator,
    Readonly,
}

impl RoleJson {
    pub fn of(standing: Standing) -> Self {
        match standing {
            Standing::Owner => Self::Owner,
            Standing::Role(Role::Manager) => Self::Manager,
            Standing::Role(Role::Operator) => Self::Operator,
            Standing::Role(Role::Readonly) => Self::Readonly,
        }
    }

    pub fn standing(self) -> Standing {
        match self {
            Self::Owner => Standing::Owner,
            Self::Manager => Standing::Role(Role::Manager),
            Self::Operator => Standing::Role(Role::Operator),
            Self::Readonly => Standing::Role(Role::Readonly),
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Member)]
pub struct MemberJson {
    user_id: i64,
    name: String,
    email: String,
    role: RoleJson,
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
            role: RoleJson::of(member.power.standing),
            all_projects: member.power.projects.is_all(),
            projects: member.power.projects.listed().map(str::to_owned).collect(),
            since: member.since,
        }
    }
}

/// A member who was made, and the link that sets their password.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CreatedMember)]
pub struct CreatedJson {
    member: MemberJson,
    password_link: LinkJson,
}

/// Someone who has no account yet, and what they are to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
#[schema(as = NewMember, example = json!({"name": "Cleo Sand", "email": "cleo@example.org", "role": "operator", "all_projects": true}))]
pub struct NewFields {
    #[serde(default)]
    #[schema(required, min_length = 1, max_length = 80)]
    name: String,
    #[serde(default)]
    #[schema(required)]
    email: String,
    role: RoleJson,
    /// Every project, also those added later.
    #[serde(default)]
    all_projects: bool,
    /// The projects by their `project_id`, where `all_projects` is false.
    #[serde(default)]
    projects: Vec<String>,
}

impl NewFields {
    fn newcomer(self) -> error::Result<Newcomer> {
        let Self { name, email, role, all_projects, projects } = self;
        let seat = SeatFields { role, all_projects, projects }.seat()?;
        Ok(Newcomer { name, email, seat })
    }
}

/// What a member is to be. An owner has all projects.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
#[schema(as = MemberFields, example = json!({"role": "operator", "all_projects": true}))]
pub struct SeatFields {
    role: RoleJson,
    /// Every project, also those added later.
    #[serde(default)]
    all_projects: bool,
    /// The projects by their `project_id`, where `all_projects` is false.
    #[serde(default)]
    projects: Vec<String>,
}

impl SeatFields {
    pub fn seat(self) -> error::Result<Seat> {
        let projects = self.projects;
        Ok(Seat {
            standing: self.role.standing(),
            projects: read_projects(self.all_projects, projects)?,
        })
    }
}

fn read_projects(all: bool, listed: Vec<String>) -> error::Result<Projects> {
    if all && !listed.is_empty() {
        return Err(Error::field("projects", "Leave them out where all projects are meant."));
    }
    Ok(Projects::new(all, listed))
}

/// What changes of a member. What is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
#[schema(as = MemberChange, example = json!({"role": "manager"}))]
pub struct SeatChange {
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    role: Option<RoleJson>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    all_projects: Option<bool>,
    /// Replaces all that were listed.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    projects: Option<Vec<String>>,
}

impl SeatChange {
    fn seat(self, now: &Seat) -> error::Result<Seat> {
        let projects = match (self.all_projects, self.projects) {
            (None, None) => now.projects.clone(),
            (Some(false), None) if !now.projects.is_all() => now.projects.clone(),
            (all, listed) => read_projects(all == Some(true), listed.unwrap_or_default())?,
        };
        Ok(Seat { standing: self.role.map_or(now.standing, RoleJson::standing), projects })
    }
}

/// Which members.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MembersQuery {
    /// Only those with this in their name or e-mail address.
    search: Option<String>,
    /// Where the page begins: taken from the `Link` of the page before.
    after: Option<String>,
    /// How many, 1 to 200; 50 unless said otherwise.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200)]
    limit: Option<String>,
}

impl MembersQuery {
    fn read(self) -> error::Result<MemberQuery> {
        let page = match self.after.as_deref().map(str::parse) {
            None => MemberPage::First,
            Some(Ok(user)) => MemberPage::After(user),
            Some(Err(_)) => {
                return Err(Error::field("after", "This is not a place in this list."));
            }
        };
        let search = self.search.unwrap_or_default();
        Ok(MemberQuery { search, page, limit: page::limit(self.limit.as_deref())? })
    }
}

/// List members
///
/// By name.
#[utoipa::path(get, path = "/api/v2/organization/members/", tag = "Members",
    operation_id = "list_members",
    params(MembersQuery),
    responses(
        (status = 200, description = "A page of members", body = [MemberJson],
            headers(("Link" = String, description = "The next page, as `rel=\"next\"`, where there is one."))),
        Always, Forbidden, Missing
    ))]
pub async fn list(
    reader: May<ReadMembers>,
    app: Data<App>,
    req: HttpRequest,
    query: Query<MembersQuery>,
) -> Result<HttpResponse> {
    let (organization, query) = (reader.organization(), query.0.read()?);
    let listed = app.db.read(move |conn| organizations::list_members(conn, organization, &query));
    let (members, more) = listed.await?;
    let after = members.last().filter(|_| more).map(|last| last.user.to_string());
    let members: Vec<_> = members.into_iter().map(MemberJson::of).collect();
    Ok(page::answer(&req, &members, after))
}

/// Create a member
///
/// Makes an account for someone who has none here; whoever has one is invited. The answer has a
/// link, this once, with which they set their password.
#[utoipa::path(post, path = "/api/v2/organization/members/", tag = "Members",
    operation_id = "create_member",
    request_body = NewFields,
    responses(
        (status = 201, description = "The member, and the link", body = CreatedJson,
            headers(("Location" = String, description = "Where the member is from now on."))),
        Always, Forbidden, Missing, TooLarge
    ))]
pub async fn create(
    owner: May<ManageMembers>,
    app: Data<App>,
    fields: Json<NewFields>,
) -> Result<HttpResponse> {
    let (newcomer, shared) = (fields.0.newcomer()?, app.clone());
    let made = app.db.write(move |tx| {
        let (by, organization, giver) = (owner.actor(), owner.organization(), owner.grant());
        organizations::create_member(tx, by, organization, newcomer, &giver, &shared.pepper)
    });
    let (member, link) = made.await?;
    let path = format!("/api/v2/organization/members/{}/", member.user);
    let password_link = LinkJson::of(&app, link);
    let created = CreatedJson { member: MemberJson::of(member), password_link };
    Ok(HttpResponse::Created().insert_header((header::LOCATION, path)).json(created))
}

/// Get a member
#[utoipa::path(get, path = "/api/v2/organization/members/{user_id}/", tag = "Members",
    operation_id = "get_member",
    params(("user_id" = i64, Path, description = "The member's user id")),
    responses((status = 200, description = "The member", body = MemberJson),
        Always, Forbidden, Missing))]
pub async fn show(
    reader: May<ReadMembers>,
    app: Data<App>,
    user: Path<UserId>,
) -> Result<HttpResponse> {
    let organization = reader.organization();
    let member = app.db.read(move |conn| organizations::member(conn, organization, user.0));
    let member = member.await?.ok_or(Error::NotFound("member"))?;
    Ok(HttpResponse::Ok().json(MemberJson::of(member)))
}

/// Replace what a member may do
///
/// Holds from the next call on. The last owner stays one.
#[utoipa::path(put, path = "/api/v2/organization/members/{user_id}/", tag = "Members",
    operation_id = "replace_member",
    params(("user_id" = i64, Path, description = "The member's user id")),
    request_body = SeatFields,
    responses((status = 200, description = "The member as it is now", body = MemberJson),
        Always, Forbidden, Missing, Conflicting, TooLarge))]
pub async fn replace(
    owner: May<ManageMembers>,
    app: Data<App>,
    user: Path<UserId>,
    fields: Json<SeatFields>,
) -> Result<HttpResponse> {
    rewrite(owner, app, user.0, move |_| fields.0.seat()).await
}

/// Change what a member may do
///
/// What is left out stays as it is. Holds from the next call on. The last owner stays one.
#[utoipa::path(patch, path = "/api/v2/organization/members/{user_id}/", tag = "Members",
    operation_id = "change_member",
    params(("user_id" = i64, Path, description = "The member's user id")),
    request_body = SeatChange,
    responses((status = 200, description = "The member as it is now", body = MemberJson),
        Always, Forbidden, Missing, Conflicting, TooLarge))]
pub async fn change(
    owner: May<ManageMembers>,
    app: Data<App>,
    user: Path<UserId>,
    fields: Json<SeatChange>,
) -> Result<HttpResponse> {
    rewrite(owner, app, user.0, move |now| fields.0.seat(now)).await
}

async fn rewrite(
    owner: May<ManageMembers>,
    app: Data<App>,
    user: UserId,
    wish: impl FnOnce(&Seat) -> error::Result<Seat> + Send + 'static,
) -> Result<HttpResponse> {
    let changed = app.db.write(move |tx| {
        let (by, organization) = (owner.actor(), owner.organization());
        organizations::change_member(tx, by, organization, user, wish, &owner.grant())
    });
    Ok(HttpResponse::Ok().json(MemberJson::of(changed.await?)))
}

/// Remove a member
///
/// Their personal tokens reach the organization no more, at once. Tokens of the organization
/// stay; those that they answered for need another steward. The last owner stays.
#[utoipa::path(delete, path = "/api/v2/organization/members/{user_id}/", tag = "Members",
    operation_id = "remove_member",
    params(("user_id" = i64, Path, description = "The member's user id")),
    responses((status = 204, description = "They are no member any more"),
        Always, Forbidden, Missing, Conflicting))]
pub async fn remove(
    owner: May<ManageMembers>,
    app: Data<App>,
    user: Path<UserId>,
) -> Result<HttpResponse> {
    let removed = app.db.write(move |tx| {
        organizations::remove_member(tx, owner.actor(), owner.organization(), user.0)
    });
    removed.await?;
    Ok(HttpResponse::NoContent().finish())
}
