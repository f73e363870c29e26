//! A server in this process, and beside it a bare one.
use std::net::TcpListener;
use std::thread::JoinHandle;

use actix_web::dev::ServerHandle;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::rt::System;
use actix_web::web::{Bytes, Data, to};
use actix_web::{App as Actix, HttpResponse, HttpServer};
use jeton::clock::Clock;
use jeton::config::{Config, PublicUrl};
use jeton::db::Db;
use jeton::http::App;
use jeton::server;
use tokio::sync::oneshot;

use super::tokens;

pub struct Instance {
    pub url: String,
    pub app: Data<App>,
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

impl Instance {
    pub fn start(database: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let listen = listener.local_addr().unwrap();
        let key = tokens::key();
        let config = Config {
            listen,
            data_dir: std::env::temp_dir(),
            public_url: PublicUrl::of_listener(listen),
            trusted_proxies: Vec::new(),
            metrics_token: None,
            audiences: Vec::new(),
            secret_key: Some(key.to_text()),
            previous_secret_key: None,
            database_url: Some(database.to_owned().into()),
            postgres_bin: None,
            mail: None,
            webhook_allow: Vec::new(),
        };
        let db = Db::new(&database.to_owned().into(), server::CONNECTIONS, Clock::System).unwrap();
        let app = Data::new(App::new(config, db, Clock::System, &key).unwrap());
        let (stop, stopped) = oneshot::channel::<()>();
        let shared = app.clone();
        let thread = std::thread::spawn(move || {
            let shutdown = async { drop(stopped.await) };
            System::new().block_on(server::run(listener, shared, shutdown)).unwrap();
        });
        Self { url: format!("http://{listen}"), app, stop, thread }
    }

    pub fn stop(self) {
        drop(self.stop);
        self.thread.join().unwrap();
    }
}

/// What an answer without a body weighs: the status line, its length and the date.
const HEAD: usize =
    "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\ndate: Sun, 22 Nov 2026 00:00:00 GMT\r\n\r\n".len();

/// An answer that was given, as it came.
pub struct Given(pub Vec<u8>);

impl Given {
    fn parts(&self) -> (&str, &str) {
        let text = std::str::from_utf8(&self.0).unwrap();
        text.split_once("\r\n\r\n").unwrap()
    }

    /// But for those that every server writes.
    fn headers(&self) -> Vec<(HeaderName, HeaderValue)> {
        let lines = self.parts().0.lines().skip(1).filter_map(|line| line.split_once(": "));
        let own =
            lines.filter(|(name, _)| !["content-length", "date", "connection"].contains(name));
        let header = |(name, value): (&str, &str)| (name.parse().unwrap(), value.parse().unwrap());
        own.map(header).collect()
    }
}

/// One route that takes any request and answers with as many bytes as were given, all of them in the
/// body; and at `/same` with the very answer that was given, header by header.
pub struct Bare {
    pub url: String,
    pub same: String,
    handle: ServerHandle,
    thread: JoinHandle<()>,
}

impl Bare {
    pub fn start(given: &Given) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (tell, told) = std::sync::mpsc::channel();
        let body: &'static str = "x".repeat(given.0.len() - HEAD).leak();
        let headers: &'static [_] = given.headers().leak();
        let own: &'static str = given.parts().1.to_owned().leak();
        let thread = std::thread::spawn(move || {
            System::new().block_on(async move {
                let server = HttpServer::new(move || {
                    let answer = move |_: Bytes| async move { HttpResponse::Ok().body(body) };
                    let same = move |_: Bytes| async move {
                        let mut answer = HttpResponse::Ok().body(own);
                        for (name, value) in headers {
                            answer.headers_mut().insert(name.clone(), value.clone());
                        }
                        answer
                    };
                    Actix::new().route("/same", to(same)).route("/{path:.*}", to(answer))
                })
                .workers(server::WORKERS)
                .disable_signals()
                .listen(listener)
                .unwrap()
                .run();
                tell.send(server.handle()).unwrap();
                server.await.unwrap();
            });
        });
        Self { same: format!("{url}/same"), url, handle: told.recv().unwrap(), thread }
    }

    pub fn stop(self) {
        let stopping = self.handle.stop(false);
        System::new().block_on(stopping);
        self.thread.join().unwrap();
    }
}
