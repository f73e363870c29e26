//! Application secrets: written and read by people, by clients with keys and by those without.
use jeton::id::ProjectId;
use jeton::secrets;
use serde_json::{Value, json};

use super::witness::Witness;
use crate::support::{Answer, Browser, Console};
use crate::vault::Environment;

const AT: &str = "/orgs/acme/projects/greenhouse";
/// Each is shown to whoever asks for it, and stands nowhere else.
const SHOWN: [&str; 6] = [
    "value-by-hand-7301",
    "value-by-file-7302",
    "value-by-client-7303",
    "value-by-rest-7304",
    "value-by-program-7305",
    "value-of-her-own-7306",
];
/// What they are called, which is told to whoever may read them.
const NAMES: [&str; 3] = ["NAME_BY_HAND_7321", "NAME_BY_FILE_7322", "NAME_BY_CLIENT_7323"];
/// Of forms that fail and calls that are refused.
const REFUSED: [&str; 3] = ["refused-by-hand-7311", "refused-in-file-7312", "refused-by-rest-7313"];

pub async fn is_used(console: &Console, ada: &Browser, pat: &str, witness: &mut Witness) {
    let form = [("project_id", "greenhouse"), ("name", "Greenhouse")];
    witness.hears(ada.post("/orgs/acme/projects", &form).await, 303);
    let here = witness.hears(ada.get(&format!("{AT}/secrets")).await, 303).location().to_owned();
    by_hand(console, ada, &here, witness).await;
    by_program(console, pat, witness).await;
    for path in [&here, &format!("{here}/deleted"), &format!("{AT}/secrets/compare")] {
        witness.hears(ada.get(path).await, 200);
    }
    witness.hears(ada.get("/orgs/acme/audit").await, 200);
    witness.knows_kept(&SHOWN);
    witness.knows_kept(&NAMES);
    witness.knows(&REFUSED);
    keys_of(console, witness);
}

async fn by_hand(console: &Console, ada: &Browser, here: &str, witness: &mut Witness) {
    let create = format!("{here}/secrets");
    let failed = [("key", "A B"), ("value", REFUSED[0])];
    witness.hears(ada.post(&create, &failed).await, 422);
    witness.hears(ada.hx_post(&create, &failed).await, 422);
    witness.hears(ada.post(&create, &[("key", NAMES[0]), ("value", SHOWN[0])]).await, 303);
    let id = console.texts("SELECT id::text AS text FROM secrets").remove(0);
    let one = format!("{create}/{id}");
    let own = [("value", SHOWN[5]), ("is_active", "true")];
    witness.hears(ada.post(&format!("{one}/override"), &own).await, 303);
    let file = format!("{}={}\n", NAMES[1], SHOWN[1]);
    let broken = format!("{file}{}", REFUSED[1]);
    witness.hears(ada.post(&format!("{here}/import"), &[("file", &broken)]).await, 422);
    witness.hears(ada.post(&format!("{here}/import"), &[("file", &file)]).await, 303);
    witness.hears(ada.post(&format!("{one}/reveal"), &[]).await, 200);
    witness.hears(ada.post_part(&format!("{one}/versions/1/reveal"), &[]).await, 200);
    witness.hears(ada.post(&format!("{here}/export"), &[("path", "/")]).await, 200);
    for path in [&one, &format!("{one}/edit"), &format!("{one}/override")] {
        witness.hears(ada.get(path).await, 200);
    }
}

async fn by_program(console: &Console, pat: &str, witness: &mut Witness) {
    let api = console.api(pat);
    let dev = console.environment("greenhouse", "development");
    let closed = json!([dev.closed(NAMES[2], SHOWN[2])]);
    witness.hears(dev.send(&api, "POST", Some(closed)).await, 200);
    witness.hears(dev.send(&api, "GET", None).await, 200);
    let plain = json!([{ "key": "CLIENT", "value": REFUSED[2], "keyDigest": "x" }]);
    witness.hears(dev.send(&api, "POST", Some(plain)).await, 400);
    let (rest, path) =
        (dev.address("development"), Environment::calls("greenhouse", "development"));
    let wanted = |key: &str, value: &str| json!({ "key": key, "value": value });
    let list = |one: Value| json!({ "secrets": [one] });
    witness.hears(api.post(&rest, &list(wanted("OFF", REFUSED[2]))).await, 400);
    console.encrypts_at_server("greenhouse");
    witness.hears(api.post(&rest, &list(wanted(NAMES[0], REFUSED[2]))).await, 409);
    witness.hears(api.post(&rest, &list(wanted("REST", SHOWN[3]))).await, 200);
    witness.hears(api.get(&rest).await, 200);
    witness.hears(api.post(&path, &wanted("A B", REFUSED[2])).await, 400);
    let made = api.post(&path, &wanted("PROGRAM", SHOWN[4])).await;
    let at = witness.hears(made, 201).location().to_owned();
    for path in [&path, &at, &format!("{at}versions/")] {
        witness.hears(api.get(path).await, 200);
    }
    let broken = api.request("POST", &rest).body(format!("{{\"secrets\": [{}", REFUSED[2]));
    witness.hears(Answer::to(broken).await, 400);
}

/// What opens them all: it rests sealed.
fn keys_of(console: &Console, witness: &mut Witness) {
    let app = &console.app;
    let project = console.texts("SELECT id::text AS text FROM projects WHERE name = 'Greenhouse'");
    let project = ProjectId(project[0].parse().unwrap());
    let now = app.clock.now();
    let read = |conn: &mut _| secrets::environments(conn, &app.vault, project, now);
    for environment in app.db.read_here(read).unwrap() {
        let keys = app.vault.keys(&environment).unwrap();
        witness.knows_bytes("the seed of an environment", keys.seed());
        witness.knows_bytes("the salt of an environment", keys.salt());
        witness.knows_bytes("the private key of an environment", keys.pair().private());
    }
}
