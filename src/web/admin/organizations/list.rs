//! The list, and the dialog that makes an organization.
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;

use super::super::dialog::{Dialog, alone};
use super::super::pager::{ListQuery, Pager, ROWS};
use super::AT;
use crate::access::Standing;
use crate::accounts;
use crate::db::Tx;
use crate::error::{Error, Problem, Result as CoreResult};
use crate::http::App;
use crate::id::OrganizationId;
use crate::organizations::{self, Directory, Organization};
use crate::web::form::{self, Problems};
use crate::web::when::{When, counted};
use crate::web::{Form, Frame, Page, PlatformAdmin, Query, Result, page};

#[derive(Template)]
#[template(path = "admin/organizations.html")]
struct ListPage {
    frame: Frame,
    query: ListQuery<OrganizationId>,
    /// Each with its members, counted, and the day it was made.
    organizations: Vec<(Organization, String, When)>,
    pager: Pager,
    dialog: Option<Dialog>,
}

impl ListPage {
    async fn read(
        admin: &PlatformAdmin,
        app: &App,
        query: ListQuery<OrganizationId>,
    ) -> Result<Self> {
        let wanted = Directory { search: query.search.clone(), start: query.start(), limit: ROWS };
        let (found, more) =
            app.db.read(move |conn| organizations::directory(conn, &wanted)).await?;
        let ids: Vec<_> = found.iter().map(|(organization, _)| organization.id).collect();
        let rows = found.into_iter().map(|(organization, members)| {
            let made = When::date(organization.created_at);
            (organization, counted(members, "member"), made)
        });
        Ok(Self {
            frame: Frame::of_admin(admin, "organizations"),
            pager: Pager::of(AT, &query, &ids, more),
            organizations: rows.collect(),
            query,
            dialog: None,
        })
    }
}

pub async fn list(
    admin: PlatformAdmin,
    app: Data<App>,
    query: Query<ListQuery<OrganizationId>>,
) -> Result<HttpResponse> {
    Ok(Page(ListPage::read(&admin, &app, query.0).await?).with(StatusCode::OK))
}

/// Puts a dialog before the list.
pub async fn under(
    admin: &PlatformAdmin,
    app: &App,
    req: &HttpRequest,
    (title, part): (&str, impl Template),
    status: StatusCode,
) -> Result<HttpResponse> {
    if page::is_part(req) {
        return Ok(alone(part, status));
    }
    let dialog = Some(Dialog::of(title, &part)?);
    let page = ListPage { dialog, ..ListPage::read(admin, app, ListQuery::default()).await? };
    Ok(Page(page).with(status))
}

#[derive(Default, Clone, Deserialize)]
pub struct OrganizationForm {
    #[serde(default)]
    name: String,
    /// Empty for the one that the name suggests.
    #[serde(default)]
    slug: String,
    #[serde(default)]
    owner: String,
}

#[derive(Template)]
#[template(path = "admin/_create_organization.html")]
struct CreateDialog {
    form: OrganizationForm,
    problems: Problems,
}

pub async fn new(admin: PlatformAdmin, app: Data<App>, req: HttpRequest) -> Result<HttpResponse> {
    let form =
        OrganizationForm { owner: admin.user().email.clone(), ..OrganizationForm::default() };
    let dialog = CreateDialog { form, problems: Problems::default() };
    under(&admin, &app, &req, ("Create organization", dialog), StatusCode::OK).await
}

pub async fn create(
    admin: PlatformAdmin,
    app: Data<App>,
    req: HttpRequest,
    form: Form<OrganizationForm>,
) -> Result<HttpResponse> {
    match form::checked(make(&admin, &app, form.0.clone()).await)? {
        Ok((organization, owner)) => {
            let detail = format!("{owner} is its owner.");
            admin.tell(format!("{} created", organization.name), detail)?;
            Ok(page::see_other(AT))
        }
        Err(problems) => {
            let dialog = CreateDialog { form: form.0, problems };
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            under(&admin, &app, &req, ("Create organization", dialog), status).await
        }
    }
}

async fn make(
    admin: &PlatformAdmin,
    app: &App,
    form: OrganizationForm,
) -> CoreResult<(Organization, String)> {
    let by = admin.actor();
    let work = move |tx: &mut Tx| {
        let suggested = organizations::suggest_slug(&form.name);
        let slug = if form.slug.trim().is_empty() { &suggested } else { &form.slug };
        let owner = accounts::by_email(tx.conn(), &form.owner).and_then(|found| {
            let nobody =
                || Error::field("owner", "Nobody here has this address; create the user first.");
            found.filter(|user| user.disabled_at.is_none()).ok_or_else(nobody)
        });
        let made = match (organizations::create(tx, &by, slug, &form.name), &owner) {
            (Err(Error::Invalid(problems)), Err(Error::Invalid(more))) => {
                let all: Vec<Problem> = problems.into_iter().chain(more.clone()).collect();
                return Err(Error::Invalid(all));
            }
            (made, _) => made?,
        };
        let owner = owner?;
        organizations::add_member(tx, &by, made.id, (owner.id, &owner.name), Standing::Owner)?;
        Ok((made, owner.name))
    };
    app.db.write(work).await
}
