//! Where this machine keeps the certificate authorities that it trusts.
use std::path::{Path, PathBuf};

/// Debian and Alpine, Fedora and its kin, SUSE, BSD.
const STORES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// What `SSL_CERT_FILE` names, else the first store that is there. `None` also where libpq has been
/// told whom to trust in one of its own ways.
#[expect(clippy::disallowed_methods, reason = "this is where the environment is read")]
pub fn of_the_system() -> Option<PathBuf> {
    let told = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    let own = told("HOME").map(|home| Path::new(&home).join(".postgresql/root.crt"));
    if told("PGSSLROOTCERT").is_some() || own.is_some_and(|own| own.exists()) {
        return None;
    }
    let stores = STORES.iter().map(PathBuf::from);
    told("SSL_CERT_FILE").map(PathBuf::from).into_iter().chain(stores).find(|store| store.exists())
}
