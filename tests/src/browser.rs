//! A real browser: Debian's chromium, driven by its chromedriver over WebDriver, with axe-core for accessibility.
//!
//! Where one of them is absent, tests that need them are skipped and say why, unless `COLLOQUE_REQUIRE` names `browser`.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use data_encoding::BASE64;
use serde_json::Value;
use tempfile::TempDir;
use thirtyfour::prelude::*;
use tokio::time::{sleep, timeout};

use crate::required;
use crate::site::PATIENCE;

/// Where `.ci/run` puts axe-core, from the root of the workspace.
const AXE: &str = "target/axe/node_modules/axe-core/axe.min.js";
/// Between two looks at a page that is waited for.
const LOOK: Duration = Duration::from_millis(20);

/// What a browser test needs of the machine.
pub struct Browsers {
    driver: Child,
    address: String,
    axe: String,
}

/// One browser of somebody, with a profile of its own.
pub struct Browser {
    /// The WebDriver session.
    pub driver: WebDriver,
    axe: String,
    folder: TempDir,
}

/// How a browser is.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Width of the window, in CSS pixels.
    pub width: u32,
    /// What it prefers: `en` or `fr`.
    pub language: &'static str,
    /// Whether it asks for dark pages.
    pub is_dark: bool,
}

impl Browsers {
    /// Starts the driver; none if something is absent and not required.
    pub fn start() -> Option<Self> {
        required::unless_absent("browser", Self::try_start())
    }

    fn try_start() -> Result<Self, String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let axe = std::env::var_os("COLLOQUE_AXE").map_or_else(|| root.join(AXE), PathBuf::from);
        let axe = std::fs::read_to_string(&axe).map_err(|error| format!("{}: {error}", axe.display()))?;
        if !Path::new("/usr/bin/chromium").exists() {
            return Err("there is no chromium".to_owned());
        }
        let mut command = Command::new("chromedriver");
        command.arg("--port=0").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut driver = command.spawn().map_err(|error| format!("chromedriver: {error}"))?;
        let mut lines = BufReader::new(driver.stdout.take().expect("a pipe")).lines().map_while(Result::ok);
        let started = lines.find(|line| line.contains("started successfully on port"));
        let started = started.ok_or("chromedriver ended at its start")?;
        let port = started.trim_end_matches('.').rsplit(' ').next().unwrap_or_default().to_owned();
        // Read on, so that it never waits for a reader.
        std::thread::spawn(move || lines.for_each(drop));
        Ok(Self { driver, address: format!("http://127.0.0.1:{port}"), axe })
    }

    /// Opens a browser.
    pub async fn open(&self, look: Look) -> Browser {
        let folder = TempDir::new().expect("a temporary folder");
        let mut capabilities = DesiredCapabilities::chrome();
        for argument in [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--enable-logging",
            &format!("--user-data-dir={}", folder.path().display()),
            &format!("--accept-lang={}", look.language),
            "--window-size=1280,900",
            // As a phone has them: over the page, not beside it.
            "--hide-scrollbars",
        ] {
            capabilities.add_arg(argument).expect("an argument");
        }
        let driver = WebDriver::new(&self.address, capabilities).await.expect("a browser");
        let browser = Browser { driver, axe: self.axe.clone(), folder };
        browser.becomes(look).await;
        browser
    }
}

