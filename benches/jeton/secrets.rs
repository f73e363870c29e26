//! What a read of a hundred secrets costs in an environment of ten thousand, as a ratio to the same
//! in one of a hundred: for a client that opens them itself, and opened by the server.
use std::time::Instant;

use actix_web::web::Data;
use jeton::audit::Actor;
use jeton::http::App;
use jeton::id::OrganizationId;
use jeton::projects;
use jeton::secrets::{self, Filter, Opener, Place as Environment, Plain};

use super::instance::Instance;
use super::place::Place;
use super::table::{Bound, Table, median};
use super::tokens as filled;

const READ: usize = 100;
const MANY: usize = 10_000;
const ROUNDS: usize = 40;
const MOST: f64 = 1.3;

pub fn measure(place: &Place, table: &mut Table) {
    let database = place.database("secrets");
    filled::fill(&database, filled::FEW);
    let instance = Instance::start(&database);
    let app = instance.app.clone();
    let few = environment(&app, "Staging", READ);
    let many = environment(&app, "Production", MANY);
    let analyze = |conn: &mut _| {
        use diesel::RunQueryDsl;
        Ok(diesel::sql_query("ANALYZE secrets").execute(conn)?)
    };
    app.db.read_here(analyze).unwrap();
    for (name, opens) in [("as they are closed", false), ("opened by the server", true)] {
        let mut times = [Vec::new(), Vec::new()];
        for round in 0..ROUNDS + 5 {
            for (at, environment) in [&few, &many].into_iter().enumerate() {
                let took = read(&app, environment, opens);
                if round >= 5 {
                    times[at].push(took);
                }
            }
        }
        let [few, many] = times.map(median);
        let row = [format!("{many:.2} ms of {MANY}"), format!("{few:.2} ms of {READ}")];
        let what = format!("read of {READ} secrets, {name}");
        table.row(&what, &row[0], &row[1], many / few, Bound::AtMost(MOST));
    }
    instance.stop();
}

/// An environment with so many secrets, a hundred of them at one path.
fn environment(app: &Data<App>, name: &str, count: usize) -> (Environment, Opener) {
    let (organization, by) = (OrganizationId(1), Actor::command());
    let make = |tx: &mut jeton::db::Tx| {
        let found = projects::find(tx.conn(), organization, "greenhouse")?;
        let project = match found {
            Some(project) => project,
            None => projects::create(tx, &by, organization, "greenhouse", "Greenhouse")?,
        };
        let now = tx.now();
        let place = secrets::place_in(tx.conn(), &app.vault, project, name, now)?;
        Ok(place.unwrap())
    };
    let place = app.db.write_here(make).unwrap();
    let opener = app.vault.open(&place.environment).unwrap();
    let plain = |at: usize| Plain {
        key: format!("KEY_{at}"),
        value: format!("a value of a usual length {at}").into(),
        path: if at < READ { "/app" } else { "/other" }.into(),
        ..Plain::default()
    };
    let wanted = (0..count).map(|at| opener.close_new(plain(at)).unwrap()).collect();
    app.db.write_here(|tx| secrets::create(tx, &by, &place, wanted)).unwrap();
    (place, opener)
}

/// Milliseconds.
fn read(app: &Data<App>, (place, opener): &(Environment, Opener), opens: bool) -> f64 {
    let filter = Filter { path: Some("/app".into()), ..Filter::default() };
    let start = Instant::now();
    let found =
        app.db.write_here(|tx| secrets::read(tx, &Actor::command(), place, &filter)).unwrap();
    assert_eq!(found.len(), READ);
    if opens {
        let readable = found.iter().filter(|read| opener.open_read(read).is_ok()).count();
        assert_eq!(readable, READ);
    }
    start.elapsed().as_secs_f64() * 1e3
}
