//! What stands around the rows of a list: filters with their counts, orders, and the way on.
use super::query::ListQuery;
use crate::error::Result;
use crate::tokens::{COUNTED, Counts, Listed, Page, Sort};
use crate::web::when::counted;

/// A link that narrows or reorders the list.
pub struct Choice {
    pub key: &'static str,
    pub label: &'static str,
    pub url: String,
    pub count: String,
    pub current: bool,
}

pub fn facets(query: &ListQuery, slug: &str, counts: &Counts) -> Vec<Choice> {
    let facets = [
        ("", "All", counts.all),
        ("active", "Active", counts.active),
        ("needs-attention", "Needs attention", counts.attention),
        ("disabled", "Disabled", counts.disabled),
        ("revoked", "Revoked", counts.revoked),
    ];
    let choice = |(key, label, count): (&'static str, _, _)| Choice {
        key: if key.is_empty() { "all" } else { key },
        label,
        url: query.in_state(key).url(slug),
        count: bounded(count),
        current: query.state == key || (key.is_empty() && query.state == "all"),
    };
    // Only where there is something to do, or where it was asked for.
    let steward = ("needs-steward", "Needs a steward", counts.stewardless);
    let steward = Some(steward).filter(|(key, _, count)| *count > 0 || query.state == *key);
    facets.into_iter().chain(steward).map(choice).collect()
}

pub fn orders(query: &ListQuery, slug: &str) -> Result<Vec<Choice>> {
    let sort = query.sort()?;
    let choice = |order: Sort| Choice {
        key: order.name(),
        label: label(order),
        url: query.sorted(order).url(slug),
        count: String::new(),
        current: order == sort,
    };
    Ok(Sort::ALL.map(choice).into())
}

pub fn label(sort: Sort) -> &'static str {
    match sort {
        Sort::LastUsed => "Last used",
        Sort::Name => "Name",
        Sort::Expires => "Expires",
        Sort::Created => "Created",
    }
}

/// Counting stops at a bound: `100+`.
fn bounded(count: i64) -> String {
    if count < COUNTED { count.to_string() } else { format!("{COUNTED}+") }
}

/// The addresses of the pages around, where there are any, and how much is shown.
pub struct Pager {
    pub previous: Option<String>,
    pub next: Option<String>,
    pub shown: String,
}

impl Pager {
    /// `more` is whether there are rows beyond these, in the direction that was asked.
    pub fn of(
        query: &ListQuery,
        slug: &str,
        page: &Page,
        rows: &[Listed],
        more: bool,
        counts: &Counts,
    ) -> Self {
        let (before, after) = match page {
            Page::First => (false, more),
            Page::After(_) => (true, more),
            Page::Before(_) => (more, true),
        };
        let previous =
            rows.first().filter(|_| before).map(|row| query.before(&row.cursor).url(slug));
        let next = rows.last().filter(|_| after).map(|row| query.after(&row.cursor).url(slug));
        Self { previous, next, shown: shown(query, rows.len(), counts) }
    }
}

/// `8 of 14 tokens`; where nobody counted them all, `8 tokens`.
fn shown(query: &ListQuery, rows: usize, counts: &Counts) -> String {
    let total = match query.state.as_str() {
        "" | "all" => Some(counts.all),
        "active" => Some(counts.active),
        "needs-attention" => Some(counts.attention),
        "disabled" => Some(counts.disabled),
        "revoked" => Some(counts.revoked),
        "needs-steward" => Some(counts.stewardless),
        _ => None,
    };
    match total.filter(|_| query.search.is_empty()) {
        Some(1) => "1 token".to_owned(),
        Some(total) => format!("{rows} of {} tokens", bounded(total)),
        None => counted(i64::try_from(rows).unwrap_or(0), "token"),
    }
}
