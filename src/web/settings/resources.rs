//! Organization settings > Resources: what permissions are about. The built-in ones stay; an owner
//! adds others, for the APIs that the organization protects.
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;

use crate::error::Error;
use crate::http::App;
use crate::organizations;
use crate::web::form::{self, Problems};
use crate::web::{Form, Frame, Owner, Page, Path, Result, page};

/// What the resources of Jeton itself are for, as a sentence goes on after the name.
const CONTROL: [(&str, &str); 8] = [
    ("organization", "The organization's name and id"),
    ("projects", "The list of projects"),
    ("members", "Who belongs to the organization, as what"),
    ("tokens", "Organization tokens; for people also their own"),
    ("service_accounts", "Service accounts and their tokens"),
    ("policies", "What tokens may be"),
    ("audit", "The audit log"),
    ("introspection", "Asking whether a token of this organization is good"),
];

/// What the resources that every organization starts with are for.
const DATA: [(&str, &str); 10] = [
    ("records", "Entries of a catalogue or register"),
    ("standards", "Rules that things are measured by"),
    ("baselines", "Fixed states to compare with"),
    ("domains", "Areas that systems belong to"),
    ("groups", "Teams and other groupings"),
    ("systems", "Systems and services"),
    ("metrics", "Figures over time"),
    ("events", "What happened, as it comes in"),
    ("devices", "Machines and sensors"),
    ("secrets", "Secrets of applications"),
];

#[derive(Template)]
#[template(path = "settings/resources.html")]
struct ResourcesPage {
    frame: Frame,
    slug: String,
    own: Vec<String>,
    name: String,
    problems: Problems,
    dialog: Option<RemoveDialog>,
}

#[derive(Template)]
#[template(path = "settings/_remove_resource.html")]
struct RemoveDialog {
    slug: String,
    name: String,
}

async fn read(owner: &Owner, app: &App) -> Result<ResourcesPage> {
    let id = owner.organization();
    let own = app.db.read(move |conn| organizations::resource_names(conn, &[id])).await?;
    Ok(ResourcesPage {
        frame: Frame::of_member(owner, "settings"),
        slug: owner.slug().to_owned(),
        own,
        name: String::new(),
        problems: Problems::default(),
        dialog: None,
    })
}

pub async fn page(owner: Owner, app: Data<App>) -> Result<HttpResponse> {
    Ok(Page(read(&owner, &app).await?).with(StatusCode::OK))
}

#[derive(Deserialize)]
pub struct ResourceForm {
    #[serde(default)]
    name: String,
}

pub async fn add(owner: Owner, app: Data<App>, form: Form<ResourceForm>) -> Result<HttpResponse> {
    let (by, id, name) = (owner.actor(), owner.organization(), form.0.name.clone());
    let added = app.db.write(move |tx| organizations::add_resource(tx, &by, id, &name)).await;
    let name = form.0.name;
    match form::checked(added)? {
        Ok(()) => {
            let detail = format!("Permissions can name {} from now on.", name.trim());
            owner.me().tell("Resource added", detail)?;
            Ok(page::see_other(&at(&owner)))
        }
        Err(problems) => {
            let page = ResourcesPage { name, problems, ..read(&owner, &app).await? };
            Ok(Page(page).with(StatusCode::UNPROCESSABLE_ENTITY))
        }
    }
}

pub async fn ask_to_remove(
    owner: Owner,
    app: Data<App>,
    path: Path<Named>,
    req: HttpRequest,
) -> Result<HttpResponse> {
    let page = read(&owner, &app).await?;
    let name = path.0.name;
    if !page.own.contains(&name) {
        return Err(Error::NotFound("resource").into());
    }
    let dialog = RemoveDialog { slug: owner.slug().to_owned(), name };
    if page::is_part(&req) {
        return Ok(Page(dialog).with(StatusCode::OK));
    }
    Ok(Page(ResourcesPage { dialog: Some(dialog), ..page }).with(StatusCode::OK))
}

/// The path names the organization too, which the proof has read.
#[derive(Deserialize)]
pub struct Named {
    name: String,
}

pub async fn remove(owner: Owner, app: Data<App>, path: Path<Named>) -> Result<HttpResponse> {
    let (by, id, name) = (owner.actor(), owner.organization(), path.0.name.clone());
    app.db.write(move |tx| organizations::remove_resource(tx, &by, id, &name)).await?;
    owner.me().tell("Resource removed", format!("No permission can name {} now.", path.0.name))?;
    Ok(page::see_other(&at(&owner)))
}

fn at(owner: &Owner) -> String {
    format!("/orgs/{}/settings/resources", owner.slug())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access;

    #[test]
    fn every_built_in_resource_is_explained() {
        assert_eq!(CONTROL.map(|(name, _)| name), access::CONTROL);
        assert_eq!(DATA.map(|(name, _)| name), access::DATA);
    }
}
