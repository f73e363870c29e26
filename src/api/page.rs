//! Lists by keyset pages: what may be asked, and the link to the next page.
use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use url::form_urlencoded::{Serializer, parse};
use utoipa::IntoParams;

use crate::error::{Error, Result};
use crate::http::App;
use crate::tokens::{self, Facet, Page, Sort};

const USUAL: i64 = 50;
const MOST: i64 = 200;

/// Which tokens, in which order.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// Only those in this state: `active`, `expired`, `disabled`, `blocked` or `revoked`;
    /// `warned` for those that a coming policy is against; `needs-attention` for those that are
    /// expired, blocked or warned, or end within 14 days; `needs-steward` for those that nobody
    /// answers for any more; `all` for the deleted ones too, which are left out unless said
    /// otherwise.
    state: Option<String>,
    /// Only those with this in their name, or with these first characters of their secret.
    search: Option<String>,
    /// `created` (the newest first, unless said otherwise), `last_used`, `name` or `expires`.
    sort: Option<String>,
    /// Where the page begins: taken from the `Link` of the page before.
    after: Option<String>,
    /// How many, 1 to 200; 50 unless said otherwise.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200)]
    limit: Option<String>,
}

impl ListQuery {
    pub fn read(self) -> Result<tokens::Query> {
        let facet =
            self.state.as_deref().map_or(Some(Facet::Kept), Facet::parse).ok_or_else(|| {
                let states = "active, expired, disabled, blocked, revoked, warned, \
                    needs-attention, needs-steward or all";
                Error::field("state", format!("Choose {states}."))
            })?;
        let sort =
            self.sort.as_deref().map_or(Some(Sort::Created), Sort::parse).ok_or_else(|| {
                Error::field("sort", "Choose created, last_used, name or expires.")
            })?;
        let page = match self.after {
            Some(after) => Page::After(after.parse()?),
            None => Page::First,
        };
        let search = self.search.unwrap_or_default();
        Ok(tokens::Query { search, facet, sort, page, limit: limit(self.limit.as_deref())? })
    }
}

pub fn limit(text: Option<&str>) -> Result<i64> {
    let Some(text) = text else { return Ok(USUAL) };
    let limit = text.parse().ok().filter(|limit| (1..=MOST).contains(limit));
    limit.ok_or_else(|| Error::field("limit", format!("Choose between 1 and {MOST}.")))
}

/// A page, with the link to the one that begins `after` it.
pub fn answer<T: Serialize>(req: &HttpRequest, items: &[T], after: Option<String>) -> HttpResponse {
    answer_with(req, &items, after)
}

/// The same, where the page stands in something.
pub fn answer_with(
    req: &HttpRequest,
    body: &impl Serialize,
    after: Option<String>,
) -> HttpResponse {
    let mut answer = HttpResponse::Ok();
    if let Some(after) = after {
        let mut query = Serializer::new(String::new());
        query
            .extend_pairs(parse(req.query_string().as_bytes()).filter(|(name, _)| name != "after"));
        let query = query.append_pair("after", &after).finish();
        let origin = req.app_data::<Data<App>>().map(|app| app.config.public_url.to_string());
        let to = format!("{}{}?{query}", origin.unwrap_or_default(), req.path());
        answer.insert_header((header::LINK, format!("<{to}>; rel=\"next\"")));
    }
    answer.json(body)
}
