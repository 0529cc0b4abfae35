//! The care team on the pages: who has access and since when, adding and taking out, blocking and undoing it.

use colloque_tests::browser::Browsers;

use super::browser::{DESK, ends_quietly, seat};
use super::{Clinic, first_thread};

/// A clinic with a thread, and the account of a colleague who is enrolled.
pub(super) fn clinic_with_colleague() -> (Clinic, String) {
    let clinic = Clinic::new();
    clinic.tenant.invite(
        "zoe.txt",
        &[
            "--role",
            "professional",
            "--name",
            "Dr Zoé Noir",
            "--profession",
            "Médecin",
            "--rpps",
            "10101234564",
        ],
    );
    let zoe = clinic.tenant.person("zoe", "en");
    zoe.does(&["enrol", "--file", "zoe.txt"]);
    let account = zoe.account();
    (clinic, account)
}

#[test]
fn a_colleague_is_added_and_taken_out_in_the_view_of_all_who_have_access() {
    let (clinic, colleague) = clinic_with_colleague();
    let (ana, zoe, basile) = (clinic.seat("ana"), clinic.seat("zoe"), clinic.seat("basile"));
    let fields = [("patient", clinic.patient_account.as_str()), ("mode", "open"), ("text", "Before.")];
    ana.visitor.does("/new", "/new", &fields);
    let thread = first_thread(&basile.sees("/", "/threads/"));
    let page = basile.sees(&thread, "Before.");
    assert_eq!(page.matches("<span class=\"hint\">since 20").count(), 2, "both, since the opening: {page}");
    assert!(!page.contains("/add\"") && !page.contains("/remove\""), "a patient changes nobody: {page}");
    let add = format!("{thread}/add");
    let wrong = ana.visitor.submit(&thread, &add, &[("colleague", ""), ("account", "nobody")]);
    assert!(wrong.body.contains("(not-an-account)"), "{}", wrong.body);
    ana.visitor.does(&thread, &add, &[("account", &colleague)]);
    let page = basile.sees(&thread, "Device added: Dr Zoé Noir");
    assert!(
        page.contains("(by: Dr Ana Verne") && page.contains("Médecin, professional, certified"),
        "{page}"
    );
    let page = zoe.sees(&thread, "You were added by: Dr Ana Verne");
    assert!(!page.contains("Before.") && page.contains("since before you joined"), "{page}");
    zoe.visitor.does(&thread, &format!("{thread}/send"), &[("text", "I take over.")]);
    ana.sees(&thread, "I take over.");
    let page = ana.visitor.page(&thread);
    let removable = format!("<option value=\"{colleague}\">Dr Zoé Noir</option>");
    assert!(page.contains(&removable), "{page}");
    let part = ana.visitor.page(&format!("/live{thread}"));
    assert!(
        part.contains("id=\"access\"") && part.contains(&format!("/people/{colleague}\">Dr Zoé Noir")),
        "{part}"
    );
    ana.visitor.does(&thread, &format!("{thread}/remove"), &[("account", &colleague)]);
    basile.sees(&thread, "Device removed: Dr Zoé Noir");
    let page = zoe.sees(&thread, "you left");
    assert!(!page.contains("Add a colleague"), "{page}");
    // She is known now, and can be chosen.
    let page = ana.visitor.page(&thread);
    assert!(page.contains(&format!("<option value=\"{colleague}\">Dr Zoé Noir, Médecin")), "{page}");
    assert!(!page.contains(&removable), "and is not there to be taken out: {page}");
    let refused = basile.visitor.submit(&thread, &add, &[("account", &colleague)]);
    assert!(
        refused.body.contains("(R02)"),
        "a patient who sends the form of a professional: {}",
        refused.body
    );
    let refused =
        ana.visitor.submit(&thread, &format!("{thread}/remove"), &[("account", &clinic.patient_account)]);
    assert!(refused.body.contains("(R14)"), "{}", refused.body);
}

#[test]
fn a_patient_blocks_a_professional_on_the_page_of_that_person_and_undoes_it() {
    let clinic = Clinic::new();
    let (ana, basile) = (clinic.seat("ana"), clinic.seat("basile"));
    let fields = [("patient", clinic.patient_account.as_str()), ("mode", "open"), ("text", "Hello")];
    ana.visitor.does("/new", "/new", &fields);
    let thread = first_thread(&basile.sees("/", "/threads/"));
    let people = basile.visitor.page("/people");
    let doctor = people.split("href=\"/people/").nth(1).unwrap().split('"').next().unwrap();
    let doctor = format!("/people/{doctor}");
    let page = basile.visitor.page(&doctor);
    assert!(page.contains("in 1 conversation") && page.contains("Block this professional"), "{page}");
    let blocked = basile.visitor.does(&doctor, &format!("{doctor}/block"), &[]);
    assert!(blocked.contains("You have blocked this professional"), "{blocked}");
    basile.sees(&thread, "you left");
    assert!(basile.visitor.page("/people").contains(">blocked</span>"));
    let undone = basile.visitor.does(&doctor, &format!("{doctor}/unblock"), &[]);
    assert!(undone.contains("Block this professional"), "{undone}");
    let patient = format!("/people/{}", clinic.patient_account);
    let page = ana.visitor.page(&patient);
    assert!(!page.contains("/block\""), "professionals block nobody: {page}");
    let refused = ana.visitor.submit(&patient, &format!("{patient}/block"), &[]);
    assert!(refused.body.contains("(not-blockable)"), "{}", refused.body);
}

#[tokio::test]
async fn who_has_access_changes_on_a_page_that_is_open() {
    let Some(browsers) = Browsers::start() else { return };
    let (clinic, colleague) = clinic_with_colleague();
    let ana = clinic.seat("ana");
    let fields = [("patient", clinic.patient_account.as_str()), ("mode", "open"), ("text", "Before.")];
    ana.visitor.does("/new", "/new", &fields);
    let thread = first_thread(&ana.sees("/", "/threads/"));
    ana.sees(&thread, "at the relay");
    let (_running, link) = seat(&clinic, "basile");
    let basile = browsers.open(DESK).await;
    basile.goto(&link).await;
    basile.click(".threads a").await;
    basile.sees("Before.").await;
    ana.visitor.does(&thread, &format!("{thread}/add"), &[("account", &colleague)]);
    basile.element(&format!("#access a[href='/people/{colleague}']")).await;
    ends_quietly(basile).await;
}
