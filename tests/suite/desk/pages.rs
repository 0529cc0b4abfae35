//! What the owner does on the pages.

pub(super) mod documents;
mod enclosing;
mod exports;
mod size;

use colloque_tests::http::Visitor;

use super::{Clinic, first_thread, link};

#[test]
fn a_clinician_opens_a_thread_on_the_pages_the_patient_answers_on_theirs_and_closing_ends_it() {
    let clinic = Clinic::new();
    let (ana, basile) = (clinic.seat("ana"), clinic.seat("basile"));
    let none = basile.visitor.page("/");
    assert!(none.contains("A professional opens the first one"), "{none}");
    let fields =
        [("patient", clinic.patient_account.as_str()), ("mode", "one-reply"), ("text", "How is the cough?")];
    let opened = ana.visitor.does("/new", "/new", &fields);
    assert!(opened.contains("How is the cough?"), "{opened}");

    let thread = first_thread(&basile.sees("/", "/threads/"));
    let page = basile.sees(&thread, "How is the cough?");
    assert!(page.contains("Dr Ana Verne"), "{page}");
    let may = page.find("You may answer once.").expect("said");
    assert!(may < page.find("<textarea").expect("a field"), "said before anything is typed");
    assert!(page.contains("call 15 or 112"));
    let answered = basile.visitor.does(&thread, &format!("{thread}/send"), &[("text", "Better.\r\nThanks.")]);
    assert!(answered.contains("Better.\nThanks."), "{answered}");

    let page = ana.sees(&thread, "Better.");
    assert!(page.contains("Basile Roux"));
    ana.visitor.does(&thread, &format!("{thread}/mode"), &[("mode", "closed"), ("until", "")]);
    let closed = basile.sees(&thread, "has closed this conversation");
    assert!(closed.contains("class=\"send\" hidden"), "nothing to type into: {closed}");
}

#[test]
fn a_message_says_how_far_it_has_come_and_send_and_close_is_one_act() {
    let clinic = Clinic::new();
    let ana = clinic.seat("ana");
    let fields = [("patient", clinic.patient_account.as_str()), ("mode", "open"), ("text", "Hello")];
    ana.visitor.does("/new", "/new", &fields);
    let thread = first_thread(&ana.visitor.page("/"));
    let page = ana.sees(&thread, "at the relay");
    assert!(!page.contains("on a device of") && !page.contains("displayed to"), "nobody has it yet: {page}");
    let basile = clinic.seat("basile");
    let page = ana.sees(&thread, "on a device of Basile Roux");
    assert!(!page.contains("displayed to"), "nobody has looked: {page}");
    basile.sees(&thread, "Hello");
    ana.sees(&thread, "displayed to Basile Roux");
    let send = format!("{thread}/send");
    ana.visitor.does(&thread, &send, &[("text", "All is well."), ("closes", "yes")]);
    let page = basile.sees(&thread, "has closed this conversation");
    assert!(page.contains("All is well."), "{page}");
}

#[test]
fn a_patient_who_writes_of_an_emergency_is_told_to_call_before_anything_is_sent() {
    let clinic = Clinic::new();
    let (ana, basile) = (clinic.seat("ana"), clinic.seat("basile"));
    let patient = clinic.patient_account.as_str();
    let urgent = "I have chest pain and I cannot breathe";
    let fields = [("patient", patient), ("mode", "open"), ("text", urgent)];
    let opened = ana.visitor.does("/new", "/new", &fields);
    assert!(!opened.contains("tel:15"), "a professional is not told: {opened}");
    let thread = first_thread(&basile.sees("/", "/threads/"));
    let send = format!("{thread}/send");
    basile.sees(&thread, urgent);
    let told = basile.visitor.submit(&thread, &send, &[("text", urgent)]);
    assert!(told.body.contains("tel:15") && told.body.contains("tel:112"), "{}", told.body);
    assert!(told.body.contains(&format!(">{urgent}</textarea>")), "what was typed stays: {}", told.body);
    assert!(!basile.visitor.page(&thread).contains("class=\"message own\""), "nothing is sent yet");
    let sent = basile.visitor.does(&thread, &send, &[("text", urgent), ("anyway", "yes")]);
    assert!(sent.contains("class=\"message own\""), "{sent}");
    let calm = basile.visitor.does(&thread, &send, &[("text", "The cough is better, thank you.")]);
    assert!(calm.contains("The cough is better") && !calm.contains("tel:15"), "{calm}");
}

