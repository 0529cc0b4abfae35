//! What a page of a thread takes, however much the thread holds; and that only what was on a page is told to be displayed.

use colloque_tests::http::{Chosen, Visitor};

use crate::desk::{Clinic, Seat, first_thread};

/// Of a page with all that it loads but pictures.
const PAGE_BYTES: usize = 60 * 1024;

/// The page, which is not too large.
#[track_caller]
fn small_page(visitor: &Visitor, path: &str) -> String {
    let page = visitor.page(path);
    let assets = ["/assets/desk.css", "/assets/desk.js", "/assets/icon.svg"];
    let bytes = page.len() + assets.iter().map(|path| visitor.page(path).len()).sum::<usize>();
    assert!(bytes <= PAGE_BYTES, "{path}: {bytes} bytes");
    page
}

/// Where a link with this text leads, without the place in its page.
fn link_of(page: &str, text: &str) -> Option<String> {
    let before = page.split(&format!(">{text}</a>")).next().filter(|before| before.len() < page.len())?;
    let address = before.rsplit("href=\"").next()?.trim_end_matches('"');
    Some(address.split('#').next()?.to_owned())
}

/// The numbers of the messages on a page.
fn numbers(page: &str) -> Vec<usize> {
    let bodies = page.split("dir=\"auto\">Number ").skip(1);
    bodies.map(|body| body.split(' ').next().unwrap().parse().unwrap()).collect()
}

/// A thread of the professional with this many messages of about one kibibyte, most of it markup, that the patient has not
/// seen.
fn long_thread(clinic: &Clinic, ana: &Seat, messages: usize) -> String {
    let text = |number: usize| format!("Number {number} {}", "<b>&amp;</b> 'mot' ".repeat(60));
    let fields = [("patient", clinic.patient_account.as_str()), ("mode", "open"), ("text", &text(0))];
    ana.visitor.does("/new", "/new", &fields);
    let thread = first_thread(&ana.visitor.page("/"));
    for number in 1..messages {
        let sent = ana.visitor.submit("/search", &format!("{thread}/send"), &[("text", &text(number))]);
        assert_eq!(sent.status, 303, "{sent:?}");
    }
    thread
}

