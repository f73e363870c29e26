//! The key material of accounts' tokens: made with each secret, whole only in the holder's hand.
use chacha20poly1305::aead::{Aead as _, KeyInit as _};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use jeton::access::Role;
use jeton::secret::KeyPair;
use serde_json::json;

use crate::support::Console;

/// What someone who holds a personal secret token makes of what the server keeps for them.
pub fn private_key(personal: &str, key_share: &str) -> Option<[u8; 32]> {
    let fields: Vec<_> = personal.split(':').collect();
    let [_, _, _, public, share, wrap_key] = fields[..] else { return None };
    let (closed, wrap_key) = (bytes(key_share), Key::try_from(&bytes(wrap_key)[..]).unwrap());
    let (closed, nonce) = closed.split_at(closed.len() - 24);
    let nonce = XNonce::try_from(nonce).unwrap();
    let other = XChaCha20Poly1305::new(&wrap_key).decrypt(&nonce, closed).ok()?;
    let other = bytes(std::str::from_utf8(&other).unwrap());
    let private: Vec<_> = bytes(share).iter().zip(other).map(|(one, other)| one ^ other).collect();
    let pair = KeyPair::from_private(&private).unwrap();
    assert_eq!(pair.public().to_string(), public);
    private.try_into().ok()
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits = |at: usize| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap();
    (0..hex.len() / 2).map(digits).collect()
}

/// Of the newest secret of the token of that name.
fn key_share(console: &Console, name: &str) -> String {
    let shares = console.texts(&format!(
        "SELECT coalesce(key_share, 'none') AS text FROM token_secrets JOIN tokens ON tokens.id = token_id
         WHERE name = '{name}' ORDER BY generation DESC, token_secrets.id DESC"
    ));
    shares[0].clone()
}

#[actix_web::test]
async fn every_secret_of_an_accounts_token_opens_that_accounts_key() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let pat = ada.full_pat("all").await;
    let api = console.api(&pat.text);
    let held = |name: &str, personal: &serde_json::Value| {
        private_key(personal.as_str().unwrap(), &key_share(&console, name)).unwrap()
    };
    let mine = private_key(pat.personal.as_ref().unwrap(), &key_share(&console, "all")).unwrap();

    let wish = json!({ "name": "phone", "may_rotate_itself": true });
    let phone = api.post("/api/v2/user/tokens/", &wish).await.is(201).json();
    assert_eq!(held("phone", &phone["personal_secret_token"]), mine);
    let hex = phone["rest_token"].as_str().unwrap().strip_prefix("User ").unwrap();
    let personal = phone["personal_secret_token"].as_str().unwrap().to_owned();
    assert!(personal.starts_with(&format!("pss_user:v1:{hex}:")), "{personal}");
    let before = key_share(&console, "phone");
    let rotate = format!("/api/v2/user/tokens/{}/rotate/", phone["id"]);
    let rotated = api.post(&rotate, &json!({})).await.is(200).json();
    assert_eq!(held("phone", &rotated["personal_secret_token"]), mine);
    assert_ne!(key_share(&console, "phone"), before);
    assert!(private_key(&personal, &key_share(&console, "phone")).is_none(), "of the old secret");
    let itself = console.api(rotated["token"].as_str().unwrap());
    let again = itself.post("/api/v2/token/rotate/", &json!({})).await.is(200).json();
    assert_eq!(held("phone", &again["personal_secret_token"]), mine);
    let listed = api.get("/api/v2/user/tokens/").await.is(200);
    assert!(!listed.says("personal_secret_token") && !listed.says("rest_token"));

    let wish = json!({ "name": "Worker", "access_config": { "role": "operator" } });
    let path = "/api/v2/organization/service-accounts/";
    let account = api.post(path, &wish).await.is(201).json()["id"].to_string();
    let tokens = format!("{path}{account}/tokens/");
    let one = api.post(&tokens, &json!({ "name": "one" })).await.is(201).json();
    let its = held("one", &one["personal_secret_token"]);
    assert_ne!(its, mine);
    let two = api.post(&tokens, &json!({ "name": "two" })).await.is(201).json();
    assert_eq!(held("two", &two["personal_secret_token"]), its);
    let rotate = format!("{tokens}{}/rotate/", two["id"]);
    let rotated = api.post(&rotate, &json!({})).await.is(200).json();
    assert_eq!(held("two", &rotated["personal_secret_token"]), its);
    let count = "SELECT count(*)::text AS text FROM account_keys";
    assert_eq!(console.texts(count), ["2"]);

    api.delete(&format!("{path}{account}/")).await.is(204);
    assert_eq!(console.texts(count), ["1"], "a deleted account keeps no key");
}

#[actix_web::test]
async fn an_organizations_token_has_no_key_material() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let oat = ada.issues_as("ci", Role::Operator, &[]).await;
    assert_eq!((oat.rest, oat.personal), (None, None));
    assert_eq!(key_share(&console, "ci"), "none");
    let pat = ada.full_pat("all").await;
    let wish = json!({ "name": "relay" });
    let made = console.api(&pat.text).post("/api/v2/organization/tokens/", &wish).await.is(201);
    assert!(!made.says("personal_secret_token") && !made.says("rest_token"), "{}", made.text);
}

#[actix_web::test]
async fn two_first_tokens_at_once_share_one_key() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let names: Vec<_> = (0..6).map(|n| format!("token {n}")).collect();
    let issued = futures_util::future::join_all(names.iter().map(|name| ada.full_pat(name))).await;
    let keys: Vec<_> = names
        .iter()
        .zip(&issued)
        .map(|(name, token)| {
            private_key(token.personal.as_ref().unwrap(), &key_share(&console, name)).unwrap()
        })
        .collect();
    assert!(keys.iter().all(|key| *key == keys[0]));
    assert_eq!(console.texts("SELECT count(*)::text AS text FROM account_keys"), ["1"]);
}
