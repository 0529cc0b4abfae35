//! A real browser, driven as a person would: by what is to be read on the page, by mouse and keyboard.
//!
//! ```text
//! if !browser::can_browse() { return }
//! let doctor = Browser::open(Profile::default()).await;
//! let patient = Browser::open(Profile { size: PHONE, language: "fr", ..Profile::default() }).await;
//! doctor.goto(&desk).await;
//! doctor.type_into("Message", "Bonjour").await;
//! doctor.click("Send").await;
//! patient.sees("Bonjour").await;
//! assert_eq!(patient.axe().await, []);
//! patient.close().await;
//! doctor.close().await;
//! ```
//!
//! Whatever is waited for is asked for again and again, once for each picture that the browser draws, until it is there
//! or [`PATIENCE`] has run out. A browser has to be closed: that is when a page that logged an error, or broke its own
//! content security policy, fails the test.

mod axe;
mod driver;
mod page;
mod profile;

use std::fs;
use std::path::Path;

use data_encoding::BASE64;
use serde_json::{Value, json};
use thirtyfour::{BrowserLogEntry, WebDriver};

pub use axe::Violation;
pub use profile::{DESKTOP, PHONE, Profile, Scheme, Size};
pub use thirtyfour::Key;

use crate::site::PATIENCE;
use driver::Driver;

/// Whether there is all that tests with a browser need. Says what is missing, past the capture of the test runner.
///
/// # Panics
///
/// Something is missing, and `COLLOQUE_REQUIRE` has the word `browser`.
pub fn can_browse() -> bool {
    let mut missing: Vec<&str> =
        driver::PROGRAMS.into_iter().filter(|program| driver::path_of(program).is_none()).collect();
    if axe::source().is_none() {
        missing.push("axe-core (.ci/run installs it below target, or COLLOQUE_AXE names axe.min.js)");
    }
    if missing.is_empty() {
        return true;
    }
    let required = std::env::var("COLLOQUE_REQUIRE").unwrap_or_default();
    let is_required = required.split([' ', ',']).any(|word| word == "browser");
    assert!(!is_required, "COLLOQUE_REQUIRE has browser, and there is no {}", missing.join(", no "));
    let name = std::thread::current().name().unwrap_or("a test").to_owned();
    let reason = format!("{name}: skipped, there is no {}\n", missing.join(", no "));
    // The macros would be captured.
    let _ = std::io::Write::write_all(&mut std::io::stderr(), reason.as_bytes());
    false
}

/// A browser with one window, and nothing remembered from before.
#[derive(Debug)]
pub struct Browser {
    // Before the process that serves it.
    session: WebDriver,
    _driver: Driver,
    is_closed: bool,
}

impl Browser {
    /// Opens one. Boxed: what starts a browser is large to keep in a test.
    pub async fn open(profile: Profile) -> Self {
        let (driver, session) = Box::pin(driver::start(&profile)).await;
        let browser = Self { session, _driver: driver, is_closed: false };
        for (method, parameters) in profile.emulations() {
            browser.devtools(method, parameters).await;
        }
        browser
    }

    /// Opens an address and waits until it is loaded.
    pub async fn goto(&self, address: &str) {
        self.session.goto(address).await.unwrap_or_else(|error| panic!("{address}: {error}"));
    }

    /// The address that is open.
    pub async fn address(&self) -> String {
        self.session.current_url().await.expect("an open page").to_string()
    }

    /// What the console was told since it was last read, from `WARNING` up to `SEVERE`: errors of scripts, resources
    /// that could not be loaded, breaches of the content security policy. What was read fails no test on closing.
    pub async fn console(&self) -> Vec<String> {
        let entries = self.session.get_log("browser").await.expect("a log");
        let told = |entry: BrowserLogEntry| format!("{}: {}", entry.level, entry.message);
        entries.into_iter().filter(|entry| entry.level != "INFO" && entry.level != "DEBUG").map(told).collect()
    }

    /// Writes a picture of the whole page, however long, as PNG. Makes the folder if need be.
    pub async fn screenshot(&self, path: &Path) {
        let metrics = self.devtools("Page.getLayoutMetrics", json!({})).await;
        let size = &metrics["cssContentSize"];
        let clip =
            json!({ "x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1 });
        let parameters = json!({ "format": "png", "captureBeyondViewport": true, "clip": clip });
        let picture = self.devtools("Page.captureScreenshot", parameters).await;
        let picture = BASE64.decode(picture["data"].as_str().expect("data").as_bytes()).expect("base64");
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder that can be made");
        fs::write(path, picture).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }

    /// Closes it.
    ///
    /// # Panics
    ///
    /// A page logged an error, or broke its content security policy.
    pub async fn close(mut self) {
        let told = self.console().await;
        self.is_closed = true;
        let errors: Vec<_> = told.into_iter().filter(|line| line.starts_with("SEVERE")).collect();
        assert!(errors.is_empty(), "logged by pages: {errors:#?}");
        self.session.clone().quit().await.expect("the browser ends");
    }

    /// Asks the browser itself, by the Chrome DevTools Protocol.
    async fn devtools(&self, method: &str, parameters: Value) -> Value {
        let answer = self.session.cdp().send_raw(method, parameters).await;
        answer.unwrap_or_else(|error| panic!("{method}: {error}"))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // What would be asked of the driver here had no runtime to run on. The browser ends with its driver.
        let _ = self.session.clone().leak();
        assert!(self.is_closed || std::thread::panicking(), "close the browser: nobody looked at its console");
    }
}