#[test]
fn a_long_thread_opens_at_what_is_unread_and_only_what_was_on_a_page_is_displayed() {
    let clinic = Clinic::new();
    let ana = clinic.seat("ana");
    let thread = long_thread(&clinic, &ana, 40);
    let basile = clinic.seat("basile");
    basile.sees("/", "40 unread");
    let mut page = small_page(&basile.visitor, &thread);
    let mut seen = numbers(&page);
    assert!(seen.first() == Some(&0) && (4..30).contains(&seen.len()), "{seen:?}");
    // Asked again, as an open page does, it is the same part: nobody has turned the page.
    let part = page.split("data-part=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert_eq!(numbers(&basile.visitor.page(&part)), seen);
    let newest = link_of(&page, "Newest messages").expect("a way to the newest");
    assert_eq!(numbers(&small_page(&basile.visitor, &newest)).last(), Some(&39));
    assert!(basile.visitor.page("/").contains(&format!("{} unread", 40 - seen.len())), "the newest alone");
    // On the author's pages, what was on the patient's page, and nothing else.
    let first = format!("{thread}?from=1");
    ana.sees_times(&first, "displayed to Basile Roux", 1);
    let told = small_page(&ana.visitor, &first);
    assert_eq!(told.matches("displayed to Basile Roux").count(), seen.len().min(numbers(&told).len()));
    while let Some(next) = link_of(&page, "Later messages") {
        page = small_page(&basile.visitor, &next);
        seen.extend(numbers(&page));
    }
    assert_eq!(seen, (0..40).collect::<Vec<_>>(), "each once, in order");
    assert!(!basile.visitor.page("/").contains("unread"));
    ana.sees_times(&thread, "displayed to Basile Roux", numbers(&small_page(&ana.visitor, &thread)).len());
    let mut before = numbers(&page);
    while let Some(earlier) = link_of(&page, "Earlier messages") {
        page = small_page(&basile.visitor, &earlier);
        before.splice(0..0, numbers(&page));
    }
    assert_eq!(before, seen, "and back");
    assert!(numbers(&small_page(&basile.visitor, &format!("{thread}?at=20"))).len() > 4);
}

#[test]
fn a_message_of_the_greatest_length_is_read_in_pieces_and_displayed_with_the_last_of_them() {
    let clinic = Clinic::new();
    let (ana, basile) = (clinic.seat("ana"), clinic.seat("basile"));
    let text = "<&".repeat(16 * 1024 - 1) + "é";
    let fields = [("patient", clinic.patient_account.as_str()), ("mode", "open"), ("text", &text)];
    ana.visitor.does("/new", "/new", &fields);
    let thread = first_thread(&basile.sees("/", "/threads/"));
    basile.sees(&thread, "Read on: this message is long");
    let page = small_page(&basile.visitor, &thread);
    let mut next = link_of(&page, "Read on: this message is long");
    let mut read = body(&page);
    while let Some(piece) = next {
        assert!(basile.visitor.page("/").contains("1 unread"), "not all of it was shown");
        let page = small_page(&basile.visitor, &piece);
        read.push_str(&body(&page));
        next = link_of(&page, "Read on: this message is long");
    }
    assert_eq!(read.replace("&#60;", "<").replace("&#38;", "&"), text);
    assert!(!basile.visitor.page("/").contains("unread"));
    ana.sees(&thread, "displayed to Basile Roux");
    for elsewhere in ["2?from=99999999", "9", "1"] {
        assert_eq!(basile.visitor.get(&format!("{thread}/messages/{elsewhere}")).status, 404, "{elsewhere}");
    }
}

/// The text of the only message on a page.
fn body(page: &str) -> String {
    page.split("class=\"body\" dir=\"auto\">").nth(1).unwrap().split("</p>").next().unwrap().to_owned()
}

#[test]
fn as_many_documents_as_may_be_with_the_worst_of_names_fit_on_a_page() {
    let clinic = Clinic::new();
    let ana = clinic.seat("ana");
    let thread = long_thread(&clinic, &ana, 2);
    let name = "'&".repeat(58) + ".x";
    let files = [Chosen { name: &name, media_type: "text/plain", content: b"x" }; 8];
    let text = "'".repeat(32 * 1024);
    for _ in 0..3 {
        let sent = ana.visitor.encloses("/search", &format!("{thread}/send"), &[("text", &text)], &files);
        assert_eq!(sent.status, 303, "{}", sent.body);
    }
    let page = ana.sees_times(&thread, "class=\"document\"", 8);
    assert!(page.to_lowercase().contains("this message is long"), "{page}");
    small_page(&ana.visitor, &thread);
    small_page(&ana.visitor, &format!("{thread}?from=1"));
}

#[test]
fn a_thread_is_opened_with_one_of_more_patients_than_a_page_lists() {
    let clinic = Clinic::new();
    let ana = clinic.seat("ana");
    // In the alphabet, the one who is there comes after all of them.
    ana.visitor.does("/", &format!("/people/{}/name", clinic.patient_account), &[("name", "Zacharie Roux")]);
    for number in 0..160 {
        let (account, name) = (format!("{number:032x}"), format!("Anne-Marie Charbonnier-Lefebvre {number}"));
        let added = ana.visitor.submit("/search", "/people/add", &[("account", &account), ("name", &name)]);
        assert_eq!(added.status, 303, "{added:?}");
    }
    let page = small_page(&ana.visitor, "/new");
    assert!(!page.contains("Zacharie Roux"), "{page}");
    let chosen = small_page(&ana.visitor, &format!("/new?patient={}", clinic.patient_account));
    assert!(chosen.contains(" selected>Zacharie Roux"), "whoever is asked for is there: {chosen}");
    let fields = [("patient", ""), ("mode", "open"), ("text", "Hello")];
    let nobody = ana.visitor.submit("/new", "/new", &[&fields[..], &[("named", "Zacharie")]].concat());
    assert!(nobody.body.contains("(unknown-person)"), "{}", nobody.body);
    let opened = ana.visitor.does("/new", "/new", &[&fields[..], &[("named", "zacharie roux")]].concat());
    assert!(opened.contains("Zacharie Roux") && opened.contains("Hello"), "{opened}");
}
