//! A database elsewhere that speaks TLS: what is checked of it, and against whom.
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use rustix::process::Signal;

use super::host::Host;
use crate::postgres::support::{Place, eventually, kill, root};

/// The PostgreSQL of the system on a port, for `localhost`, behind a certificate of an authority
/// of its own. It lets nobody in without TLS.
struct Elsewhere {
    process: Child,
    place: Place,
    port: u16,
}

impl Elsewhere {
    fn new() -> Self {
        let place = Place::new("elsewhere");
        let running = place.start();
        let program = fs::read_link(format!("/proc/{}/exe", place.postmaster())).unwrap();
        running.stop().unwrap();
        let at = |name: &str| place.cluster().join(name);
        fs::write(at("hba"), "hostssl all all localhost trust\n").unwrap();
        authority(&place, "ca");
        authority(&place, "stranger");
        certificate(&place);
        let owner = fs::metadata(place.cluster()).unwrap();
        for name in ["hba", "server.pem", "server.key"] {
            chown(at(name), Some(owner.uid()), Some(owner.gid())).unwrap();
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let set = |name: &str, value: String| format!("--{name}={value}");
        let process = place
            .as_owner(program.to_str().unwrap())
            .arg("-D")
            .arg(place.cluster())
            .args([
                set("port", port.to_string()),
                set("listen_addresses", "localhost".into()),
                set("unix_socket_directories", String::new()),
                set("hba_file", at("hba").display().to_string()),
                set("ssl", "on".into()),
                set("ssl_cert_file", at("server.pem").display().to_string()),
                set("ssl_key_file", at("server.key").display().to_string()),
            ])
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let ready = || {
            let pid_file = fs::read_to_string(place.cluster().join("postmaster.pid"));
            pid_file
                .is_ok_and(|text| text.lines().nth(7).is_some_and(|line| line.trim() == "ready"))
        };
        eventually("it answers", ready);
        Self { process, place, port }
    }

    fn url(&self, host: &str, options: &str) -> String {
        format!("postgres://postgres@{host}:{}/postgres?{options}", self.port)
    }

    fn pem(&self, authority: &str) -> PathBuf {
        self.place.dir.join(format!("{authority}.pem"))
    }
}

impl Drop for Elsewhere {
    fn drop(&mut self) {
        kill(self.process.id(), Signal::INT);
        let _ = self.process.wait();
    }
}

fn openssl(place: &Place, line: &str) {
    let output = Command::new("openssl")
        .args(line.split_whitespace())
        .current_dir(&place.dir)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn authority(place: &Place, name: &str) {
    let line = format!(
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
         -subj /CN={name} -keyout {name}.key -out {name}.pem"
    );
    openssl(place, &line);
}

fn certificate(place: &Place) {
    openssl(
        place,
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -CA ca.pem -CAkey ca.key \
         -subj /CN=localhost -addext subjectAltName=DNS:localhost -addext basicConstraints=critical,CA:FALSE \
         -keyout data/postgres/pg/server.key -out data/postgres/pg/server.pem",
    );
}

#[test]
fn a_database_behind_tls_is_used_and_checked_as_the_url_says() {
    let (host, server) = (Host::new(), Elsewhere::new());
    let (ca, stranger) = (server.pem("ca"), server.pem("stranger"));
    let (ca, stranger) = (ca.to_str().unwrap(), stranger.to_str().unwrap());
    let own = format!("sslmode=verify-full&sslrootcert={}", ca.replace(' ', "%20"));
    for (at, options, store, said) in [
        ("localhost", "sslmode=require", stranger, "over TLS"),
        ("localhost", "sslmode=verify-full", ca, "over TLS"),
        ("localhost", "sslmode=verify-ca", ca, "over TLS"),
        ("localhost", "sslrootcert=system", ca, "over TLS"),
        ("localhost", own.as_str(), stranger, "over TLS"),
        ("localhost", "sslmode=verify-full", stranger, "certificate verify failed"),
        ("localhost", "sslrootcert=system", stranger, "certificate verify failed"),
        ("127.0.0.1", "sslmode=verify-full", ca, "does not match host name"),
        ("localhost", "sslmode=disable", ca, "no pg_hba.conf entry"),
    ] {
        let url = server.url(at, options);
        let ended =
            host.jeton("doctor").env("DATABASE_URL", &url).env("SSL_CERT_FILE", store).ends();

        assert!(ended.out.contains(said), "{url}, trusting {store}: {}{}", ended.out, ended.err);
        assert_eq!(ended.code, i32::from(said != "over TLS"), "{url}");
    }
    let url = server.url("localhost", "sslmode=verify-full");
    let call = host.jeton("migrate").env("DATABASE_URL", &url).env("SSL_CERT_FILE", ca);
    let migrated = call.ends();
    assert!(migrated.out.starts_with("Ran 2026"), "{migrated:?}");
}

#[test]
fn psql_and_pg_dump_reach_a_database_behind_tls() {
    let (host, server) = (Host::new(), Elsewhere::new());
    let ca = server.pem("ca");
    let url = server.url("localhost", "sslmode=verify-full");
    let does = |line: &str| {
        let call = host.jeton(line).env("DATABASE_URL", &url);
        call.env("SSL_CERT_FILE", ca.to_str().unwrap()).ends()
    };
    does("migrate");

    let dump = does("db dump");

    assert_eq!((dump.code, dump.err.as_str()), (0, ""));
    assert!(dump.out.contains("CREATE TABLE public.tokens"));
}

#[test]
fn without_being_told_the_authorities_of_the_system_are_trusted() {
    if !root() {
        return;
    }
    let (host, server) = (Host::new(), Elsewhere::new());
    let url = server.url("localhost", "sslmode=verify-full");
    let store = "/etc/ssl/certs/ca-certificates.crt";
    // For this process alone, the system trusts our authority.
    let mount = format!("mount --bind \"$CA\" {store} && exec \"$@\"");
    let way = ["unshare", "--mount", "sh", "-c", &mount, "sh"];
    let with = |authority: &str| {
        let call = host.jeton_by(&way, "doctor").env("DATABASE_URL", &url);
        call.env("CA", server.pem(authority).to_str().unwrap()).ends()
    };

    let trusted = with("ca");

    if trusted.err.contains("unshare") || trusted.err.contains("mount") {
        return eprintln!("NOT TESTED: this machine lets nobody mount: {}", trusted.err);
    }
    assert!(trusted.code == 0 && trusted.out.contains("over TLS"), "{trusted:?}");
    assert!(with("stranger").out.contains("certificate verify failed"));
}
