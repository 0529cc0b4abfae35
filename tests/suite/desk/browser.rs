//! The desk in a real browser: live in both directions, by keyboard alone, accessible on every page.

use colloque_tests::browser::{Browser, Browsers, Look};
use thirtyfour::Key;

use super::{Clinic, link};

pub(super) const DESK: Look = Look { width: 1280, language: "en", is_dark: false };
pub(super) const PHONE: Look = Look { width: 360, language: "fr", is_dark: true };

/// A desk that runs for a profile, and its link.
pub(super) fn seat(clinic: &Clinic, profile: &str) -> (colloque_tests::programs::Running, String) {
    let running = clinic.tenant.person(profile, "en").starts(&["desk", "--no-browser", "--json"]);
    let link = link(&running);
    (running, link)
}

async fn opens_a_thread(browser: &Browser, text: &str) {
    browser.click("a[href='/new']").await;
    browser.click("#patient option:nth-child(2)").await;
    browser.click("input[value='one-reply']").await;
    browser.types("#text", text).await;
    browser.click("main form .primary").await;
    browser.sees(text).await;
}

/// Nothing was blocked by the policy, and nothing failed.
pub(super) async fn ends_quietly(browser: Browser) {
    let said = browser.end().await;
    assert!(said.is_empty(), "{said:?}");
}

#[tokio::test]
async fn a_clinician_and_a_patient_write_to_each_other_live_in_two_browsers() {
    let Some(browsers) = Browsers::start() else { return };
    let clinic = Clinic::new();
    let ((_ana, ana_link), (_basile, basile_link)) = (seat(&clinic, "ana"), seat(&clinic, "basile"));
    let (ana, basile) = (browsers.open(DESK).await, browsers.open(PHONE).await);
    basile.goto(&basile_link).await;
    basile.sees("Pas encore de conversation").await;
    ana.goto(&ana_link).await;
    ana.sees("No conversation yet").await;
    opens_a_thread(&ana, "How is the cough?").await;
    // By itself: nobody loads the page again.
    basile.click(".threads a").await;
    basile.sees("How is the cough?").await;
    basile.sees("Vous pouvez répondre une fois.").await;
    basile.sees("appelez le 15 ou le 112").await;
    basile.types("#text", "Beaucoup mieux.").await;
    basile.click("form.send button").await;
    ana.sees("Beaucoup mieux.").await;
    // She has it before her eyes.
    basile.sees("affiché à Dr Ana Verne").await;
    ends_quietly(ana).await;
    ends_quietly(basile).await;
}

#[tokio::test]
async fn a_message_is_written_and_sent_by_keyboard_alone() {
    let Some(browsers) = Browsers::start() else { return };
    let clinic = Clinic::new();
    let (_ana, link) = seat(&clinic, "ana");
    let ana = browsers.open(DESK).await;
    ana.goto(&link).await;
    ana.sees("No conversation yet").await;
    opens_a_thread(&ana, "First.").await;
    let mut focused = String::new();
    for _ in 0..30 {
        ana.press(Key::Tab + "").await;
        let id = ana.driver.execute("return document.activeElement.id", Vec::new()).await.unwrap();
        focused = id.convert().unwrap_or_default();
        if focused == "text" {
            break;
        }
    }
    assert_eq!(focused, "text", "the field is reached by Tab");
    ana.press("Second.").await;
    ana.press(Key::Control + Key::Enter).await;
    ana.sees("Second.").await;
    let kept = ana.element("#text").await.prop("value").await.unwrap();
    assert_eq!(kept.as_deref(), Some(""), "it is sent, not only typed");
    ends_quietly(ana).await;
}

#[tokio::test]
async fn a_relay_that_goes_while_something_is_typed_costs_nothing_and_doubles_nothing() {
    let Some(browsers) = Browsers::start() else { return };
    let mut clinic = Clinic::new();
    let ((_ana, ana_link), (_basile, basile_link)) = (seat(&clinic, "ana"), seat(&clinic, "basile"));
    let (ana, basile) = (browsers.open(DESK).await, browsers.open(PHONE).await);
    basile.goto(&basile_link).await;
    ana.goto(&ana_link).await;
    opens_a_thread(&ana, "How is the cough?").await;
    basile.click(".threads a").await;
    ana.sees("displayed to Basile Roux").await;
    ana.types("#text", "Half a sen").await;
    clinic.tenant.stop_relay();
    ana.sees("The relay cannot be reached").await;
    ana.types("#text", "tence.").await;
    let typed = ana.element("#text").await.prop("value").await.unwrap();
    assert_eq!(typed.as_deref(), Some("Half a sentence."), "what is typed stays");
    ana.click("form.send .primary").await;
    ana.sees("waits to be sent").await;
    ana.types("#text", "And a draft").await;
    // Kept as soon as the page is left.
    ana.click("nav a[href='/']").await;
    ana.sees("draft").await;
    ana.click(".threads a").await;
    let typed = ana.element("#text").await.prop("value").await.unwrap();
    assert_eq!(typed.as_deref(), Some("And a draft"));
    clinic.tenant.start_relay();
    basile.sees("Half a sentence.").await;
    ana.sees("displayed to Basile Roux").await;
    for browser in [&ana, &basile] {
        assert_eq!(browser.text().await.matches("Half a sentence.").count(), 1);
    }
    let typed = ana.element("#text").await.prop("value").await.unwrap();
    assert_eq!(typed.as_deref(), Some("And a draft"), "the draft outlives the connection's coming back");
    ends_quietly(ana).await;
    ends_quietly(basile).await;
}

#[tokio::test]
async fn two_windows_do_not_overwrite_each_others_text_and_a_search_can_be_gone_back_to() {
    let Some(browsers) = Browsers::start() else { return };
    let clinic = Clinic::new();
    let (mut running, first) = seat(&clinic, "ana");
    let (one, other) = (browsers.open(DESK).await, browsers.open(DESK).await);
    one.goto(&first).await;
    opens_a_thread(&one, "How is the cough?").await;
    let address = one.address().await;
    running.enters("");
    other.goto(&link(&running)).await;
    other.element(".threads a").await;
    for window in [&one, &other] {
        window.goto(&address).await;
        window.element("#text").await;
    }
    one.types("#text", "Of the first window").await;
    // It is kept once the other pages are told of nothing but that.
    let kept = "return known[''] !== field.dataset.known";
    while one.evaluates(kept).await != true {}
    other.types("#text", "Of the second").await;
    other.sees("Another text is kept for this conversation").await;
    one.goto(&address).await;
    let typed = one.element("#text").await.prop("value").await.unwrap();
    assert_eq!(typed.as_deref(), Some("Of the first window"));
    one.click("nav a[href='/search']").await;
    one.types("#query", "cough").await;
    one.click("main form button").await;
    one.click(".threads a:has(mark)").await;
    one.element("#part").await;
    one.driver.back().await.unwrap();
    one.element("mark").await;
    ends_quietly(one).await;
    let said = other.end().await;
    assert!(said.iter().all(|line| line.contains("409")), "{said:?}");
}
