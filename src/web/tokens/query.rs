//! The address of a list: what is searched, filtered and sorted by, and from where on.
use serde::{Deserialize, Serialize};

use super::at;
use crate::error::{Error, Result};
use crate::tokens::{Cursor, Facet, Page, Query, Sort};

/// Rows of a page.
const ROWS: i64 = 25;

/// As it was typed. What is left out stays out of the address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ListQuery {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub search: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub state: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub sort: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub after: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub before: String,
}

impl ListQuery {
    /// From the text of an address; what cannot be read is the whole list.
    pub fn of_text(text: &str) -> Self {
        let query: Self = serde_html_form::from_str(text).unwrap_or_default();
        if query.read().is_ok() { query } else { Self::default() }
    }

    pub fn text(&self) -> String {
        serde_html_form::to_string(self).unwrap_or_default()
    }

    pub fn url(&self, slug: &str) -> String {
        match self.text() {
            text if text.is_empty() => at(slug),
            text => format!("{}?{text}", at(slug)),
        }
    }

    /// What it asks for.
    ///
    /// # Errors
    /// `InvalidRequest` for a state or an order that no list has.
    pub fn read(&self) -> Result<Query> {
        let unknown =
            |what| Error::InvalidRequest(format!("no list of tokens has this {what}").into());
        let page = match (self.after.as_str(), self.before.as_str()) {
            ("", "") => Page::First,
            (after, "") => Page::After(after.parse::<Cursor>()?),
            (_, before) => Page::Before(before.parse::<Cursor>()?),
        };
        Ok(Query {
            search: self.search.clone(),
            facet: Facet::parse(&self.state).ok_or_else(|| unknown("state"))?,
            sort: self.sort()?,
            page,
            limit: ROWS,
        })
    }

    pub fn sort(&self) -> Result<Sort> {
        if self.sort.is_empty() {
            return Ok(Sort::default());
        }
        Sort::parse(&self.sort)
            .ok_or_else(|| Error::InvalidRequest("no list of tokens has this order".into()))
    }

    /// The first page of the same list in another state.
    pub fn in_state(&self, state: &str) -> Self {
        Self { state: state.to_owned(), ..self.first() }
    }

    /// The first page of the same list in another order.
    pub fn sorted(&self, sort: Sort) -> Self {
        let named = if sort == Sort::default() { "" } else { sort.name() };
        Self { sort: named.to_owned(), ..self.first() }
    }

    pub fn first(&self) -> Self {
        Self { after: String::new(), before: String::new(), ..self.clone() }
    }

    pub fn after(&self, cursor: &Cursor) -> Self {
        Self { after: cursor.to_string(), ..self.first() }
    }

    pub fn before(&self, cursor: &Cursor) -> Self {
        Self { before: cursor.to_string(), ..self.first() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_no_more_than_was_chosen() {
        let all = ListQuery::default();
        assert_eq!(all.url("acme"), "/orgs/acme/settings/tokens");
        let query = all.in_state("disabled").sorted(Sort::Name);
        assert_eq!(query.text(), "state=disabled&sort=name");
        assert_eq!(ListQuery::of_text(&query.text()), query);
        assert_eq!(query.sorted(Sort::LastUsed).text(), "state=disabled");
    }

    #[test]
    fn what_cannot_be_read_is_the_whole_list() {
        for text in ["state=lost", "sort=fish", "after=%00", "state", "x=1"] {
            assert_eq!(ListQuery::of_text(text), ListQuery::default(), "{text}");
        }
    }
}
