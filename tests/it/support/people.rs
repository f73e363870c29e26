//! People of a console. Accounts and tokens are made by the core's own verbs, sessions by the real
//! sign-in.
use std::ops::Deref;
use std::sync::LazyLock;

use actix_web::web::Data;
use jeton::access::{AccessConfig, Grant, Level, Permissions, Projects, Role, Standing};
use jeton::accounts::{self, PasswordHash, Passwords};
use jeton::audit::{Actor, Who};
use jeton::http::App;
use jeton::id::{OrganizationId, TokenId, UserId};
use jeton::organizations::{self, Organization};
use jeton::policies::{AccountTokenWish, AccountWish, Expiry, PersonalWish, Wish};
use jeton::projects;
use jeton::service_accounts::{self, ServiceAccount};
use jeton::tokens::{self, Holder, Issued};

use super::{Browser, Console};

/// Everyone's. Hashed once a run: it is slow on purpose.
pub const PASSWORD: &str = "correct horse battery staple";
static HASH: LazyLock<PasswordHash> =
    LazyLock::new(|| Passwords::hash_here("password", &PASSWORD.into()).unwrap());

/// The organization of whoever names none.
const ACME: &str = "acme";

/// Someone signed in. What a [`Browser`] does, they do.
pub struct Person {
    pub id: UserId,
    pub name: String,
    pub email: String,
    pub organization: OrganizationId,
    app: Data<App>,
    browser: Browser,
}

/// A token and the text that is shown once.
pub struct TestToken {
    pub id: TokenId,
    pub text: String,
    /// `User <hex>` of a personal access token, `ServiceAccount <hex>` of an account's.
    pub rest: Option<String>,
    /// `pss_user:...` of a personal access token, `pss_service:...` of an account's.
    pub personal: Option<String>,
}

impl Console {
    /// An owner of `acme`.
    pub async fn owner(&self, name: &str) -> Person {
        self.owner_of(name, ACME).await
    }

    /// The same person where this console is now, not signed in.
    pub fn again(&self, person: &Person) -> Person {
        Person {
            name: person.name.clone(),
            email: person.email.clone(),
            app: self.app.clone(),
            browser: self.stranger(),
            ..*person
        }
    }

    pub async fn owner_of(&self, name: &str, slug: &str) -> Person {
        self.person(name, slug, Standing::Owner).await
    }

    /// A member of `acme`.
    pub async fn member(&self, name: &str, role: Role) -> Person {
        self.member_of(name, ACME, role).await
    }

    pub async fn member_of(&self, name: &str, slug: &str, role: Role) -> Person {
        self.person(name, slug, Standing::Role(role)).await
    }

    /// An owner of `acme` who runs the instance too.
    pub async fn admin(&self, name: &str) -> Person {
        let person = self.owner(name).await;
        self.texts(&format!(
            "UPDATE users SET is_admin = true WHERE id = {} RETURNING name AS text",
            person.id
        ));
        person
    }

    /// Makes whatever of the user and the organization is not there yet, and signs in.
    async fn person(&self, name: &str, slug: &str, standing: Standing) -> Person {
        let (user_name, email, slug) =
            (name.to_owned(), format!("{name}@example.org"), slug.to_owned());
        let (id, organization): (UserId, Organization) = self
            .app
            .db
            .write(move |tx| {
                let by = Actor::command();
                let user = match accounts::by_email(tx.conn(), &email)? {
                    Some(user) => user,
                    None => accounts::create(tx, &by, &email, &user_name, Some(&HASH), false)?,
                };
                let organization = match organizations::find(tx.conn(), &slug)? {
                    Some(organization) => organization,
                    None => organizations::create(tx, &by, &slug, &capital(&slug))?,
                };
                let who = (user.id, user.name.as_str());
                organizations::add_member(tx, &by, organization.id, who, standing)?;
                Ok((user.id, organization))
            })
            .await
            .unwrap();
        let person = Person {
            id,
            name: name.to_owned(),
            email: format!("{name}@example.org"),
            organization: organization.id,
            app: self.app.clone(),
            browser: self.stranger(),
        };
        person.signs_in().await;
        person
    }
}

impl Person {
    pub async fn signs_in(&self) {
        let form = [("email", self.email.as_str()), ("password", PASSWORD)];
        let answer = self.post("/login", &form).await;
        assert_eq!(answer.status, 303, "{}", answer.text);
    }

    /// Who the audit log says it was.
    pub fn actor(&self) -> Actor {
        let who = Who::User(self.id);
        Actor { who, name: self.name.clone(), address: None, request_id: None }
    }

    /// An organization token: operator on all projects, for as long as the policy allows.
    pub async fn issues(&self, name: &str) -> TestToken {
        self.issues_as(name, Role::Operator, &[]).await
    }

    /// With these permissions (`records:write`); with none listed, all that the role grants.
    pub async fn issues_as(&self, name: &str, role: Role, permissions: &[&str]) -> TestToken {
        let permissions = (!permissions.is_empty()).then(|| picked(permissions));
        let access = AccessConfig { role, projects: Projects::All, permissions };
        let expiry = Expiry::Longest;
        self.issues_wish(Wish { name: name.into(), expiry, access, may_rotate_itself: false }).await
    }

