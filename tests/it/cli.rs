//! The program itself, as people and scripts run it.
mod databases;
mod doctor;
pub mod host;
mod mail;
mod serving;
mod terminal;
mod tls;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use self::host::Host;
use crate::support::{Api, Browser, PASSWORD};

#[actix_web::test]
async fn a_script_sets_up_starts_and_calls() {
    let host = Host::new();
    host.sets_up();

    let token = host.issues("script");

    assert!(token.starts_with("jtn_pat_") && token.trim_end().len() == 57, "{token:?}");
    assert_eq!(token.lines().count(), 1);
    let server = host.serves();
    let ada = Browser::new(&server.url);
    let form = [("email", "ada@example.org"), ("password", PASSWORD)];
    assert_eq!(ada.post("/login", &form).await.location(), "/");
    assert_eq!(ada.get("/").await.location(), "/orgs/acme");
    let itself = Api::new(&server.url, Some(token.trim())).get("/api/v2/token/").await;
    assert_eq!((itself.status, itself.json()["name"].as_str()), (200, Some("script")));
}

#[actix_web::test]
async fn commands_work_beside_a_running_server() {
    let host = Host::new();
    let server = host.serves();
    host.sets_up();
    let ada = Browser::new(&server.url);
    let form = [("email", "ada@example.org"), ("password", PASSWORD)];
    ada.post("/login", &form).await;
    assert_eq!(ada.get("/").await.location(), "/orgs/acme");
    let token = host.issues("laptop");
    let listed = host.jeton("token list --user ada@example.org").ends();
    assert!(listed.out.contains("laptop") && listed.out.contains(&token[..16]), "{}", listed.out);

    let done = host.jeton("user disable --email ada@example.org").ends();

    assert_eq!((done.code, done.err.as_str()), (0, ""));
    assert_eq!(ada.get("/").await.location(), "/login");
    let verified = host.jeton("token verify").reads(token.trim()).ends();
    assert_eq!(verified.code, 1);
    assert_eq!(verified.err, "jeton: not good: the token's holder is disabled\n");
    let log = server.log().join("\n");
    for secret in [token.trim(), &token[8..51], PASSWORD] {
        assert!(!log.contains(secret), "{log}");
    }
}

#[test]
fn users_organizations_and_members_are_made_and_listed() {
    let host = Host::new();
    host.sets_up();
    let does = |line: &str| {
        let ended = host.jeton(line).reads(PASSWORD).ends();
        assert_eq!((ended.code, ended.err.as_str()), (0, ""), "{line}");
        ended.out
    };
    does("org create --slug northwind --name Northwind");
    does("user create --email bob@example.org --name Bob --password-stdin");
    does("org add-member --org northwind --user BOB@example.org --role operator");

    let (users, orgs) = (does("user list"), does("org list"));

    assert_eq!(users.lines().count(), 3, "{users}");
    assert!(users.contains("bob@example.org") && orgs.contains("northwind"), "{users}{orgs}");
    does("user password --email bob@example.org --password-stdin");
    does("token issue --kind oat --org northwind --name ci --role manager --all-projects");
    let listed = does("token list --org northwind");
    assert!(listed.contains("jtn_oat_") && listed.contains("manager"), "{listed}");
    let id = listed.lines().nth(1).unwrap().split_whitespace().next().unwrap();
    does(&format!("token revoke {id} --org northwind"));
    assert!(does("token list --org northwind").contains("revoked"));
    let again = host.jeton(&format!("token revoke {id} --org northwind")).ends();
    assert_eq!((again.code, again.err.as_str()), (1, "jeton: there is no such token\n"));
}

#[test]
fn a_token_is_verified_in_words() {
    let host = Host::new();
    host.sets_up();
    let line = "token issue --kind pat --user ada@example.org --name ci --expires-in 30d \
                --permission records:write --permission tokens:read";
    let token = host.jeton(line).ends().out;

    let good = host.jeton("token verify").reads(&token).ends();

    assert_eq!(good.code, 0, "{}", good.err);
    for words in
        ["“ci”", "Expires 20", "Acts as Ada", "In acme:", "Read and write records in all projects"]
    {
        assert!(good.out.contains(words), "{words}: {}", good.out);
    }
    assert!(!good.out.contains(token.trim()));
    for (bad, said) in [
        ("jtn_pat_x", "not a token, or not a whole one"),
        ("jtn_pat_0000000000000000000000000000000000000000000000000", "not a token"),
        (
            "User 00000000000000000000000000000000000000000000000000000000000000ff",
            "no token of this",
        ),
        ("", "nothing on standard input"),
    ] {
        let ended = host.jeton("token verify").reads(bad).ends();
        assert!(ended.code == 1 && ended.err.contains(said), "{bad}: {}", ended.err);
    }
}

