//! Whether the time of an answer tells what the answer does not: a token that was never made, and a
//! token of another organization, are both `{"active":false}` to whoever asks.
use std::time::Instant;

use actix_web::rt::System;
use diesel::PgConnection;
use diesel::connection::{Connection, SimpleConnection};
use jeton::format::Kind;
use jeton::secret::PlainToken;
use reqwest::Client;

use super::instance::Instance;
use super::place::Place;
use super::table::{Bound, Table, median};
use super::tokens as filled;

/// Of each kind; each token is asked about once, and so looked up.
const ASKED: usize = 1_500;

pub fn measure(place: &Place, table: &mut Table) {
    let database = place.database("oracle");
    let secrets = filled::fill(&database, 2 * ASKED + 1);
    // One asks; those of the rest are another organization's, half of them revoked.
    let statements = "
        INSERT INTO organizations (slug, name, created_at) VALUES ('globex', 'Globex', now());
        INSERT INTO policies VALUES (2, 180, false);
        DELETE FROM token_projects;
        UPDATE tokens SET revoked_at = NULL, disabled_at = NULL, expires_at = now() + interval '90 days';
        UPDATE tokens SET permissions = '{\"introspection\": \"read\"}' WHERE id = 1;
        UPDATE tokens SET organization_id = 2 WHERE id > 1;
        UPDATE tokens SET revoked_at = now() WHERE id > 1 AND id % 2 = 0;
        VACUUM ANALYZE tokens";
    let mut conn = PgConnection::establish(&database).unwrap();
    for statement in statements.split(';') {
        conn.batch_execute(statement).unwrap();
    }
    let asker = Asker { instance: Instance::start(&database), token: secrets[0].clone() };
    let foreign = |odd: usize| secrets.iter().skip(1 + odd).step_by(2).take(ASKED).cloned();
    let unknown = || (0..ASKED).map(|_| PlainToken::generate(Kind::Oat).reveal().to_string());
    let classes = [unknown().collect::<Vec<_>>(), foreign(1).collect(), foreign(0).collect()];
    let mut times = [Vec::new(), Vec::new(), Vec::new()];
    System::new().block_on(async {
        let client = Client::builder().no_proxy().build().unwrap();
        for _ in 0..50 {
            asker.asks(&client, &PlainToken::generate(Kind::Oat).reveal().to_string()).await;
        }
        for at in 0..ASKED {
            for (class, times) in classes.iter().zip(&mut times) {
                times.push(asker.asks(&client, &class[at]).await);
            }
        }
    });
    let [unknown, good, revoked] = times.map(median);
    for (what, took) in [("a good token", good), ("a revoked token", revoked)] {
        let row = [format!("{took:.0} us"), format!("one that never was {unknown:.0} us")];
        let what = format!("introspection of {what} of another organization, not seen before");
        table.row(&what, &row[0], &row[1], took / unknown, Bound::AtMost(1.1));
    }
    asker.instance.stop();
}

struct Asker {
    instance: Instance,
    token: String,
}

impl Asker {
    /// Microseconds until the answer, which is always the same.
    async fn asks(&self, client: &Client, about: &str) -> f64 {
        let question = client
            .post(format!("{}/oauth2/introspect", self.instance.url))
            .bearer_auth(&self.token)
            .form(&[("token", about)]);
        let start = Instant::now();
        let answer = question.send().await.unwrap().text().await.unwrap();
        let took = start.elapsed().as_secs_f64() * 1e6;
        assert_eq!(answer, r#"{"active":false}"#);
        took
    }
}
