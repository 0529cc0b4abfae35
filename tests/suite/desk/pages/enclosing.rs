//! Documents in a real browser: attached by keyboard, fetched, seen; accessible in every state.

use colloque_tests::browser::{Browser, Browsers, Look};
use colloque_tests::programs::Running;
use thirtyfour::Key;

use super::super::{Clinic, link};
use super::documents::photograph;

const LOOKS: [Look; 2] = [
    Look { width: 360, language: "fr", is_dark: true },
    Look { width: 1280, language: "en", is_dark: false },
];

/// The desk of a profile in a browser, on its only thread.
async fn on_the_thread(
    browsers: &Browsers,
    clinic: &Clinic,
    profile: &str,
    look: Look,
) -> (Running, Browser) {
    let running = clinic.tenant.person(profile, "en").starts(&["desk", "--no-browser", "--json"]);
    let browser = browsers.open(look).await;
    browser.goto(&link(&running)).await;
    browser.click(".threads a").await;
    browser.element("#documents").await;
    (running, browser)
}

async fn says(browser: &Browser, script: &str) -> bool {
    browser.driver.execute(script, Vec::new()).await.unwrap().convert().unwrap()
}

/// Nothing is wrong with the page as it is now.
async fn is_accessible_and_fits(browser: &Browser, state: &str) {
    let violations = browser.axe().await;
    assert!(violations.is_empty(), "{state}: {violations:?}");
    let fits = "return document.documentElement.scrollWidth <= window.innerWidth";
    assert!(says(browser, fits).await, "{state} is wider than its window");
    if let Some(folder) = std::env::var_os("COLLOQUE_PICTURES") {
        let name = format!("documents-{}.png", state.replace(' ', "-"));
        browser.picture(&std::path::Path::new(&folder).join(name)).await;
    }
}

#[tokio::test]
async fn documents_are_enclosed_fetched_and_seen_in_browsers_accessible_in_every_state() {
    let Some(browsers) = Browsers::start() else { return };
    let clinic = Clinic::new();
    let ana = clinic.tenant.person("ana", "en");
    let programs = &clinic.tenant.programs;
    programs.write("photo.jpg", &photograph());
    programs.write("IRM.dcm", &vec![7; 2_000_000]);
    ana.does(&["open", "--patient", &clinic.patient_account, "Bonjour"]);
    ana.does(&["send", "1", "--attach", "IRM.dcm", "--attach", "photo.jpg"]);
    for (place, look) in LOOKS.into_iter().enumerate() {
        let (_running, basile) = on_the_thread(&browsers, &clinic, "basile", look).await;
        basile.element(".document img").await;
        is_accessible_and_fits(&basile, &format!("{} at the relay", look.width)).await;
        let (fetch, here) = ("form[action$='/fetch'] button", "a[href$='/0'][download]");
        basile.click(fetch).await;
        basile.element(here).await;
        is_accessible_and_fits(&basile, &format!("{} here", look.width)).await;
        assert!(says(&basile, "return document.querySelector('.document img').naturalWidth == 320").await);
        let photo = programs.folder().join("photo.jpg");
        basile.types("#documents", photo.to_str().unwrap()).await;
        basile.click("button[name='enclose']").await;
        basile.element(".enclosures").await;
        is_accessible_and_fits(&basile, &format!("{} enclosed", look.width)).await;
        // By keyboard alone from here on: the message, then what sends it.
        let text = format!("Voici la photo {place}.");
        basile.types("#text", &text).await;
        basile.press(Key::Control + Key::Enter).await;
        basile.sees(&text).await;
        basile.element(".message.own .document img").await;
        basile.click("form[action$='/0/forget'] button").await;
        basile.element("form[action$='/0/fetch'] button").await;
        let said = basile.end().await;
        assert!(said.is_empty(), "{said:?}");
    }
    let (_running, ana) = on_the_thread(&browsers, &clinic, "ana", LOOKS[1]).await;
    ana.sees("Voici la photo 1.").await;
    ana.element(".message.patient .document img").await;
    is_accessible_and_fits(&ana, "own").await;
    let said = ana.end().await;
    assert!(said.is_empty(), "{said:?}");
}
