//! Organization settings > Policies: how long tokens may live. What a change would block is shown
//! before it is saved, with and without script.
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;
use diesel::PgConnection;
use serde::Deserialize;

use crate::error::{Error, Result as CoreResult};
use crate::http::App;
use crate::id::OrganizationId;
use crate::policies::{self, LONGEST_DAYS, Policy};
use crate::tokens::{self, Facet, State};
use crate::web::form::{self, Problems};
use crate::web::{Form, Frame, Owner, Page, Query, Result, page};

/// Names of tokens that are listed before "and more".
const NAMED: i64 = 5;

/// What a policy would do to the tokens that there are.
#[derive(Default)]
struct Effect {
    blocked_now: i64,
    would_be_blocked: i64,
    names: Vec<String>,
}

impl Effect {
    fn blocks(&self) -> i64 {
        (self.would_be_blocked - self.blocked_now).max(0)
    }

    fn frees(&self) -> i64 {
        (self.blocked_now - self.would_be_blocked).max(0)
    }

    fn named(&self) -> String {
        let quoted: Vec<_> = self.names.iter().map(|name| format!("“{name}”")).collect();
        quoted.join(", ")
    }

    fn unnamed(&self) -> i64 {
        self.would_be_blocked - i64::try_from(self.names.len()).unwrap_or(i64::MAX)
    }
}

#[derive(Template)]
#[template(path = "settings/policies.html")]
struct PoliciesPage {
    frame: Frame,
    slug: String,
    form: PolicyForm,
    /// What is typed is not what is in force.
    changed: bool,
    /// A save was held back, because what it blocks had not been shown.
    held_back: bool,
    effect: Effect,
    problems: Problems,
}

impl PoliciesPage {
    fn new(owner: &Owner, form: PolicyForm) -> Self {
        Self {
            frame: Frame::of_member(owner, "settings"),
            slug: owner.slug().to_owned(),
            form,
            changed: false,
            held_back: false,
            effect: Effect::default(),
            problems: Problems::default(),
        }
    }
}

#[derive(Clone, Default, Deserialize)]
pub struct PolicyForm {
    /// Empty for no limit; left out altogether where nothing was typed yet.
    max_lifetime_days: Option<String>,
    allow_non_expiring: Option<String>,
    /// How many more tokens the page said would be blocked.
    #[serde(default)]
    seen: i64,
}

impl PolicyForm {
    fn of(policy: Policy) -> Self {
        Self {
            max_lifetime_days: policy.max_lifetime_days.map(|days| days.to_string()),
            allow_non_expiring: policy.allow_non_expiring.then(|| "true".into()),
            seen: 0,
        }
    }

    fn days(&self) -> &str {
        self.max_lifetime_days.as_deref().unwrap_or_default()
    }

    fn policy(&self) -> CoreResult<Policy> {
        let max_lifetime_days = match self.days().trim() {
            "" => None,
            days => Some(days.parse().map_err(|_| {
                Error::field(
                    "max_lifetime_days",
                    format!("Choose between 1 and {LONGEST_DAYS} days, or leave it empty."),
                )
            })?),
        };
        let policy =
            Policy { max_lifetime_days, allow_non_expiring: self.allow_non_expiring.is_some() };
        policy.check().map(|()| policy)
    }
}

/// The policy in force; with something typed in the query, what that would do.
pub async fn page(owner: Owner, app: Data<App>, typed: Query<PolicyForm>) -> Result<HttpResponse> {
    let id = owner.organization();
    if typed.0.max_lifetime_days.is_none() {
        let policy = app.db.read(move |conn| policies::of_organization(conn, id)).await?;
        let mut page = PoliciesPage::new(&owner, PolicyForm::of(policy));
        page.effect = effect(&app, id, policy).await?.1;
        return Ok(Page(page).with(StatusCode::OK));
    }
    let mut page = PoliciesPage::new(&owner, typed.0);
    match form::checked(page.form.policy())? {
        Ok(policy) => {
            (page.changed, page.effect) = effect(&app, id, policy).await?;
            Ok(Page(page).with(StatusCode::OK))
        }
        Err(problems) => {
            page.problems = problems;
            Ok(Page(page).with(StatusCode::UNPROCESSABLE_ENTITY))
        }
    }
}

/// Saves only what was shown: a policy that blocks more tokens than the page said comes back first.
pub async fn save(owner: Owner, app: Data<App>, form: Form<PolicyForm>) -> Result<HttpResponse> {
    let mut page = PoliciesPage::new(&owner, form.0);
    let policy = match form::checked(page.form.policy())? {
        Ok(policy) => policy,
        Err(problems) => {
            page.problems = problems;
            return Ok(Page(page).with(StatusCode::UNPROCESSABLE_ENTITY));
        }
    };
    let (by, id) = (owner.actor(), owner.organization());
    (page.changed, page.effect) = effect(&app, id, policy).await?;
    if page.effect.blocks() > page.form.seen {
        page.held_back = true;
        return Ok(Page(page).with(StatusCode::UNPROCESSABLE_ENTITY));
    }
    let name = owner.membership().organization_name.clone();
    app.db.write(move |tx| policies::change(tx, &by, Some((id, &name)), policy)).await?;
    owner.me().tell("Policy saved", "It holds from now on, for tokens that exist too.")?;
    Ok(page::see_other(&format!("/orgs/{}/settings/policies", owner.slug())))
}

/// Whether `policy` is another than the one in force, and what it would do.
async fn effect(app: &App, id: OrganizationId, policy: Policy) -> Result<(bool, Effect)> {
    let now = app.clock.now();
    let work = move |conn: &mut PgConnection| {
        let current = policies::of_organization(conn, id)?;
        let query = tokens::Query {
            facet: Facet::State(State::Blocked),
            sort: tokens::Sort::Name,
            limit: NAMED,
            ..tokens::Query::default()
        };
        let (listed, _) = tokens::list(conn, id, &query, &policy, now)?;
        let effect = Effect {
            blocked_now: tokens::health(conn, id, &current, now)?.blocked,
            would_be_blocked: tokens::health(conn, id, &policy, now)?.blocked,
            names: listed.into_iter().map(|listed| listed.token.name).collect(),
        };
        Ok((policy != current, effect))
    };
    Ok(app.db.read(work).await?)
}
