//! What signs the JWTs of the exchange: what is believed, what is published, and how one key follows
//! another.
use base64::prelude::{BASE64_URL_SAFE_NO_PAD as BASE64URL, Engine as _};
use chrono::{SubsecRound, TimeDelta, Utc};
use jeton::audit::Actor;
use jeton::clock::Clock;
use jeton::exchange::{self, Algorithm};
use serde_json::{Value, json};

use super::{BOTH, asks, exchanged, part};
use crate::support::{Answer, Console};

const KEYS: &str = "/.well-known/jwks.json";

/// The ids of the published keys, the newest first.
async fn published(console: &Console) -> Vec<String> {
    let keys = console.anonymous().get(KEYS).await.is(200).json();
    let id = |key: &Value| key["kid"].as_str().unwrap().to_owned();
    keys["keys"].as_array().unwrap().iter().map(id).collect()
}

async fn accepted(console: &Console, jwt: &str) -> bool {
    console.api(jwt).get("/api/v2/token/").await.status == 200
}

fn kid(jwt: &str) -> String {
    part(jwt, 0)["kid"].as_str().unwrap().to_owned()
}

fn rotate(console: &Console, algorithm: Option<Algorithm>) {
    let (db, seal) = (&console.app.db, console.app.exchange.keys.seal());
    db.write_here(|tx| exchange::rotate(tx, &Actor::command(), seal, algorithm)).unwrap();
}

fn withdraw(console: &Console, kid: &str) {
    let (db, seal) = (&console.app.db, console.app.exchange.keys.seal());
    db.write_here(|tx| exchange::withdraw(tx, &Actor::command(), seal, kid)).unwrap();
}

fn tend(console: &Console) {
    let (db, seal) = (&console.app.db, console.app.exchange.keys.seal());
    db.write_here(|tx| exchange::tend(tx, seal)).unwrap();
}

/// The JWT with another header, or other claims, under the old signature.
fn forged(jwt: &str, at: usize, change: &Value) -> String {
    let mut parts: Vec<_> = jwt.split('.').map(str::to_owned).collect();
    let mut said = part(jwt, at);
    said.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    parts[at] = BASE64URL.encode(said.to_string());
    parts.join(".")
}

#[actix_web::test]
async fn only_what_a_published_key_signed_as_an_access_token_is_believed() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let oat = ada.issues("ci").await;
    let jwt = exchanged(&console, &oat.text, &[("scope", "records:read")]).await;
    assert!(accepted(&console, &jwt).await);
    let unsigned = forged(&jwt, 0, &json!({"alg": "none"}));
    let (head, signature) = unsigned.rsplit_once('.').unwrap();
    let mut broken = jwt.clone().into_bytes();
    let last = broken.len() - 10;
    broken[last] = if broken[last] == b'A' { b'B' } else { b'A' };
    for wrong in [
        unsigned.clone(),
        format!("{head}."),
        format!("{head}.AA"),
        head.to_owned(),
        forged(&jwt, 0, &json!({"alg": "HS256"})),
        forged(&jwt, 0, &json!({"alg": "RS256"})),
        forged(&jwt, 0, &json!({"typ": "JWT"})),
        forged(&jwt, 0, &json!({"typ": null})),
        forged(&jwt, 0, &json!({"kid": "never-was"})),
        forged(&jwt, 0, &json!({"kid": null})),
        forged(&jwt, 0, &json!({"crit": ["exp"]})),
        forged(&jwt, 0, &json!({"jwk": {}})),
        forged(&jwt, 1, &json!({"scope": "records:manage"})),
        forged(&jwt, 1, &json!({"exp": 4_102_444_800_i64})),
        forged(&jwt, 1, &json!({"tok": 4711})),
        String::from_utf8(broken).unwrap(),
        format!("{jwt}.{signature}"),
        jwt.replacen("ey", "e y", 1),
    ] {
        let refused = console.api(&wrong).get("/api/v2/token/").await.is(401);
        assert!(refused.header("www-authenticate").contains("error=\"invalid_token\""));
        assert!(refused.says("the access token is not valid"), "{wrong}: {}", refused.text);
    }
}