#[test]
fn the_key_file_is_private_and_kept() {
    let host = Host::new();
    host.sets_up();
    let token = host.issues("one");
    let key = fs::read_to_string(host.key_file()).unwrap();
    let mode = || fs::metadata(host.key_file()).unwrap().permissions().mode() & 0o777;
    assert_eq!((key.len(), mode()), (65, 0o600));

    assert_eq!(host.jeton("token verify").reads(&token).ends().code, 0);

    assert_eq!((fs::read_to_string(host.key_file()).unwrap(), mode()), (key, 0o600));
    fs::set_permissions(host.key_file(), Permissions::from_mode(0o644)).unwrap();
    let refused = host.jeton("token verify").reads(&token).ends();
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("`chmod 600` it"), "{}", refused.err);
}

#[test]
fn the_variable_wins_over_the_key_file_and_the_key_before_it_still_knows_its_tokens() {
    let host = Host::new();
    host.sets_up();
    let token = host.issues("one");
    let old = fs::read_to_string(host.key_file()).unwrap();
    let new = "5a".repeat(32);
    let verify = || host.jeton("token verify").reads(&token).env("JETON_SECRET_KEY", &new);

    assert_eq!(verify().ends().code, 1, "it was made under another key");
    assert_eq!(verify().env("JETON_PREVIOUS_SECRET_KEY", &old).ends().code, 0);
    assert_eq!(verify().ends().code, 0, "it has moved to the new key");
    let malformed = verify().env("JETON_SECRET_KEY", "5a5a").ends();
    assert_eq!(malformed.code, 1);
    assert!(malformed.err.contains("JETON_SECRET_KEY is malformed"), "{}", malformed.err);
}

#[test]
fn a_flag_that_is_wrong_is_named() {
    let host = Host::new();
    for (line, flag, words) in [
        ("serve --listen nonsense", "--listen", "invalid socket address"),
        ("serve --public-url ftp://x", "--public-url", "expected http(s)://host[:port]"),
        ("serve --trusted-proxies 10.0.0.0/40", "--trusted-proxies", "10.0.0.0/40"),
        ("token issue --kind key --user a@b --name x", "--kind", "possible values: pat, oat, sat"),
        (
            "token issue --kind pat --user a@b --name x --expires-in 1y",
            "--expires-in",
            "such as 12h, 30d or 2w",
        ),
        (
            "token issue --kind pat --user a@b --name x --permission records",
            "--permission",
            "such as records:write",
        ),
        (
            "token issue --kind oat --org acme --name x --role king",
            "--role",
            "readonly, operator or manager",
        ),
        ("token list", "--org", "--user"),
        ("token list --service-account x", "--org", "required"),
        (
            "token issue --kind sat --org a --service-account x --name x --role manager",
            "--role",
            "--service-account",
        ),
        ("setup --name Ada --organization acme", "--email", "required"),
        ("token verify jtn_pat_x", "jtn_pat_x", "unexpected argument"),
    ] {
        let ended = host.jeton(line).ends();
        assert_eq!(ended.code, 2, "{line}: {}", ended.err);
        assert!(ended.err.contains(flag) && ended.err.contains(words), "{line}: {}", ended.err);
    }
    let ended = host.jeton("config").env("JETON_LISTEN", "nonsense").ends();
    assert!(ended.code == 2 && ended.err.contains("--listen"), "{}", ended.err);
    assert!(!host.data().exists(), "nothing is made for a wrong command line");
}

#[test]
fn what_the_core_refuses_is_said_with_the_flag() {
    let host = Host::new();
    host.sets_up();
    for (line, said) in [
        (
            "setup --email eve@x --name Eve --organization globex --password-stdin",
            "the first start is over",
        ),
        ("user create --email eve --name Eve --password-stdin", "--email: Give an e-mail address"),
        ("org create --slug A!", "--slug: Use 2 to 40 lower-case letters"),
        (
            "org add-member --org acme --user eve@x --role owner",
            "--user: Nobody here has the address eve@x",
        ),
        (
            "org add-member --org globex --user ada@example.org --role owner",
            "--org: There is no organization globex",
        ),
        (
            "token issue --kind oat --user ada@example.org --name x",
            "--kind oat is an organization's: say whose with --org",
        ),
        (
            "token issue --kind pat --org acme --name x",
            "--kind pat is a person's: say whose with --user",
        ),
        (
            "token issue --kind sat --org acme --name x",
            "--kind sat is a service account's: say whose with --org and --service-account",
        ),
        (
            "token issue --kind sat --org acme --service-account x --name x",
            "--service-account: There is no service account x in acme",
        ),
        (
            "token issue --kind oat --org acme --name x --expires-in 400d",
            "--expires-in: Choose an earlier end",
        ),
        (
            "token issue --kind oat --org acme --name x --permission tokens:manage",
            "--permission: No organization token can hold tokens:manage",
        ),
        (
            "token issue --kind oat --org acme --name x --project nope",
            "--project: There is no project nope",
        ),
    ] {
        let ended = host.jeton(line).reads(PASSWORD).ends();
        assert!(ended.code == 1 && ended.err.contains(said), "{line}: {}", ended.err);
        assert_eq!(ended.out, "", "{line}");
    }
    let short =
        host.jeton("user password --email ada@example.org --password-stdin").reads("short").ends();
    assert_eq!(short.err, "jeton: the password: Use 12 characters or more.\n");
}

