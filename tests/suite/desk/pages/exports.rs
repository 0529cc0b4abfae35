//! Conversations as files, from the pages.

use serde_json::Value;

use crate::desk::{Clinic, first_thread};

#[test]
fn both_people_save_their_conversation_from_its_page_and_strangers_get_none() {
    let clinic = Clinic::new();
    let (ana, basile) = (clinic.seat("ana"), clinic.seat("basile"));
    let fields =
        [("patient", clinic.patient_account.as_str()), ("mode", "open"), ("text", "How is the cough?")];
    ana.visitor.does("/new", "/new", &fields);
    let thread = first_thread(&basile.sees("/", "/threads/"));
    basile.sees(&thread, "How is the cough?");
    let export = |query: &str| format!("{thread}/export?format={query}");

    for seat in [&ana, &basile] {
        let page = seat.visitor.page(&thread);
        assert!(page.contains(&format!("action=\"{thread}/export\"")), "{page}");
        let file = seat.visitor.get(&export("fhir"));
        assert_eq!((file.status, file.one("content-type")), (200, "application/fhir+json"));
        let name = file.one("content-disposition");
        assert!(name.starts_with("attachment; filename=\"colloque-") && name.ends_with(".json\""), "{name}");
        assert_eq!(file.one("cache-control"), "no-store");
        assert_eq!(file.one("x-content-type-options"), "nosniff");
        let bundle: Value = serde_json::from_str(&file.body).unwrap();
        assert!(file.body.contains("How is the cough?") && bundle["resourceType"] == "Bundle", "{bundle}");
        assert!(!file.body.contains("Basile Roux"), "a name that was given stays unless it is asked for");

        let file = seat.visitor.get(&export("pdf"));
        if page.contains("value=\"pdf\"") {
            assert_eq!((file.status, file.one("content-type")), (200, "application/pdf"));
            assert!(file.one("content-disposition").ends_with(".pdf\"") && file.body.starts_with("%PDF-1.7"));
        } else {
            // As these tests are built on their own: without the feature.
            assert!(file.body.contains("(pdf-absent)"), "{}", file.body);
        }
        assert_eq!(seat.visitor.get(&export("docx")).status, 400);
        let site = [("sec-fetch-site", "cross-site")];
        assert_eq!(seat.visitor.says("GET", &export("fhir"), &site, "").status, 403);
    }
    let named = ana.visitor.get(&export("fhir&names=yes"));
    assert!(named.body.contains("Basile Roux"));
    let unknown = "/threads/00000000000000000000000000000000/export?format=fhir";
    assert_eq!(ana.visitor.get(unknown).status, 404);
    let mut stranger = ana.visitor.clone();
    stranger.cookies.clear();
    let refused = stranger.get(&export("fhir"));
    assert!(refused.status == 401 && !refused.body.contains("cough"), "{refused:?}");
}

#[test]
fn a_patient_saves_all_conversations_in_one_file() {
    let clinic = Clinic::new();
    let (ana, basile) = (clinic.seat("ana"), clinic.seat("basile"));
    assert!(!basile.visitor.page("/settings").contains("action=\"/export\""), "there is nothing to save");
    assert_eq!(basile.visitor.get("/export?format=fhir").status, 404);
    for text in ["How is the cough?", "Your results are here."] {
        let fields = [("patient", clinic.patient_account.as_str()), ("mode", "open"), ("text", text)];
        ana.visitor.does("/new", "/new", &fields);
        basile.sees("/", text);
    }
    assert!(basile.visitor.page("/settings").contains("action=\"/export\""));
    let file = basile.visitor.get("/export?format=fhir");
    assert_eq!(file.one("content-disposition"), "attachment; filename=\"colloque.json\"");
    assert!(file.body.contains("How is the cough?") && file.body.contains("Your results are here."));
    let file = basile.visitor.get("/export?format=pdf");
    assert!(file.body.starts_with("%PDF-1.7") || file.body.contains("(pdf-absent)"), "{}", file.body);
}
