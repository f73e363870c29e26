//! A program that is told by webhook: keeps each request, and answers as it is told to.
use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{self, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;

#[derive(Debug, Clone)]
pub enum Reply {
    Status(u16),
    RedirectTo(String),
    /// Reads, and says nothing for as long as the test runs.
    Never,
}

/// What arrived.
#[derive(Debug, Clone)]
pub struct Told {
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

impl Told {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

/// What it is told to answer next; once there is nothing left, 204.
type Replies = Arc<Mutex<VecDeque<Reply>>>;

pub struct Receiver {
    pub url: String,
    replies: Replies,
    told: mpsc::Receiver<Told>,
}

impl Receiver {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/jeton", listener.local_addr().unwrap());
        let replies = Replies::default();
        let (tell, told) = channel();
        let shared = replies.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (tell, replies) = (tell.clone(), shared.clone());
                std::thread::spawn(move || hear(stream, &tell, &replies));
            }
        });
        Self { url, replies, told }
    }

    pub fn answers(&self, replies: &[Reply]) {
        self.replies.lock().unwrap().extend(replies.iter().cloned());
    }

    /// The next request that came, or comes.
    #[track_caller]
    pub fn next(&self) -> Told {
        self.told.recv_timeout(Duration::from_secs(20)).expect("it is told")
    }

    /// All that came so far, once whatever is being sent must have come.
    pub fn all(&self) -> Vec<Told> {
        std::thread::sleep(Duration::from_millis(1_500));
        self.told.try_iter().collect()
    }
}

fn hear(mut stream: TcpStream, tell: &Sender<Told>, replies: &Replies) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut headers = BTreeMap::new();
    let mut line = String::new();
    while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
        if let Some((name, value)) = line.split_once(':') {
            headers.insert(name.to_lowercase(), value.trim().to_owned());
        }
        line.clear();
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    if reader.read_exact(&mut body).is_err() {
        return;
    }
    let body = String::from_utf8(body).unwrap();
    let reply = replies.lock().unwrap().pop_front().unwrap_or(Reply::Status(204));
    let _ = tell.send(Told { headers, body });
    let answer = match reply {
        Reply::Status(204) => "HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n".to_owned(),
        Reply::Status(status) => format!(
            "HTTP/1.1 {status} So\r\ncontent-length: 9\r\nconnection: close\r\n\r\nno\tthanks"
        ),
        Reply::RedirectTo(place) => format!(
            "HTTP/1.1 307 There\r\nlocation: {place}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        ),
        Reply::Never => {
            // Until the other side gives up.
            let _ = stream.read(&mut [0]);
            return;
        }
    };
    let _ = stream.write_all(answer.as_bytes());
}
