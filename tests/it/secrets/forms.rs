//! The forms in which a secret could have slipped through: as it is, in hexadecimal, in base64.
use std::fmt::Write as _;

use base64::prelude::{
    BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD, Engine as _,
};

/// A secret that is text, and the texts in which it can be found again.
pub fn of_text(secret: &str) -> Vec<String> {
    [vec![secret.to_owned()], of_bytes(secret.as_bytes())].concat()
}

/// In lower case, and without what depends on the bytes that follow.
pub fn of_bytes(secret: &[u8]) -> Vec<String> {
    let whole = &secret[..secret.len() / 3 * 3];
    vec![hex(secret), BASE64_STANDARD_NO_PAD.encode(whole), BASE64_URL_SAFE_NO_PAD.encode(whole)]
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

/// The word, its secret alone, and the 32 bytes that it stands for.
pub fn of_token(word: &str) -> Vec<String> {
    [of_text(word), of_text(&word[8..51]), of_bytes(&bytes(word))].concat()
}

/// The token, the share and the key that a personal secret token carries beside a public key.
pub fn of_personal(word: &str) -> Vec<String> {
    let fields: Vec<_> = word.split(':').collect();
    let secret = [fields[2], fields[4], fields[5]];
    secret.into_iter().flat_map(of_text).chain([word.to_owned()]).collect()
}

/// The word, what follows its prefix, and the bytes that it stands for.
pub fn of_signing(word: &str) -> Vec<String> {
    let bytes = BASE64_STANDARD.decode(&word[6..]).unwrap();
    [of_text(word), of_text(&word[6..]), of_bytes(&bytes)].concat()
}

/// The 43 digits of a token as a number.
pub fn bytes(word: &str) -> [u8; 32] {
    const DIGITS: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut number = [0; 32];
    for digit in word[8..51].chars() {
        let mut carry = DIGITS.find(digit).unwrap();
        for byte in number.iter_mut().rev() {
            carry += usize::from(*byte) * 62;
            *byte = u8::try_from(carry % 256).unwrap();
            carry /= 256;
        }
    }
    number
}
