//! + Create token: name, expiry, Create. The answer is the one page that shows it.
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use chrono::{DateTime, Utc};

use super::ground::Ground;
use super::{Named, find, holder, page_of};
use crate::error::Error;
use crate::http::App;
use crate::policies::Rule;
use crate::service_accounts::{self, ServiceAccount};
use crate::tokens::{self, Issued};
use crate::web::form::{self, Problems};
use crate::web::reveal::Reveal;
use crate::web::tokens::expiry::{ExpiryView, usual};
use crate::web::tokens::form::TokenForm;
use crate::web::twice::Twin;
use crate::web::when::When;
use crate::web::{Form, Owner, Path, Query, Result, page};
use crate::{db::Db, policies};

#[derive(Template)]
#[template(path = "access/_create_token.html")]
struct CreateDialog {
    account: String,
    is_active: bool,
    page: String,
    form: TokenForm,
    ending: ExpiryView,
    problems: Problems,
    twin: Option<Twin>,
}

impl CreateDialog {
    fn new(
        owner: &Owner,
        account: &ServiceAccount,
        rule: &Rule,
        mut form: TokenForm,
        problems: Problems,
        now: DateTime<Utc>,
    ) -> Self {
        if form.expiry.is_empty() {
            form.expiry = usual(rule);
        }
        Self {
            account: account.name.clone(),
            is_active: account.is_active(),
            page: page_of(owner.slug(), account.id),
            ending: ExpiryView::of(&form, rule, None, now),
            form,
            problems,
            twin: None,
        }
    }

    fn titled(self) -> (String, Self) {
        (format!("Create token for {}", self.account), self)
    }
}

async fn rule(db: &Db, owner: &Owner) -> Result<Rule> {
    let organization = owner.organization();
    Ok(db.read(move |conn| policies::of_organization(conn, organization)).await?.rule)
}

/// The tokens stand on the account's page.
pub async fn list_tokens(owner: Owner, app: Data<App>, path: Path<Named>) -> Result<HttpResponse> {
    let account = find(&app.db, &owner, path.0.account).await?;
    Ok(page::see_other(&page_of(owner.slug(), account.id)))
}

/// With something typed in the query, when the token would end.
pub async fn new_token(
    owner: Owner,
    app: Data<App>,
    path: Path<Named>,
    req: HttpRequest,
    typed: Query<TokenForm>,
) -> Result<HttpResponse> {
    let account = find(&app.db, &owner, path.0.account).await?;
    let (rule, now) = (rule(&app.db, &owner).await?, app.clock.now());
    let form = TokenForm { token: None, ..typed.0 };
    let dialog = CreateDialog::new(&owner, &account, &rule, form, Problems::default(), now);
    let ground = Ground::Account(account.id);
    ground.present(&owner, &app, &req, dialog.titled(), StatusCode::OK).await
}

pub async fn create_token(
    owner: Owner,
    app: Data<App>,
    path: Path<Named>,
    req: HttpRequest,
    form: Form<TokenForm>,
) -> Result<HttpResponse> {
    let account = find(&app.db, &owner, path.0.account).await?;
    let ground = Ground::Account(account.id);
    let form = TokenForm { token: None, ..form.0 };
    match form::checked(issue(&owner, &app, &account, &form).await)? {
        Ok(issued) => {
            let dialog = reveal(&owner, &app, &account, issued);
            let titled = (dialog.title.clone(), dialog);
            ground.present(&owner, &app, &req, titled, StatusCode::CREATED).await
        }
        Err(problems) => {
            let (rule, now) = (rule(&app.db, &owner).await?, app.clock.now());
            let named = (form.name.as_str(), &problems);
            let at = format!("{}/tokens", ground.url(owner.slug()));
            let twin = Twin::of(&app.db, holder(&owner, account.id), named, &at, now).await?;
            let dialog = CreateDialog::new(&owner, &account, &rule, form, problems, now);
            let dialog = CreateDialog { twin, ..dialog };
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            ground.present(&owner, &app, &req, dialog.titled(), status).await
        }
    }
}

async fn issue(
    owner: &Owner,
    app: &Data<App>,
    account: &ServiceAccount,
    form: &TokenForm,
) -> Result<Issued, Error> {
    let (by, organization, grant) = (owner.actor(), owner.organization(), owner.grant());
    let (holder, id, typed, shared) =
        (holder(owner, account.id), account.id, form.clone(), app.clone());
    app.db
        .write(move |tx| {
            let bounds = tokens::organization_bounds(tx.conn(), organization, grant)?;
            let power = service_accounts::hold(tx, organization, id)?.power();
            let (wish, unread) = typed.account_wish(tx.now());
            let cleared = bounds.clear_account_token(wish, &power, tx.now());
            let cleared = form::joined(cleared, unread)?;
            tokens::issue(tx, &by, holder, &shared.mint, cleared)
        })
        .await
}

/// The dialog that shows a new secret.
pub fn reveal(owner: &Owner, app: &App, account: &ServiceAccount, issued: Issued) -> Reveal {
    let page = page_of(owner.slug(), account.id);
    let token = &issued.token;
    let poll = format!("{page}/tokens/{}/first-use/{}", token.id, issued.generation);
    let ends = match token.expires_at.map(When::date) {
        Some(ends) => format!("it ends on {}", ends.text),
        None => "it never expires".to_owned(),
    };
    let sentence = format!(
        "Token of the service account {}. It may do what the account may, at each use; {ends}.",
        account.name,
    );
    let reveal = Reveal::new(issued, &app.config.public_url, poll, page.clone(), page);
    Reveal { sentence, ..reveal }
}
