//! A second desk of a person: added by the first on the pages of both, used beside it, and removed.

use colloque_tests::browser::{Browser, Browsers};

use super::browser::{DESK, PHONE, ends_quietly, seat};
use super::{Clinic, Seat, first_thread};

const PASSPHRASE: &str = "several good words";

/// What stands between these on a page.
#[track_caller]
fn between<'a>(page: &'a str, before: &str, after: &str) -> &'a str {
    let rest = page.split_once(before).unwrap_or_else(|| panic!("no {before} on {page}")).1;
    rest.split_once(after).unwrap_or_else(|| panic!("no {after} on {page}")).0
}

/// A new desk that shows its offer, and the offer.
fn offering(clinic: &Clinic, profile: &str) -> (Seat, String) {
    let new = clinic.locked_seat(profile);
    let fields = [("relay", clinic.tenant.relay_address()), ("passphrase", PASSPHRASE)];
    let begun = new.visitor.submit("/enrol/device", "/enrol/device", &fields);
    assert_eq!((begun.status, begun.one("location")), (303, "/enrol/device"), "{}", begun.body);
    let page = new.visitor.page("/enrol/device");
    assert!(page.contains("<svg") && page.contains("data-follow"), "{page}");
    let offer = format!("COLLOQUE-LINK1.{}", between(&page, "COLLOQUE-LINK1.", "<"));
    (new, offer)
}

/// The main desk has read the offer, and the new one shows these digits.
fn compared(main: &Seat, new: &Seat, offer: &str) -> String {
    let page = main.visitor.does("/devices/add", "/devices/add", &[("offer", offer)]);
    assert!(page.contains("data-step="), "{page}");
    // It waits until there is something new, and asks again where there is not.
    let page = new.visitor.page("/live/enrol/device?step=offered");
    let digits = between(&page, "id=\"digits\" translate=\"no\">", "<").to_owned();
    main.sees("/devices/add", "The six digits that the new device shows");
    digits
}

fn confirms(main: &Seat, digits: &str, name: &str) -> String {
    main.visitor.does("/devices/add", "/devices/add/confirm", &[("code", digits), ("name", name)])
}

/// Adds a desk on the pages of both.
fn link(clinic: &Clinic, main: &Seat, profile: &str, name: &str) -> Seat {
    let (new, offer) = offering(clinic, profile);
    let digits = compared(main, &new, &offer);
    confirms(main, &digits, name);
    let opened = new.visitor.get("/live/enrol/device?step=compared");
    assert_eq!((opened.status, opened.one("location")), (303, "/"), "{}", opened.body);
    main.sees("/devices/add", "The device is added");
    new
}

/// A thread that the professional opened with the patient.
fn thread(clinic: &Clinic, ana: &Seat, text: &str) -> String {
    let fields = [("patient", clinic.patient_account.as_str()), ("mode", "open"), ("text", text)];
    ana.visitor.does("/new", "/new", &fields);
    first_thread(&ana.visitor.page("/"))
}

#[test]
fn a_patient_adds_a_second_desk_with_the_first_and_reads_and_writes_on_both() {
    let clinic = Clinic::new();
    let (ana, basile) = (clinic.seat("ana"), clinic.seat("basile"));
    let thread = thread(&clinic, &ana, "Before the second.");
    basile.sees("/", &thread);
    basile.sees(&thread, "Before the second.");
    let tablet = link(&clinic, &basile, "tablet", "Tablet");
    tablet.sees("/", &thread);
    ana.visitor.does(&thread, &format!("{thread}/send"), &[("text", "To both of them.")]);
    let page = tablet.sees(&thread, "To both of them.");
    assert!(
        page.contains("This device was added here, as one of yours") && !page.contains("Before the second.")
    );
    basile.sees(&thread, "To both of them.");
    tablet.visitor.does(&thread, &format!("{thread}/send"), &[("text", "From the tablet.")]);
    let page = ana.sees(&thread, "From the tablet.");
    assert!(page.contains("One more device, added by its owner: Basile Roux"), "{page}");
    let page = basile.sees(&thread, "From the tablet.");
    assert!(page.contains("You added one more of your devices."), "{page}");

    let devices = basile.sees("/devices", "in 1 conversation");
    assert!(
        devices.contains("this device, your main one") && devices.contains("<strong>Tablet"),
        "{devices}"
    );
    assert!(basile.visitor.page("/devices/add").contains("Begin on the new device"), "room for another");
    let devices = tablet.visitor.page("/devices");
    assert!(devices.contains("this device, linked to your main one"), "{devices}");
    assert!(!devices.contains("/devices/remove") && !devices.contains("/devices/add"), "{devices}");
    assert_eq!(tablet.visitor.get("/devices/add").one("location"), "/devices");
    // Who sends the form of a main device all the same.
    let (_third, offer) = offering(&clinic, "third");
    let refused = tablet.visitor.submit("/devices", "/devices/add", &[("offer", &offer)]);
    assert_eq!(refused.one("location"), "/devices");
    assert!(!tablet.visitor.page("/devices").contains("data-step"));
}

