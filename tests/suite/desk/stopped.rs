//! A conversation that is stopped, on the pages: each is told what happens next, and the professional goes on from there.

use colloque_client_core::store::Store;
use colloque_client_core::{KeySource, Passphrase};

use super::{Clinic, first_thread};

/// Stops every conversation on a profile whose desk is off, as when copies do not agree.
fn stop(clinic: &Clinic, profile: &str) {
    let source = KeySource::Passphrase(Passphrase::new(clinic.passphrase()));
    let mut store = Store::open(clinic.tenant.programs.folder().join(profile).as_path(), &source).unwrap();
    let unit = store.begin().unwrap();
    let stopped = unit.sql().prepare_cached("UPDATE thread SET standing = 4").unwrap().execute([]).unwrap();
    assert_eq!(stopped, 1);
    unit.commit().unwrap();
}

#[test]
fn where_a_conversation_is_stopped_the_professional_goes_on_in_a_new_one_and_the_patient_is_led_there() {
    let clinic = Clinic::new();
    let (ana, basile) = (clinic.seat("ana"), clinic.seat("basile"));
    let fields = [("patient", clinic.patient_account.as_str()), ("mode", "open"), ("text", "Before.")];
    ana.visitor.does("/new", "/new", &fields);
    let thread = first_thread(&basile.sees("/", "/threads/"));
    basile.sees(&thread, "Before.");
    assert!(!ana.visitor.page(&thread).contains("/continue"), "while it goes on, nothing of it");
    for seat in [ana, basile] {
        assert_eq!(seat.running.end_by("TERM"), Some(0));
    }
    for profile in ["ana", "basile"] {
        stop(&clinic, profile);
    }
    let (ana, basile) = (clinic.seat("ana"), clinic.seat("basile"));
    let page = basile.visitor.page(&thread);
    assert!(page.contains("which then appears in your list") && !page.contains("/continue"), "{page}");
    let page = ana.visitor.page(&thread);
    assert!(page.contains("Go on in a new conversation</button>") && page.contains("do not agree"), "{page}");
    let act = format!("{thread}/continue");
    let empty = ana.visitor.submit(&thread, &act, &[("text", "  ")]);
    assert!(empty.body.contains("(text-empty)"), "{}", empty.body);
    ana.visitor.does(&thread, &act, &[("text", "Let us go on here.")]);
    ana.sees(&thread, "goes on in a new one");
    let page = basile.sees(&thread, "This conversation goes on in a new one.");
    let successor = first_thread(&page);
    assert_ne!(successor, format!("{thread}#end"));
    let successor = successor.trim_end_matches("#end").to_owned();
    let page = basile.sees(&successor, "Let us go on here.");
    assert!(page.contains("This conversation goes on with an earlier one."), "{page}");
    basile.visitor.does(&successor, &format!("{successor}/send"), &[("text", "Thank you.")]);
    ana.sees(&successor, "Thank you.");
}
