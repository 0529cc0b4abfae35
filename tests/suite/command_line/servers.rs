//! What the operator of the servers types, and what they answer.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::json;

use super::{Tenant, programs};

#[test]
fn every_verb_of_the_authority_is_done_and_prints_what_it_is_for() {
    let tenant = Tenant::new();
    let authority = |arguments: &[&str]| tenant.programs.run("colloque-authority", arguments);
    let anchor = authority(&["anchor", "--data", "authority"]).done().output;
    assert!(anchor.contains("authority/tenant.der"), "{anchor}");
    let anchor = authority(&["anchor", "--data", "authority", "--json"]).json();
    assert_eq!(anchor["tenant"], "authority/tenant.der");
    assert_eq!(anchor["authority_key"].as_str().map(str::len), Some(64));
    let invite = ["invite", "--data", "authority", "--role", "patient"];
    let plain = authority(&invite).done().output;
    assert_eq!(plain.lines().count(), 1, "a script can take it");
    let drawn = authority(&[&invite[..], &["--qr"]].concat()).done().output;
    assert!(drawn.lines().count() > 10 && drawn.contains('█'), "{drawn}");
    let invited = authority(&[&invite[..], &["--json", "--life-seconds", "60"]].concat()).json();
    assert_eq!(invited["role"], "patient");
    assert_ne!(invited["invitation"], plain.trim_end(), "each code is new");
    assert!(authority(&["--help"]).done().output.contains("invite"));
    assert!(authority(&["--version"]).done().output.starts_with("colloque-authority "));
}

#[test]
fn every_verb_of_the_relay_is_done_and_prints_what_it_is_for() {
    let mut tenant = Tenant::new();
    let hash = tenant.programs.run("colloque-relay", &["key-hash", "--data", "relay"]).done().output;
    let table = tenant.programs.run("colloque-relay", &["inventory", "--data", "relay"]).done().output;
    assert!(table.contains("envelope") && table.contains("relay.db"), "{table}");
    let inventory = tenant.programs.run("colloque-relay", &["inventory", "--data", "relay", "--json"]).json();
    assert_eq!(inventory["tables"].as_array().map(Vec::len), Some(8));
    assert_eq!(inventory["tables"][0]["rows"], json!(0));
    assert_eq!(tenant.relay.take().unwrap().end_by("TERM"), Some(0));
    assert_eq!(tenant.start_relay(), hash.trim_end(), "the key stays");
    assert!(tenant.programs.run("colloque-relay", &["--help"]).done().output.contains("serve"));
    assert!(
        tenant.programs.run("colloque-relay", &["--version"]).done().output.starts_with("colloque-relay ")
    );
}

#[test]
fn the_relays_admin_listener_says_whether_it_is_well() {
    let tenant = Tenant::new();
    let serve = ["serve", "--data", "other", "--anchor", "authority/tenant.der", "--listen", "127.0.0.1:0"];
    let relay = tenant.programs.start("colloque-relay", &[&serve[..], &["--admin", "127.0.0.1:0"]].concat());
    let line = relay.line();
    let admin = line.rsplit(' ').next().unwrap();
    for (path, answer) in [("/livez", "200"), ("/readyz", "200"), ("/version", "200"), ("/else", "404")] {
        let mut stream = TcpStream::connect(admin).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").unwrap();
        let mut said = String::new();
        stream.read_to_string(&mut said).unwrap();
        assert!(said.starts_with(&format!("HTTP/1.1 {answer}")), "{path}: {said}");
    }
}

#[test]
fn a_tenant_key_under_a_passphrase_serves_with_it_and_not_without() {
    let programs = programs();
    let init = ["init", "--data", "authority", "--name", "Clinique", "--passphrase-file", "passphrase"];
    programs.run("colloque-authority", &init).done();
    programs.write("wrong", b"not the passphrase\n");
    let serve = ["serve", "--data", "authority", "--listen", "127.0.0.1:0"];
    programs.run("colloque-authority", &serve).failed(1, "give its passphrase");
    let wrong = [&serve[..], &["--passphrase-file", "wrong"]].concat();
    programs.run("colloque-authority", &wrong).failed(1, "wrong passphrase");
    let running =
        programs.start("colloque-authority", &[&serve[..], &["--passphrase-file", "passphrase"]].concat());
    assert!(running.line().starts_with("listening on "));
    assert_eq!(running.end_by("INT"), Some(0));
}

#[test]
fn what_servers_cannot_do_is_one_line_that_says_what_to_do_instead() {
    let tenant = Tenant::new();
    let authority = |arguments: &[&str]| tenant.programs.run("colloque-authority", arguments);
    let relay = |arguments: &[&str]| tenant.programs.run("colloque-relay", arguments);
    let (taken, data) = (tenant.relay_address.as_str(), ["--data", "authority"]);
    authority(&["init", "--data", "authority", "--name", "Again"]).failed(1, "exists already");
    authority(&["serve", "--data", "nowhere"]).failed(1, "colloque-authority init");
    authority(&["serve", data[0], data[1], "--listen", taken]).failed(1, "--listen");
    authority(&["invite", data[0], data[1], "--role", "professional"]).failed(1, "--rpps");
    let rpps = ["--role", "professional", "--name", "X", "--profession", "Y", "--rpps", "10000000010"];
    authority(&[&["invite", data[0], data[1]], &rpps[..]].concat()).failed(1, "RPPS");
    authority(&["invite", data[0], data[1], "--role", "patient", "--life-seconds", "0"]).failed(1, "lives");
    let anchor = ["--anchor", "authority/tenant.der"];
    let serve = ["serve", "--listen", "127.0.0.1:0"];
    let at = |data: &'static str, rest: &[&'static str]| [&serve[..], &["--data", data], rest].concat();
    relay(&at("relay", &anchor)).failed(1, "in use by another relay");
    relay(&at("fresh", &["--anchor", "none.der"])).failed(1, "none.der");
    relay(&at("fresh", &["--anchor", "passphrase"])).failed(1, "is not a tenant certificate");
    relay(&["serve", "--data", "fresh", "--listen", taken, anchor[0], anchor[1]]).failed(1, "--listen");
    relay(&["inventory", "--data", "fresh"]).failed(1, "relay.db");
    relay(&at("fresh", &[anchor[0], anchor[1], "--admin", "0.0.0.0:0"])).failed(1, "loopback");
    std::fs::create_dir_all(tenant.programs.folder().join("damaged")).unwrap();
    tenant.programs.write("damaged/relay.db", "no database ".repeat(999).as_bytes());
    relay(&at("damaged", &anchor)).failed(1, "restore");
}
