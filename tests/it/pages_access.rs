//! Access control in the console.
use jeton::access::Role;

use crate::support::Console;

#[actix_web::test]
async fn every_member_sees_who_belongs_to_the_organization_as_what() {
    let console = Console::start().await;
    console.owner("ada").await;
    console.owner_of("eve", "globex").await;
    let bob = console.member("bob", Role::Operator).await;
    let page = bob.get("/orgs/acme/access/members").await.is(200);
    for said in ["ada@example.org", "bob@example.org", "owner", "operator", "(you)"] {
        assert!(page.says(said), "{said}: {}", page.text);
    }
    assert!(!page.says("eve@example.org"), "{}", page.text);
}
