//! Two environments side by side: what is in both, and whether it is the same, never what it is.
use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

use super::{Opener, Read, is_hidden};

/// How two environments differ in one name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Difference {
    OnlyFirst,
    OnlySecond,
    Changed,
    Same,
    /// One of the two is sealed: of its value nothing is said.
    Sealed,
    /// One of the two does not open.
    Unreadable,
}

/// One name at one path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    pub path: String,
    pub key: String,
    pub difference: Difference,
}

/// By path and name. What has a name that does not open is left out, for it has none.
pub fn compare(first: (&[Read], &Opener), second: (&[Read], &Opener)) -> Vec<Compared> {
    let (first, mut second) = (opened(first), opened(second));
    let mut compared = BTreeMap::new();
    for (at, value) in first {
        let difference = match (value, second.remove(&at)) {
            (_, None) => Difference::OnlyFirst,
            (Value::Sealed, Some(_)) | (_, Some(Value::Sealed)) => Difference::Sealed,
            (Value::Open(one), Some(Value::Open(other))) => {
                let (one, other) = (one.expose_secret(), other.expose_secret());
                let same: bool = one.as_bytes().ct_eq(other.as_bytes()).into();
                if same { Difference::Same } else { Difference::Changed }
            }
            (_, Some(_)) => Difference::Unreadable,
        };
        compared.insert(at, difference);
    }
    compared.extend(second.into_keys().map(|at| (at, Difference::OnlySecond)));
    let line = |((path, key), difference)| Compared { path, key, difference };
    compared.into_iter().map(line).collect()
}

enum Value {
    Open(SecretString),
    Sealed,
    Unreadable,
}

type Opened = BTreeMap<(String, String), Value>;

fn opened((secrets, opener): (&[Read], &Opener)) -> Opened {
    let open = |(secret, _): &Read| {
        let key = opener.open(&secret.key)?;
        let value = match opener.open(&secret.value) {
            _ if is_hidden(secret) => Value::Sealed,
            Some(value) => Value::Open(value.as_str().into()),
            None => Value::Unreadable,
        };
        Some(((secret.path.clone(), key.to_string()), value))
    };
    secrets.iter().filter_map(open).collect()
}
