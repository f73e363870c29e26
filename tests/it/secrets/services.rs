//! Services that ask about tokens, end one, and stand behind a proxy.
use serde_json::json;

use super::witness::Witness;
use crate::support::{Answer, Console};

const INTROSPECT: &str = "/oauth2/introspect";
const REVOKE: &str = "/oauth2/revoke";
const TOKEN: &str = "/oauth2/token";
const GATE: &str = "/forward-auth/nginx?require=records:read";

/// In every way to say who asks, good and bad.
pub async fn ask(console: &Console, pat: &str, witness: &mut Witness) {
    let api = console.api(pat);
    for (name, permission) in [("gateway", "introspection"), ("sensor", "records")] {
        let access = json!({ "role": "readonly", "permissions": { permission: "read" } });
        let wish = json!({ "name": name, "access_config": access });
        witness.hears(api.post("/api/v2/organization/tokens/", &wish).await, 201);
    }
    let sensor = witness.newest("oat");
    let made: Vec<_> = witness.tokens().map(str::to_owned).collect();
    let gateway = &made[made.len() - 2];
    let asked = [("token", &*sensor)];
    let as_client = [("token", &*sensor), ("client_secret", &**gateway)];
    for path in [INTROSPECT, REVOKE] {
        let post = |by: &str| console.api(by).request("POST", path);
        witness.hears(Answer::to(post(&sensor).form(&asked)).await, 401);
        witness.hears(Answer::to(post(&gateway[..56]).form(&asked)).await, 401);
        witness.hears(Answer::to(post(gateway).form(&as_client)).await, 400);
        witness.hears(Answer::to(post(gateway).form(&[asked[0], asked[0]])).await, 400);
        witness.hears(Answer::to(post(gateway).form(&[(&*sensor, "")])).await, 400);
    }
    let stranger = |path| console.anonymous().request("POST", path);
    witness.hears(Answer::to(stranger(INTROSPECT).form(&as_client)).await, 200);
    let basic = stranger(INTROSPECT).basic_auth("gateway", Some(gateway)).form(&asked);
    witness.hears(Answer::to(basic).await, 200);
    for other in &made {
        let about = console.api(gateway).request("POST", INTROSPECT).form(&[("token", other)]);
        witness.hears(Answer::to(about).await, 200);
    }
    exchange(console, &sensor, gateway, witness).await;
    behind_a_proxy(console, &sensor, witness).await;
    witness.hears(Answer::to(stranger(REVOKE).form(&as_client)).await, 200);
    behind_a_proxy(console, &sensor, witness).await;
}

/// The token for a JWT, that for a narrower one, and whatever is refused in between.
async fn exchange(console: &Console, token: &str, gateway: &str, witness: &mut Witness) {
    let exchange = "urn:ietf:params:oauth:grant-type:token-exchange";
    let kind = "urn:ietf:params:oauth:token-type:access_token";
    let post = |form: &[(&str, &str)]| console.anonymous().request("POST", TOKEN).form(form);
    let mut subject = token.to_owned();
    for _ in 0..2 {
        let wish =
            [("grant_type", exchange), ("subject_token", &*subject), ("subject_token_type", kind)];
        let wrong = |more| [&wish[..], &[more]].concat();
        witness.hears(Answer::to(post(&wrong(("scope", "records:manage")))).await, 400);
        witness.hears(Answer::to(post(&wrong(("audience", &*subject)))).await, 400);
        witness.hears(Answer::to(post(&wrong(("subject_token", &*subject)))).await, 400);
        witness.hears(Answer::to(post(&[("grant_type", &*subject), wish[1], wish[2]])).await, 400);
        witness.hears(
            Answer::to(post(&[wish[0], wish[1], ("subject_token_type", &*subject)])).await,
            400,
        );
        let answer = witness.hears(Answer::to(post(&wish)).await, 200);
        answer.json()["access_token"].as_str().unwrap().clone_into(&mut subject);
        let about = console.api(gateway).request("POST", INTROSPECT).form(&[("token", &subject)]);
        witness.hears(Answer::to(about).await, 200);
        behind_a_proxy(console, &subject, witness).await;
    }
}

async fn behind_a_proxy(console: &Console, token: &str, witness: &mut Witness) {
    witness.hears_of(console.api(token).get(GATE).await);
    witness.hears_of(console.api(token).get("/forward-auth/nginx?require=records:manage").await);
    witness.hears_of(console.api(token).get(&format!("/forward-auth/envoy/{token}/x")).await);
    witness.hears_of(console.api(token).get(&format!("{GATE}&swap=jwt")).await);
    let basic = console.anonymous().request("GET", GATE).basic_auth("x", Some(token));
    witness.hears_of(Answer::to(basic).await);
}