impl Drop for Browsers {
    fn drop(&mut self) {
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

impl Browser {
    /// Takes a width and a colour scheme. The language of pages is theirs to switch.
    pub async fn becomes(&self, look: Look) {
        let scheme = if look.is_dark { "dark" } else { "light" };
        let media = serde_json::json!({
            "features": [
                { "name": "prefers-color-scheme", "value": scheme },
                // Or whoever presses something waits until the page has glided there.
                { "name": "prefers-reduced-motion", "value": "reduce" }
            ]
        });
        self.driver.cdp().send_raw("Emulation.setEmulatedMedia", media).await.expect("a scheme");
        self.measures(look.width, 1).await;
    }

    /// Lays pages out at this width in CSS pixels, each of which is so many pixels of the screen.
    pub async fn measures(&self, width: u32, scale: u32) {
        // Headless windows have a least width; a phone is narrower.
        let metrics = serde_json::json!({
            "width": width, "height": if width < 600 { 780 } else { 900 }, "deviceScaleFactor": scale, "mobile": false
        });
        self.driver.cdp().send_raw("Emulation.setDeviceMetricsOverride", metrics).await.expect("a width");
    }

    /// What a script returns.
    pub async fn evaluates(&self, script: &str) -> Value {
        self.driver.execute(script, Vec::new()).await.expect("a script that runs").json().clone()
    }

    /// Goes to an address.
    pub async fn goto(&self, address: &str) {
        self.driver.goto(address).await.expect("a page");
    }

    /// Where it is.
    pub async fn address(&self) -> String {
        self.driver.current_url().await.expect("an address").to_string()
    }

    /// The text of the page as a person sees it.
    pub async fn text(&self) -> String {
        let text = self.driver.execute("return document.body.innerText", Vec::new()).await;
        // A page that is being replaced has none for a moment.
        text.ok().and_then(|text| text.convert().ok()).unwrap_or_default()
    }

    /// Waits until the page says so.
    pub async fn sees(&self, text: &str) {
        let seen = async {
            while !self.text().await.contains(text) {
                sleep(LOOK).await;
            }
        };
        if timeout(PATIENCE, seen).await.is_err() {
            panic!("{text:?} is not on the page: {}", self.text().await);
        }
    }

    /// The first element of a selector, once it is there.
    pub async fn element(&self, selector: &str) -> WebElement {
        let found = self.driver.query(By::Css(selector)).wait(PATIENCE, LOOK).first().await;
        found.unwrap_or_else(|error| panic!("{selector}: {error}"))
    }

    /// Presses an element.
    pub async fn click(&self, selector: &str) {
        let mut last = None;
        let pressed = async {
            // A list that is brought up to date at this moment has a new one.
            while let Err(error) = self.element(selector).await.click().await {
                last = Some(error);
                sleep(LOOK).await;
            }
        };
        if timeout(PATIENCE, pressed).await.is_err() {
            panic!("{selector} cannot be pressed: {last:?}; {}", self.text().await);
        }
    }

    /// Types into an element.
    pub async fn types(&self, selector: &str, text: &str) {
        self.element(selector).await.send_keys(text).await.expect("it can be typed into");
    }

    /// Presses keys wherever the focus is.
    pub async fn press(&self, keys: impl Into<TypingData>) {
        let focused = self.driver.active_element().await.expect("a focus");
        focused.send_keys(keys).await.expect("keys");
    }

    /// The violations that axe-core finds on the page: none is what a page of ours has.
    pub async fn axe(&self) -> Vec<String> {
        self.driver.execute(&*self.axe, Vec::new()).await.expect("axe is loaded");
        let script = "const done = arguments[0]; axe.run().then((found) => done(found.violations));";
        let found = self.driver.execute_async(script, Vec::new()).await.expect("axe runs");
        let told = |violation: &Value| {
            let nodes = violation["nodes"].as_array().cloned().unwrap_or_default();
            let targets: Vec<String> = nodes.iter().map(|node| node["target"].to_string()).collect();
            format!("{}: {}", violation["id"], targets.join(" "))
        };
        found.json().as_array().expect("a list").iter().map(told).collect()
    }

    /// Keeps a picture of the whole page in this file.
    pub async fn picture(&self, path: &Path) {
        let how = serde_json::json!({ "format": "png", "captureBeyondViewport": true });
        let taken = self.driver.cdp().send_raw("Page.captureScreenshot", how).await.expect("a picture");
        let encoded = taken["data"].as_str().expect("a picture").as_bytes();
        std::fs::write(path, BASE64.decode(encoded).expect("base64")).expect("the folder is there");
    }

    /// Ends it; what the console said of errors and of the content security policy.
    pub async fn end(self) -> Vec<String> {
        self.driver.quit().await.expect("it ends");
        let log = std::fs::read_to_string(self.folder.path().join("chrome_debug.log")).unwrap_or_default();
        log.lines().filter(|line| line.contains("CONSOLE")).map(str::to_owned).collect()
    }
}