#[actix_web::test]
async fn a_jwt_is_refused_from_its_last_second_on() {
    let console = Console::at(Utc::now()).await;
    let ada = console.owner("ada").await;
    let oat = ada.issues("ci").await;
    let said = asks(&console, &oat.text, &[("expires_in", "60")]).await.is(200).json();
    let jwt = said["access_token"].as_str().unwrap().to_owned();
    console.clock.advance(TimeDelta::milliseconds(58_500));
    assert!(accepted(&console, &jwt).await);
    console.clock.advance(TimeDelta::milliseconds(1_500));
    let refused = console.api(&jwt).get("/api/v2/token/").await.is(401);
    assert!(refused.says("the token expired on"), "{}", refused.text);
    asks(&console, &jwt, &[]).await.is(400);
    assert!(console.api(&oat.text).get("/api/v2/token/").await.status == 200);
    console.note_uses();
    let dead = "SELECT dead::text AS text FROM token_use_days";
    assert_eq!(console.texts(dead), ["0"], "its parent is in best health");
}

#[actix_web::test]
async fn no_jwt_outlives_its_parent() {
    let console = Console::at(Utc::now().trunc_subsecs(0)).await;
    let ada = console.owner("ada").await;
    let oat = ada.issues("ci").await;
    let end = console.clock.now() + TimeDelta::milliseconds(90_500);
    console.texts(&format!(
        "UPDATE tokens SET expires_at = '{}' RETURNING name AS text",
        end.to_rfc3339()
    ));
    let said = asks(&console, &oat.text, &[("expires_in", "3600")]).await.is(200).json();
    assert_eq!(said["expires_in"], 90);
    console.clock.advance(TimeDelta::milliseconds(90_200));
    asks(&console, &oat.text, &[]).await.is(400);
}

#[actix_web::test]
async fn one_key_follows_another_without_a_gap() {
    let console = Console::at(Utc::now()).await;
    let ada = console.owner("ada").await;
    let oat = ada.issues("ci").await;
    let first = published(&console).await;
    let [old] = first.as_slice() else { panic!("{first:?}") };
    rotate(&console, None);
    // Published, and nobody has to know it yet.
    let both = published(&console).await;
    assert_eq!((both.len(), &both[1]), (2, old));
    let new = both[0].clone();
    assert_eq!(kid(&exchanged(&console, &oat.text, &[]).await), *old);
    let again = console.app.db.write_here(|tx| {
        exchange::rotate(tx, &Actor::command(), console.app.exchange.keys.seal(), None)
    });
    assert!(again.is_err(), "one waits already");

    console.clock.advance(exchange::AHEAD - TimeDelta::seconds(1));
    let last = exchanged(&console, &oat.text, &[("expires_in", "3600")]).await;
    assert_eq!(kid(&last), *old);
    console.clock.advance(TimeDelta::seconds(1));
    assert_eq!(kid(&exchanged(&console, &oat.text, &[]).await), new);
    tend(&console);
    let sealed = "SELECT kid AS text FROM signing_keys WHERE sealed IS NOT NULL";
    assert_eq!(console.texts(sealed), [new.as_str()], "what signs no more cannot");
    console.clock.advance(TimeDelta::minutes(58));
    assert!(accepted(&console, &last).await, "to its end");

    console.clock.advance(exchange::KEPT - TimeDelta::minutes(58));
    assert_eq!(published(&console).await, [new.as_str()]);
    assert!(!accepted(&console, &last).await);
}

#[actix_web::test]
async fn a_retired_key_is_believed_to_its_time_and_no_longer() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let oat = ada.issues("ci").await;
    let jwt = exchanged(&console, &oat.text, &[]).await;
    rotate(&console, None);
    console.texts("UPDATE signing_keys SET signs_until = now() - interval '1 minute' WHERE signs_until IS NOT NULL RETURNING kid AS text");
    assert!(accepted(&console, &jwt).await);
    console.texts("UPDATE signing_keys SET gone_at = now() - interval '1 second' WHERE gone_at IS NOT NULL RETURNING kid AS text");
    let refused = console.api(&jwt).get("/api/v2/token/").await.is(401);
    assert!(refused.says("the access token is not valid"), "{}", refused.text);
}

