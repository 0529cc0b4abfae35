//! A tenant as an operator runs it, and people who use it from the command line: every one a process.

use std::process::Command;

use colloque_client_core::{KeySource, Passphrase};
use serde_json::Value;

use crate::programs::{Programs, Running, Said};
use crate::under::Under;

/// The file of everybody's passphrase.
pub const PASSPHRASE: &str = "passphrase";
/// What is in it.
pub const PASSPHRASE_TEXT: &str = "une phrase assez longue";

/// A tenant whose servers run, as an operator starts them.
pub struct Tenant {
    /// The programs, and the folder that they run in.
    pub programs: Programs,
    /// The authority, while it runs.
    pub authority: Option<Running>,
    /// The relay, while it runs.
    pub relay: Option<Running>,
    authority_address: String,
    /// Where the relay listens.
    pub relay_address: String,
}

/// The programs, with the file of the passphrase.
pub fn programs() -> Programs {
    with_passphrase(Programs::beside_this())
}

fn with_passphrase(programs: Programs) -> Programs {
    programs.write(PASSPHRASE, format!("{PASSPHRASE_TEXT}\n").as_bytes());
    programs
}

/// What opens the profiles of everybody here.
pub fn key_source() -> KeySource {
    KeySource::Passphrase(Passphrase::new(PASSPHRASE_TEXT.to_owned()))
}

impl Tenant {
    /// A new one.
    #[expect(clippy::new_without_default, reason = "it starts processes")]
    pub fn new() -> Self {
        Self::of(Programs::beside_this())
    }

    /// A new one of these programs.
    pub fn of(programs: Programs) -> Self {
        let programs = with_passphrase(programs);
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
    pub fn start_authority(&mut self) {
        let serve = ["serve", "--data", "authority", "--listen", &self.authority_address];
        let running = self.programs.start("colloque-authority", &serve);
        let line = running.line();
        self.authority_address = line.strip_prefix("listening on ").expect("an address").to_owned();
        self.authority = Some(running);
    }

    /// Where the relay listens.
    pub fn relay_address(&self) -> &str {
        &self.relay_address
    }

    /// Waits until the relay has logged this.
    pub fn relay_logs(&self, text: &str) {
        self.relay.as_ref().expect("the relay runs").logs(text);
    }

    /// Waits until the relay ends by itself; its exit code and what it had logged.
    pub fn relay_ends(&mut self) -> (Option<i32>, String) {
        let relay = self.relay.take().expect("the relay runs");
        relay.ends()
    }

    /// Kills the relay.
    pub fn stop_relay(&mut self) {
        self.relay = None;
    }

    /// Starts the relay, where it was before; the hash of its key.
    pub fn start_relay(&mut self) -> String {
        self.start_relay_with(|programs, program, serve| programs.start(program, serve))
    }

    /// As [`Self::start_relay`], with this done to it.
    pub fn start_relay_under(&mut self, under: &Under) {
        self.start_relay_with(|programs, program, serve| programs.start_under(under, program, serve));
    }

    fn start_relay_with(&mut self, start: impl Fn(&Programs, &str, &[&str]) -> Running) -> String {
        let listen = self.relay_address.clone();
        let serve = ["serve", "--data", "relay", "--anchor", "authority/tenant.der", "--name", "tilleuls"];
        let running = start(&self.programs, "colloque-relay", &[&serve[..], &["--listen", &listen]].concat());
        let line = running.line();
        let words: Vec<&str> = line.split(' ').collect();
        let ["listening", "on", address, "key", key] = words[..] else { panic!("{line}") };
        self.relay_address = address.to_owned();
        self.relay = Some(running);
        key.to_owned()
    }

    /// An invitation, in a file of this name.
    pub fn invite(&self, file: &str, who: &[&str]) {
        let invite = [&["invite", "--data", "authority"], who].concat();
        let said = self.programs.run("colloque-authority", &invite).done();
        self.programs.write(file, said.output.as_bytes());
    }

    /// An invitation for Dr Ana Verne, in a file of this name.
    pub fn invite_professional(&self, file: &str) {
        let identity =
            ["--name", "Dr Ana Verne", "--profession", "Médecin généraliste", "--rpps", "10000000009"];
        self.invite(file, &[&["--role", "professional"], &identity[..]].concat());
    }

    /// An invitation for a patient, in a file of this name.
    pub fn invite_patient(&self, file: &str) {
        self.invite(file, &["--role", "patient"]);
    }

    /// Somebody with this profile and language.
    pub fn person<'a>(&'a self, profile: &'a str, language: &'a str) -> Person<'a> {
        Person { tenant: self, profile, language }
    }
}

/// Somebody with a profile folder and a language.
#[derive(Clone, Copy)]
pub struct Person<'a> {
    /// Whose.
    pub tenant: &'a Tenant,
    profile: &'a str,
    language: &'a str,
}

impl Person<'_> {
    fn options(&self) -> [&str; 6] {
        ["--profile", self.profile, "--passphrase-file", PASSPHRASE, "--lang", self.language]
    }

    /// A command, to be run.
    pub fn command(&self, arguments: &[&str]) -> Command {
        self.tenant.programs.command("colloque", &[&self.options()[..], arguments].concat())
    }

    /// Runs a command to its end.
    pub fn says(&self, arguments: &[&str]) -> Said {
        self.tenant.programs.run("colloque", &[&self.options()[..], arguments].concat())
    }

    /// As [`Self::says`], with this on standard input.
    pub fn says_with_input(&self, arguments: &[&str], input: &str) -> Said {
        let arguments = [&self.options()[..], arguments].concat();
        self.tenant.programs.run_with_input("colloque", &arguments, input.as_bytes())
    }

    /// As [`Self::says`], with this done to it.
    pub fn says_under(&self, under: &Under, arguments: &[&str]) -> Said {
        self.tenant.programs.run_under(under, "colloque", &[&self.options()[..], arguments].concat())
    }

    /// Runs a command that has to succeed; what it prints.
    pub fn does(&self, arguments: &[&str]) -> String {
        self.says(arguments).done().output
    }

    /// As [`Self::says`], for programs.
    pub fn json(&self, arguments: &[&str]) -> Value {
        self.says(&[arguments, &["--json"]].concat()).json()
    }

    /// Starts a command that stays.
    pub fn starts(&self, arguments: &[&str]) -> Running {
        self.tenant.programs.start("colloque", &[&self.options()[..], arguments].concat())
    }

    /// The account of the profile.
    pub fn account(&self) -> String {
        self.json(&["whoami"])["account"].as_str().unwrap().to_owned()
    }
}
