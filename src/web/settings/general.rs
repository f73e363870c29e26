//! Organization settings > General: the name, and what the organization is called by programs.
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpResponse, Responder};
use askama::Template;
use serde::Deserialize;

use crate::http::App;
use crate::id::OrganizationId;
use crate::organizations;
use crate::web::form::{self, Problems};
use crate::web::{Form, Frame, Owner, Page, Result, page};

#[derive(Template)]
#[template(path = "settings/general.html")]
struct GeneralPage {
    frame: Frame,
    slug: String,
    id: OrganizationId,
    name: String,
    problems: Problems,
}

impl GeneralPage {
    fn new(owner: &Owner, name: String, problems: Problems) -> Self {
        Self {
            frame: Frame::of_member(owner, "settings"),
            slug: owner.slug().to_owned(),
            id: owner.organization(),
            name,
            problems,
        }
    }
}

pub async fn page(owner: Owner) -> impl Responder {
    let name = owner.membership().organization_name.clone();
    Page(GeneralPage::new(&owner, name, Problems::default()))
}

#[derive(Deserialize)]
pub struct NameForm {
    #[serde(default)]
    name: String,
}

pub async fn rename(owner: Owner, app: Data<App>, form: Form<NameForm>) -> Result<HttpResponse> {
    let (by, id, name) = (owner.actor(), owner.organization(), form.0.name.clone());
    let renamed = app.db.write(move |tx| organizations::rename(tx, &by, id, &name)).await;
    match form::checked(renamed)? {
        Ok(organization) => {
            owner.me().tell("Organization renamed", format!("It is now {}.", organization.name))?;
            Ok(page::see_other(&format!("/orgs/{}/settings", organization.slug)))
        }
        Err(problems) => {
            let page = GeneralPage::new(&owner, form.0.name, problems);
            Ok(Page(page).with(StatusCode::UNPROCESSABLE_ENTITY))
        }
    }
}
