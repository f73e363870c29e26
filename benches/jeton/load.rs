//! Load from `wrk`, and what it costs this process.
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Command;

/// What one round of load came to.
#[derive(Debug, Clone, Copy)]
pub struct Round {
    /// Requests a second.
    pub rate: f64,
    /// Milliseconds.
    pub p99: f64,
    /// Processor time of this process, microseconds a request.
    pub cpu: f64,
}

/// Requests that differ in their token only; each connection takes the next.
pub struct Load {
    script: PathBuf,
    tokens: PathBuf,
}

impl Load {
    /// `GET`s with the token as credential.
    pub fn bearer(tokens: &[String]) -> Self {
        Self::new(
            tokens,
            r#"return wrk.format("GET", nil, { ["Authorization"] = "Bearer " .. token })"#,
        )
    }

    /// `POST`s that ask about the token.
    pub fn asking(tokens: &[String], by: &str) -> Self {
        let headers = format!(
            r#"{{ ["Authorization"] = "Bearer {by}", ["Content-Type"] = "application/x-www-form-urlencoded" }}"#
        );
        Self::new(
            tokens,
            &format!(r#"return wrk.format("POST", nil, {headers}, "token=" .. token)"#),
        )
    }

    /// `POST`s that make tokens, each with another name.
    pub fn creating(by: &str) -> Self {
        let headers = format!(
            r#"{{ ["Authorization"] = "Bearer {by}", ["Content-Type"] = "application/json" }}"#
        );
        let body = r#""{\"name\": \"" .. number .. " " .. at .. " " .. os.time() .. "\"}""#;
        let tokens: Vec<_> = (0..200_000).map(|number: i32| number.to_string()).collect();
        Self::new(&tokens, &format!(r#"return wrk.format("POST", nil, {headers}, {body})"#))
    }

    /// `POST`s that exchange the token.
    pub fn exchanging(tokens: &[String]) -> Self {
        let headers = r#"{ ["Content-Type"] = "application/x-www-form-urlencoded" }"#;
        let fixed = "grant_type=urn:ietf:params:oauth:grant-type:token-exchange&scope=records:read\
                     &subject_token_type=urn:ietf:params:oauth:token-type:access_token";
        let request = format!(
            r#"return wrk.format("POST", nil, {headers}, "{fixed}&subject_token=" .. token)"#
        );
        Self::new(tokens, &request)
    }

    fn new(tokens: &[String], request: &str) -> Self {
        static NEXT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let name = format!("jeton-load-{}-{number}", std::process::id());
        let (script, list) =
            (std::env::temp_dir().join(format!("{name}.lua")), std::env::temp_dir().join(name));
        std::fs::write(&list, tokens.join("\n")).unwrap();
        let mut lua = String::new();
        // Each thread begins elsewhere in the list, so that none asks for what another just did.
        write!(
            lua,
            r#"
local threads = 0
function setup(thread) thread:set("number", threads); threads = threads + 1 end
function init()
  tokens = {{}}
  for line in io.lines("{}") do tokens[#tokens + 1] = line end
  at = math.floor(#tokens / 2) * number
end
function request()
  at = at % #tokens + 1
  local token = tokens[at]
  {request}
end
"#,
            list.display()
        )
        .unwrap();
        std::fs::write(&script, lua).unwrap();
        Self { script, tokens: list }
    }

    /// Two threads, so many connections, so many seconds.
    pub fn on(&self, url: &str, connections: usize, seconds: u32) -> Round {
        let before = cpu_seconds();
        let ran = Command::new("wrk")
            .args(["-t2", "--latency", &format!("-c{connections}"), &format!("-d{seconds}s")])
            .arg("-s")
            .arg(&self.script)
            .arg(url)
            .output()
            .unwrap();
        let spent = cpu_seconds() - before;
        let said = String::from_utf8_lossy(&ran.stdout).into_owned();
        assert!(!said.contains("Non-2xx"), "{url}: {said}");
        let after = |word: &str| {
            let rest = said.split_once(word).unwrap_or_else(|| panic!("{url}: {said}")).1;
            rest.split_whitespace().next().unwrap().to_owned()
        };
        let all: f64 = said
            .lines()
            .find_map(|line| line.trim().split_once(" requests in "))
            .and_then(|(count, _)| count.parse().ok())
            .unwrap();
        Round {
            rate: after("Requests/sec:").parse().unwrap(),
            p99: milliseconds(&after(" 99%")),
            cpu: spent / all * 1e6,
        }
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.script);
        let _ = std::fs::remove_file(&self.tokens);
    }
}

/// `1.23ms`, `456.00us`, `1.00s`.
fn milliseconds(text: &str) -> f64 {
    let at = text.find(|c: char| c.is_ascii_alphabetic()).unwrap();
    let number: f64 = text[..at].parse().unwrap();
    number
        * match &text[at..] {
            "us" => 1e-3,
            "ms" => 1.0,
            _ => 1e3,
        }
}

/// What this process has spent, in user and kernel.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<_> = stat.rsplit_once(") ").unwrap().1.split(' ').collect();
    let ticks = |at: usize| fields[at].parse::<f64>().unwrap();
    (ticks(11) + ticks(12)) / 100.0
}
