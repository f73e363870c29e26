//! Ways into the database, and from the private one to another and back.
use super::host::Host;
use crate::postgres::support::{Place, connect};
use crate::support::fresh_database;

impl Host {
    /// What `jeton db dump` writes.
    fn dumps(&self) -> String {
        let ended = self.jeton("db dump").ends();
        assert_eq!((ended.code, ended.err.as_str()), (0, ""));
        ended.out
    }

    fn lists_tokens(&self) -> String {
        let ended = self.jeton("token list --user ada@example.org").ends();
        assert_eq!((ended.code, ended.err.as_str()), (0, ""));
        ended.out
    }
}

#[test]
fn everything_moves_to_another_database_and_back() {
    let host = Host::new();
    host.sets_up();
    let token = host.issues("kept");
    let before = host.lists_tokens();
    let dump = host.dumps();
    assert!(!dump.contains(token.trim()));
    let external = fresh_external();

    let there = host.jeton("db restore").env("DATABASE_URL", &external).reads(&dump).ends();
    assert_eq!((there.code, there.err.as_str()), (0, ""));
    assert_eq!(there.out, "Restored. The database is up to date.\n");
    let verify = host.jeton("token verify").env("DATABASE_URL", &external).reads(&token).ends();
    assert_eq!(verify.code, 0, "{}", verify.err);
    let line = "token issue --kind pat --user ada@example.org --name later";
    let later = host.jeton(line).env("DATABASE_URL", &external).ends().out;
    let back = host.jeton("db dump").env("DATABASE_URL", &external).ends();
    assert_eq!((back.code, back.err.as_str()), (0, ""));

    std::fs::remove_dir_all(host.data().join("postgres")).unwrap();
    let here = host.jeton("db restore").reads(&back.out).ends();

    assert_eq!((here.code, here.err.as_str()), (0, ""));
    for token in [&token, &later] {
        assert_eq!(host.jeton("token verify").reads(token).ends().code, 0);
    }
    let after = host.lists_tokens();
    let kept = |list: &str| list.lines().filter(|line| line.contains("kept")).count();
    assert_eq!((kept(&before), kept(&after)), (1, 1), "{before}{after}");
    assert!(after.contains("later"), "{after}");
}

#[test]
fn a_database_that_holds_anything_is_not_restored_over() {
    let host = Host::new();
    host.sets_up();
    let dump = host.dumps();
    let token = host.issues("mine");

    let refused = host.jeton("db restore").reads(&dump).ends();

    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("the database is not empty"), "{}", refused.err);
    assert!(refused.err.contains("postgres away"), "{}", refused.err);
    assert_eq!(host.jeton("token verify").reads(&token).ends().code, 0);
}

#[test]
fn what_is_no_whole_dump_changes_nothing() {
    let host = Host::new();
    host.sets_up();
    let dump = host.dumps();
    let external = fresh_external();
    let half = &dump[..dump.len() / 2];
    let wrong = dump.replace("CREATE TABLE public.tokens (", "CREATE TABLE public.tokens (((");
    for (input, said) in [
        (half, "nothing was changed"),
        ("", "it has no end; nothing was changed"),
        ("hello\n", "nothing was changed"),
        (wrong.as_str(), "nothing was changed"),
    ] {
        let ended = host.jeton("db restore").env("DATABASE_URL", &external).reads(input).ends();

        assert_eq!(ended.code, 1, "{}", ended.err);
        assert!(ended.err.contains(said), "{}", ended.err);
    }

    let whole = host.jeton("db restore").env("DATABASE_URL", &external).reads(&dump).ends();
    assert_eq!((whole.code, whole.err.as_str()), (0, ""), "it was still empty");
}

#[test]
fn an_empty_database_is_not_dumped() {
    let ended = Host::new().jeton("db dump").ends();

    assert_eq!((ended.code, ended.out.as_str()), (1, ""));
    assert!(ended.err.contains("there is nothing to dump"), "{}", ended.err);
}

#[test]
fn psql_opens_beside_a_server_and_without_one() {
    let host = Host::new();
    host.sets_up();
    let asks = || {
        let mut call = host.jeton("db psql --");
        call.command.args(["--no-align", "--tuples-only", "--command=SELECT email FROM users"]);
        call.ends()
    };
    assert_eq!(asks().out, "ada@example.org\n");

    let _server = host.serves();

    assert_eq!(asks().out, "ada@example.org\n");
    let mut failing = host.jeton("db psql --");
    failing.command.args(["--command=SELECT nonsense"]);
    assert_eq!(failing.ends().code, 1);
}

#[test]
fn the_address_of_the_private_database_is_told_while_a_server_runs() {
    let host = Host::new();
    let ended = host.jeton("db url").ends();
    assert_eq!((ended.code, ended.out.as_str()), (1, ""));
    assert!(ended.err.contains("start `jeton serve`"), "{}", ended.err);
    let _server = host.serves();

    let url = host.jeton("db url").ends().out;

    connect(url.trim());
    let named = "postgres://ada:secret@db.example.org/jeton";
    let ended = host.jeton("db url").env("DATABASE_URL", named).ends();
    assert_eq!(ended.out, format!("{named}\n"));
}

#[test]
fn a_password_is_not_on_the_command_line_of_psql() {
    let host = Host::new();
    let place = Place::new("command line");
    let running = place.start();
    let url = running.url("postgres").replacen("postgres@", "postgres:hunter2@", 1);
    let mut call = host.jeton("db psql --").env("DATABASE_URL", &url);
    call.command.args(["--command=\\! tr '\\\\0' ' ' < /proc/$PPID/cmdline"]);

    let ended = call.ends();

    assert!(ended.out.contains("--dbname=postgresql://postgres@"), "{ended:?}");
    assert!(!ended.out.contains("hunter2"), "{ended:?}");
    running.stop().unwrap();
}

/// Empty, on the PostgreSQL of the system, which is older than the one inside.
fn fresh_external() -> String {
    let url = fresh_database();
    let wipe = "DROP SCHEMA public CASCADE; CREATE SCHEMA public";
    crate::postgres::support::run(&url, wipe);
    url
}
