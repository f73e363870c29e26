//! Projects: everyone in the organization sees them, owners change them.
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;

use super::access::service_accounts;
use super::form::{self, Problems};
use super::when::When;
use super::{Form, Frame, Member, Owner, Page, Path, Result, page};
use crate::access::{Level, Power};
use crate::error::{Error, Result as CoreResult};
use crate::http::App;
use crate::projects::{self, Project};

/// Tokens and accounts that are named before "and more".
const NAMED: u8 = 20;

#[derive(Template)]
#[template(path = "projects/list.html")]
struct ListPage {
    frame: Frame,
    slug: String,
    organization: String,
    /// Each with how many tokens name it, and since when it is there.
    projects: Vec<(Project, i64, When)>,
    /// Whose secrets the member may see.
    power: Power,
    dialog: Option<Dialog>,
}

/// What stands before the list. Each is a page of its own for whoever has no script.
#[derive(Template)]
#[template(ext = "html")]
enum Dialog {
    #[template(path = "projects/_create.html")]
    Create { slug: String, form: CreateForm, problems: Problems },
    #[template(path = "projects/_rename.html")]
    Rename { slug: String, project_id: String, name: String, problems: Problems },
    #[template(path = "projects/_delete.html")]
    Delete { slug: String, project: Project, named_by: Vec<NamedBy>, more: bool, secrets: i64 },
}

/// What keeps a project from being deleted.
struct NamedBy {
    page: String,
    name: String,
    icon: &'static str,
}

impl ListPage {
    fn shows_secrets(&self, project: &Project) -> bool {
        self.power.allows("secrets", Level::Read, Some(&project.project_id))
    }

    async fn read(member: &Member, app: &App) -> Result<Self> {
        let id = member.organization();
        let projects = app.db.read(move |conn| projects::list_with_tokens(conn, id)).await?;
        Ok(Self {
            frame: Frame::of_member(member, "projects"),
            slug: member.slug().to_owned(),
            organization: member.membership().organization_name.clone(),
            projects: projects
                .into_iter()
                .map(|(project, tokens)| {
                    let created = When::date(project.created_at);
                    (project, tokens, created)
                })
                .collect(),
            power: member.membership().power.clone(),
            dialog: None,
        })
    }
}

pub async fn list(member: Member, app: Data<App>) -> Result<HttpResponse> {
    Ok(Page(ListPage::read(&member, &app).await?).with(StatusCode::OK))
}

/// The dialog alone where that is asked for, else before its page.
async fn present(
    owner: &Owner,
    app: &App,
    req: &HttpRequest,
    dialog: Dialog,
    status: StatusCode,
) -> Result<HttpResponse> {
    if page::is_part(req) {
        return Ok(Page(dialog).with(status));
    }
    let page = ListPage { dialog: Some(dialog), ..ListPage::read(owner, app).await? };
    Ok(Page(page).with(status))
}

#[derive(Default, Clone, Deserialize)]
pub struct CreateForm {
    #[serde(default)]
    project_id: String,
    #[serde(default)]
    name: String,
}

pub async fn new(owner: Owner, app: Data<App>, req: HttpRequest) -> Result<HttpResponse> {
    let (form, problems) = (CreateForm::default(), Problems::default());
    let dialog = Dialog::Create { slug: owner.slug().to_owned(), form, problems };
    present(&owner, &app, &req, dialog, StatusCode::OK).await
}

pub async fn create(
    owner: Owner,
    app: Data<App>,
    req: HttpRequest,
    form: Form<CreateForm>,
) -> Result<HttpResponse> {
    let (by, id, typed) = (owner.actor(), owner.organization(), form.0.clone());
    let created =
        app.db.write(move |tx| projects::create(tx, &by, id, &typed.project_id, &typed.name)).await;
    match form::checked(created)? {
        Ok(project) => {
            let detail = format!("Tokens can be kept to {} from now on.", project.project_id);
            owner.me().tell("Project created", detail)?;
            Ok(page::see_other(&at(&owner)))
        }
        Err(problems) => {
            let dialog = Dialog::Create { slug: owner.slug().to_owned(), form: form.0, problems };
            present(&owner, &app, &req, dialog, StatusCode::UNPROCESSABLE_ENTITY).await
        }
    }
}

/// The path names the organization too, which the proof has read.
#[derive(Deserialize)]
pub struct Named {
    project: String,
}

