//! What a hundred thousand verdicts in memory weigh.
use std::sync::Arc;

use jeton::secret::PlainToken;

use super::instance::Instance;
use super::table::{Bound, Table};

const VERDICTS: usize = 98_000;

pub fn measure(database: &str, secrets: &[String], table: &mut Table) {
    let instance = Instance::start(database);
    let waited = std::time::Instant::now();
    while !instance.app.db.changes().is_heard() {
        assert!(waited.elapsed().as_secs() < 10, "the listener never came");
    }
    let plain: Vec<_> = secrets[2_000..2_000 + VERDICTS]
        .iter()
        .map(|text| PlainToken::parse(text).unwrap())
        .collect();
    let before = resident();
    let app = instance.app.clone();
    let verified = actix_web::rt::System::new().block_on(async move {
        let mut good = 0;
        for batch in plain.chunks(1_000) {
            let asked = batch.iter().map(|plain| app.verifier.verify(plain, &app.peppers));
            good += futures_util::future::join_all(asked)
                .await
                .into_iter()
                .filter(|said| matches!(said, Ok(Some(verdict)) if Arc::strong_count(verdict) > 0))
                .count();
        }
        good
    });
    let more = resident() - before;
    assert_eq!((verified, instance.app.verifier.kept()), (VERDICTS, VERDICTS));
    let scaled = more * 100_000.0 / f64::from(u32::try_from(VERDICTS).unwrap());
    let what = "memory of 100,000 verdicts, MB";
    let row = [format!("{more:.1} MB for {VERDICTS}"), format!("idle {before:.0} MB")];
    table.row(what, &row[0], &row[1], scaled, Bound::AtMost(60.0));
    instance.stop();
}

/// Resident memory of this process, MB.
fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1024.0
}
