//! The browser that later tests rely on does what it says, on pages that this file serves.

mod pages;

use colloque_tests::browser::{Browser, DESKTOP, Key, PHONE, Profile, Scheme, can_browse};
use pages::Pages;

fn rules(violations: &[colloque_tests::browser::Violation]) -> Vec<&str> {
    violations.iter().map(|violation| violation.rule.as_str()).collect()
}

/// What a future panics with.
async fn panic_of(future: impl Future<Output = ()> + Send + 'static) -> String {
    let panic = tokio::spawn(future).await.expect_err("a panic").into_panic();
    panic.downcast_ref::<String>().cloned().or_else(|| Some((*panic.downcast_ref::<&str>()?).to_owned())).unwrap()
}

#[tokio::test]
async fn what_is_written_in_one_browser_is_read_in_another() {
    if !can_browse() {
        return;
    }
    let pages = Pages::serve().await;
    let doctor = Browser::open(Profile::default()).await;
    let patient = Browser::open(Profile { size: PHONE, ..Profile::default() }).await;
    doctor.goto(&pages.at("/talk")).await;
    patient.goto(&pages.at("/talk")).await;
    doctor.type_into("Your message", "Bonjour, comment\nallez-vous ?").await;
    doctor.click("Send").await;
    patient.sees("Bonjour, comment allez-vous ?").await;
    // By keyboard alone.
    patient.click("#text").await;
    patient.types("Mieux, merci").await;
    patient.press(Key::Tab).await;
    assert_eq!(patient.focused().await, "Send");
    patient.press_with(Key::Shift, Key::Tab).await;
    assert_eq!(patient.focused().await, "Your message");
    patient.press(Key::Tab).await;
    patient.press(Key::Enter).await;
    doctor.sees("Mieux, merci").await;
    assert_eq!(doctor.text("ul > li:last-child").await, "Mieux, merci");
    assert_eq!(doctor.text("Your message").await, "", "what was sent is gone");
    doctor.click("Forget").await;
    patient.sees_no_longer("Bonjour").await;
    patient.close().await;
    doctor.close().await;
}

#[tokio::test]
async fn axe_finds_what_is_wrong_with_a_page_and_nothing_wrong_with_a_good_one() {
    if !can_browse() {
        return;
    }
    let pages = Pages::serve().await;
    let browser = Browser::open(Profile::default()).await;
    browser.goto(&pages.at("/talk")).await;
    assert_eq!(browser.axe().await, []);
    browser.goto(&pages.at("/bad")).await;
    let found = browser.axe().await;
    assert_eq!(rules(&found), ["color-contrast", "image-alt", "label"], "{found:#?}");
    assert!(found[1].targets[0].contains("img"), "{found:#?}");
    browser.close().await;
}

#[tokio::test]
async fn a_page_that_breaks_its_own_policy_or_throws_fails_the_test_on_closing() {
    if !can_browse() {
        return;
    }
    let pages = Pages::serve().await;
    for (path, words) in [("/inline", "Content Security Policy"), ("/throws", "oh dear"), ("/missing", "404")] {
        let browser = Browser::open(Profile::default()).await;
        browser.goto(&pages.at(path)).await;
        let panic = panic_of(browser.close()).await;
        assert!(panic.contains("logged by pages") && panic.contains(words), "{path}: {panic}");
    }
    let browser = Browser::open(Profile::default()).await;
    browser.goto(&pages.at("/throws")).await;
    let told = browser.console().await;
    assert!(told.iter().any(|line| line.contains("oh dear")), "{told:?}");
    browser.close().await;
}

#[tokio::test]
async fn a_browser_that_nobody_closed_fails_the_test() {
    if !can_browse() {
        return;
    }
    let browser = Browser::open(Profile::default()).await;
    let panic = panic_of(async move { drop(browser) }).await;
    assert!(panic.contains("close the browser"), "{panic}");
}

#[tokio::test]
async fn a_profile_decides_size_language_colours_and_zoom() {
    if !can_browse() {
        return;
    }
    let pages = Pages::serve().await;
    let seen = "return [innerWidth, innerHeight, devicePixelRatio, navigator.language, \
                matchMedia('(prefers-color-scheme: dark)').matches]";
    let dark = Profile { size: PHONE, language: "fr", scheme: Scheme::Dark, ..Profile::default() };
    let zoomed = Profile { size: DESKTOP, zoom_percent: 200, ..Profile::default() };
    for (profile, expected) in [
        (dark, serde_json::json!([360, 780, 1, "fr", true])),
        (zoomed, serde_json::json!([640, 450, 2, "en", false])),
    ] {
        let language = profile.language;
        let browser = Browser::open(profile).await;
        browser.goto(&pages.at("/talk")).await;
        assert_eq!(browser.script(seen, vec![]).await, expected);
        assert!(pages.language_asked().starts_with(language), "{}", pages.language_asked());
        browser.close().await;
    }
}

#[tokio::test]
async fn a_screenshot_shows_the_whole_page() {
    if !can_browse() {
        return;
    }
    let pages = Pages::serve().await;
    let browser = Browser::open(Profile { size: PHONE, ..Profile::default() }).await;
    browser.goto(&pages.at("/long")).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new/long.png");
    browser.screenshot(&path).await;
    let picture = std::fs::read(path).unwrap();
    let number = |at: usize| u32::from_be_bytes(picture[at..at + 4].try_into().unwrap());
    assert_eq!(&picture[1..4], b"PNG");
    assert_eq!(number(16), PHONE.width);
    assert!(number(20) >= 3000, "{} pixels high", number(20));
    browser.close().await;
}