pub async fn ask_to_rename(
    owner: Owner,
    app: Data<App>,
    path: Path<Named>,
    req: HttpRequest,
) -> Result<HttpResponse> {
    let project = find(&owner, &app, path.0.project).await?;
    let dialog = Dialog::Rename {
        slug: owner.slug().to_owned(),
        project_id: project.project_id,
        name: project.name,
        problems: Problems::default(),
    };
    present(&owner, &app, &req, dialog, StatusCode::OK).await
}

#[derive(Deserialize)]
pub struct RenameForm {
    #[serde(default)]
    name: String,
}

pub async fn rename(
    owner: Owner,
    app: Data<App>,
    path: Path<Named>,
    req: HttpRequest,
    form: Form<RenameForm>,
) -> Result<HttpResponse> {
    let (by, id) = (owner.actor(), owner.organization());
    let (project_id, name) = (path.0.project.clone(), form.0.name.clone());
    let renamed = app.db.write(move |tx| projects::rename(tx, &by, id, &project_id, &name)).await;
    match form::checked(renamed)? {
        Ok(project) => {
            let detail = format!("{} is now called {}.", project.project_id, project.name);
            owner.me().tell("Project renamed", detail)?;
            Ok(page::see_other(&at(&owner)))
        }
        Err(problems) => {
            let dialog = Dialog::Rename {
                slug: owner.slug().to_owned(),
                project_id: path.0.project,
                name: form.0.name,
                problems,
            };
            present(&owner, &app, &req, dialog, StatusCode::UNPROCESSABLE_ENTITY).await
        }
    }
}

pub async fn ask_to_delete(
    owner: Owner,
    app: Data<App>,
    path: Path<Named>,
    req: HttpRequest,
) -> Result<HttpResponse> {
    let dialog = delete_dialog(&owner, &app, path.0.project).await?;
    present(&owner, &app, &req, dialog, StatusCode::OK).await
}

/// While tokens name it or it holds secrets, the answer is the dialog again, which says which.
pub async fn delete(
    owner: Owner,
    app: Data<App>,
    path: Path<Named>,
    req: HttpRequest,
) -> Result<HttpResponse> {
    let (by, id, project) = (owner.actor(), owner.organization(), path.0.project.clone());
    match app.db.write(move |tx| projects::delete(tx, &by, id, &project)).await {
        Ok(()) => {
            owner.me().tell("Project deleted", format!("{} is gone.", path.0.project))?;
            Ok(page::see_other(&at(&owner)))
        }
        Err(refused @ Error::Conflict(_)) => {
            let dialog = delete_dialog(&owner, &app, path.0.project).await?;
            if matches!(&dialog, Dialog::Delete { named_by, secrets: 0, .. } if named_by.is_empty())
            {
                return Err(refused.into());
            }
            present(&owner, &app, &req, dialog, StatusCode::CONFLICT).await
        }
        Err(other) => Err(other.into()),
    }
}

async fn delete_dialog(owner: &Owner, app: &App, project_id: String) -> Result<Dialog> {
    let (slug, id) = (owner.slug().to_owned(), owner.organization());
    let read = app.db.read(move |conn| {
        let project = projects::find(conn, id, &project_id)?.ok_or(Error::NotFound("project"))?;
        let most = i64::from(NAMED) + 1;
        let accounts = projects::live_accounts(conn, project.id, most)?.into_iter();
        let accounts = accounts.map(|(id, name)| NamedBy {
            page: service_accounts::page_of(&slug, id),
            name,
            icon: "blocks",
        });
        let tokens = projects::live_tokens(conn, project.id, most)?.into_iter();
        let tokens = tokens.map(|(id, name)| NamedBy {
            page: format!("/orgs/{slug}/settings/tokens/{id}"),
            name,
            icon: "key-round",
        });
        let mut named_by: Vec<_> = accounts.chain(tokens).collect();
        let more = named_by.len() > usize::from(NAMED);
        named_by.truncate(usize::from(NAMED));
        let secrets = projects::living_secrets(conn, project.id)?;
        CoreResult::Ok(Dialog::Delete { slug, project, named_by, more, secrets })
    });
    Ok(read.await?)
}

async fn find(owner: &Owner, app: &App, project_id: String) -> Result<Project> {
    let id = owner.organization();
    let found = app.db.read(move |conn| projects::find(conn, id, &project_id)).await?;
    Ok(found.ok_or(Error::NotFound("project"))?)
}

fn at(owner: &Owner) -> String {
    format!("/orgs/{}/projects", owner.slug())
}