#[test]
fn what_is_not_sent_is_told_why_and_stays_typed() {
    let clinic = Clinic::new();
    let (ana, basile) = (clinic.seat("ana"), clinic.seat("basile"));
    let patient = clinic.patient_account.as_str();
    let fields =
        [("patient", patient), ("mode", "until"), ("until", "2001-01-01T10:00"), ("text", "kept text")];
    let refused = ana.visitor.submit("/new", "/new", &fields);
    assert_eq!(refused.status, 200);
    assert!(refused.body.contains("(R10)") && refused.body.contains("kept text"), "{}", refused.body);
    let empty = ana.visitor.submit("/new", "/new", &[("patient", patient), ("mode", "open"), ("text", " ")]);
    assert!(empty.body.contains("(text-empty)"), "{}", empty.body);

    ana.visitor.does("/new", "/new", &[("patient", patient), ("mode", "one-reply"), ("text", "Once.")]);
    let thread = first_thread(&basile.sees("/", "/threads/"));
    let send = format!("{thread}/send");
    basile.sees(&thread, "Once.");
    basile.visitor.does(&thread, &send, &[("text", "first")]);
    let again = basile.visitor.submit(&thread, &send, &[("text", "a second one")]);
    assert!(again.body.contains("(R04)"), "{}", again.body);
    let open = basile.visitor.submit("/", &format!("{thread}/mode"), &[("mode", "open")]);
    assert!(open.body.contains("(R09)"), "a patient who sends the form of a professional: {}", open.body);
    let new = basile.visitor.submit("/", "/new", &[("patient", patient), ("mode", "open"), ("text", "x")]);
    assert!(new.body.contains("(R01)") || new.body.contains("unknown-person"), "{}", new.body);
}

#[test]
fn a_locked_desk_shows_nothing_and_the_right_passphrase_opens_it() {
    let clinic = Clinic::new();
    let seat = clinic.locked_seat("ana");
    for path in ["/", "/new", "/people", "/settings"] {
        let answer = seat.visitor.get(path);
        assert_eq!((answer.status, answer.one("location")), (303, "/unlock"), "{path}");
    }
    let wrong = seat.visitor.submit("/unlock", "/unlock", &[("passphrase", "another one")]);
    assert!(wrong.body.contains("(wrong-passphrase)") && !wrong.body.contains("another one"), "{wrong:?}");
    let passphrase = clinic.passphrase();
    let inbox = seat.visitor.does("/unlock", "/unlock", &[("passphrase", &passphrase)]);
    assert!(inbox.contains("Dr Ana Verne"));
    let locked = seat.visitor.does("/", "/lock", &[]);
    assert!(locked.contains("type=\"password\""));
    assert_eq!(seat.visitor.get("/").one("location"), "/unlock");
    // The store is let go: another process can open it.
    clinic.tenant.person("ana", "en").does(&["threads", "--offline"]);
}

#[test]
fn an_invitation_is_pasted_a_passphrase_chosen_and_the_mailbox_is_ready() {
    let clinic = Clinic::new();
    clinic.tenant.invite_patient("lou.txt");
    let invitation = std::fs::read_to_string(clinic.tenant.programs.folder().join("lou.txt")).unwrap();
    let invitation = invitation.lines().find(|line| line.starts_with("COLLOQUE1.")).unwrap();
    let seat = clinic.locked_seat("lou");
    assert_eq!(seat.visitor.get("/").one("location"), "/enrol");
    let tried = |invitation: &str, passphrase: &str| {
        let fields = [("invitation", invitation), ("passphrase", passphrase)];
        seat.visitor.submit("/enrol", "/enrol", &fields)
    };
    for (answer, reason) in [
        (tried("COLLOQUE1.half", "long enough"), "(not-an-invitation)"),
        (tried(invitation, "short"), "(passphrase-short)"),
    ] {
        assert!(answer.body.contains(reason), "{}", answer.body);
        assert!(!answer.body.contains("long enough") && !answer.body.contains("value=\"short"), "not shown");
    }
    let answer = tried(invitation, "long enough");
    assert_eq!((answer.status, answer.one("location")), (303, "/"), "{}", answer.body);
    assert!(seat.visitor.page("/").contains("A professional opens the first one"));
    let again = seat.visitor.get("/enrol");
    assert_eq!(again.one("location"), "/", "there is a mailbox already");
}

