//! The three programs as processes, driven from the command line by two people.

mod failures;
mod servers;
mod story;

use colloque_tests::programs::{Programs, Running, Said};
use serde_json::Value;

pub(crate) const PASSPHRASE: &str = "passphrase";

/// A tenant whose servers run, as an operator starts them.
pub(crate) struct Tenant {
    pub(crate) programs: Programs,
    authority: Option<Running>,
    relay: Option<Running>,
    authority_address: String,
    relay_address: String,
}

fn programs() -> Programs {
    let programs = Programs::new(env!("CARGO_BIN_EXE_colloque-programs"));
    programs.write(PASSPHRASE, "une phrase assez longue\n".as_bytes());
    programs
}

impl Tenant {
    pub(crate) fn new() -> Self {
        let programs = programs();
        let init = ["init", "--data", "authority", "--name", "Clinique des Tilleuls"];
        programs.run("colloque-authority", &init).done();
        let nowhere = "127.0.0.1:0".to_owned();
        let (authority_address, relay_address) = (nowhere.clone(), nowhere);
        let mut tenant = Self { programs, authority: None, relay: None, authority_address, relay_address };
        tenant.start_authority();
        let key = tenant.start_relay();
        let address = tenant.relay_address.clone();
        let relay =
            ["relay", "--data", "authority", "--address", &address, "--key", &key, "--name", "tilleuls"];
        tenant.programs.run("colloque-authority", &relay).done();
        tenant
    }

    /// Starts the authority, where it was before.
    fn start_authority(&mut self) {
        let serve = ["serve", "--data", "authority", "--listen", &self.authority_address];
        let running = self.programs.start("colloque-authority", &serve);
        let line = running.line();
        self.authority_address = line.strip_prefix("listening on ").expect("an address").to_owned();
        self.authority = Some(running);
    }

    /// Kills the relay.
    pub(crate) fn stop_relay(&mut self) {
        self.relay = None;
    }

    /// Starts the relay, where it was before; the hash of its key.
    pub(crate) fn start_relay(&mut self) -> String {
        let listen = self.relay_address.clone();
        let serve = ["serve", "--data", "relay", "--anchor", "authority/tenant.der", "--name", "tilleuls"];
        let running = self.programs.start("colloque-relay", &[&serve[..], &["--listen", &listen]].concat());
        let line = running.line();
        let words: Vec<&str> = line.split(' ').collect();
        let ["listening", "on", address, "key", key] = words[..] else { panic!("{line}") };
        self.relay_address = address.to_owned();
        self.relay = Some(running);
        key.to_owned()
    }

    /// An invitation, in a file of this name.
    pub(crate) fn invite(&self, file: &str, who: &[&str]) {
        let invite = [&["invite", "--data", "authority"], who].concat();
        let said = self.programs.run("colloque-authority", &invite).done();
        self.programs.write(file, said.output.as_bytes());
    }

    pub(crate) fn invite_professional(&self, file: &str) {
        let identity =
            ["--name", "Dr Ana Verne", "--profession", "Médecin généraliste", "--rpps", "10000000009"];
        self.invite(file, &[&["--role", "professional"], &identity[..]].concat());
    }

    pub(crate) fn invite_patient(&self, file: &str) {
        self.invite(file, &["--role", "patient"]);
    }

    pub(crate) fn person<'a>(&'a self, profile: &'a str, language: &'a str) -> Person<'a> {
        Person { tenant: self, profile, language }
    }
}

/// Somebody with a profile folder and a language.
#[derive(Clone, Copy)]
pub(crate) struct Person<'a> {
    tenant: &'a Tenant,
    profile: &'a str,
    language: &'a str,
}

impl Person<'_> {
    fn options(&self) -> [&str; 6] {
        ["--profile", self.profile, "--passphrase-file", PASSPHRASE, "--lang", self.language]
    }

    fn says(&self, arguments: &[&str]) -> Said {
        self.tenant.programs.run("colloque", &[&self.options()[..], arguments].concat())
    }

    fn says_with_input(&self, arguments: &[&str], input: &str) -> Said {
        let arguments = [&self.options()[..], arguments].concat();
        self.tenant.programs.run_with_input("colloque", &arguments, input.as_bytes())
    }

    pub(crate) fn does(&self, arguments: &[&str]) -> String {
        self.says(arguments).done().output
    }

    fn json(&self, arguments: &[&str]) -> Value {
        self.says(&[arguments, &["--json"]].concat()).json()
    }

    pub(crate) fn starts(&self, arguments: &[&str]) -> Running {
        self.tenant.programs.start("colloque", &[&self.options()[..], arguments].concat())
    }

    pub(crate) fn account(&self) -> String {
        self.json(&["whoami"])["account"].as_str().unwrap().to_owned()
    }
}