#[test]
fn a_second_desk_is_given_what_was_written_before_and_is_made_the_main_one() {
    let clinic = Clinic::new();
    let (ana, basile) = (clinic.seat("ana"), clinic.seat("basile"));
    let thread = thread(&clinic, &ana, "Before the second.");
    basile.sees("/", &thread);
    let tablet = link(&clinic, &basile, "tablet", "Tablet");
    tablet.sees("/", &thread);
    let devices = basile.sees("/devices", "in 1 conversation");
    let form = between(&devices, "action=\"/devices/give\"", "</form>");
    let device = between(form, "name=\"device\" value=\"", "\"").to_owned();
    let refused =
        basile.visitor.submit("/devices", "/devices/give", &[("device", &device), ("since", "1.12.2026")]);
    assert!(refused.body.contains("(day)"), "{}", refused.body);
    basile.visitor.does("/devices", "/devices/give", &[("device", &device), ("since", "")]);
    let page = tablet.sees(&thread, "Before the second.");
    assert!(page.contains("received from your other device"), "{page}");
    basile.sees("/devices", "1 message is at the relay, encrypted");
    tablet.sees("/devices", "1 message received");
    let stopped = basile.visitor.submit("/devices", "/devices/stop", &[("history", &"00".repeat(16))]);
    assert!(stopped.body.contains("(unknown-history)"), "{}", stopped.body);

    assert!(!tablet.visitor.page("/devices").contains("/devices/main"));
    basile.visitor.does("/devices", "/devices/main", &[("device", &device)]);
    tablet.sees("/devices", "this device, your main one");
    let page = basile.sees("/devices", "this device, linked to your main one");
    assert!(!page.contains("/devices/remove"), "{page}");
}

#[test]
fn a_wrong_code_is_named_on_both_desks_and_nothing_is_half_done() {
    let clinic = Clinic::new();
    let basile = clinic.seat("basile");
    let (tablet, offer) = offering(&clinic, "tablet");
    let digits = compared(&basile, &tablet, &offer);
    let typed =
        basile.visitor.submit("/devices/add", "/devices/add/confirm", &[("code", "12 34"), ("name", "")]);
    assert!(typed.body.contains("(not-a-code)"), "what is no code is no try: {}", typed.body);
    assert!(typed.body.contains("name=\"code\""), "{}", typed.body);
    let other = if digits.starts_with('1') { "2" } else { "1" };
    let page = confirms(&basile, &format!("{other}{}", &digits[1..]), "Tablet");
    assert!(page.contains("(link-code-differs)") && page.contains("so nothing was added"), "{page}");
    assert!(page.contains("name=\"offer\""), "it can be begun again: {page}");
    let ended = tablet.visitor.page("/live/enrol/device?step=compared");
    assert!(ended.contains("(link-over)") && ended.contains("name=\"relay\""), "{ended}");
    assert_eq!(tablet.visitor.get("/").one("location"), "/enrol", "no profile");
    assert_eq!(basile.visitor.page("/devices").matches("<li class").count(), 1);
    let again = basile.visitor.submit("/devices", "/devices/add/confirm", &[("code", &digits), ("name", "")]);
    assert!(again.body.contains("(no-linking)"), "{}", again.body);
    drop(tablet);
    link(&clinic, &basile, "tablet", "");
}

