//! Platform admin > Health: what `jeton doctor` and `/metrics` know, for people.
use actix_web::Responder;
use actix_web::web::Data;
use askama::Template;

use crate::http::App;
use crate::http::health::{Health, look};
use crate::web::when::counted;
use crate::web::{Frame, Page, PlatformAdmin, Result};

#[derive(Template)]
#[template(path = "admin/health.html")]
struct HealthPage {
    frame: Frame,
    version: &'static str,
    lines: Vec<Line>,
    well: bool,
}

struct Line {
    what: &'static str,
    well: bool,
    said: String,
}

pub async fn page(admin: PlatformAdmin, app: Data<App>) -> Result<impl Responder> {
    let health = look(&app).await?;
    let lines = lines(&health);
    Ok(Page(HealthPage {
        frame: Frame::of_admin(&admin, "health"),
        version: env!("CARGO_PKG_VERSION"),
        well: lines.iter().all(|line| line.well),
        lines,
    }))
}

fn lines(health: &Health) -> Vec<Line> {
    let line = |what, well, said| Line { what, well, said };
    let database = match &health.database {
        Ok(said) => line("Database", true, said.clone()),
        Err(said) => line("Database", false, said.clone()),
    };
    let listener = if health.is_hearing {
        "Changes of other instances, and those made by hand, are heard of at once"
    } else {
        "Changes elsewhere are not heard of: every token is looked up until they are"
    };
    let (open, idle, most) = health.connections;
    let pool = format!("{open} of {most} connections open, {idle} of them idle");
    let memory = format!("{} verdicts on tokens in memory", health.verdicts);
    let mail = health.mails.map_or_else(
        || "Off: JETON_SMTP_URL names no mail server".to_owned(),
        |mails| format!("{} waiting", counted(mails, "mail")),
    );
    let disk = health.free.as_ref().map(|free| match free {
        Ok(bytes) => line(
            "Disk",
            *bytes >= health.least_free,
            format!("{} MB free for the data directory", bytes >> 20),
        ),
        Err(cause) => line("Disk", false, format!("could not be looked at: {cause}")),
    });
    let lines = [
        database,
        line("Listener", health.is_hearing, listener.into()),
        line("Pool", idle > 0 || open < most, pool),
        line("Memory", true, memory),
        line("Mail", true, mail),
        instance_key(health),
        line("Webhooks", true, format!("{} waiting", counted(health.deliveries, "message"))),
    ];
    lines.into_iter().chain(disk).collect()
}

/// While it is rotated, how far that is.
fn instance_key(health: &Health) -> Line {
    let keys = counted(health.stale, "key");
    let (well, said) = match (health.stale, health.has_previous) {
        (0, true) => (true, "Rotated: no key needs the previous one any more".to_owned()),
        (0, false) => (true, "Opens every key that is kept".to_owned()),
        (_, true) => (true, format!("Being rotated: {keys} to be sealed under the new one")),
        (_, false) => (
            false,
            format!(
                "{keys} kept that only an earlier one opens: name it in JETON_PREVIOUS_SECRET_KEY"
            ),
        ),
    };
    Line { what: "Instance key", well, said }
}
