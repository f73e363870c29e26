//! The wiring: every face on one listener. `cli` and the tests call the same [`run`].
use std::net::TcpListener;

use actix_web::dev::ServerHandle;
use actix_web::middleware::from_fn;
use actix_web::web::{Data, ServiceConfig, get};
use actix_web::{App as Actix, HttpResponse, HttpServer};

use crate::db::Listener;
use crate::http::{App, around, assets, metrics};
use crate::{api, chores, compat, db, oauth, web};

/// Threads that answer.
pub const WORKERS: usize = 2;
/// Connections to the database, and so threads that wait for it.
pub const CONNECTIONS: u32 = 16;

/// Serves until `shutdown` resolves; then stops accepting, finishes what is under way, and writes
/// down the uses that were noted.
pub async fn run(
    listener: TcpListener,
    app: Data<App>,
    shutdown: impl Future<Output = ()> + 'static,
) -> std::io::Result<()> {
    let shared = app.clone();
    let server = HttpServer::new(move || {
        Actix::new()
            .app_data(shared.clone())
            .wrap(from_fn(around::around))
            .configure(|cfg| routes(cfg, &shared))
    })
    .workers(WORKERS)
    .worker_max_blocking_threads(CONNECTIONS as usize / WORKERS)
    .shutdown_timeout(20)
    .disable_signals()
    .listen(listener)?
    .run();
    let chores = chores::start(&app)?;
    let hearing = Listener::start(&app.db)?;
    actix_web::rt::spawn(stop(server.handle(), shutdown));
    server.await?;
    drop(hearing);
    chores.finish();
    Ok(())
}

async fn stop(server: ServerHandle, shutdown: impl Future<Output = ()>) {
    shutdown.await;
    tracing::info!("stopping");
    server.stop(true).await;
}

/// Every route of every face.
pub fn routes(cfg: &mut ServiceConfig, app: &App) {
    // First what is asked most often.
    cfg.configure(oauth::routes)
        .route("/healthz", get().to(healthz))
        .route("/readyz", get().to(readyz))
        .route("/metrics", get().to(metrics::page))
        .configure(assets::routes)
        .configure(api::routes)
        .configure(compat::routes)
        .configure(web::routes(app));
}

/// The process answers.
async fn healthz() -> HttpResponse {
    HttpResponse::Ok().body("ok\n")
}

/// So does the database, and its schema is ours.
async fn readyz(app: Data<App>) -> HttpResponse {
    match app.db.read(|conn| Ok(db::pending(conn)?)).await {
        Ok(false) => HttpResponse::Ok().body("ok\n"),
        Ok(true) => HttpResponse::ServiceUnavailable().body("the database waits for a migration\n"),
        Err(_) => HttpResponse::ServiceUnavailable().body("the database does not answer\n"),
    }
}