#[test]
fn the_language_is_that_of_the_browser_until_the_owner_chooses() {
    let clinic = Clinic::new();
    let mut seat = clinic.seat("basile");
    seat.visitor.language = "fr-CA,en;q=0.5";
    let page = seat.visitor.page("/");
    assert!(page.contains("<html lang=\"fr\">") && page.contains("appelez le 15 ou le 112"), "{page}");
    let answer = seat.visitor.submit("/", "/language", &[("language", "en"), ("back", "/people")]);
    assert_eq!(answer.one("location"), "/people");
    seat.visitor.keep(&answer);
    assert!(seat.visitor.page("/").contains("<html lang=\"en\">"));
    for elsewhere in ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:1"] {
        let answer = seat.visitor.submit("/", "/language", &[("language", "fr"), ("back", elsewhere)]);
        assert_eq!(answer.one("location"), "/", "{elsewhere}");
    }
    assert_eq!(seat.visitor.submit("/", "/language", &[("language", "xx"), ("back", "/")]).status, 400);
}

#[test]
fn a_person_has_a_safety_number_once_met_that_is_the_same_on_both_desks() {
    let clinic = Clinic::new();
    let (ana, basile) = (clinic.seat("ana"), clinic.seat("basile"));
    let person = format!("/people/{}", clinic.patient_account);
    assert!(ana.visitor.page(&person).contains("was not seen yet"));
    let fields = [("patient", clinic.patient_account.as_str()), ("mode", "open"), ("text", "Hello")];
    ana.visitor.does("/new", "/new", &fields);
    basile.sees("/", "/threads/");
    let digits = |page: &str| {
        let number = page.split("<p class=\"number\" translate=\"no\">").nth(1).expect("a number");
        number.split("</p>").next().unwrap().to_owned()
    };
    let ours = digits(&ana.visitor.page(&person));
    let people = basile.visitor.page("/people");
    let doctor = people.split("href=\"/people/").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(digits(&basile.visitor.page(&format!("/people/{doctor}"))), ours);
}

#[test]
fn a_desk_that_is_asked_to_end_ends_well_and_its_link_and_session_with_it() {
    let clinic = Clinic::new();
    let seat = clinic.seat("ana");
    let old = seat.visitor.clone();
    assert_eq!(seat.running.end_by("TERM"), Some(0));
    let next = clinic.seat("ana");
    let stranger = Visitor { cookies: old.cookies, ..Visitor::stranger(&next.visitor.authority) };
    assert_eq!(stranger.get("/").status, 401);
    let name = |authority: &str| authority.split(':').next().unwrap().to_owned();
    assert_eq!(name(&old.authority), name(&next.visitor.authority), "a profile keeps its name");
    let other = clinic.tenant.person("basile", "en").starts(&["desk", "--no-browser", "--json"]);
    assert!(!link(&other).contains(&name(&next.visitor.authority)), "no two profiles share one");
}

/// What a stream says next: its kind, and the data that comes with it.
fn next(told: &mut impl Iterator<Item = String>) -> (String, String) {
    let kind = told.find_map(|line| line.strip_prefix("event: ").map(str::to_owned)).expect("an event");
    let data = told.next().and_then(|line| line.strip_prefix("data: ").map(str::to_owned));
    (kind, data.expect("an event without data is none to a browser"))
}

#[test]
fn open_pages_are_told_of_receipts_and_of_the_relay_that_goes_and_comes() {
    let mut clinic = Clinic::new();
    let (ana, basile) = (clinic.seat("ana"), clinic.seat("basile"));
    let fields = [("patient", clinic.patient_account.as_str()), ("mode", "open"), ("text", "Hello")];
    ana.visitor.does("/new", "/new", &fields);
    let thread = first_thread(&basile.sees("/", "/threads/"));
    ana.sees(&thread, "on a device of Basile Roux");
    let mut told = ana.visitor.listens();
    basile.sees(&thread, "Hello");
    let id = thread.strip_prefix("/threads/").unwrap().to_owned();
    assert_eq!(next(&mut told), ("changed".to_owned(), id), "displayed");
    clinic.tenant.stop_relay();
    assert_eq!(next(&mut told).0, "state");
    assert!(ana.visitor.page("/live/state").contains("The relay cannot be reached"));
    clinic.tenant.start_relay();
    assert_eq!(next(&mut told).0, "state");
    assert!(!ana.visitor.page("/live/state").contains("The relay cannot be reached"));
}

