//! The process that drives one browser.

use std::env;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::json;
use tempfile::TempDir;
use thirtyfour::{Capabilities, WebDriver};

use super::profile::Profile;
use crate::site::PATIENCE;

/// The programs that are needed: the browser, and what drives it.
pub(super) const PROGRAMS: [&str; 2] = ["chromium", "chromedriver"];

/// Where a program is.
pub(super) fn path_of(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// A running driver, and the folder in which its browser keeps everything.
#[derive(Debug)]
pub(super) struct Driver {
    child: Child,
    // It must be able to go on writing.
    _output: BufReader<ChildStdout>,
    _home: TempDir,
}

/// Starts a driver on a port that the system chooses, and a browser with nothing remembered.
pub(super) async fn start(profile: &Profile) -> (Driver, WebDriver) {
    let home = TempDir::new().expect("a temporary folder");
    let [browser, program] = PROGRAMS.map(|program| path_of(program).expect("a program that is there"));
    let mut command = Command::new(program);
    command.arg("--port=0").env("HOME", home.path()).stdin(Stdio::null());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the driver starts");
    let mut output = BufReader::new(child.stdout.take().expect("a pipe"));
    let port = port_told_by(&mut output);
    let data = format!("--user-data-dir={}", home.path().join("browser").display());
    let mut arguments = profile.arguments();
    arguments.push(data);
    let driver = Driver { child, _output: output, _home: home };

    let mut capabilities = Capabilities::default();
    let options = json!({ "binary": browser, "args": arguments });
    capabilities.set("goog:chromeOptions", options).expect("JSON");
    capabilities.set("goog:loggingPrefs", json!({ "browser": "ALL" })).expect("JSON");
    let session = WebDriver::builder(format!("http://127.0.0.1:{port}"), capabilities);
    let session = session.request_timeout(PATIENCE).await.expect("a browser");
    session.set_script_timeout(PATIENCE).await.expect("a limit for scripts");
    (driver, session)
}

fn port_told_by(output: &mut impl BufRead) -> u16 {
    const SAID_BEFORE: &str = "started successfully on port ";
    let line = output.lines().map_while(Result::ok).find(|line| line.contains(SAID_BEFORE));
    let line = line.expect("the driver says where it listens");
    let (_, port) = line.split_once(SAID_BEFORE).expect("a port");
    port.trim_end_matches('.').parse().expect("a port")
}

impl Drop for Driver {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
