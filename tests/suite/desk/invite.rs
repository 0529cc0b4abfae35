//! Inviting a patient from the pages, and enrolling by what the page shows.

use colloque_tests::browser::Browsers;

use super::Clinic;
use super::browser::{DESK, PHONE, ends_quietly, seat};

/// The invitation on a page, and the account that it is for.
fn invitation_on(page: &str) -> String {
    let rest = page.split("COLLOQUE1.").nth(1).expect("an invitation");
    format!("COLLOQUE1.{}", rest.split('<').next().unwrap())
}

fn enrols(seat: &super::Seat, invitation: &str) -> colloque_tests::http::Answer {
    let fields = [("invitation", invitation), ("passphrase", "several good words")];
    seat.visitor.submit("/enrol", "/enrol", &fields)
}

#[test]
fn a_patient_is_invited_by_name_and_finds_what_was_written_before() {
    let clinic = Clinic::new();
    let ana = clinic.seat("ana");
    let invite = [("name", "Lou Petit")];
    let answer = ana.visitor.submit("/people", "/people/invite", &invite);
    let shown = answer.one("location").to_owned();
    let account = shown.split('/').nth(2).unwrap().to_owned();
    let page = ana.visitor.page(&shown);
    let first = invitation_on(&page);
    assert!(page.contains("<svg") && page.contains("Good once, until"), "{page}");
    let same = ana.visitor.does("/people", "/people/invite", &invite);
    assert_eq!(invitation_on(&same), first, "pressed twice");
    let person = format!("/people/{account}");
    assert!(ana.visitor.page("/people").contains("mailbox not activated yet"));

    let fields = [("patient", account.as_str()), ("mode", "open"), ("text", "Bonjour Lou.")];
    let opened = ana.visitor.submit("/new", "/new", &fields);
    let thread = opened.one("location").to_owned();
    ana.sees(&thread, "has not activated the mailbox yet");
    ana.sees("/", "waits on this device until Lou Petit");

    let page = ana.visitor.does(&person, &format!("{person}/invite"), &[]);
    let second = invitation_on(&page);
    assert_ne!(second, first);
    let lou = clinic.locked_seat("lou");
    assert!(enrols(&lou, &first).body.contains("(code-refused)"), "the first has ended");
    assert_eq!(enrols(&lou, &second).one("location"), "/");
    // Hers asks for him again now and then.
    lou.sees("/", "Bonjour Lou.");
    let used = ana.sees(&shown, "the mailbox is active");
    assert!(!used.contains("COLLOQUE1."), "{used}");
    let again = ana.visitor.submit(&person, &format!("{person}/invite"), &[]);
    assert!(again.body.contains("(already-activated)"), "{}", again.body);
    assert!(!ana.visitor.page(&thread).contains("has not activated"));
}

#[test]
fn what_is_no_name_and_who_is_no_professional_gets_no_invitation() {
    let clinic = Clinic::new();
    let (ana, basile) = (clinic.seat("ana"), clinic.seat("basile"));
    let nameless = ana.visitor.submit("/people", "/people/invite", &[("name", "  ")]);
    assert!(nameless.body.contains("role=\"alert\""), "{}", nameless.body);
    let denied = basile.visitor.submit("/people", "/people/invite", &[("name", "Lou")]);
    assert!(denied.body.contains("(R37)"), "{}", denied.body);
    assert!(!basile.visitor.page("/people").contains("/people/invite"));
    let known = format!("/people/{}", clinic.patient_account);
    assert_eq!(ana.visitor.get(&format!("{known}/invitation")).status, 404, "nobody whom she invited");
    assert_eq!(ana.visitor.submit(&known, &format!("{known}/invite"), &[]).status, 404);
}

#[test]
fn an_authority_that_is_away_is_said_and_everything_else_goes_on() {
    let mut clinic = Clinic::new();
    clinic.tenant.authority = None;
    let ana = clinic.seat("ana");
    let answer = ana.visitor.submit("/people", "/people/invite", &[("name", "Lou Petit")]);
    assert!(answer.body.contains("(unreachable)"), "{}", answer.body);
    let answer = ana.visitor.submit("/people", "/people/directory", &[]);
    assert!(answer.body.contains("(unreachable)"), "{}", answer.body);
    assert!(!ana.visitor.page("/people").contains("Lou Petit"), "nothing half done");
}

#[test]
fn colleagues_are_found_in_the_directory() {
    let (clinic, colleague) = super::team::clinic_with_colleague();
    let ana = clinic.seat("ana");
    assert!(!ana.visitor.page("/people").contains("Dr Zoé Noir"));
    let page = ana.visitor.does("/people", "/people/directory", &[]);
    assert!(page.contains(&format!("/people/{colleague}")) && page.contains("Dr Zoé Noir"), "{page}");
}

#[tokio::test]
async fn a_newcomer_photographs_the_code_on_the_doctors_screen_and_confirms_once() {
    let Some(browsers) = Browsers::start() else { return };
    let clinic = Clinic::new();
    let (_ana, ana_link) = seat(&clinic, "ana");
    let ana = browsers.open(DESK).await;
    ana.goto(&ana_link).await;
    ana.click("a[href='/people']").await;
    ana.click("details:has(#invited) summary").await;
    ana.types("#invited", "Lou Petit").await;
    ana.click("form[action='/people/invite'] button").await;
    let photograph = clinic.tenant.programs.folder().join("photograph.png");
    ana.element(".qr").await.screenshot(&photograph).await.unwrap();

    let (_lou, lou_link) = seat(&clinic, "lou");
    let lou = browsers.open(PHONE).await;
    lou.goto(&lou_link).await;
    let nothing = clinic.tenant.programs.folder().join("nothing.png");
    std::fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/suite/desk/pages/photo.jpg"), &nothing).unwrap();
    lou.types("#picture", nothing.to_str().unwrap()).await;
    lou.sees("Aucun code n’est lisible").await;
    lou.types("#picture", photograph.to_str().unwrap()).await;
    lou.element("#invitation:not(:placeholder-shown)").await;
    lou.sees("COLLOQUE1.").await;
    lou.types("#passphrase", "quelques bons mots").await;
    lou.click("#reveal").await;
    assert_eq!(lou.evaluates("return document.getElementById('passphrase').type").await, "text");
    lou.click("form[action='/enrol'] .primary").await;
    lou.sees("Pas encore de conversation").await;
    ends_quietly(ana).await;
    ends_quietly(lou).await;
}
