//! How fast the pages are: `cargo bench -p colloque-tests --bench desk`, about three minutes after compiling.
//!
//! Servers, desks and browsers are processes of this machine, as people run them; the relay flushes before it answers. What
//! a page takes is measured by whoever asks for it over loopback, from the request to its last byte. Between two browsers it
//! is measured by their own clocks, from the press of the button to the text on the other page.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark that cannot go on says so by panicking, and prints what it finds"
)]

#[path = "client/crowd.rs"]
mod crowd;

use colloque_client_core::store::Store;
use colloque_client_core::{KeySource, Passphrase};
use colloque_schemas::id::ThreadId;
use colloque_tests::Rng;
use colloque_tests::browser::{Browser, Browsers, Look};
use colloque_tests::http::{Visitor, form, token_in};
use colloque_tests::measure::{milliseconds, print};
use colloque_tests::programs::Running;
use colloque_tests::tenant::{PASSPHRASE, Tenant};
use serde_json::Value;
use tokio::time::Instant;

/// Times that each page is asked for.
const ROUNDS: usize = 30;
/// Messages from browser to browser.
const MESSAGES: usize = 100;
/// Bytes that a page may take, with all that it loads.
const KIBIBYTE: f64 = 1024.0;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    if cfg!(debug_assertions) {
        println!("Not optimised: these figures say nothing. Run it with cargo bench.");
    }
    let tenant = Tenant::new();
    tenant.invite_professional("ana.txt");
    tenant.invite_patient("basile.txt");
    let (ana, basile) = (tenant.person("ana", "en"), tenant.person("basile", "en"));
    ana.does(&["enrol", "--file", "ana.txt"]);
    basile.does(&["enrol", "--file", "basile.txt"]);
    ana.does(&["patients", "name", &basile.account(), "Basile Roux"]);
    let opened = ana.json(&["open", "--patient", &basile.account(), "--mode", "open", "Hello"]);
    let thread = opened["thread"].as_str().expect("a thread").to_owned();
    basile.does(&["sync"]);
    pages("few threads", &seat(&tenant, "ana").1, &thread);
    live(&tenant, &thread).await;
    fill(&tenant, &thread);
    let start = Instant::now();
    let (_running, link) = seat(&tenant, "ana");
    println!(
        "  start a desk with 2,000 threads and 200,000 messages: {:.0} ms",
        milliseconds(start.elapsed())
    );
    pages("2,000 threads, 200,000 messages", &link, &thread);
}

/// A desk, and its link.
fn seat(tenant: &Tenant, profile: &str) -> (Running, String) {
    let running = tenant.person(profile, "en").starts(&["desk", "--no-browser", "--json"]);
    let printed: Value = serde_json::from_str(&running.line()).expect("a line");
    let link = printed["link"].as_str().expect("a link").to_owned();
    (running, link)
}

/// What every page takes, and how much comes over the wire for it.
fn pages(title: &str, link: &str, thread: &str) {
    println!("\n{title}:");
    let start = Instant::now();
    let visitor = Visitor::by_link(link);
    let first = visitor.page("/");
    println!("  first page, from the link on: {:.1} ms; target <= 100", milliseconds(start.elapsed()));
    let assets = ["/assets/desk.css", "/assets/desk.js", "/assets/icon.svg"];
    let assets: usize = assets.iter().map(|path| visitor.page(path).len()).sum();
    let thread = format!("/threads/{thread}");
    let (newest, middle) = (format!("{thread}?newest=yes"), format!("{thread}?at=101000"));
    for (path, name, target) in [
        ("/", "inbox", "; target <= 150"),
        ("/?need=others", "one group of it", ""),
        // Each time it opens at what was not on a page yet, which is displayed by that.
        (&thread, "a thread, from the first unread message on", ""),
        (&newest, "its newest messages", ""),
        (&middle, "its middle", ""),
        (&format!("/live{thread}?newest=yes"), "what an open page asks for", ""),
        ("/people", "people", ""),
        ("/new", "a new thread", ""),
    ] {
        let times = rounds(|| drop(visitor.page(path)));
        let kibibytes = (visitor.page(path).len() + assets) as f64 / KIBIBYTE;
        print(&format!("{name} ({kibibytes:.0} KiB of <= 60)"), times, &format!("ms{target}"));
    }
    let token = token_in(&first);
    for (name, query) in [
        ("a rare word", crowd::RARE),
        ("common words", "bonjour de la"),
        ("one letter", "p"),
        ("nothing", "introuvable"),
    ] {
        let body = form(&[("token", &token), ("query", query)]);
        let headers = [("sec-fetch-site", "same-origin")];
        let times = rounds(|| {
            let led = visitor.says("POST", "/search", &headers, &body);
            drop(visitor.page(led.one("location")));
        });
        print(&format!("search: {name}"), times, "ms; target <= 100");
    }
}

