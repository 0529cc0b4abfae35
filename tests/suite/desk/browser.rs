//! The desk in a real browser: live in both directions, by keyboard alone, accessible on every page.

use colloque_tests::browser::{Browser, Browsers, Look};
use thirtyfour::Key;

use super::{Clinic, link};

const DESK: Look = Look { width: 1280, language: "en", is_dark: false };
const PHONE: Look = Look { width: 360, language: "fr", is_dark: true };

/// A desk that runs for a profile, and its link.
fn seat(clinic: &Clinic, profile: &str) -> (colloque_tests::programs::Running, String) {
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
async fn ends_quietly(browser: Browser) {
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
async fn axe_finds_nothing_on_any_page_in_either_language_width_or_colour() {
    let Some(browsers) = Browsers::start() else { return };
    let clinic = Clinic::new();
    let pictures = std::env::var_os("COLLOQUE_PICTURES").map(std::path::PathBuf::from);
    let (first, link) = seat(&clinic, "ana");
    let ana = browsers.open(DESK).await;
    ana.goto(&link).await;
    ana.sees("No conversation yet").await;
    opens_a_thread(&ana, "How is the cough?").await;
    ends_quietly(ana).await;
    drop(first);
    for (profile, width) in [("ana", 1280), ("ana", 360), ("basile", 1280), ("basile", 360)] {
        for (language, is_dark) in [("en", false), ("fr", true)] {
            let (_running, link) = seat(&clinic, profile);
            let browser = browsers.open(Look { width, language, is_dark }).await;
            browser.goto(&link).await;
            browser.element(".threads a").await;
            let thread = "return document.querySelector('.threads a').getAttribute('href')";
            let thread: String = browser.driver.execute(thread, Vec::new()).await.unwrap().convert().unwrap();
            let origin = browser.address().await;
            let person = format!("/people/{}", clinic.patient_account);
            let mut paths = vec!["/", "/people", "/settings", "/nowhere", thread.as_str()];
            if profile == "ana" {
                paths.extend(["/new", person.as_str()]);
            }
            for path in paths {
                browser.goto(&format!("{}{path}", origin.trim_end_matches('/'))).await;
                browser.element("h1").await;
                let open = "document.querySelectorAll('details').forEach((part) => { part.open = true; })";
                browser.driver.execute(open, Vec::new()).await.unwrap();
                let violations = browser.axe().await;
                assert!(violations.is_empty(), "{profile} {width} {language} {path}: {violations:?}");
                let fits = "return document.documentElement.scrollWidth <= window.innerWidth";
                let fits: bool = browser.driver.execute(fits, Vec::new()).await.unwrap().convert().unwrap();
                assert!(fits, "{profile} {width} {language} {path} is wider than its window");
                if let Some(folder) = &pictures {
                    let name = path.split('/').nth(1).filter(|name| !name.is_empty()).unwrap_or("inbox");
                    browser.picture(&folder.join(format!("{profile}-{width}-{language}-{name}.png"))).await;
                }
            }
            browser.click("form[action='/lock'] button").await;
            browser.element("input[type=password]").await;
            assert!(browser.axe().await.is_empty(), "locked: {:?}", browser.axe().await);
            // A page that is not there is told on the console, by the browser itself.
            let said = browser.end().await;
            assert!(said.iter().all(|line| line.contains("404")), "{said:?}");
        }
    }
}
