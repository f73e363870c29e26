//! Projects > a project > Secrets, as people and their browsers see it.
use jeton::access::Role;
use serde_json::json;

use crate::support::{Answer, Api, Console, Person};

const AT: &str = "/orgs/acme/projects/greenhouse";

struct Scene {
    console: Console,
    ada: Person,
    api: Api,
    /// The page of the first environment.
    here: String,
}

impl Scene {
    async fn start() -> Self {
        let console = Console::start().await;
        let ada = console.owner("ada").await;
        ada.project_called("greenhouse", "Greenhouse").await;
        let api = console.api(&ada.full_pat("all").await.text);
        let here = ada.get(&format!("{AT}/secrets")).await.is(303).location().to_owned();
        Self { console, ada, api, here }
    }

    async fn creates(&self, key: &str, value: &str) -> String {
        let form = [("key", key), ("value", value), ("path", "/"), ("kind", "secret")];
        let made = self.ada.post(&format!("{}/secrets", self.here), &form).await.is(303);
        assert_eq!(made.location(), self.here);
        let newest = "SELECT id::text AS text FROM secrets ORDER BY id DESC LIMIT 1";
        format!("{}/secrets/{}", self.here, self.console.texts(newest)[0])
    }

    async fn reveals(&self, secret: &str) -> Answer {
        self.ada.post(&format!("{secret}/reveal"), &[]).await
    }
}

#[actix_web::test]
async fn a_value_is_seen_when_it_is_asked_for_and_each_time_is_written_down() {
    let scene = Scene::start().await;
    let secret = scene.creates("database_url", "postgres://hush").await;
    for path in [&scene.here, &secret, &format!("{secret}/edit")] {
        let page = scene.ada.get(path).await.is(200);
        assert!(page.says("DATABASE_URL") && !page.says("hush"), "{path}");
    }
    let reads = |scene: &Scene| {
        let actions = scene.console.audit_actions();
        actions.into_iter().filter(|action| action == "secrets.read").count()
    };
    assert_eq!(reads(&scene), 0, "names are no values");
    let shown = scene.reveals(&secret).await.is(200);
    assert!(shown.says("postgres://hush"));
    assert_eq!(shown.header("cache-control"), "no-store");
    assert_eq!(reads(&scene), 1);
    let part = scene.ada.post_part(&format!("{secret}/reveal"), &[]).await.is(200);
    assert!(part.text.trim_start().starts_with("<dialog") && part.says("postgres://hush"));
    let log = scene.ada.get("/orgs/acme/audit").await.is(200);
    assert!(log.says("read secrets of") && !log.says("hush"));
}

#[actix_web::test]
async fn a_secret_is_edited_and_made_again_what_it_was() {
    let scene = Scene::start().await;
    let secret = scene.creates("KEY", "one").await;
    let edit = format!("{secret}/edit");
    let form = |version, value| {
        [
            ("key", "KEY"),
            ("value", value),
            ("version", version),
            ("tags", "a, b"),
            ("kind", "secret"),
        ]
    };
    scene.ada.post(&edit, &form("1", "two\r\nlines")).await.is(303);
    assert!(scene.reveals(&secret).await.says("two\nlines"));
    let late = scene.ada.post(&edit, &form("1", "three")).await.is(422);
    assert!(late.says("has version 2 by now") && !late.says("three"), "{}", late.text);
    scene.ada.post(&edit, &form("2", "")).await.is(303);
    assert!(scene.reveals(&secret).await.says("two\nlines"), "an empty value is none");
    scene.ada.post(&format!("{secret}/versions/1/restore"), &[]).await.is(303);
    assert!(scene.reveals(&secret).await.says(">one<"));
    let old = scene.ada.post(&format!("{secret}/versions/2/reveal"), &[]).await.is(200);
    assert!(old.says("two\nlines"));

    assert!(scene.ada.get(&format!("{secret}/delete")).await.is(200).says("Delete KEY?"));
    scene.ada.post(&format!("{secret}/delete"), &[]).await.is(303);
    assert!(scene.ada.get(&scene.here).await.is(200).says("No secrets in Development yet"));
    assert!(scene.ada.get(&format!("{}/deleted", scene.here)).await.is(200).says("KEY"));
    scene.ada.post(&format!("{secret}/versions/4/restore"), &[]).await.is(303);
    assert!(scene.reveals(&secret).await.is(200).says(">one<"));
}

#[actix_web::test]
async fn a_form_that_fails_names_the_field_and_sends_no_value_back() {
    let scene = Scene::start().await;
    scene.creates("THERE", "1").await;
    let create = format!("{}/secrets", scene.here);
    for (key, path, said) in [
        ("", "/", "Give the secret a name"),
        ("A B", "/", "Leave out spaces"),
        ("there", "/", "There is already a secret with that name"),
        ("A", "a\tb", "Leave out line breaks"),
    ] {
        let form = [("key", key), ("value", "typed-and-gone"), ("path", path), ("comment", "why")];
        let failed = scene.ada.post(&create, &form).await.is(422);
        assert!(failed.says(said), "{key:?}: {}", failed.text);
        assert!(failed.says("value=\"why\"") && !failed.says("typed-and-gone"));
        assert!(failed.says("Write the value again"));
    }
    assert_eq!(scene.console.rows("secrets"), 1);
}

