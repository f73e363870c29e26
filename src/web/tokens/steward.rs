//! Naming who answers for a token: a member of the organization.
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;

use super::ground::Ground;
use super::{Named, at, find_live, holder};
use crate::access::Grant;
use crate::accounts;
use crate::error::{Error, Result as CoreResult};
use crate::http::App;
use crate::organizations::{self, MemberQuery, Membership};
use crate::policies::Change;
use crate::tokens::{self, Token};
use crate::web::form::{self, Problems};
use crate::web::{Form, Owner, Path, Result, page};

/// Members that are suggested while one types.
const SUGGESTED: i64 = 50;

#[derive(Template)]
#[template(path = "tokens/_steward.html")]
struct StewardDialog {
    action: String,
    back: String,
    name: String,
    steward: String,
    members: Vec<Membership>,
    problems: Problems,
}

#[derive(Clone, Deserialize)]
pub struct StewardForm {
    /// An e-mail address.
    #[serde(default)]
    steward: String,
}

pub async fn ask_for_steward(
    owner: Owner,
    app: Data<App>,
    path: Path<Named>,
    req: HttpRequest,
) -> Result<HttpResponse> {
    let token = find_live(&app.db, &owner, path.0.id).await?;
    let mine = owner.me().user().email.clone();
    present(&owner, &app, &req, &token, mine, Problems::default(), StatusCode::OK).await
}

async fn present(
    owner: &Owner,
    app: &App,
    req: &HttpRequest,
    token: &Token,
    steward: String,
    problems: Problems,
    status: StatusCode,
) -> Result<HttpResponse> {
    let organization = owner.organization();
    let query = MemberQuery { limit: SUGGESTED, ..MemberQuery::default() };
    let listed =
        app.db.read(move |conn| organizations::list_members(conn, organization, &query)).await?;
    let back = format!("{}/{}", at(owner.slug()), token.id);
    let dialog = StewardDialog {
        action: format!("{back}/steward"),
        back,
        name: token.name.clone(),
        steward,
        members: listed.0,
        problems,
    };
    let title = format!("Steward of “{}”", token.name);
    Ground::Token(token.id).present(owner, app, req, (title, dialog), status).await
}

pub async fn name_steward(
    owner: Owner,
    app: Data<App>,
    path: Path<Named>,
    req: HttpRequest,
    form: Form<StewardForm>,
) -> Result<HttpResponse> {
    let token = find_live(&app.db, &owner, path.0.id).await?;
    match form::checked(name(&owner, &app, &token, &form.0.steward).await)? {
        Ok(token) => {
            let name = token.steward.unwrap_or_default();
            let detail = format!("{name} answers for it from now on.");
            owner.me().tell(format!("“{}” has a steward", token.name), detail)?;
            Ok(page::see_other(&Ground::Token(token.id).url(owner.slug())))
        }
        Err(problems) => {
            let (typed, status) = (form.0.steward, StatusCode::UNPROCESSABLE_ENTITY);
            present(&owner, &app, &req, &token, typed, problems, status).await
        }
    }
}

async fn name(owner: &Owner, app: &App, token: &Token, email: &str) -> CoreResult<Token> {
    let (by, organization, holder) = (owner.actor(), owner.organization(), holder(owner));
    let (id, email) = (token.id, email.to_owned());
    app.db
        .write(move |tx| {
            let user = accounts::by_email(tx.conn(), &email)?
                .ok_or_else(|| Error::field("steward", "Choose a member of the organization."))?;
            let bounds = tokens::organization_bounds(tx.conn(), organization, Grant::of_owner())?;
            let change = Change { steward: Some(user.id), ..Change::default() };
            let cleared = bounds.clear_change(change, tx.now())?;
            tokens::change(tx, &by, holder, id, cleared)
        })
        .await
}