/// From the press of a button in one browser to the text in another.
async fn live(tenant: &Tenant, thread: &str) {
    let Some(browsers) = Browsers::start() else { return };
    let look = Look { width: 1280, language: "en", is_dark: false };
    let ((_ana, ana_link), (_basile, basile_link)) = (seat(tenant, "ana"), seat(tenant, "basile"));
    let (ana, basile) = (browsers.open(look).await, browsers.open(look).await);
    for (browser, link) in [(&ana, &ana_link), (&basile, &basile_link)] {
        browser.goto(link).await;
        browser.click(&format!(".threads a[href='/threads/{thread}']")).await;
        browser.sees("Hello").await;
    }
    basile
        .evaluates(
            "window.seen = {}; new MutationObserver(() => {\
               for (const body of document.querySelectorAll('.message .body')) {\
                 window.seen[body.textContent] ||= performance.timeOrigin + performance.now();\
               }\
             }).observe(document.body, { childList: true, subtree: true })",
        )
        .await;
    let mut times = Vec::new();
    for number in 0..MESSAGES {
        times.push(sent(&ana, &basile, &format!("Message {number}.")).await);
    }
    times.sort_by(f64::total_cmp);
    let p95 = times[times.len() * 95 / 100];
    println!("\nbrowser to browser, {MESSAGES} messages: p95 {p95:.0} ms; target <= 150");
    print("all of them", times, "ms");
    ana.end().await;
    basile.end().await;
}

async fn sent(ana: &Browser, basile: &Browser, text: &str) -> f64 {
    let press = format!(
        "const field = document.querySelector('#text'); field.value = {text:?};\
         const now = performance.timeOrigin + performance.now();\
         field.form.querySelector('.primary').click(); return now"
    );
    let pressed = ana.evaluates(&press).await.as_f64().expect("a time");
    basile.sees(text).await;
    let seen = basile.evaluates(&format!("return window.seen[{text:?}]")).await;
    // Before the next one, the page on which it was written is there again.
    ana.sees(text).await;
    seen.as_f64().expect("it was seen") - pressed
}

/// Puts two thousand threads and two hundred thousand messages on the professional's device.
fn fill(tenant: &Tenant, thread: &str) {
    let folder = tenant.programs.folder();
    let passphrase = std::fs::read_to_string(folder.join(PASSPHRASE)).expect("the passphrase");
    let source = KeySource::Passphrase(Passphrase::new(passphrase.trim().to_owned()));
    let mut store = Store::open(&folder.join("ana"), &source).expect("the store");
    let thread: ThreadId = thread.parse().expect("an id");
    crowd::fill(&mut store, &mut Rng::from_number(2026), thread);
    // As if all of it had come from the relay: what is shown is marked displayed.
    let unit = store.begin().expect("a store");
    let update = unit.sql().prepare_cached("UPDATE thread SET cursor = ?1");
    let read = update.and_then(|mut update| update.execute([1_000 + crowd::MESSAGES]));
    read.expect("the table is there");
    unit.commit().expect("room");
}

fn rounds(mut act: impl FnMut()) -> Vec<f64> {
    let mut once = || {
        let start = Instant::now();
        act();
        milliseconds(start.elapsed())
    };
    (0..ROUNDS).map(|_| once()).collect()
}
