//! People of a console, each at a browser of their own.
use crate::driver::{Browser, Options};
use crate::support::{Console, PASSWORD, Person};

impl Console {
    /// Someone at a browser who is not signed in.
    pub async fn visitor(&self, options: Options) -> Browser {
        Browser::at(&self.url, options).await
    }

    /// Someone at a browser who is.
    pub async fn seat(&self, person: &Person, options: Options) -> Browser {
        let browser = self.visitor(options).await;
        browser.signs_in(&person.email, PASSWORD).await;
        browser.sees("User menu").await;
        browser
    }

    /// Ada, who owns `acme`, at a usual browser.
    pub async fn ada(&self) -> (Person, Browser) {
        let ada = self.owner("ada").await;
        let browser = self.seat(&ada, Options::default()).await;
        (ada, browser)
    }
}

impl Browser {
    pub async fn signs_in(&self, email: &str, password: &str) {
        self.goto("/login").await;
        self.fill("E-mail", email).await;
        self.fill("Password", password).await;
        self.click("Sign in").await;
    }

    /// The secret that is shown, this once.
    pub async fn secret(&self) -> String {
        self.sees("You won’t see it again.").await;
        // Of an account's token it stands in the second tab.
        if self.find("output#personal").await.is_some() {
            self.click("API").await;
        }
        self.find("output#secret").await.unwrap()
    }

    /// The form with key material, of an account's token.
    pub async fn personal(&self) -> String {
        self.sees("You won’t see it again.").await;
        self.find("output#personal").await.unwrap()
    }

    /// Fails if the browser holds any of the text that was shown once.
    pub async fn knows_nothing_of(&self, secret: &str) {
        let markup = self.markup().await;
        assert!(!markup.contains(secret), "{} shows {secret} again", self.place().await);
        let kept =
            "return JSON.stringify([localStorage, sessionStorage, history.state, location.href])";
        assert!(!self.script(kept).await.to_string().contains(secret));
    }
}