    pub async fn issues_wish(&self, wish: Wish) -> TestToken {
        let (by, organization, app) = (self.actor(), self.organization, self.app.clone());
        let issue = self.app.db.write(move |tx| {
            let bounds = tokens::organization_bounds(tx.conn(), organization, Grant::of_owner())?;
            let cleared = bounds.clear(wish, tx.now())?;
            let holder = Holder::Organization(organization);
            tokens::issue(tx, &by, holder, &app.mint, cleared)
        });
        TestToken::of(issue.await.unwrap())
    }

    /// A service account of the person's organization: all projects, and these permissions (all
    /// that the role grants, where none are listed).
    pub async fn account(&self, name: &str, role: Role, permissions: &[&str]) -> ServiceAccount {
        let permissions = (!permissions.is_empty()).then(|| picked(permissions));
        let access = AccessConfig { role, projects: Projects::All, permissions };
        self.account_with(name, access).await
    }

    pub async fn account_with(&self, name: &str, access: AccessConfig) -> ServiceAccount {
        let (by, organization) = (self.actor(), self.organization);
        let wish = AccountWish { name: name.into(), description: String::new(), access };
        let create = self.app.db.write(move |tx| {
            let bounds = tokens::organization_bounds(tx.conn(), organization, Grant::of_owner())?;
            service_accounts::create(tx, &by, organization, &bounds.clear_account(wish)?)
        });
        create.await.unwrap()
    }

    /// A token of the account, for as long as the policy allows.
    pub async fn sat(&self, account: &ServiceAccount, name: &str) -> TestToken {
        let (name, expiry) = (name.to_owned(), Expiry::Longest);
        self.sat_wish(account, AccountTokenWish { name, expiry, may_rotate_itself: false }).await
    }

    pub async fn sat_wish(&self, account: &ServiceAccount, wish: AccountTokenWish) -> TestToken {
        let (by, organization, app) = (self.actor(), self.organization, self.app.clone());
        let (id, power) = (account.id, account.power());
        let issue = self.app.db.write(move |tx| {
            let bounds = tokens::organization_bounds(tx.conn(), organization, Grant::of_owner())?;
            let cleared = bounds.clear_account_token(wish, &power, tx.now())?;
            let holder = Holder::ServiceAccount(organization, id);
            tokens::issue(tx, &by, holder, &app.mint, cleared)
        });
        TestToken::of(issue.await.unwrap())
    }

    /// A personal access token with these permissions (`tokens:manage`).
    pub async fn pat(&self, name: &str, permissions: &[&str]) -> TestToken {
        self.makes_pat(name, Some(picked(permissions))).await
    }

    /// A personal access token with everything that its holder may do.
    pub async fn full_pat(&self, name: &str) -> TestToken {
        self.makes_pat(name, None).await
    }

    async fn makes_pat(&self, name: &str, picked: Option<Permissions>) -> TestToken {
        let (name, expiry) = (name.to_owned(), Expiry::Longest);
        self.pat_wish(PersonalWish { name, expiry, picked, may_rotate_itself: false }).await
    }

    pub async fn pat_wish(&self, wish: PersonalWish) -> TestToken {
        let (by, user, app) = (self.actor(), self.id, self.app.clone());
        let issue = self.app.db.write(move |tx| {
            let cleared = tokens::person_bounds(tx.conn(), user, None)?.clear(wish, tx.now())?;
            tokens::issue(tx, &by, Holder::Person(user), &app.mint, cleared)
        });
        TestToken::of(issue.await.unwrap())
    }

    /// A project of the person's organization.
    pub async fn project(&self, project_id: &str) {
        self.project_called(project_id, &capital(project_id)).await;
    }

    pub async fn project_called(&self, project_id: &str, name: &str) {
        let (by, organization) = (self.actor(), self.organization);
        let (id, name) = (project_id.to_owned(), name.to_owned());
        let made = self.app.db.write(move |tx| projects::create(tx, &by, organization, &id, &name));
        made.await.unwrap();
    }
}

impl Deref for Person {
    type Target = Browser;

    fn deref(&self) -> &Browser {
        &self.browser
    }
}

impl TestToken {
    fn of(issued: Issued) -> Self {
        let revealed = issued.plain.reveal();
        let rest = revealed.rest().map(str::to_owned);
        let personal = revealed.personal().map(str::to_owned);
        Self { id: issued.token.id, text: revealed.to_string(), rest, personal }
    }
}

pub fn picked(permissions: &[&str]) -> Permissions {
    let read = |text: &&str| {
        let (resource, level) = text.split_once(':').unwrap();
        (resource.to_owned(), Level::parse(level).unwrap())
    };
    permissions.iter().map(read).collect()
}

/// `acme` is called `Acme`.
fn capital(slug: &str) -> String {
    let (first, rest) = slug.split_at(1);
    first.to_uppercase() + rest
}
