//! The desk: two people who write to each other through its pages, and everyone who is not to.

mod browser;
mod devices;
mod doors;
mod hostile;
mod invite;
mod looks;
mod pages;
mod stopped;
mod team;

use colloque_tests::http::Visitor;
use colloque_tests::programs::Running;

use crate::command_line::{PASSPHRASE, Tenant};

/// A clinician and a patient, enrolled, each with a desk that runs and a visitor who opened its link.
struct Clinic {
    tenant: Tenant,
    patient_account: String,
}

/// A desk that runs.
struct Seat {
    running: Running,
    visitor: Visitor,
}

impl Clinic {
    fn new() -> Self {
        let tenant = Tenant::new();
        tenant.invite_professional("ana.txt");
        tenant.invite_patient("basile.txt");
        let (ana, basile) = (tenant.person("ana", "en"), tenant.person("basile", "en"));
        ana.does(&["enrol", "--file", "ana.txt"]);
        basile.does(&["enrol", "--file", "basile.txt"]);
        let patient_account = basile.account();
        ana.does(&["patients", "name", &patient_account, "Basile Roux"]);
        Self { tenant, patient_account }
    }

    /// The desk of a profile, opened by the file of its passphrase.
    fn seat(&self, profile: &str) -> Seat {
        let running = self.tenant.person(profile, "en").starts(&["desk", "--no-browser", "--json"]);
        Seat { visitor: Visitor::by_link(&link(&running)), running }
    }

    /// The desk of a profile whose passphrase nobody has said yet.
    fn locked_seat(&self, profile: &str) -> Seat {
        let options = ["--profile", profile, "--lang", "en", "desk", "--no-browser", "--json"];
        let running = self.tenant.programs.start("colloque", &options);
        Seat { visitor: Visitor::by_link(&link(&running)), running }
    }

    /// What the passphrase file says.
    fn passphrase(&self) -> String {
        let path = self.tenant.programs.folder().join(PASSPHRASE);
        std::fs::read_to_string(path).unwrap().trim().to_owned()
    }
}

/// The link that a desk prints first.
fn link(running: &Running) -> String {
    let printed: serde_json::Value = serde_json::from_str(&running.line()).unwrap();
    printed["link"].as_str().unwrap().to_owned()
}

/// The address of the first thread on a page.
fn first_thread(page: &str) -> String {
    let rest = page.split("href=\"/threads/").nth(1).expect("a thread");
    format!("/threads/{}", rest.split('"').next().unwrap())
}

impl Seat {
    /// Waits until the pages say so: each time that something happened, the page is looked at anew.
    #[track_caller]
    fn sees(&self, path: &str, text: &str) -> String {
        self.sees_times(path, text, 1)
    }

    /// As [`Self::sees`], at least so many times.
    #[track_caller]
    fn sees_times(&self, path: &str, text: &str, times: usize) -> String {
        let mut told = self.visitor.listens();
        loop {
            let page = self.visitor.page(path);
            if page.matches(text).count() >= times {
                return page;
            }
            told.find(|line| line.starts_with("event: ")).expect("the desk goes on");
        }
    }
}
