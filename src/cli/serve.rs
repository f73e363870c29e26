//! `jeton serve`, the main job.
use std::net::TcpListener;

use actix_web::rt::System;
use actix_web::web::Data;
use anyhow::Context;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;

use super::database::Database;
use super::settings::{Place, Settings};
use super::{key, logging};
use crate::clock::Clock;
use crate::http::App;
use crate::{accounts, postgres, server};

pub fn run(settings: Settings, mut place: Place) -> anyhow::Result<()> {
    logging::start();
    let listen = place.listen();
    let listener =
        TcpListener::bind(listen).with_context(|| format!("could not listen on {listen}"))?;
    // Port 0 is any that is free; everything that follows says which.
    place.is_at(listener.local_addr()?);
    let config = settings.into_config(place)?;
    let key = key::load(&config)?;
    let mut database = Database::for_server(&config)?;
    let (tell, died) = oneshot::channel();
    if let Some(private) = &mut database.private {
        private.on_death(move |cause| drop(tell.send(cause)));
    }
    let clock = Clock::System;
    let db = database.connect(server::CONNECTIONS, clock.clone())?;
    let app = Data::new(App::new(config, db, clock, &key)?);
    let outcome = System::new().block_on(serve(listener, app, died));
    tracing::info!("stopped");
    outcome.and(database.close())
}

async fn serve(
    listener: TcpListener,
    app: Data<App>,
    died: oneshot::Receiver<postgres::Error>,
) -> anyhow::Result<()> {
    let (mut terminate, mut interrupt) =
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    greet(&app)?;
    let (report, reported) = oneshot::channel();
    let shutdown = async move {
        if let Some(cause) = end(&mut terminate, &mut interrupt, died).await {
            let _ = report.send(cause);
        }
    };
    server::run(listener, app, shutdown).await?;
    reported.await.map_or(Ok(()), |cause| Err(cause.into()))
}

/// Waits for a signal, or for the end of the private PostgreSQL, which is no good end.
async fn end(
    terminate: &mut Signal,
    interrupt: &mut Signal,
    died: oneshot::Receiver<postgres::Error>,
) -> Option<postgres::Error> {
    let death = async {
        match died.await {
            Ok(cause) => cause,
            // There is no private PostgreSQL that could die.
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = terminate.recv() => None,
        _ = interrupt.recv() => None,
        cause = death => Some(cause),
    }
}

/// Where to go, and on the first start the code that opens the door. Said once a signal would be
/// heard: whoever reads it may answer with one.
fn greet(app: &App) -> anyhow::Result<()> {
    let config = &app.config;
    let database = if config.database_url.is_some() { "DATABASE_URL" } else { "private" };
    tracing::info!(
        address = %config.public_url,
        database,
        data = %config.data_dir.display(),
        "Jeton {} is here",
        env!("CARGO_PKG_VERSION"),
    );
    if !app.db.read_here(accounts::any)? {
        tracing::info!(
            "first start: open {}/setup and enter the setup code {}",
            config.public_url,
            app.setup_code.reveal(),
        );
    }
    Ok(())
}
