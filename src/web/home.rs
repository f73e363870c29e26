//! `/`: to wherever whoever asks has something to do.
use actix_web::HttpResponse;
use actix_web::web::Data;

use super::identity::SignedIn;
use super::{Result, page};
use crate::accounts;
use crate::error::Error;
use crate::http::App;

pub async fn home(me: Option<SignedIn>, app: Data<App>) -> Result<HttpResponse> {
    if let Some(me) = me {
        return Ok(page::see_other(&first_page(&me)));
    }
    if app.db.read(accounts::any).await? {
        return Err(Error::Unauthenticated.into());
    }
    Ok(page::see_other("/setup"))
}

/// The overview of the first organization; whoever has none looks after their own account.
fn first_page(me: &SignedIn) -> String {
    me.memberships()
        .first()
        .map_or_else(|| "/account".into(), |first| format!("/orgs/{}", first.slug))
}
