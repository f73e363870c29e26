//! Organization settings > Policies: how long tokens may live.
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;

use crate::http::App;
use crate::web::policy::{self, Place, PolicyForm, PolicyView};
use crate::web::{Form, Frame, Owner, Page, Query, Result};

#[derive(Template)]
#[template(path = "settings/policies.html")]
struct PoliciesPage {
    frame: Frame,
    slug: String,
    view: PolicyView,
}

impl PoliciesPage {
    fn answer(owner: &Owner, view: PolicyView, status: StatusCode) -> HttpResponse {
        let frame = Frame::of_member(owner, "settings");
        Page(Self { frame, slug: owner.slug().to_owned(), view }).with(status)
    }
}

/// The policy in force; with something typed in the query, what that would do.
pub async fn page(owner: Owner, app: Data<App>, typed: Query<PolicyForm>) -> Result<HttpResponse> {
    let view = policy::look(&app, place(&owner), Some(owner.organization()), typed.0).await?;
    let status = view.status();
    Ok(PoliciesPage::answer(&owner, view, status))
}

pub async fn save(owner: Owner, app: Data<App>, form: Form<PolicyForm>) -> Result<HttpResponse> {
    let whose = Some((owner.organization(), owner.membership().organization_name.clone()));
    match policy::save(owner.me(), &app, place(&owner), whose, form.0).await? {
        Ok(saved) => Ok(saved),
        Err(view) => Ok(PoliciesPage::answer(&owner, view, StatusCode::UNPROCESSABLE_ENTITY)),
    }
}

fn place(owner: &Owner) -> Place {
    let at = format!("/orgs/{}/settings", owner.slug());
    Place { tokens: Some(format!("{at}/tokens")), at: format!("{at}/policies"), people: None }
}
