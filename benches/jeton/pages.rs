//! What a page of the console costs, as a browser gets it, over a million tokens and over a thousand.
use std::time::Instant;

use actix_web::rt::System;
use jeton::accounts::{self, Passwords};
use jeton::audit::Actor;
use jeton::id::UserId;
use reqwest::Client;

use super::instance::Instance;
use super::place::Place;
use super::table::{Bound, Table, median};
use super::tokens as filled;

const ROUNDS: usize = 40;
const WARM: usize = 10;
const PASSWORD: &str = "correct horse battery staple";
const PAGES: [(&str, &str); 2] = [
    ("tokens page", "/orgs/acme/settings/tokens"),
    ("token's own page", "/orgs/acme/settings/tokens/500"),
];

pub fn measure(place: &Place, many: &str, table: &mut Table) {
    let few = place.database("few_pages");
    filled::fill(&few, filled::FEW);
    let visits = [Visit::begin(&few), Visit::begin(many)];
    for (what, path) in PAGES {
        let mut times = [Vec::new(), Vec::new()];
        for round in 0..ROUNDS + WARM {
            for (visit, times) in visits.iter().zip(&mut times) {
                let took = visit.opens(path);
                if round >= WARM {
                    times.push(took);
                }
            }
        }
        let [few, many] = times.map(median);
        let row = [
            format!("{many:.2} ms over {}", filled::MANY),
            format!("{few:.2} ms over {}", filled::FEW),
        ];
        let what = format!("{what}, over HTTP");
        table.row(&what, &row[0], &row[1], many / few, Bound::AtMost(1.3));
    }
    for visit in visits {
        visit.instance.stop();
    }
}

/// Ada, signed in.
struct Visit {
    instance: Instance,
    client: Client,
    system: actix_web::rt::SystemRunner,
}

impl Visit {
    fn begin(database: &str) -> Self {
        let (instance, system) = (Instance::start(database), System::new());
        let redirect = reqwest::redirect::Policy::none();
        let client = Client::builder().cookie_store(true).redirect(redirect).no_proxy();
        let visit = Self { instance, system, client: client.build().unwrap() };
        visit.signs_in();
        visit
    }

    fn signs_in(&self) {
        let hash = Passwords::hash_here("password", &PASSWORD.to_owned().into()).unwrap();
        let db = &self.instance.app.db;
        let set = db.write_here(move |tx| {
            accounts::set_password(tx, &Actor::command(), UserId(1), &hash, None)
        });
        set.unwrap();
        let form = [("email", "ada@example.org"), ("password", PASSWORD)];
        let login = self.client.post(format!("{}/login", self.instance.url)).form(&form);
        assert_eq!(self.system.block_on(login.send()).unwrap().status(), 303);
    }

    /// Milliseconds until the whole page is there.
    fn opens(&self, path: &str) -> f64 {
        let get = self.client.get(format!("{}{path}", self.instance.url));
        let start = Instant::now();
        let page = self.system.block_on(async {
            let answer = get.send().await.unwrap();
            assert_eq!(answer.status(), 200, "{path}");
            answer.text().await.unwrap()
        });
        let took = start.elapsed().as_secs_f64() * 1e3;
        assert!(page.contains("</html>"), "{path}");
        took
    }
}
