//! The audit log to take away, as CSV or NDJSON: read and sent page by page, so that it costs the
//! same memory at any length.
use actix_web::HttpResponse;
use actix_web::http::header::CONTENT_DISPOSITION;
use actix_web::web::{Bytes, Data};
use futures_util::stream::{Stream, try_unfold};
use serde_json::json;

use super::query::AuditQuery;
use crate::audit::{self, Entry, Filter};
use crate::error::{Error, Result as CoreResult};
use crate::http::App;
use crate::id::OrganizationId;
use crate::web::{Failure, Owner, PlatformAdmin, Query, Result};

/// Entries that are read at a time.
const PAGE: u16 = 500;

const COLUMNS: [&str; 13] = [
    "id",
    "at",
    "actor_kind",
    "actor",
    "actor_user_id",
    "actor_token_id",
    "action",
    "subject_kind",
    "subject_id",
    "subject",
    "detail",
    "address",
    "request_id",
];

pub async fn csv(owner: Owner, app: Data<App>, query: Query<AuditQuery>) -> Result<HttpResponse> {
    Log::of(&owner).stream(app, query.0, CSV)
}

pub async fn csv_of_instance(
    _: PlatformAdmin,
    app: Data<App>,
    query: Query<AuditQuery>,
) -> Result<HttpResponse> {
    Log::of_instance().stream(app, query.0, CSV)
}

pub async fn ndjson(
    owner: Owner,
    app: Data<App>,
    query: Query<AuditQuery>,
) -> Result<HttpResponse> {
    Log::of(&owner).stream(app, query.0, NDJSON)
}

pub async fn ndjson_of_instance(
    _: PlatformAdmin,
    app: Data<App>,
    query: Query<AuditQuery>,
) -> Result<HttpResponse> {
    Log::of_instance().stream(app, query.0, NDJSON)
}

/// How it is taken away.
struct Shape {
    extension: &'static str,
    kind: &'static str,
    /// Writes a page of entries; `first` where it is the first one.
    write: fn(&[Entry], first: bool) -> CoreResult<Vec<u8>>,
}

const CSV: Shape = Shape { extension: "csv", kind: "text/csv; charset=utf-8", write: table };
const NDJSON: Shape = Shape { extension: "ndjson", kind: "application/x-ndjson", write: lines };

/// Whose log it is, as the file is named after it.
struct Log {
    organization: Option<OrganizationId>,
    name: String,
}

impl Log {
    fn of(owner: &Owner) -> Self {
        Self { organization: Some(owner.organization()), name: owner.slug().to_owned() }
    }

    fn of_instance() -> Self {
        Self { organization: None, name: "instance".into() }
    }

    fn stream(self, app: Data<App>, query: AuditQuery, shape: Shape) -> Result<HttpResponse> {
        let (filter, _) = query.read()?;
        let (day, extension) = (app.clock.now().date_naive(), shape.extension);
        let name = format!("attachment; filename=\"audit-{}-{day}.{extension}\"", self.name);
        let organization = self.organization;
        let reader = Reader { app, organization, filter, before: None, write: shape.write };
        Ok(HttpResponse::Ok()
            .content_type(shape.kind)
            .insert_header((CONTENT_DISPOSITION, name))
            .streaming(pages(reader)))
    }
}

fn pages(reader: Reader) -> impl Stream<Item = Result<Bytes>> {
    try_unfold(Some(reader), |reader| async {
        let Some(reader) = reader else { return Ok(None) };
        reader.next().await.map(Some).map_err(|cause| {
            let told = anyhow::Error::from(cause);
            tracing::error!(cause = format!("{told:#}"), "an export broke off");
            Failure::from(Error::Internal(told))
        })
    })
}

struct Reader {
    app: Data<App>,
    organization: Option<OrganizationId>,
    filter: Filter,
    /// The id of the last entry that was sent.
    before: Option<i64>,
    write: fn(&[Entry], first: bool) -> CoreResult<Vec<u8>>,
}

impl Reader {
    /// The next page, and whoever reads the one after it; nobody after the last.
    async fn next(mut self) -> CoreResult<(Bytes, Option<Self>)> {
        let (organization, filter, before) = (self.organization, self.filter.clone(), self.before);
        let read = self
            .app
            .db
            .read(move |conn| audit::list(conn, organization, &filter, before, PAGE.into()));
        let entries = read.await?;
        let page = Bytes::from((self.write)(&entries, before.is_none())?);
        let full = entries.len() == usize::from(PAGE);
        self.before = entries.last().map(|entry| entry.id);
        Ok((page, full.then_some(self)))
    }
}

fn table(entries: &[Entry], first: bool) -> CoreResult<Vec<u8>> {
    let mut table = csv::Writer::from_writer(Vec::new());
    if first {
        table.write_record(COLUMNS).map_err(anyhow::Error::from)?;
    }
    for entry in entries {
        table.write_record(cells(entry)).map_err(anyhow::Error::from)?;
    }
    Ok(table.into_inner().map_err(|cause| anyhow::anyhow!("{cause}"))?)
}

fn cells(entry: &Entry) -> [String; 13] {
    let id = |id: Option<i64>| id.map(|id| id.to_string()).unwrap_or_default();
    [
        entry.id.to_string(),
        entry.at.to_rfc3339(),
        entry.actor_kind.clone(),
        entry.actor_name.clone(),
        id(entry.actor_user_id.map(|id| id.0)),
        id(entry.actor_token_id.map(|id| id.0)),
        entry.action.clone(),
        entry.subject_kind.clone(),
        id(entry.subject_id),
        entry.subject_name.clone(),
        entry.detail.to_string(),
        entry.address.map(|at| at.ip().to_string()).unwrap_or_default(),
        entry.request_id.map(|id| id.to_string()).unwrap_or_default(),
    ]
    .map(harmless)
}

/// A spreadsheet runs what begins like a formula; behind an apostrophe it is text.
fn harmless(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell }
}

fn lines(entries: &[Entry], _: bool) -> CoreResult<Vec<u8>> {
    let mut lines = Vec::new();
    for entry in entries {
        let line = json!({
            "id": entry.id,
            "at": entry.at,
            "actor": {
                "kind": entry.actor_kind,
                "name": entry.actor_name,
                "user_id": entry.actor_user_id,
                "token_id": entry.actor_token_id,
            },
            "action": entry.action,
            "subject": {
                "kind": entry.subject_kind,
                "id": entry.subject_id,
                "name": entry.subject_name,
            },
            "detail": entry.detail,
            "address": entry.address.map(|at| at.ip()),
            "request_id": entry.request_id.map(|id| id.to_string()),
        });
        serde_json::to_writer(&mut lines, &line).map_err(anyhow::Error::from)?;
        lines.push(b'\n');
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for (cell, sent) in [
            ("=1+1", "'=1+1"),
            ("-x", "'-x"),
            ("@x", "'@x"),
            ("+x", "'+x"),
            ("a=b", "a=b"),
            ("", ""),
        ] {
            assert_eq!(harmless(cell.to_owned()), sent);
        }
    }
}
