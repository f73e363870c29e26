//! As clients of Phase make accounts and tokens, and ask for keys.
use serde_json::json;

use super::witness::Witness;
use crate::support::Console;

pub async fn of_phase(console: &Console, pat: &str, witness: &mut Witness) {
    const ACCOUNTS: &str = "/service/public/v1/service-accounts/";
    const KEYS: &str = "/service/secrets/tokens/";
    let api = console.api(pat);
    let wish = json!({ "name": "Cluster", "role_id": "operator" });
    let made = witness.hears(api.post(ACCOUNTS, &wish).await, 201).json();
    witness.hears(api.post(ACCOUNTS, &wish).await, 400);
    let one = format!("{ACCOUNTS}{}/", made["id"].as_str().unwrap());
    let tokens = format!("{one}tokens/");
    let token = witness.hears(api.post(&tokens, &json!({ "name": "two" })).await, 201).json();
    for path in [ACCOUNTS, &one, KEYS] {
        witness.hears(api.get(path).await, 200);
    }
    let sent = made["initialToken"]["bearerToken"].as_str().unwrap();
    witness.hears(console.api(sent).get(KEYS).await, 200);
    witness.hears(console.api(sent).get(ACCOUNTS).await, 403);
    let personal = made["initialToken"]["token"].as_str().unwrap();
    for wrong in [personal, &sent[..60], &format!("Service {}", &sent[15..])] {
        witness.hears(console.api(wrong).get(KEYS).await, 403);
    }
    let gone = format!("{tokens}{}/", token["id"].as_str().unwrap());
    witness.hears(api.delete(&gone).await, 204);
    let dead = token["bearerToken"].as_str().unwrap();
    witness.hears(console.api(dead).get(KEYS).await, 403);
}