#[actix_web::test]
async fn an_override_is_marked_and_only_its_owners() {
    let scene = Scene::start().await;
    let secret = scene.creates("KEY", "all-of-us").await;
    let mine = format!("{secret}/override");
    scene.ada.post(&mine, &[("value", "only-mine"), ("is_active", "true")]).await.is(303);
    assert!(scene.ada.get(&scene.here).await.says("Yours"));
    let shown = scene.reveals(&secret).await;
    assert!(shown.says("all-of-us") && shown.says("only-mine"));
    scene.ada.post(&mine, &[("value", "")]).await.is(303);
    assert!(scene.ada.get(&scene.here).await.says("Yours, off"));
    let bob = scene.console.member("bob", Role::Readonly).await;
    let seen = bob.post(&format!("{secret}/reveal"), &[]).await.is(200);
    assert!(seen.says("all-of-us") && !seen.says("only-mine"));
    scene.ada.post(&format!("{mine}/remove"), &[]).await.is(303);
    assert!(!scene.ada.get(&scene.here).await.says("Yours"));
}

#[actix_web::test]
async fn a_file_comes_in_and_goes_out() {
    let scene = Scene::start().await;
    scene.creates("KEPT", "old").await;
    scene.creates("SAME", "same").await;
    let import = format!("{}/import", scene.here);
    let file = "# first\nKEPT=new\nSAME=same\nexport ADDED='two words'\n";
    scene.ada.post(&import, &[("file", file), ("path", "/")]).await.is(303);
    let told = scene.ada.get(&scene.here).await;
    assert!(told.says("1 secret added, 0 changed, 1 as they were, 1 left alone"));
    let all = [("file", file), ("path", "/"), ("overwrites", "true")];
    scene.ada.post(&import, &all).await.is(303);
    let out = scene.ada.post(&format!("{}/export", scene.here), &[("path", "/")]).await.is(200);
    assert_eq!(out.text, "ADDED='two words'\nKEPT=new\nSAME=same\n");
    assert!(out.header("content-disposition").ends_with("\"greenhouse-development.env\""));
    assert_eq!(out.header("cache-control"), "no-store");
    let rows = scene.console.rows("secret_versions");
    for (file, said) in [
        ("A=1\nhush-hush", "Line 2 has no equals sign"),
        ("A=1\na=hush-hush", "Line 2 names again what line 1 has."),
        ("", "Paste at least one line"),
    ] {
        let failed = scene.ada.post(&import, &[("file", file)]).await.is(422);
        assert!(failed.says(said) && !failed.says("hush-hush"), "{}", failed.text);
    }
    assert_eq!(scene.console.rows("secret_versions"), rows);
}

#[actix_web::test]
async fn a_file_larger_than_other_forms_is_taken() {
    let scene = Scene::start().await;
    let line = |at| format!("KEY_{at}='{}'", "x".repeat(60));
    let lines = (0..2_000).map(line).collect::<Vec<_>>().join("\n");
    let form = [("file", lines.as_str()), ("path", "/many")];
    scene.ada.post(&format!("{}/import", scene.here), &form).await.is(303);
    assert_eq!(scene.console.rows("secrets"), 2_000);
    let page = scene.ada.get(&scene.here).await.is(200);
    assert!(page.says("rel=\"next\""), "the rest is on other pages");
    let found = scene.ada.get(&format!("{}?name=key_7", scene.here)).await.is(200);
    assert!(found.says("KEY_7<") && !found.says("KEY_70"));
}

#[actix_web::test]
async fn environments_are_compared_without_a_value_in_sight() {
    let scene = Scene::start().await;
    scene.creates("SAME", "same-value").await;
    scene.creates("OTHER", "here-value").await;
    scene.creates("HERE", "only-value").await;
    let compare = format!("{AT}/secrets/compare?second=staging");
    let staging =
        scene.console.texts("SELECT id::text AS text FROM environments WHERE name = 'Staging'");
    let there = format!("{AT}/environments/{}", staging[0]);
    for (key, value) in [("SAME", "same-value"), ("OTHER", "there-value"), ("THERE", "x-value")] {
        let form = [("key", key), ("value", value)];
        scene.ada.post(&format!("{there}/secrets"), &form).await.is(303);
    }
    let page = scene.ada.get(&compare).await.is(200);
    for said in ["Only in Development", "Only in Staging", "Another value", "1 with the same value"]
    {
        assert!(page.says(said), "{said}");
    }
    assert!(!page.says("SAME") && !page.says("-value"));
    let all = scene.ada.get(&format!("{compare}&all=true")).await.is(200);
    assert!(all.says("SAME") && all.says("The same"));
}

