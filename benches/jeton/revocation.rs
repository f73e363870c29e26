//! How soon a second instance hears of a revocation, and that the first one never errs.
use std::time::{Duration, Instant};

use diesel::PgConnection;
use diesel::connection::{Connection, SimpleConnection};
use jeton::audit::Actor;
use jeton::id::{OrganizationId, TokenId};
use jeton::secret::PlainToken;
use jeton::tokens::{self, Holder};

use super::instance::Instance;
use super::place::Place;
use super::table::{Bound, Table, percentile};
use super::tokens as filled;

const TOKENS: usize = 400;

pub fn measure(place: &Place, table: &mut Table) {
    let database = place.database("revocation");
    let secrets = filled::fill(&database, filled::FEW + TOKENS);
    let good = "UPDATE tokens SET revoked_at = NULL, disabled_at = NULL, expires_at = now() + interval '90 days'";
    PgConnection::establish(&database).unwrap().batch_execute(good).unwrap();
    let (here, there) = (Instance::start(&database), Instance::start(&database));
    std::thread::sleep(Duration::from_millis(500));
    let mut delays = Vec::new();
    let mut wrong = 0;
    actix_web::rt::System::new().block_on(async {
        for (at, text) in secrets.iter().enumerate().take(TOKENS) {
            let plain = PlainToken::parse(text).unwrap();
            assert!(works(&there, &plain).await && works(&here, &plain).await);
            let id = TokenId(i64::try_from(at).unwrap() + 1);
            let holder = Holder::Organization(OrganizationId(1));
            let revoke =
                here.app.db.write(move |tx| tokens::revoke(tx, &Actor::command(), holder, id));
            revoke.await.unwrap();
            let revoked = Instant::now();
            wrong += usize::from(works(&here, &plain).await);
            while works(&there, &plain).await {
                tokio::time::sleep(Duration::from_micros(500)).await;
            }
            delays.push(revoked.elapsed().as_secs_f64() * 1e3);
        }
    });
    let p50 = percentile(delays.clone(), 50);
    let p99 = percentile(delays, 99);
    let row = [format!("p50 {p50:.1} ms, p99 {p99:.1} ms"), format!("{TOKENS} revocations")];
    let what = "revocation seen by a second instance, p99 ms";
    table.row(what, &row[0], &row[1], p99, Bound::AtMost(100.0));
    let row = [format!("{wrong} times"), format!("{TOKENS} revocations")];
    #[expect(clippy::cast_precision_loss, reason = "a few hundred")]
    let wrong = wrong as f64;
    table.row(
        "served after the answer on the same instance",
        &row[0],
        &row[1],
        wrong,
        Bound::AtMost(0.0),
    );
    here.stop();
    there.stop();
}

async fn works(instance: &Instance, plain: &PlainToken) -> bool {
    let app = &instance.app;
    let verdict = app.verifier.verify(plain, &app.peppers).await.unwrap().unwrap();
    verdict.dead(app.clock.now()).is_none()
}
