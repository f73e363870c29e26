//! Figures for Prometheus. None has a token, a person or an organization among its labels.
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};
use secrecy::ExposeSecret;
use subtle::ConstantTimeEq;

use super::App;
use crate::db::Db;
use crate::tokens::{Outcome, Uses, Verifier};

#[derive(Default)]
pub struct Metrics {
    registry: Registry,
    accepted: Counter,
    refused: Counter,
    dead: Counter,
    pub unknown: Counter,
    pub unavailable: Counter,
    connections: Gauge,
    idle: Gauge,
    hearing: Gauge,
    kept: Gauge,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Label {
    outcome: &'static str,
}

impl Metrics {
    pub fn new(db: &Db, verifier: &Verifier, uses: &Uses) -> Self {
        let mut registry = Registry::with_prefix("jeton");
        let outcomes = Family::<Label, Counter>::default();
        let outcome = |outcome| outcomes.get_or_create(&Label { outcome }).clone();
        let metrics = Self {
            accepted: outcome("accepted"),
            refused: outcome("refused"),
            dead: outcome("dead"),
            unknown: outcome("unknown"),
            unavailable: outcome("unavailable"),
            ..Self::default()
        };
        let help = "Tokens that were verified, by what became of the call";
        registry.register("verifications", help, outcomes);
        let meters = verifier.meters.clone();
        registry.register("verdicts_from_memory", "Verdicts that memory had", meters.kept);
        registry.register("verdicts_looked_up", "Verdicts that it had not", meters.looked_up);
        registry.register("lookup_batch", "Secrets in one statement", meters.batches);
        let help = "From the beginning of a change elsewhere until it was heard of here";
        let delay = db.changes().delay.clone();
        registry.register_with_unit("revocation_delay", help, Unit::Seconds, delay);
        let help = "From the first use of a batch until the batch was written down";
        registry.register_with_unit("use_delay", help, Unit::Seconds, uses.delay.clone());
        for (name, help, gauge) in [
            ("pool_connections", "Open connections of the pool", &metrics.connections),
            ("pool_connections_idle", "Those of them that nobody uses", &metrics.idle),
            ("listener_up", "Whether changes elsewhere are heard of", &metrics.hearing),
            ("verdicts", "Verdicts in memory", &metrics.kept),
        ] {
            registry.register(name, help, gauge.clone());
        }
        Self { registry, ..metrics }
    }

    pub fn of(&self, outcome: Outcome) -> &Counter {
        match outcome {
            Outcome::Accepted => &self.accepted,
            Outcome::Refused => &self.refused,
            Outcome::Dead => &self.dead,
        }
    }

    fn encode(&self, app: &App) -> Result<String, std::fmt::Error> {
        let (open, idle) = app.db.connections();
        self.connections.set(open.into());
        self.idle.set(idle.into());
        self.hearing.set(app.db.changes().is_heard().into());
        self.kept.set(i64::try_from(app.verifier.kept()).unwrap_or(i64::MAX));
        let mut page = String::new();
        text::encode(&mut page, &self.registry)?;
        Ok(page)
    }
}

/// `GET /metrics`: with `JETON_METRICS_TOKEN` as a Bearer token where that is set; else for whoever
/// asks on the machine itself, and not through a proxy: not every proxy says that it is one, so that
/// where one may be, the token is needed.
pub async fn page(req: HttpRequest, app: Data<App>) -> HttpResponse {
    if !may_see(&req, &app) {
        return HttpResponse::Unauthorized()
            .insert_header(("www-authenticate", "Bearer realm=\"jeton metrics\""))
            .body("metrics are for who has JETON_METRICS_TOKEN; see docs/running.md\n");
    }
    match app.metrics.encode(&app) {
        Ok(page) => HttpResponse::Ok()
            .content_type("application/openmetrics-text; version=1.0.0; charset=utf-8")
            .body(page),
        Err(_) => HttpResponse::InternalServerError().finish(),
    }
}

fn may_see(req: &HttpRequest, app: &App) -> bool {
    let headers = req.headers();
    if let Some(token) = &app.config.metrics_token {
        let sent = headers.get("authorization").and_then(|value| value.to_str().ok());
        let sent = sent.and_then(|text| text.split_once(' ')).map_or("", |(_, token)| token);
        return sent.as_bytes().ct_eq(token.expose_secret().as_bytes()).into();
    }
    let local = req.peer_addr().is_some_and(|peer| peer.ip().to_canonical().is_loopback());
    local
        && !app.config.may_be_behind_a_proxy()
        && !headers.contains_key("x-forwarded-for")
        && !headers.contains_key("forwarded")
}
