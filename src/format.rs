//! How a token is written: `jtn_{kind}_{secret}{crc}`, 57 characters of `[A-Za-z0-9_]`.
//!
//! The secret is 32 bytes as 43 base62 digits, left-padded; the checksum is CRC-32 (ISO-HDLC) of
//! all that stands before it, 6 base62 digits, left-padded.
use std::fmt;

use zeroize::Zeroizing;

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// What each byte stands for as a digit; 62 and more is none. Read by every request.
const VALUES: [u8; 256] = {
    let mut values = [u8::MAX; 256];
    let mut value = 0;
    while value < 62 {
        values[DIGITS[value as usize] as usize] = value;
        value += 1;
    }
    values
};
const SECRET: usize = 43;
const CHECKSUM: usize = 6;
const HINT: usize = 8;

/// Whose token it is: an organization's, a service account's or a person's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    Oat,
    Sat,
    Pat,
}

impl Kind {
    pub const ALL: [Self; 3] = [Self::Oat, Self::Sat, Self::Pat];

    pub fn name(self) -> &'static str {
        match self {
            Self::Oat => "oat",
            Self::Sat => "sat",
            Self::Pat => "pat",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// As lists show it: `jtn_oat_rjm9czn9...`.
pub fn masked(kind: Kind, hint: &str) -> String {
    format!("jtn_{kind}_{hint}...")
}

pub(crate) fn print(kind: Kind, bytes: &[u8; 32]) -> String {
    let mut text = String::with_capacity(57);
    text.push_str("jtn_");
    text.push_str(kind.name());
    text.push('_');
    text.extend(to_base62(bytes).iter().map(|&digit| char::from(digit)));
    text.extend(checksum(&text).map(char::from));
    text
}

pub(crate) fn hint(kind: Kind, bytes: &[u8; 32]) -> String {
    let text = Zeroizing::new(print(kind, bytes));
    text["jtn_oat_".len()..][..HINT].to_owned()
}

pub(crate) fn parse(text: &str) -> Option<(Kind, Zeroizing<[u8; 32]>)> {
    let (kind, rest) = text.strip_prefix("jtn_")?.split_once('_')?;
    let kind = Kind::parse(kind)?;
    if rest.len() != SECRET + CHECKSUM || !rest.is_ascii() {
        return None;
    }
    let (signed, sum) = text.split_at(text.len() - CHECKSUM);
    if sum.as_bytes() != checksum(signed) {
        return None;
    }
    Some((kind, from_base62(&rest[..SECRET])?))
}

fn checksum(signed: &str) -> [u8; CHECKSUM] {
    let mut rest = crc32fast::hash(signed.as_bytes());
    let mut digits = [0; CHECKSUM];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[(rest % 62) as usize];
        rest /= 62;
    }
    digits
}

/// Long division of a big-endian number: the last digit first.
fn to_base62(bytes: &[u8; 32]) -> Zeroizing<[u8; SECRET]> {
    let mut number = Zeroizing::new(*bytes);
    let mut digits = Zeroizing::new([0; SECRET]);
    for digit in digits.iter_mut().rev() {
        let mut rest = 0u32;
        for byte in number.iter_mut() {
            let value = rest << 8 | u32::from(*byte);
            *byte = u8::try_from(value / 62).unwrap_or(u8::MAX);
            rest = value % 62;
        }
        *digit = DIGITS[rest as usize];
    }
    digits
}

/// `None` for a strange digit, or a number that 32 bytes do not hold. Every request pays for this,
/// so it goes by ten digits, as many as 64 bits hold.
fn from_base62(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    // The least significant first.
    let mut limbs = Zeroizing::new([0u64; 4]);
    for digits in text.as_bytes().chunks(10) {
        let (mut carry, mut scale) = (0, 1);
        for &digit in digits {
            let value = VALUES[usize::from(digit)];
            if value >= 62 {
                return None;
            }
            carry = carry * 62 + u64::from(value);
            scale *= 62;
        }
        for limb in limbs.iter_mut() {
            (*limb, carry) = limb.carrying_mul(scale, carry);
        }
        if carry != 0 {
            return None;
        }
    }
    let mut number = Zeroizing::new([0; 32]);
    for (bytes, limb) in number.chunks_exact_mut(8).zip(limbs.iter().rev()) {
        bytes.copy_from_slice(&limb.to_be_bytes());
    }
    Some(number)
}

pub(crate) fn to_hex(bytes: impl AsRef<[u8]>) -> Zeroizing<String> {
    use fmt::Write as _;
    let bytes = bytes.as_ref();
    let mut text = Zeroizing::new(String::with_capacity(2 * bytes.len()));
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// `None` unless `text` is 64 hexadecimal digits, in either case.
pub(crate) fn from_hex(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    if text.len() != 64 || !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = Zeroizing::new([0; 32]);
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_printed_is_read_again(bytes: [u8; 32], which in 0usize..3) {
            let kind = Kind::ALL[which];
            let text = print(kind, &bytes);
            prop_assert_eq!(text.len(), 57);
            prop_assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'));
            prop_assert_eq!(parse(&text), Some((kind, Zeroizing::new(bytes))));
            prop_assert_eq!(from_hex(&to_hex(bytes)), Some(Zeroizing::new(bytes)));
        }

        #[test]
        fn one_changed_character_is_noticed(bytes: [u8; 32], at in 0usize..57, other in 0usize..62) {
            let text = print(Kind::Oat, &bytes);
            let mut changed = text.clone().into_bytes();
            changed[at] = DIGITS[other];
            let changed = String::from_utf8(changed).unwrap();
            prop_assert!(changed == text || parse(&changed).is_none());
        }

        #[test]
        fn nothing_makes_the_parser_stumble(text in ".{0,80}") {
            let _ = (parse(&text), from_hex(&text));
        }
    }

    #[test]
    fn the_smallest_and_the_largest_secret_have_their_known_text() {
        let least = print(Kind::Oat, &[0; 32]);
        assert!(
            least.starts_with("jtn_oat_0000000000000000000000000000000000000000000"),
            "{least}"
        );
        assert_eq!(parse(&print(Kind::Pat, &[255; 32])).unwrap().1.as_slice(), [255; 32]);
    }

    #[test]
    fn a_number_beyond_32_bytes_is_refused() {
        let signed = format!("jtn_oat_{}", "z".repeat(SECRET));
        let text = format!("{signed}{}", std::str::from_utf8(&checksum(&signed)).unwrap());
        assert!(parse(&text).is_none());
    }

    #[test]
    fn a_masked_token_shows_eight_characters() {
        assert_eq!(masked(Kind::Oat, &hint(Kind::Oat, &[0; 32])), "jtn_oat_00000000...");
    }
}