#[actix_web::test]
async fn environments_are_made_and_one_with_secrets_goes_when_its_name_is_typed() {
    let scene = Scene::start().await;
    let create = format!("{AT}/environments");
    let failed = scene.ada.post(&create, &[("name", "staging")]).await.is(422);
    assert!(failed.says("There is already an environment staging."));
    let made = scene.ada.post(&create, &[("name", "Preview")]).await.is(303);
    let preview = made.location().to_owned();
    scene.ada.post(&format!("{preview}/rename"), &[("name", "Review")]).await.is(303);
    scene.ada.post(&format!("{preview}/secrets"), &[("key", "A"), ("value", "1")]).await.is(303);
    let delete = format!("{preview}/delete");
    assert!(scene.ada.get(&delete).await.is(200).says("The secret in it goes with it"));
    let asked = scene.ada.post(&delete, &[("confirm", "review")]).await.is(422);
    assert!(asked.says("Type Review, as it is written."));
    scene.ada.post(&delete, &[("confirm", "Review")]).await.is(303);
    scene.ada.get(&preview).await.is(404);
    assert_eq!(scene.console.rows("secrets"), 0);
}

#[actix_web::test]
async fn the_switch_is_explained_and_turned() {
    let scene = Scene::start().await;
    let switch = format!("{AT}/secrets/switch");
    let asked = scene.ada.get(&switch).await.is(200);
    assert!(asked.says("If someone steals the database"), "{}", asked.text);
    scene.ada.post(&switch, &[("on", "true")]).await.is(303);
    let state = "/api/v2/organization/projects/greenhouse/server-side-encryption/";
    assert_eq!(scene.api.get(state).await.json(), json!({ "enabled": true }));
    let told = scene.ada.get(&scene.here).await;
    assert!(told.says("Server-side encryption is on") && told.says("Switch off"));
    let secret = scene.creates("KEY", "hush").await;
    scene.ada.post(&switch, &[("on", "false")]).await.is(303);
    assert!(scene.reveals(&secret).await.is(200).says("hush"), "a person may, in both cases");
}

#[actix_web::test]
async fn a_project_that_holds_secrets_is_not_deleted_and_says_so() {
    let scene = Scene::start().await;
    let secret = scene.creates("KEY", "hush").await;
    let delete = format!("{AT}/delete");
    assert!(scene.ada.get(&delete).await.is(200).says("It still holds secrets"));
    let refused = scene.ada.post(&delete, &[]).await.is(409);
    assert!(refused.says("1 secret") && refused.says(&format!("{AT}/secrets")));
    scene.ada.post(&format!("{secret}/delete"), &[]).await.is(303);
    scene.ada.post(&delete, &[]).await.is(303);
    assert_eq!(scene.console.rows("environments"), 0);
}

#[actix_web::test]
async fn a_role_reaches_as_far_as_it_says() {
    let scene = Scene::start().await;
    let secret = scene.creates("KEY", "hush").await;
    let bob = scene.console.member("bob", Role::Readonly).await;
    let page = bob.get(&scene.here).await.is(200);
    assert!(!page.says("Create secret") && !page.says("/edit"));
    bob.post(&format!("{secret}/reveal"), &[]).await.is(200);
    for path in
        [format!("{secret}/edit"), format!("{secret}/delete"), format!("{}/import", scene.here)]
    {
        assert!(bob.get(&path).await.is(403).says("our role does not let you change secrets"));
        bob.post(&path, &[]).await.is(403);
    }
    let eve = scene.console.member("eve", Role::Operator).await;
    eve.get(&format!("{secret}/edit")).await.is(200);
    for path in [format!("{AT}/secrets/switch"), format!("{AT}/environments/new")] {
        eve.get(&path).await.is(403);
    }
    scene.console.texts(
        "UPDATE memberships SET all_projects = false WHERE user_id =
             (SELECT id FROM users WHERE name = 'bob') RETURNING role AS text",
    );
    bob.get(&scene.here).await.is(404);
    assert!(!bob.get("/orgs/acme/projects").await.is(200).says(&format!("{AT}/secrets")));
}

#[actix_web::test]
async fn a_sealed_value_is_shown_to_nobody_and_one_that_does_not_open_is_marked() {
    let scene = Scene::start().await;
    let secret = scene.creates("KEY", "hush").await;
    let form = [("key", "KEY"), ("version", "1"), ("kind", "sealed")];
    scene.ada.post(&format!("{secret}/edit"), &form).await.is(303);
    assert!(scene.reveals(&secret).await.is(403).says("shown to nobody"));
    let out = scene.ada.post(&format!("{}/export", scene.here), &[("path", "/")]).await.is(200);
    assert_eq!(out.text, "");
    let first = format!("{secret}/versions/1");
    assert!(scene.ada.post(&format!("{first}/reveal"), &[]).await.is(403).says("shown to nobody"));
    scene.ada.post(&format!("{first}/restore"), &[]).await.is(409);

    let staging = scene.console.environment("greenhouse", "staging");
    scene.creates("ODD", "hush").await;
    let closed = staging.opener.close("hush");
    scene.console.texts(&format!(
        "UPDATE secrets SET key = '{0}', value = '{0}' WHERE kind = 'secret' RETURNING id::text AS text",
        closed.as_str()
    ));
    let page = scene.ada.get(&scene.here).await.is(200);
    assert!(page.says("Does not open"));
}