#[test]
fn the_settings_are_printed_without_secrets() {
    let host = Host::new();
    let key = "5a".repeat(32);

    let ended = host
        .jeton("config --public-url https://jeton.example.org")
        .env("JETON_SECRET_KEY", &key)
        .env("DATABASE_URL", "postgres://ada:hunter2@db.example.org/jeton")
        .ends();

    assert_eq!(ended.code, 0, "{}", ended.err);
    for line in [
        "JETON_LISTEN=127.0.0.1:8080",
        "JETON_PUBLIC_URL=https://jeton.example.org",
        "JETON_SECRET_KEY=****",
        "JETON_PREVIOUS_SECRET_KEY=\n",
        "DATABASE_URL=postgres://ada:****@db.example.org/jeton",
    ] {
        assert!(ended.out.contains(line), "{line}: {}", ended.out);
    }
    assert!(!ended.out.contains(&key) && !ended.out.contains("hunter2"));
}

#[test]
fn a_variable_that_is_set_to_nothing_is_not_set() {
    let host = Host::new();
    let mut call = host.jeton("config --data-dir /srv/jeton");
    for name in host::SETTINGS {
        call = call.env(name, "");
    }

    let ended = call.ends();

    assert_eq!(ended.code, 0, "{}", ended.err);
    for line in ["JETON_LISTEN=127.0.0.1:8080\n", "JETON_PUBLIC_URL=http://127.0.0.1:8080\n"] {
        assert!(ended.out.contains(line), "{line}: {}", ended.out);
    }
    for name in ["JETON_TRUSTED_PROXIES", "JETON_SECRET_KEY", "DATABASE_URL", "JETON_POSTGRES_BIN"]
    {
        assert!(ended.out.contains(&format!("{name}=\n")), "{name}: {}", ended.out);
    }
    let migrated = host.jeton("migrate").env("DATABASE_URL", "").env("JETON_LOG", "").ends();
    assert!(migrated.out.starts_with("Ran 2026"), "the private one: {migrated:?}");
}

#[test]
fn the_program_needs_no_library_of_a_database() {
    let output = std::process::Command::new("ldd").arg(host::program()).output().unwrap();
    let needs = String::from_utf8(output.stdout).unwrap();

    assert!(needs.contains("libc.so"), "{needs}");
    for unwanted in ["libpq", "libldap", "libkrb5", "libsasl", "not found"] {
        assert!(!needs.contains(unwanted), "{needs}");
    }
}

#[test]
fn migrating_twice_has_nothing_left_to_do() {
    let host = Host::new();

    let (first, second) = (host.jeton("migrate").ends(), host.jeton("migrate").ends());

    assert!(first.out.starts_with("Ran 2026"), "{first:?}");
    assert_eq!(second.out, "The database is up to date.\n");
}

#[test]
fn the_description_of_the_api_is_printed_without_a_database() {
    let host = Host::new();

    let ended = host.jeton("openapi").ends();

    let document: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    assert!(document["paths"]["/api/v2/organization/tokens/"]["post"].is_object());
    assert!(!host.data().exists());
}

#[test]
fn what_the_key_before_has_sealed_is_sealed_under_the_new_one() {
    let host = Host::new();
    host.sets_up();
    host.issues("one");
    let old = fs::read_to_string(host.key_file()).unwrap();
    let new = "5a".repeat(32);
    let reseal = || host.jeton("keys reseal").env("JETON_SECRET_KEY", &new);
    let both = || reseal().env("JETON_PREVIOUS_SECRET_KEY", old.trim()).ends();

    let alone = host.jeton("keys reseal").ends();
    assert!(alone.code == 1 && alone.err.contains("JETON_PREVIOUS_SECRET_KEY"), "{}", alone.err);
    let first = both();
    assert_eq!(first.code, 0, "{}", first.err);
    assert!(first.out.contains("1 of 1 keys of accounts are sealed"), "{}", first.out);
    assert!(both().out.contains("nothing was sealed under an earlier instance key"));
}

#[test]
fn a_token_is_printed_in_the_form_that_is_asked_for() {
    let host = Host::new();
    host.sets_up();
    let issue = |more: &str| {
        host.jeton(&format!("token issue --user ada@example.org --kind pat {more}")).ends().out
    };
    assert!(issue("--name one").starts_with("jtn_pat_"));
    assert!(issue("--name two --form personal").starts_with("pss_user:v1:"));
    let rest = issue("--name three --form rest");
    assert!(rest.starts_with("User ") && rest.trim().len() == 69, "{rest}");
    assert_eq!(host.jeton("token verify").reads(&rest).ends().code, 0);
    let line = "token issue --kind oat --org acme --name x --form personal";
    let refused = host.jeton(line).ends();
    assert!(refused.code == 1 && refused.err.contains("leave --form out"), "{}", refused.err);
}