#[actix_web::test]
async fn keys_follow_one_another_on_schedule_with_the_algorithm_that_was_chosen() {
    let console = Console::at(Utc::now()).await;
    let ada = console.owner("ada").await;
    tend(&console);
    assert_eq!(published(&console).await.len(), 1, "nothing is due");
    rotate(&console, Some(Algorithm::Rs256));
    console.clock.advance(exchange::AHEAD);
    let (name, expiry) = ("laptop".to_owned(), jeton::policies::Expiry::Never);
    let wish =
        jeton::policies::PersonalWish { name, expiry, picked: None, may_rotate_itself: false };
    let pat = ada.pat_wish(wish).await;
    let jwt = exchanged(&console, &pat.text, &[]).await;
    assert_eq!(part(&jwt, 0)["alg"], "RS256");
    assert!(accepted(&console, &jwt).await);

    console.clock.advance(exchange::LASTING);
    tend(&console);
    tend(&console);
    let keys = console.anonymous().get(KEYS).await.is(200).json();
    let algorithms: Vec<_> =
        keys["keys"].as_array().unwrap().iter().map(|key| &key["alg"]).collect();
    assert_eq!(algorithms, ["RS256", "RS256"]);
    let actions = console.audit_actions();
    assert_eq!(actions.iter().filter(|action| *action == "key.rotated").count(), 2);
}

#[actix_web::test]
async fn a_withdrawn_key_is_refused_at_once_on_every_instance() {
    let (here, there) =
        Console::two_set_up(Clock::System, |config| config.public_url = BOTH.parse().unwrap())
            .await;
    let ada = here.owner("ada").await;
    let oat = ada.issues("ci").await;
    assert_eq!(published(&here).await, published(&there).await, "they made one key");
    let jwt = exchanged(&there, &oat.text, &[]).await;
    assert!(accepted(&here, &jwt).await && accepted(&there, &jwt).await);

    withdraw(&here, &kid(&jwt));

    assert!(!accepted(&here, &jwt).await);
    let start = std::time::Instant::now();
    while accepted(&there, &jwt).await {
        assert!(start.elapsed().as_secs() < 10, "it was never heard of");
    }
    let next = exchanged(&there, &oat.text, &[]).await;
    assert_ne!(kid(&next), kid(&jwt));
    assert!(accepted(&here, &next).await);
    assert_eq!(published(&there).await, [kid(&next)]);

    // One that waits: the one that it was to replace goes on.
    rotate(&here, None);
    let waiting = published(&here).await[0].clone();
    withdraw(&here, &waiting);
    assert_eq!(published(&here).await, [kid(&next)]);
    let until = "SELECT kid AS text FROM signing_keys WHERE signs_until IS NULL";
    assert_eq!(here.texts(until), [kid(&next)]);
    // The one that signs, while another waits: that one takes over.
    rotate(&here, None);
    let waiting = published(&here).await[0].clone();
    withdraw(&here, &kid(&next));
    assert_eq!(kid(&exchanged(&here, &oat.text, &[]).await), waiting);
}

#[actix_web::test]
async fn signing_keys_outlast_the_rotation_of_the_instance_key() {
    let (before, after) =
        Console::before_and_after(|config| config.public_url = BOTH.parse().unwrap()).await;
    let ada = before.owner("ada").await;
    let oat = ada.issues("ci").await;
    let old = exchanged(&before, &oat.text, &[]).await;
    let after = after();
    assert!(accepted(&after, &old).await);
    let new = exchanged(&after, &oat.text, &[]).await;
    assert_eq!(kid(&old), kid(&new));
    let seal = after.app.exchange.keys.seal();
    let keys = after.app.db.read_here(exchange::list).unwrap();
    assert!(keys.iter().all(|key| key.is_sealed_under(seal)), "sealed again");
}

