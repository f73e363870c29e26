//! The one chromedriver of a test run. It ends with the run, however the run ends.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::sync::LazyLock;

const MISSING: &str = "the browser tests need Chromium and its driver: run scripts/setup test \
                       (on Debian: apt-get install chromium chromium-driver)";

/// The shell waits until its own input ends, which is when this process is gone, however it went. Then it ends the
/// driver and, as they are of one group, every browser with it.
const HELD: &str = "chromedriver --port=0 & cat; kill 0";

static PORT: LazyLock<u16> = LazyLock::new(start);

/// Where the driver listens, at 127.0.0.1; the first call starts it.
pub fn port() -> u16 {
    *PORT
}

fn start() -> u16 {
    for program in ["chromedriver", "chromium"] {
        let found = Command::new(program)
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        assert!(found.is_ok_and(|status| status.success()), "{program} is missing: {MISSING}");
    }
    let mut shell = Command::new("sh")
        .args(["-c", HELD])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .expect("there is a shell");
    // Never closed by us: that it closes with this process is the signal.
    std::mem::forget(shell.stdin.take());

    let mut lines =
        BufReader::new(shell.stdout.take().expect("piped")).lines().map_while(Result::ok);
    let port = lines.find_map(|line| {
        line.split_once("started successfully on port ")?.1.trim_end_matches('.').parse().ok()
    });
    std::thread::spawn(move || {
        lines.for_each(drop);
        shell.wait()
    });
    port.expect("chromedriver says where it listens")
}
