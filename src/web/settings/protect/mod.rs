//! Organization settings > Protect a service: the configuration of a reverse proxy that asks Jeton
//! before it lets a request through, and what it would be answered about a token.
mod form;
mod recipe;
mod trial;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;
use secrecy::ExposeSecret;

use self::form::ProtectForm;
use self::recipe::Proxy;
use self::trial::Trial;
use crate::access::{CONTROL, DATA, Level};
use crate::error::Problem;
use crate::http::App;
use crate::http::forward::{Gate, Preset};
use crate::projects::Project;
use crate::web::choice::{Choice, Resource};
use crate::web::form::Problems;
use crate::web::{Form, Frame, Owner, Page, Query, Result};
use crate::{organizations, projects};

#[derive(Template)]
#[template(path = "settings/protect.html")]
struct ProtectPage {
    frame: Frame,
    slug: String,
    organization: String,
    at: String,
    form: ProtectForm,
    gate: Gate,
    proxies: Vec<Choice>,
    resources: Vec<Resource>,
    projects: Vec<Project>,
    presets: Vec<Choice>,
    recipe: String,
    /// No proxy is trusted to say whence a request came.
    trusts_none: bool,
    problems: Problems,
    trial: Option<Trial>,
}

impl ProtectPage {
    async fn read(owner: &Owner, app: &App, form: ProtectForm) -> Result<Self> {
        let id = owner.organization();
        let (own, projects) = app
            .db
            .read(move |conn| {
                let own = organizations::resource_names(conn, &[id])?;
                Ok((own, projects::list(conn, id)?))
            })
            .await?;
        let names = DATA.into_iter().chain(own.iter().map(String::as_str)).chain(CONTROL);
        let line = |name: &str| {
            let level = form.permissions.get(name).copied();
            Resource::new(name, level, Some(Level::Manage))
        };
        let resources: Vec<_> = names.map(line).collect();
        let gate = form.gate(owner.slug(), &resources, &projects);
        let proxy = |proxy: Proxy| Choice::plain(proxy.name(), proxy.title(), form.proxy.name());
        Ok(Self {
            frame: Frame::of_member(owner, "settings"),
            slug: owner.slug().to_owned(),
            organization: owner.membership().organization_name.clone(),
            at: format!("/orgs/{}/settings/forward-auth", owner.slug()),
            proxies: Proxy::ALL.map(proxy).into(),
            presets: Preset::ALL.map(|preset| described(preset, form.headers)).into(),
            recipe: form.proxy.recipe(&gate, &app.config.public_url)?,
            trusts_none: app.config.trusted_proxies.is_empty(),
            resources,
            projects,
            gate,
            form,
            problems: Problems::default(),
            trial: None,
        })
    }

    /// `records:read, events:write`
    fn permissions(&self) -> String {
        let required = self.gate.demand.permissions.iter();
        let required: Vec<_> = required.map(|(name, level)| format!("{name}:{level}")).collect();
        required.join(", ")
    }
}

fn described(preset: Preset, chosen: Preset) -> Choice {
    let (label, detail) = match preset {
        Preset::Remote => ("Remote-User", "What most services know"),
        Preset::Forwarded => ("X-Forwarded-User", "As behind Traefik"),
        Preset::AuthRequest => ("X-Auth-Request-User", "As behind oauth2-proxy"),
    };
    Choice { detail, ..Choice::plain(preset.name(), label, chosen.name()) }
}

pub async fn page(
    owner: Owner,
    app: Data<App>,
    chosen: Query<ProtectForm>,
) -> Result<HttpResponse> {
    Ok(Page(ProtectPage::read(&owner, &app, chosen.0).await?).with(StatusCode::OK))
}

/// Asks as the proxy would.
pub async fn ask(owner: Owner, app: Data<App>, form: Form<ProtectForm>) -> Result<HttpResponse> {
    let mut page = ProtectPage::read(&owner, &app, form.0).await?;
    let typed = page.form.token.expose_secret().trim();
    if typed.is_empty() {
        page.problems = Problems::new(vec![Problem::new("token", "Paste the token to try.")]);
        return Ok(Page(page).with(StatusCode::UNPROCESSABLE_ENTITY));
    }
    page.trial = Some(Trial::of(&app, &page.gate, typed).await?);
    Ok(Page(page).with(StatusCode::OK))
}
