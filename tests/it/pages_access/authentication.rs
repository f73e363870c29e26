//! Access control > Authentication: one's own tokens, and for owners the members'.
use jeton::access::Role;

use crate::support::Console;

const AT: &str = "/orgs/acme/access/authentication";

#[actix_web::test]
async fn ones_own_tokens_are_made_shown_once_rotated_and_deleted_there_too() {
    let console = Console::start().await;
    console.owner("ada").await;
    let bob = console.member("bob", Role::Operator).await;
    let empty = bob.get(AT).await.is(200);
    assert!(empty.says("No tokens yet") && !empty.says("Tokens of members"));
    let tokens = format!("{AT}/tokens");
    assert!(bob.get(&format!("{tokens}/new")).await.is(200).says("Create personal access token"));
    let failed = bob.post(&tokens, &[("name", ""), ("expiry", "30"), ("power", "all")]).await;
    assert!(failed.is(422).says("Give it a name."));
    let form = [("name", "laptop"), ("expiry", "30"), ("power", "all")];
    let made = bob.post(&tokens, &form).await.is(200);
    assert!(made.says("is ready") && made.says("jtn_pat_") && made.says(AT));
    let text = made.text.split("data-once>").find(|shown| shown.starts_with("jtn_pat_")).unwrap();
    let text = text.split('<').next().unwrap().to_owned();
    console.api(&text).get("/api/v2/token/").await.is(200);

    for page in [AT, "/account"] {
        let listed = bob.get(page).await.is(200);
        assert!(listed.says("laptop") && !listed.says(&text), "{page}");
    }
    let id = console.texts("SELECT id::text AS text FROM tokens").remove(0);
    let rotated = bob.post(&format!("{tokens}/{id}/rotate"), &[("grace", "3600")]).await.is(200);
    assert!(rotated.says("jtn_pat_"));
    assert_eq!(bob.post(&format!("{tokens}/{id}/end-grace"), &[]).await.is(303).location(), AT);
    console.api(&text).get("/api/v2/token/").await.is(401);
    let delete = format!("{tokens}/{id}/delete");
    let ask = bob.get(&delete).await.is(200);
    assert!(ask.says("Delete “laptop”?") && ask.says(&format!("action=\"{delete}\"")));
    assert_eq!(bob.post(&delete, &[("confirm", "laptop")]).await.is(303).location(), AT);
    assert!(bob.get(AT).await.says("Deleted in the last year: 1"));
}

#[actix_web::test]
async fn an_owner_blocks_a_members_token_and_lets_it_in_again() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let bob = console.member("bob", Role::Operator).await;
    let token = bob.pat("laptop", &["records:read"]).await;
    let page = ada.get(AT).await.is(200);
    for said in ["Tokens of members", "laptop", "bob@example.org", "records: read"] {
        assert!(page.says(said), "{said}");
    }
    let path = format!("{AT}/members/{}", token.id);
    assert_eq!(ada.post(&format!("{path}/block"), &[]).await.is(303).location(), AT);
    let page = ada.get(AT).await;
    assert!(page.says("“laptop” of bob is blocked") && page.says("Blocked here"));
    assert!(bob.get(AT).await.says("Blocked in Acme by an owner."));
    let refused = console.api(&token.text).get("/api/v2/organization/projects/").await.is(403);
    assert!(refused.says("blocked by an owner of acme"));
    ada.post(&format!("{path}/unblock"), &[]).await.is(303);
    assert!(!ada.get(AT).await.says("Blocked here"));
    ada.post(&format!("{AT}/members/0/block"), &[]).await.is(404);
}

#[actix_web::test]
async fn the_list_of_members_tokens_has_pages() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let bob = console.member("bob", Role::Operator).await;
    for number in 1..=27 {
        bob.pat(&format!("script-{number:02}"), &["records:read"]).await;
    }
    let first = ada.get(AT).await.is(200);
    assert!(first.says("script-27") && first.says("script-03") && !first.says("script-02"));
    let next = first.text.split("id=\"page-next\"").nth(1).unwrap();
    let next = next.split("href=\"").nth(1).unwrap().split('"').next().unwrap();
    let rest = ada.get(next).await.is(200);
    assert!(rest.says("script-02") && rest.says("script-01") && !rest.says("script-03"));
    ada.get(&format!("{AT}?after=x")).await.is(400);
}
