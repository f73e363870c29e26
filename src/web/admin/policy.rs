//! Platform admin > PAT policy: how long personal access tokens may live.
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;

use crate::http::App;
use crate::web::policy::{self, Place, PolicyForm, PolicyView};
use crate::web::{Form, Frame, Page, PlatformAdmin, Query, Result};

#[derive(Template)]
#[template(path = "admin/policy.html")]
struct PolicyPage {
    frame: Frame,
    view: PolicyView,
}

impl PolicyPage {
    fn answer(admin: &PlatformAdmin, view: PolicyView, status: StatusCode) -> HttpResponse {
        Page(Self { frame: Frame::of_admin(admin, "policy"), view }).with(status)
    }
}

/// The policy in force; with something typed in the query, what that would do.
pub async fn page(
    admin: PlatformAdmin,
    app: Data<App>,
    typed: Query<PolicyForm>,
) -> Result<HttpResponse> {
    let view = policy::look(&app, place(), None, typed.0).await?;
    let status = view.status();
    Ok(PolicyPage::answer(&admin, view, status))
}

pub async fn save(
    admin: PlatformAdmin,
    app: Data<App>,
    form: Form<PolicyForm>,
) -> Result<HttpResponse> {
    match policy::save(&admin, &app, place(), None, form.0).await? {
        Ok(saved) => Ok(saved),
        Err(view) => Ok(PolicyPage::answer(&admin, view, StatusCode::UNPROCESSABLE_ENTITY)),
    }
}

fn place() -> Place {
    Place { at: "/admin/policy".into(), tokens: None, people: Some("/admin/users") }
}
