//! What people and programs send, and what they are answered.
use std::time::Duration;

use reqwest::header::{CONNECTION, HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;

use super::declared;

/// An answer, read to its end. Redirects are answers, not followed.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub async fn to(request: RequestBuilder) -> Self {
        let (client, request) = request.build_split();
        let request = request.unwrap();
        let (method, path) = (request.method().to_string(), request.url().path().to_owned());
        let response = client.execute(request).await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let answer = Self { status, headers, text: response.text().await.unwrap() };
        declared::check(&method, &path, &answer);
        answer
    }

    /// The header's text, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn location(&self) -> &str {
        self.header("location")
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {}", self.text))
    }

    /// `error.code` of the JSON API.
    pub fn code(&self) -> String {
        self.json()["error"]["code"].as_str().unwrap_or_default().to_owned()
    }

    /// What the JSON API says is wrong with a field.
    pub fn problem(&self, field: &str) -> String {
        self.json()["error"]["fields"][field].as_str().unwrap_or_default().to_owned()
    }

    /// The same answer, if it has this status.
    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    pub fn says(&self, text: &str) -> bool {
        self.text.contains(text)
    }
}

/// A browser with its cookies.
pub struct Browser {
    client: Client,
    url: String,
}

impl Browser {
    pub fn new(url: &str) -> Self {
        Self { client: client(true), url: url.to_owned() }
    }

    /// With its cookies, to where the server is now. To a cookie all ports of a host are one.
    pub fn moved(self, url: &str) -> Self {
        Self { url: url.to_owned(), ..self }
    }

    pub async fn get(&self, path: &str) -> Answer {
        Answer::to(self.request("GET", path)).await
    }

    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        Answer::to(self.request("POST", path).form(form)).await
    }

    /// As htmx asks.
    pub async fn hx_get(&self, path: &str) -> Answer {
        Answer::to(self.request("GET", path).header("HX-Request", "true")).await
    }

    pub async fn hx_post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        Answer::to(self.request("POST", path).header("HX-Request", "true").form(form)).await
    }

    /// As htmx asks for a part alone: a dialog, a row.
    pub async fn part(&self, path: &str) -> Answer {
        Answer::to(part(self.request("GET", path))).await
    }

    pub async fn post_part(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        Answer::to(part(self.request("POST", path)).form(form)).await
    }

    /// For whatever else there is to say; send it with [`Answer::to`].
    pub fn request(&self, method: &str, path: &str) -> RequestBuilder {
        request(&self.client, method, &self.url, path)
    }
}

/// A program that speaks JSON.
pub struct Api {
    client: Client,
    url: String,
    token: Option<String>,
}

impl Api {
    pub fn new(url: &str, token: Option<&str>) -> Self {
        Self { client: client(false), url: url.to_owned(), token: token.map(str::to_owned) }
    }

    pub async fn get(&self, path: &str) -> Answer {
        Answer::to(self.request("GET", path)).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        Answer::to(self.request("POST", path).json(body)).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        Answer::to(self.request("PUT", path).json(body)).await
    }

    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        Answer::to(self.request("PATCH", path).json(body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        Answer::to(self.request("DELETE", path)).await
    }

    /// For whatever else there is to say; send it with [`Answer::to`].
    pub fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let request = request(&self.client, method, &self.url, path);
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }
}

fn part(request: RequestBuilder) -> RequestBuilder {
    request.header("HX-Request", "true").header("HX-Request-Type", "partial")
}

fn request(client: &Client, method: &str, url: &str, path: &str) -> RequestBuilder {
    client.request(Method::from_bytes(method.as_bytes()).unwrap(), format!("{url}{path}"))
}

/// Keeps no connection open, so that a console that stops waits for nobody.
fn client(cookies: bool) -> Client {
    let close = [(CONNECTION, HeaderValue::from_static("close"))];
    Client::builder()
        .cookie_store(cookies)
        .redirect(Policy::none())
        .default_headers(close.into_iter().collect())
        .timeout(Duration::from_secs(30))
        .no_proxy()
        .build()
        .unwrap()
}
