//! Invitations to the organization: `/api/v2/organization/invitations/`.
use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::members::RoleJson;
use super::permission::{ManageMembers, ReadMembers};
use super::refusals::{Always, Forbidden, Missing, TooLarge};
use super::{Json, May, Path, Query, Result, page};
use crate::access::Projects;
use crate::error::{self, Error};
use crate::http::App;
use crate::id::InvitationId;
use crate::organizations::{self, Invitation, Invited, Offer, Seat, USUAL_DAYS};

/// Someone may become a member.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Invitation)]
pub struct InvitationJson {
    id: i64,
    /// Whom it is for; `null`: for whoever has the link.
    email: Option<String>,
    role: RoleJson,
    all_projects: bool,
    projects: Vec<String>,
    created_at: DateTime<Utc>,
    /// The name of whoever invites.
    created_by: Option<String>,
    expires_at: DateTime<Utc>,
    /// For whoever is invited, and for nobody else. In the answer of create, and never again.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "https://jeton.example/invitations#5f0c...")]
    link: Option<String>,
}

impl InvitationJson {
    fn of(invitation: Invitation) -> Self {
        let seat = invitation.seat;
        Self {
            id: invitation.id.0,
            email: invitation.email,
            role: RoleJson::of(seat.standing),
            all_projects: seat.projects.is_all(),
            projects: seat.projects.listed().map(str::to_owned).collect(),
            created_at: invitation.created_at,
            created_by: invitation.created_by,
            expires_at: invitation.expires_at,
            link: None,
        }
    }
}

/// An invitation that is wanted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
#[schema(as = InvitationFields, example = json!({"email": "bob@example.net", "role": "operator", "all_projects": true}))]
pub struct InvitationFields {
    /// Only the person with this address may accept; left out or `null`: whoever has the link.
    email: Option<String>,
    role: RoleJson,
    /// Every project, also those added later.
    #[serde(default)]
    all_projects: bool,
    /// The projects by their `project_id`, where `all_projects` is false.
    #[serde(default)]
    projects: Vec<String>,
    /// How many days it is good, 1 to 30; never longer than the token that asks.
    #[serde(default = "usual")]
    #[schema(default = 7, minimum = 1, maximum = 30)]
    days: i64,
}

fn usual() -> i64 {
    USUAL_DAYS
}

impl InvitationFields {
    fn offer(self) -> error::Result<Offer> {
        if self.all_projects && !self.projects.is_empty() {
            return Err(Error::field("projects", "Leave them out where all projects are meant."));
        }
        let projects = Projects::new(self.all_projects, self.projects);
        let seat = Seat { standing: self.role.standing(), projects };
        Ok(Offer { email: self.email, seat, days: self.days })
    }
}

/// Which invitations.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct InvitationsQuery {
    /// Where the page begins: taken from the `Link` of the page before.
    after: Option<String>,
    /// How many, 1 to 200; 50 unless said otherwise.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200)]
    limit: Option<String>,
}

/// List invitations
///
/// Those that can still be accepted, the newest first. Never with their links.
#[utoipa::path(get, path = "/api/v2/organization/invitations/", tag = "Members",
    operation_id = "list_invitations",
    params(InvitationsQuery),
    responses(
        (status = 200, description = "A page of invitations", body = [InvitationJson],
            headers(("Link" = String, description = "The next page, as `rel=\"next\"`, where there is one."))),
        Always, Forbidden, Missing
    ))]
pub async fn list(
    reader: May<ReadMembers>,
    app: Data<App>,
    req: HttpRequest,
    query: Query<InvitationsQuery>,
) -> Result<HttpResponse> {
    let (organization, now) = (reader.organization(), app.clock.now());
    let wrong = |_| Error::field("after", "This is not a place in this list.");
    let after = query.0.after.as_deref().map(str::parse).transpose().map_err(wrong)?;
    let limit = page::limit(query.0.limit.as_deref())?;
    let pending = app.db.read(move |conn| {
        organizations::pending_invitations(conn, organization, after, limit + 1, now)
    });
    let mut pending = pending.await?;
    let more = pending.len() > usize::try_from(limit).unwrap_or_default();
    if more {
        pending.pop();
    }
    let after = pending.last().filter(|_| more).map(|last| last.id.to_string());
    let pending: Vec<_> = pending.into_iter().map(InvitationJson::of).collect();
    Ok(page::answer(&req, &pending, after))
}

/// Invite someone
///
/// The answer holds the link, this once. It is good for one person, who may have an account or
/// make one.
#[utoipa::path(post, path = "/api/v2/organization/invitations/", tag = "Members",
    operation_id = "create_invitation",
    request_body = InvitationFields,
    responses(
        (status = 201, description = "The invitation, with its link", body = InvitationJson,
            headers(("Location" = String, description = "Where it can be withdrawn."))),
        Always, Forbidden, Missing, TooLarge
    ))]
pub async fn create(
    owner: May<ManageMembers>,
    app: Data<App>,
    fields: Json<InvitationFields>,
) -> Result<HttpResponse> {
    let (offer, shared) = (fields.0.offer()?, app.clone());
    let invited = app.db.write(move |tx| {
        let (by, organization, giver) = (owner.actor(), owner.organization(), owner.grant());
        organizations::invite(tx, by, organization, offer, &giver, &shared.pepper)
    });
    let Invited { invitation, code } = invited.await?;
    let path = format!("/api/v2/organization/invitations/{}/", invitation.id);
    let link = Some(app.invitation_link(code).expose_secret().to_owned());
    let invited = InvitationJson { link, ..InvitationJson::of(invitation) };
    Ok(HttpResponse::Created().insert_header((header::LOCATION, path)).json(invited))
}

/// Withdraw an invitation
///
/// Its link is of no use from now on.
#[utoipa::path(delete, path = "/api/v2/organization/invitations/{id}/", tag = "Members",
    operation_id = "withdraw_invitation",
    params(("id" = i64, Path, description = "The invitation's id")),
    responses((status = 204, description = "It is withdrawn"), Always, Forbidden, Missing))]
pub async fn withdraw(
    owner: May<ManageMembers>,
    app: Data<App>,
    id: Path<InvitationId>,
) -> Result<HttpResponse> {
    let withdrawn = app
        .db
        .write(move |tx| organizations::withdraw(tx, owner.actor(), owner.organization(), id.0));
    withdrawn.await?;
    Ok(HttpResponse::NoContent().finish())
}