#[test]
fn what_is_typed_is_kept_until_it_is_sent() {
    let clinic = Clinic::new();
    let ana = clinic.seat("ana");
    let patient = clinic.patient_account.as_str();
    // As the window does that has this page before it.
    let keeps_on = |page: &str, fields: [(&str, &str); 3]| {
        let known = ("known", known_on(page));
        ana.visitor.submit("/", "/live/draft", &[&fields[..], &[(known.0, &known.1)]].concat()).status
    };
    let begins =
        |page: &str, patient, text| keeps_on(page, [("thread", ""), ("patient", patient), ("text", text)]);
    let (nobody, somebody) = ("/new", format!("/new?patient={patient}"));
    let new = ana.visitor.page(nobody);
    assert_eq!(begins(&new, "", "For nobody yet"), 200);
    let named = ana.visitor.page(&somebody);
    assert!(!named.contains("For nobody yet"), "it may be for somebody else: {named}");
    assert_eq!(begins(&named, patient, "A letter\r\nof two lines"), 200);
    assert_eq!(begins(&named, patient, "Of another window"), 409, "which knows of no letter");
    assert!(ana.visitor.page(&somebody).contains(">A letter\nof two lines</textarea>"));
    let new = ana.visitor.page(nobody);
    assert!(new.contains(">For nobody yet</textarea>") && new.contains("Texts begun for:"), "{new}");
    assert!(new.contains(&format!("href=\"{somebody}\"")), "{new}");
    let fields = [("patient", patient), ("mode", "open"), ("text", "A letter\r\nof two lines, and more")];
    ana.visitor.does("/new", "/new", &fields);
    let named = ana.visitor.page(&somebody);
    assert!(!named.contains("A letter"), "an earlier state of what was sent is gone, too: {named}");
    let thread = first_thread(&ana.visitor.page("/"));
    let id = thread.strip_prefix("/threads/").unwrap();
    let writes =
        |page: &str, thread, text| keeps_on(page, [("thread", thread), ("patient", ""), ("text", text)]);
    let (one, other) = (ana.visitor.page(&thread), ana.visitor.page(&thread));
    assert_eq!(writes(&one, id, "<b>half a sent"), 200);
    assert_eq!(writes(&other, id, "overwritten"), 409, "another window has written since");
    assert!(ana.visitor.page("/").contains("draft"));
    assert!(ana.visitor.page(&thread).contains(">&#60;b&#62;half a sent</textarea>"));
    ana.visitor.does(&thread, &format!("{thread}/send"), &[("text", "half a sentence")]);
    assert!(!ana.visitor.page(&thread).contains("half a sent</textarea>"));
    assert_eq!(writes(&one, id, "of before it was sent"), 200, "nothing is kept again");
    assert_eq!(writes(&one, "00000000000000000000000000000000", "x"), 404);
    assert_eq!(writes(&one, "../settings", "x"), 404);
}

/// What the field of a page says of the text that is kept.
fn known_on(page: &str) -> String {
    page.split("data-known=\"").nth(1).expect("a field").split('"').next().unwrap().to_owned()
}

#[test]
fn a_form_that_is_sent_twice_sends_one_message() {
    let clinic = Clinic::new();
    let ana = clinic.seat("ana");
    let patient = clinic.patient_account.as_str();
    let fields = [("patient", patient), ("mode", "open"), ("text", "Hello"), ("once", "a number")];
    let [first, again] = [0, 1].map(|_| ana.visitor.submit("/new", "/new", &fields));
    assert_eq!(first.one("location"), again.one("location"), "one thread");
    let thread = first_thread(&ana.visitor.page("/"));
    let send = format!("{thread}/send");
    let says = |text, once| ana.visitor.does(&thread, &send, &[("text", text), ("once", once)]);
    for (text, once) in [("Pressed twice.", "b"), ("Pressed twice.", "b"), ("Another.", "b")] {
        says(text, once);
    }
    let page = says("Pressed twice.", "c");
    assert_eq!((page.matches(">Pressed twice.<").count(), page.matches(">Another.<").count()), (2, 1));
}