#[test]
fn a_desk_that_was_removed_says_so_in_plain_words_and_gets_nothing_new() {
    let clinic = Clinic::new();
    let (ana, basile) = (clinic.seat("ana"), clinic.seat("basile"));
    let thread = thread(&clinic, &ana, "Before it.");
    basile.sees("/", &thread);
    let tablet = link(&clinic, &basile, "tablet", "Tablet");
    tablet.sees("/", &thread);
    ana.visitor.does(&thread, &format!("{thread}/send"), &[("text", "While it is there.")]);
    tablet.sees(&thread, "While it is there.");
    let devices = basile.sees_times("/devices", "in 1 conversation", 2);
    let device = between(&devices, "name=\"device\" value=\"", "\"");
    let devices = basile.visitor.does("/devices", "/devices/remove", &[("device", device)]);
    assert!(!devices.contains("Tablet"), "{devices}");
    let page = tablet.sees("/", "This device was removed from your account");
    assert!(page.contains("(R25)") && page.contains("ask who invited you"), "{page}");
    ana.sees(&thread, "One device less, taken out by its owner: Basile Roux");
    ana.visitor.does(&thread, &format!("{thread}/send"), &[("text", "Without it.")]);
    basile.sees(&thread, "Without it.");
    let page = tablet.visitor.page(&thread);
    assert!(page.contains("While it is there.") && !page.contains("Without it."), "{page}");
    let again = basile.visitor.submit("/devices", "/devices/remove", &[("device", device)]);
    assert!(again.body.contains("(unknown-device)"), "{}", again.body);
}

#[test]
fn what_stands_against_a_second_desk_is_said_where_it_is_typed_and_either_side_can_give_up() {
    let clinic = Clinic::new();
    let basile = clinic.seat("basile");
    let new = clinic.locked_seat("tablet");
    assert!(new.visitor.page("/enrol").contains("href=\"/enrol/device\""));
    let tried = |relay: &str, passphrase: &str| {
        let fields = [("relay", relay), ("passphrase", passphrase)];
        new.visitor.submit("/enrol/device", "/enrol/device", &fields).body
    };
    let relay = clinic.tenant.relay_address();
    for (answer, reason) in [
        (tried(relay, "short"), "(passphrase-short)"),
        (tried(" ", PASSPHRASE), "(relay-address)"),
        (tried("127.0.0.1:1", PASSPHRASE), "(unreachable)"),
    ] {
        assert!(answer.contains(reason) && !answer.contains(PASSPHRASE), "{answer}");
    }
    assert!(tried("127.0.0.1:1", PASSPHRASE).contains("value=\"127.0.0.1:1\""), "what was typed stays");
    let half = basile.visitor.submit("/devices/add", "/devices/add", &[("offer", "COLLOQUE-LINK1.half")]);
    assert!(
        half.body.contains("(not-an-offer)") && half.body.contains("COLLOQUE-LINK1.half"),
        "{}",
        half.body
    );
    drop(new);

    let (new, offer) = offering(&clinic, "tablet");
    basile.visitor.does("/devices/add", "/devices/add", &[("offer", &offer)]);
    new.visitor.page("/live/enrol/device?step=offered");
    basile.visitor.does("/devices/add", "/devices/add/stop", &[]);
    let ended = new.visitor.page("/live/enrol/device?step=compared");
    assert!(ended.contains("(link-over)"), "{ended}");
    assert!(basile.visitor.page("/devices/add").contains("name=\"offer\""));
    drop(new);

    let (new, offer) = offering(&clinic, "tablet");
    basile.visitor.does("/devices/add", "/devices/add", &[("offer", &offer)]);
    new.visitor.page("/live/enrol/device?step=offered");
    basile.sees("/devices/add", "The six digits that the new device shows");
    let stopped = new.visitor.submit("/enrol/device", "/enrol/device/stop", &[]);
    assert_eq!(stopped.one("location"), "/enrol");
    assert!(new.visitor.page("/enrol/device").contains("name=\"relay\""));
}

