//! What others wrote is text, whatever it looks like.

use super::{Clinic, first_thread};

const MARKUP: &str = "<script>alert(1)</script><img src=x onerror=alert(1)>\u{202e}&quot;'\"></p>";

#[test]
fn markup_in_messages_and_names_is_shown_as_text() {
    let clinic = Clinic::new();
    let ana_cli = clinic.tenant.person("ana", "en");
    ana_cli.does(&["patients", "name", &clinic.patient_account, "<b>Basile</b> & \"Roux\""]);
    let (ana, basile) = (clinic.seat("ana"), clinic.seat("basile"));
    let fields = [("patient", clinic.patient_account.as_str()), ("mode", "open"), ("text", MARKUP)];
    ana.visitor.does("/new", "/new", &fields);
    let thread = first_thread(&basile.sees("/", "/threads/"));
    basile.sees(&thread, "alert(1)");
    for (seat, path) in
        [(&ana, "/"), (&ana, "/new"), (&ana, "/people"), (&ana, &*thread), (&basile, &*thread)]
    {
        let page = seat.visitor.page(path);
        for live in ["<script>alert", "<img", "<b>", "onerror=alert(1)>"] {
            assert!(!page.contains(live), "{path}: {live}");
        }
        assert!(!page.contains('\u{202e}'), "nothing reorders its neighbours");
    }
    let shown = basile.visitor.page(&thread);
    assert!(
        shown.contains("&#60;script&#62;alert(1)") || shown.contains("&lt;script&gt;alert(1)"),
        "{shown}"
    );
}