#[test]
fn messages_are_found_by_their_words_and_shown_where_they_stand() {
    let clinic = Clinic::new();
    let ana = clinic.seat("ana");
    let patient = clinic.patient_account.as_str();
    let text = "Prenez <b>l’Œdème</b> au sérieux";
    ana.visitor.does("/new", "/new", &[("patient", patient), ("mode", "open"), ("text", text)]);
    let thread = first_thread(&ana.visitor.page("/"));
    ana.sees(&thread, ">at the relay<");
    let finds = |query| ana.visitor.does("/search", "/search", &[("query", query)]);
    let found = finds("serieux oedeme");
    assert!(found.contains("<mark>Œdème</mark>") && found.contains("<mark>sérieux</mark>"), "{found}");
    assert!(found.contains("&#60;b&#62;l’"), "{found}");
    let place =
        found.split(&format!("href=\"{thread}?at=")).nth(1).expect("a link").split('#').next().unwrap();
    let page = ana.visitor.page(&format!("{thread}?at={place}"));
    assert!(page.contains(&format!("id=\"e{place}\" class=\"message own\"")), "{page}");
    for (query, said) in [("nothing", "No message"), ("\"* OR", "No message"), ("", "No message")] {
        assert!(finds(query).contains(said), "{query}");
    }
    assert!(finds(&"x".repeat(257)).contains("(query-length)"));
    // Loaded again, or gone back to, it is the same page, whose address says nothing.
    let sent = ana.visitor.submit("/search", "/search", &[("query", "serieux")]);
    let address = sent.one("location");
    assert!(!address.contains("serieux"), "{address}");
    assert_eq!(ana.visitor.page(address), ana.visitor.page(address));
    assert!(ana.visitor.page(address).contains("<mark>sérieux</mark>"));
    assert_eq!(ana.visitor.get("/search/99").one("location"), "/search");
    ana.visitor.does("/", "/lock", &[]);
    assert_eq!(ana.visitor.get(address).one("location"), "/search", "forgotten with the keys");
}

#[test]
fn a_template_is_kept_asks_for_its_fields_and_fills_the_text() {
    let clinic = Clinic::new();
    let ana = clinic.seat("ana");
    let text = "Rendez-vous le {jour} à {heure}.";
    let kept = ana.visitor.does("/templates", "/templates", &[("name", "Rendez-vous"), ("text", text)]);
    assert!(kept.contains(text));
    let nameless = ana.visitor.submit("/templates", "/templates", &[("name", " "), ("text", "x")]);
    assert!(nameless.body.contains("(template)"), "{}", nameless.body);
    let patient = clinic.patient_account.as_str();
    let begun = [("patient", patient), ("mode", "no-reply"), ("text", "Bonjour,")];
    let fills =
        |fields: &[(&str, &str)]| ana.visitor.submit("/new", "/new/fill", &[&begun, fields].concat()).body;
    let asked = fills(&[("template", "Rendez-vous")]);
    assert!(asked.contains(">jour</label>") && asked.contains(">heure</label>"), "{asked}");
    let again = fills(&[("template", "Rendez-vous"), ("asked", "Rendez-vous"), ("f0", "3 mai"), ("f1", "")]);
    assert!(again.contains(">3 mai</textarea>"), "what was typed stays: {again}");
    let filled =
        fills(&[("template", "Rendez-vous"), ("asked", "Rendez-vous"), ("f0", "3 mai"), ("f1", "9 h")]);
    assert!(filled.contains(">Bonjour,\n\nRendez-vous le 3 mai à 9 h.</textarea>"), "{filled}");
    assert!(filled.contains("value=\"no-reply\" checked"), "the rest of the form stays: {filled}");
    let form = [("name", "Rendez-vous")];
    let changed = ana.visitor.submit("/templates", "/templates/edit", &form).body;
    assert!(changed.contains(&format!("{text}</textarea>")), "{changed}");
    assert!(!ana.visitor.does("/templates", "/templates/remove", &form).contains(text));
}

#[test]
fn closing_says_why_in_the_same_act() {
    let clinic = Clinic::new();
    let (ana, basile) = (clinic.seat("ana"), clinic.seat("basile"));
    let patient = clinic.patient_account.as_str();
    ana.visitor.does("/new", "/new", &[("patient", patient), ("mode", "open"), ("text", "Hello")]);
    let thread = first_thread(&basile.sees("/", "/threads/"));
    let why = [("mode", "closed"), ("reason", "Please make an appointment.")];
    ana.visitor.does(&thread, &format!("{thread}/mode"), &why);
    let closed = basile.sees(&thread, "has closed this conversation");
    assert!(closed.contains("Please make an appointment."), "{closed}");
}
