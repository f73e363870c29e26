//! Mail settings: what is understood, what is refused, and what the doctor finds of the server.
use std::fs;
use std::net::TcpListener;
use std::process::Command;

use super::host::{Ended, Host};
use crate::support::MailServer;

const PASSWORD: &str = "post-office-box-4711";

/// A certificate for `localhost`, by an authority of its own, in the host's data directory.
fn certificate(host: &Host) -> [String; 3] {
    fs::create_dir_all(host.data()).unwrap();
    let openssl = |line: &str| {
        let call =
            Command::new("openssl").args(line.split_whitespace()).current_dir(host.data()).output();
        let output = call.unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    let new = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2";
    openssl(&format!("{new} -subj /CN=ca -keyout ca.key -out ca.pem"));
    openssl(&format!(
        "{new} -CA ca.pem -CAkey ca.key -subj /CN=localhost -addext subjectAltName=DNS:localhost \
         -addext basicConstraints=critical,CA:FALSE -keyout server.key -out server.pem"
    ));
    ["server.pem", "server.key", "ca.pem"].map(|name| host.data().join(name).display().to_string())
}

#[track_caller]
fn says(ended: &Ended, line: &str) {
    assert!(ended.out.contains(line), "{line}: {}{}", ended.out, ended.err);
    assert!(!format!("{}{}", ended.out, ended.err).contains(PASSWORD), "{ended:?}");
}

#[test]
fn the_settings_are_understood_and_the_password_is_not_printed() {
    let host = Host::new();
    let with = |url: &str, from: &str| {
        host.jeton("config")
            .env("JETON_SMTP_URL", url)
            .env("JETON_MAIL_FROM", from)
            .env("JETON_WEBHOOK_ALLOW", "10.0.3.0/24,127.0.0.1")
            .ends()
    };
    let url = format!("smtps://jeton%40example.org:{PASSWORD}@mail.example.org:465");
    let ended = with(&url, "Jeton <jeton@example.org>");
    says(&ended, "JETON_SMTP_URL=smtps://****:****@mail.example.org:465\n");
    says(&ended, "JETON_MAIL_FROM=Jeton <jeton@example.org>\n");
    says(&ended, "JETON_WEBHOOK_ALLOW=10.0.3.0/24,127.0.0.1/32\n");
    says(&with("", ""), "JETON_SMTP_URL=\n");
    for (url, from, why) in [
        (url.as_str(), "", "JETON_SMTP_URL needs JETON_MAIL_FROM"),
        (url.as_str(), "nobody", "--mail-from"),
        (&format!("imap://x:{PASSWORD}@y"), "a@b", "JETON_SMTP_URL is malformed"),
        (&format!("smtp:{PASSWORD}"), "a@b", "JETON_SMTP_URL is malformed"),
    ] {
        let ended = with(url, from);
        assert_ne!(ended.code, 0);
        assert!(ended.err.contains(why), "{}", ended.err);
        says(&ended, "");
    }
}

#[test]
fn the_doctor_asks_the_mail_server_and_says_what_is_wrong_with_it() {
    let host = Host::new();
    let [certificate, key, ca] = certificate(&host);
    let plain = MailServer::start();
    let signing = MailServer::with(&["jeton", PASSWORD]);
    let starting = MailServer::with(&["jeton", PASSWORD, &certificate, &key]);
    let wrapped = MailServer::with(&["jeton", PASSWORD, &certificate, &key, "wrapped"]);
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let silence = silent.local_addr().unwrap().port();
    let (start, wrap, sign) = (starting.port, wrapped.port, signing.port);
    let good = "the server answers; from jeton@example.org";
    for (url, store, said) in [
        (format!("smtp://127.0.0.1:{}", plain.port), &certificate, good),
        (format!("smtp://jeton:{PASSWORD}@127.0.0.1:{sign}"), &certificate, good),
        (format!("smtp://jeton:{PASSWORD}@localhost:{start}?tls=required"), &ca, good),
        (format!("smtps://jeton:{PASSWORD}@localhost:{wrap}"), &ca, good),
        (
            format!("smtp://jeton:wrong@127.0.0.1:{sign}"),
            &ca,
            "the mail server lets nobody in (535)",
        ),
        (format!("smtps://jeton:{PASSWORD}@127.0.0.1:{wrap}"), &ca, "mail server"),
        (
            format!("smtp://jeton:{PASSWORD}@localhost:{}?tls=required", plain.port),
            &ca,
            "mail server",
        ),
        (format!("smtp://127.0.0.1:{nobody}"), &ca, "the mail server could not be reached"),
        (format!("smtp://127.0.0.1:{silence}"), &ca, "the mail server did not answer in time"),
    ] {
        let ended = host
            .jeton("doctor")
            .env("JETON_SMTP_URL", &url)
            .env("JETON_MAIL_FROM", "jeton@example.org")
            .env("SSL_CERT_FILE", store)
            .ends();
        says(&ended, said);
        assert_eq!(ended.code, i32::from(said != good), "{url}: {}", ended.out);
    }
    let stranger = host
        .jeton("doctor")
        .env("JETON_SMTP_URL", &format!("smtps://jeton:{PASSWORD}@localhost:{wrap}"))
        .env("JETON_MAIL_FROM", "jeton@example.org")
        .ends();
    says(&stranger, "WRONG  mail");
    says(&host.jeton("doctor").ends(), "off: JETON_SMTP_URL names no server");
}