#[actix_web::test]
async fn the_published_keys_hold_nothing_private_and_may_be_kept_for_a_while() {
    let console = Console::start().await;
    for algorithm in [None, Some(Algorithm::Rs256)] {
        let answer = console.anonymous().get(KEYS).await.is(200);
        assert_eq!(answer.header("content-type"), "application/jwk-set+json");
        assert_eq!(answer.header("cache-control"), "public, max-age=300");
        for key in answer.json()["keys"].as_array().unwrap() {
            let names: Vec<_> = key.as_object().unwrap().keys().map(String::as_str).collect();
            let known = ["kty", "crv", "x", "y", "n", "e", "alg", "kid", "use"];
            assert!(names.iter().all(|name| known.contains(name)), "{names:?}");
            assert_eq!(key["use"], "sig");
        }
        if algorithm.is_none() {
            rotate(&console, Some(Algorithm::Rs256));
        }
    }
}

#[actix_web::test]
async fn clients_find_out_by_themselves_where_everything_is() {
    let console = Console::start().await;
    let known = |name: &str| format!("/.well-known/{name}");
    let client = console.anonymous();
    let issuer = client.get(&known("oauth-authorization-server")).await.is(200);
    assert_eq!(issuer.header("cache-control"), "public, max-age=300");
    let said = issuer.json();
    assert_eq!(said["issuer"], json!(console.url));
    assert_eq!(said["token_endpoint"], json!(format!("{}/oauth2/token", console.url)));
    assert_eq!(said["jwks_uri"], json!(format!("{}{KEYS}", console.url)));
    assert_eq!(said["response_types_supported"], json!([]));
    assert_eq!(client.get(&known("openid-configuration")).await.is(200).json(), said);
    let resource = client.get(&known("oauth-protected-resource")).await.is(200).json();
    assert_eq!(resource["resource"], json!(console.url));
    assert_eq!(resource["authorization_servers"], json!([console.url]));
    assert_eq!(resource["bearer_methods_supported"], json!(["header"]));
    for path in ["/api/v2/token/", "/forward-auth/nginx"] {
        let challenge = client.get(path).await.is(401).header("www-authenticate").to_owned();
        let pointed =
            format!("resource_metadata=\"{}/.well-known/oauth-protected-resource\"", console.url);
        assert!(challenge.ends_with(&pointed), "{path}: {challenge}");
    }
    let wrong = Answer::to(client.request("POST", KEYS)).await.is(405);
    assert_eq!(wrong.header("allow"), "GET, HEAD");
    Answer::to(client.request("HEAD", KEYS)).await.is(200);
    client.get("/.well-known/nothing").await.is(404);
}

#[actix_web::test]
async fn an_admin_publishes_the_next_key_and_withdraws_one_on_their_page() {
    let console = Console::start().await;
    let (root, ada) = (console.admin("root").await, console.owner("ada").await);
    let oat = ada.issues("ci").await;
    let jwt = exchanged(&console, &oat.text, &[]).await;
    let (at, withdraw) = ("/admin/keys", format!("/admin/keys/{}/withdraw", kid(&jwt)));
    for path in [at, &withdraw] {
        assert_eq!(ada.get(path).await.status, 403, "{path} is for admins");
    }
    assert!(root.get(at).await.says(&kid(&jwt)));

    let unknown = root.post("/admin/keys/rotate", &[("algorithm", "none")]).await;
    assert_eq!((unknown.status, published(&console).await.len()), (400, 1));
    let rotated = root.post("/admin/keys/rotate", &[("algorithm", "RS256")]).await;
    assert_eq!(rotated.location(), at);
    let page = root.get(at).await;
    assert!(page.says("Published, waits") && page.says("RS256"));
    assert!(accepted(&console, &jwt).await);

    assert!(root.get(&withdraw).await.says("Whatever it signed is refused at once."));
    assert_eq!(root.post(&withdraw, &[]).await.location(), at);
    assert!(!accepted(&console, &jwt).await);
    assert_eq!(root.get(&withdraw).await.status, 404);
    let told = console.audit_actions();
    assert!(told.contains(&"key.rotated".into()) && told.contains(&"key.withdrawn".into()));
}
