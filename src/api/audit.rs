//! The trail: `/api/v2/organization/audit/`, and that of the instance, `/api/v2/admin/audit/`.
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::permission::ReadAudit;
use super::refusals::{Always, Forbidden, Missing};
use super::{May, PlatformAdmin, Query, Result, page};
use crate::audit::{self, Action, Entry, Filter};
use crate::error::{self, Error};
use crate::http::App;
use crate::id::OrganizationId;

/// What someone did.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditEntry)]
pub struct EntryJson {
    id: i64,
    at: DateTime<Utc>,
    actor: ActorJson,
    #[schema(example = "token.created")]
    action: String,
    subject: SubjectJson,
    /// What changed, where there is more to say: `[before, after]` by field.
    #[schema(value_type = Object)]
    detail: Value,
    address: Option<String>,
    /// The `X-Request-Id` of the request.
    request_id: Option<String>,
}

/// Whoever did it, with the name they had then.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Actor)]
struct ActorJson {
    /// `user`: in a browser; `token`: by the API; `command`: on the machine; `system`.
    #[schema(example = "user")]
    kind: String,
    name: String,
    user_id: Option<i64>,
    token_id: Option<i64>,
}

/// What it was done to, with the name it had then.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Subject)]
struct SubjectJson {
    #[schema(example = "token")]
    kind: String,
    id: Option<i64>,
    name: String,
}

impl EntryJson {
    fn of(entry: Entry) -> Self {
        Self {
            id: entry.id,
            at: entry.at,
            actor: ActorJson {
                kind: entry.actor_kind,
                name: entry.actor_name,
                user_id: entry.actor_user_id.map(|user| user.0),
                token_id: entry.actor_token_id.map(|token| token.0),
            },
            action: entry.action,
            subject: SubjectJson {
                kind: entry.subject_kind,
                id: entry.subject_id,
                name: entry.subject_name,
            },
            detail: entry.detail,
            address: entry.address.map(|address| address.ip().to_string()),
            request_id: entry.request_id.map(|id| id.to_string()),
        }
    }
}

/// Which entries.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    /// Only this action, such as `token.created`.
    action: Option<String>,
    /// Only by those with this in their name.
    actor: Option<String>,
    /// Only about the token with this id.
    #[param(value_type = Option<i64>)]
    token: Option<String>,
    /// From this instant on.
    #[param(value_type = Option<DateTime<Utc>>)]
    since: Option<String>,
    /// Before this instant.
    #[param(value_type = Option<DateTime<Utc>>)]
    until: Option<String>,
    /// Where the page begins: taken from the `Link` of the page before.
    after: Option<String>,
    /// How many, 1 to 200; 50 unless said otherwise.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200)]
    limit: Option<String>,
}

impl AuditQuery {
    fn filter(&self) -> error::Result<Filter> {
        let action = self.action.as_deref().map(|name| {
            Action::parse(name).ok_or_else(|| Error::field("action", "There is no such action."))
        });
        let token = number("token", self.token.as_deref(), "This is not the id of a token.")?;
        Ok(Filter {
            action: action.transpose()?,
            actor: self.actor.clone(),
            subject: token.map(|id| ("token", id)),
            since: instant("since", self.since.as_deref())?,
            until: instant("until", self.until.as_deref())?,
        })
    }
}

fn number(
    field: &'static str,
    text: Option<&str>,
    said: &'static str,
) -> error::Result<Option<i64>> {
    text.map(|text| text.parse().map_err(|_| Error::field(field, said))).transpose()
}

fn instant(field: &'static str, text: Option<&str>) -> error::Result<Option<DateTime<Utc>>> {
    let wanted = "Write an instant of RFC 3339 with its offset, such as 2027-03-20T12:00:00Z.";
    let read = |text| DateTime::parse_from_rfc3339(text).map_err(|_| Error::field(field, wanted));
    Ok(text.map(read).transpose()?.map(|at| at.to_utc()))
}

/// List the audit log
///
/// The newest first.
#[utoipa::path(get, path = "/api/v2/organization/audit/", tag = "Audit log",
    operation_id = "list_audit_log",
    params(AuditQuery),
    responses(
        (status = 200, description = "A page of entries", body = [EntryJson],
            headers(("Link" = String, description = "The next page, as `rel=\"next\"`, where there is one."))),
        Always, Forbidden, Missing
    ))]
pub async fn list(
    reader: May<ReadAudit>,
    app: Data<App>,
    req: HttpRequest,
    query: Query<AuditQuery>,
) -> Result<HttpResponse> {
    page_of(Some(reader.organization()), &app, &req, query.0).await
}

/// List the instance's audit log
///
/// What was done to the instance, and by people to their own accounts and tokens. The newest first.
#[utoipa::path(get, path = "/api/v2/admin/audit/", tag = "Platform",
    operation_id = "list_instance_audit_log",
    params(AuditQuery),
    responses(
        (status = 200, description = "A page of entries", body = [EntryJson],
            headers(("Link" = String, description = "The next page, as `rel=\"next\"`, where there is one."))),
        Always, Forbidden
    ))]
pub async fn list_of_instance(
    _: PlatformAdmin,
    app: Data<App>,
    req: HttpRequest,
    query: Query<AuditQuery>,
) -> Result<HttpResponse> {
    page_of(None, &app, &req, query.0).await
}

async fn page_of(
    organization: Option<OrganizationId>,
    app: &App,
    req: &HttpRequest,
    query: AuditQuery,
) -> Result<HttpResponse> {
    let filter = query.filter()?;
    let after = number("after", query.after.as_deref(), "This is not a place in this list.")?;
    let limit = page::limit(query.limit.as_deref())?;
    let mut entries =
        app.db.read(move |conn| audit::list(conn, organization, &filter, after, limit + 1)).await?;
    let more = entries.len() > usize::try_from(limit).unwrap_or_default();
    if more {
        entries.pop();
    }
    let after = entries.last().filter(|_| more).map(|last| last.id.to_string());
    let entries: Vec<_> = entries.into_iter().map(EntryJson::of).collect();
    Ok(page::answer(req, &entries, after))
}
