//! Held against what libsodium made: the vectors that Phase publishes with its Go SDK, and an account
//! captured there with its token, its environment and its secrets.
use serde::Deserialize;

use super::environment::digest;
use super::pair::{KeyPair, PublicKey};
use super::share::xor;
use super::{Ciphertext, EnvironmentKeys, open};
use crate::format::from_hex;

#[derive(Deserialize)]
struct Vectors {
    pairs: Vec<[String; 3]>,
    digests: Vec<[String; 3]>,
    session: Session,
    closed: Vec<[String; 3]>,
    ciphertexts: Vec<[String; 3]>,
    xor: Vec<[String; 3]>,
    account: Account,
}

#[derive(Deserialize)]
struct Session {
    seed_a: String,
    seed_b: String,
    client_rx: String,
    client_tx: String,
}

#[derive(Deserialize)]
struct Account {
    token: String,
    wrapped_key_share: String,
    environment_public_key: String,
    wrapped_seed: String,
    wrapped_salt: String,
    /// Key digest, then key, value and comment as ciphertexts.
    secrets: Vec<[String; 4]>,
}

fn published() -> Vectors {
    serde_json::from_str(include_str!("vectors.json")).unwrap()
}

fn key(text: &str) -> [u8; 32] {
    *from_hex(text).unwrap()
}

pub(super) fn bytes(hex: &str) -> Vec<u8> {
    let digits = |at: usize| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap();
    (0..hex.len() / 2).map(digits).collect()
}

#[test]
fn a_seed_makes_the_published_pair() {
    for [seed, public, private] in published().pairs {
        let pair = KeyPair::from_seed(&key(&seed));
        assert_eq!(pair.public().to_string(), public);
        assert_eq!(*pair.private(), key(&private));
        assert_eq!(KeyPair::from_private(&key(&private)).unwrap().public(), pair.public());
    }
}

#[test]
fn two_pairs_make_the_published_session_keys() {
    let session = published().session;
    let (client, server) =
        (KeyPair::from_seed(&key(&session.seed_a)), KeyPair::from_seed(&key(&session.seed_b)));
    assert_eq!(*client.key_to(server.public()), key(&session.client_tx));
    assert_eq!(*server.key_from(client.public()).unwrap(), key(&session.client_tx));
    assert_eq!(*server.answers(client.public()), key(&session.client_rx));
}

#[test]
fn names_have_the_published_digests() {
    for [salt, name, known] in published().digests.iter().filter(|[salt, ..]| !salt.is_empty()) {
        assert_eq!(digest(salt.as_bytes(), name), *known);
    }
}

#[test]
fn the_published_ciphertexts_open() {
    let vectors = published();
    for [with, plain, closed] in vectors.closed {
        assert_eq!(open(&bytes(&closed), &key(&with)).unwrap().as_slice(), plain.as_bytes());
    }
    for [seed, plain, closed] in vectors.ciphertexts {
        let pair = KeyPair::from_seed(&key(&seed));
        assert_eq!(*Ciphertext::parse(closed).unwrap().open(&pair).unwrap(), plain);
    }
    for [one, other, both] in vectors.xor {
        assert_eq!(xor(&key(&one), &key(&other)), key(&both));
    }
}

#[test]
fn a_captured_account_reads_its_secrets() {
    let account = published().account;
    let fields: Vec<_> = account.token.split(':').collect();
    let [_, _, _, public, share, wrap_key] = fields[..] else { panic!("not six fields") };
    let other = open(&bytes(&account.wrapped_key_share), &key(wrap_key)).unwrap();
    let private = xor(&key(share), &key(std::str::from_utf8(&other).unwrap()));
    let holder = KeyPair::from_private(&private).unwrap();
    assert_eq!(Some(holder.public()), PublicKey::parse(public));

    let part = |text: &str| key(&Ciphertext::parse(text).unwrap().open(&holder).unwrap());
    let (seed, salt) = (part(&account.wrapped_seed), part(&account.wrapped_salt));
    let keys = EnvironmentKeys::from_parts(&seed, &salt).unwrap();
    assert_eq!(keys.pair().public().to_string(), account.environment_public_key);
    for [digest, name, value, comment] in account.secrets {
        let opened = [name, value, comment]
            .map(|text| Ciphertext::parse(text).unwrap().open(&keys.pair()).unwrap());
        assert_eq!(keys.digest(&opened[0].to_lowercase()), digest);
        assert!(!opened[1].is_empty());
    }

    let (seed, salt) = keys.wrap(holder.public());
    assert_eq!(part(seed.as_str()), *keys.seed());
    assert_eq!(part(salt.as_str()), *keys.salt());
}