/// Nothing that axe finds, and nothing wider than its window.
async fn is_well_made(browser: &Browser, name: &str) {
    assert_eq!(browser.axe().await, Vec::<String>::new(), "{name}");
    let is_wider = "return document.documentElement.scrollWidth > window.innerWidth";
    assert_eq!(browser.evaluates(is_wider).await, false, "{name} is wider than its window");
    if let Some(folder) = std::env::var_os("COLLOQUE_PICTURES") {
        let folder = std::path::PathBuf::from(folder);
        std::fs::create_dir_all(&folder).unwrap();
        browser.picture(&folder.join(format!("{name}.png"))).await;
    }
}

#[tokio::test]
async fn the_code_on_a_new_desk_is_photographed_by_the_first_and_six_digits_open_the_mailbox_there() {
    let Some(browsers) = Browsers::start() else { return };
    let clinic = Clinic::new();
    let ana = clinic.seat("ana");
    let thread = thread(&clinic, &ana, "How is the cough?");
    let ((_basile, basile_link), (_tablet, tablet_link)) = (seat(&clinic, "basile"), seat(&clinic, "tablet"));
    let (basile, tablet) = (browsers.open(DESK).await, browsers.open(PHONE).await);
    basile.goto(&basile_link).await;
    basile.sees("How is the cough?").await;

    tablet.goto(&tablet_link).await;
    tablet.click("a[href='/enrol/device']").await;
    tablet.types("#relay", clinic.tenant.relay_address()).await;
    tablet.types("#passphrase", "quelques bons mots").await;
    is_well_made(&tablet, "joining-begin").await;
    tablet.click("form[action='/enrol/device'] .primary").await;
    tablet.sees("COLLOQUE-LINK1.").await;
    is_well_made(&tablet, "joining-offered").await;
    let photograph = clinic.tenant.programs.folder().join("photograph.png");
    tablet.element(".qr").await.screenshot(&photograph).await.unwrap();

    basile.click("nav a[href='/settings']").await;
    basile.click("a[href='/devices']").await;
    is_well_made(&basile, "devices-one").await;
    basile.click("a[href='/devices/add']").await;
    is_well_made(&basile, "linking-begin").await;
    basile.types("#picture", photograph.to_str().unwrap()).await;
    // By itself, on both.
    basile.sees("Compare the six digits").await;
    is_well_made(&basile, "linking-compare").await;
    tablet.sees("Tapez ces six chiffres sur votre appareil principal").await;
    is_well_made(&tablet, "joining-compared").await;
    let digits = tablet.element("#digits").await.text().await.unwrap();
    basile.types("#code", &digits).await;
    basile.types("#name", "Tablette").await;
    basile.click("form[action='/devices/add/confirm'] .primary").await;
    basile.sees("takes part in all your conversations").await;
    is_well_made(&basile, "linking-done").await;
    // And the mailbox opens there.
    tablet.click(".threads a").await;
    ana.visitor.does(&thread, &format!("{thread}/send"), &[("text", "And today?")]);
    tablet.sees("And today?").await;
    is_well_made(&tablet, "joined-thread").await;
    tablet.types("#text", "Beaucoup mieux.").await;
    tablet.click("form.send button").await;
    ana.sees(&thread, "Beaucoup mieux.");
    basile.click("main a[href='/devices']").await;
    basile.sees("Tablette").await;
    is_well_made(&basile, "devices-two").await;
    basile.click("details:has(form[action='/devices/give']) summary").await;
    is_well_made(&basile, "devices-give").await;
    basile.click("form[action='/devices/give'] button").await;
    basile.sees("Given between your devices").await;
    is_well_made(&basile, "devices-given").await;
    tablet.sees("reçu de votre autre appareil").await;
    is_well_made(&tablet, "given-thread").await;
    basile.click("details:has(form[action='/devices/remove']) summary").await;
    is_well_made(&basile, "devices-remove").await;
    basile.click("form[action='/devices/remove'] button").await;
    tablet.sees("Cet appareil a été retiré de votre compte").await;
    is_well_made(&tablet, "removed").await;
    ends_quietly(basile).await;
    ends_quietly(tablet).await;
}
