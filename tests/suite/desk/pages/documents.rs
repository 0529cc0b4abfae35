//! Documents on the pages: attached, fetched, saved, and pictures of them that are of our own making.

use std::io::Read as _;
use std::path::Path;

use colloque_tests::http::{Chosen, token_in};

use super::super::{Clinic, Seat, first_thread};

/// More than is fetched without being asked for.
const LARGE: usize = 1_500_000;

fn large() -> Vec<u8> {
    (0..LARGE).map(|at| u8::try_from(at * 7 % 251).unwrap()).collect()
}

/// A photograph of 640 by 480 pixels, with a place in it that nobody is to read.
pub(in crate::desk) fn photograph() -> Vec<u8> {
    let (plain, place) = (include_bytes!("photo.jpg"), b"Exif\0\0canary-gps 48.8566N");
    let length = u16::try_from(place.len() + 2).unwrap().to_be_bytes();
    [&plain[..2], &[0xff, 0xe1], &length, place, &plain[2..]].concat()
}

/// Width and height of a JPEG, as its frame header says (ITU-T T.81, B.2.2).
fn dimensions(jpeg: &[u8]) -> (u16, u16) {
    let frame = jpeg.windows(4).position(|marker| marker == [0xff, 0xc0, 0, 17]).expect("a baseline frame");
    let number = |at: usize| u16::from_be_bytes([jpeg[frame + at], jpeg[frame + at + 1]]);
    (number(7), number(5))
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// A thread that a clinician opened with a patient, who may answer.
fn open_thread(clinic: &Clinic, ana: &Seat, basile: &Seat) -> String {
    let fields = [("patient", clinic.patient_account.as_str()), ("mode", "open"), ("text", "Hello")];
    ana.visitor.does("/new", "/new", &fields);
    let thread = first_thread(&basile.sees("/", "/threads/"));
    basile.sees(&thread, "Hello");
    thread
}

/// The addresses of the documents on a page, in order.
fn documents(page: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for part in page.split("action=\"").skip(1) {
        let action = part.split('"').next().unwrap();
        if let Some((document, _)) = action.rsplit_once('/').filter(|_| action.contains("/documents/")) {
            found.push(document.to_owned());
        }
    }
    found
}

/// Files that a profile keeps beside its store.
fn files(folder: &Path) -> usize {
    std::fs::read_dir(folder.join("documents")).map_or(0, Iterator::count)
}

#[test]
fn a_document_is_attached_on_one_page_and_saved_from_another_as_it_was() {
    let clinic = Clinic::new();
    let (ana, basile) = (clinic.seat("ana"), clinic.seat("basile"));
    let (thread, large) = (open_thread(&clinic, &ana, &basile), large());
    let send = format!("{thread}/send");
    let chosen = Chosen { name: "IRM genou.pdf", media_type: "application/pdf", content: &large };
    let sent = ana.visitor.encloses(&thread, &send, &[("text", "Your report.")], &[chosen]);
    assert_eq!(sent.status, 303, "{}", sent.body);
    ana.sees(&thread, "IRM genou.pdf");
    let page = basile.sees(&thread, "at the relay, not on this device");
    assert!(
        page.contains("IRM genou.pdf") && page.contains("1.5 MB") && page.contains("Your report."),
        "{page}"
    );
    let path = documents(&page).remove(0);
    assert_eq!(basile.visitor.get(&path).status, 422, "it is not here yet");
    basile.visitor.does(&thread, &format!("{path}/fetch"), &[]);
    basile.sees(&thread, "· on this device");
    let saved = basile.visitor.get(&path);
    assert!(saved.bytes == large, "{}", saved.bytes.len());
    assert_eq!(saved.one("content-disposition"), "attachment; filename*=UTF-8''IRM%20genou.pdf");
    assert_eq!(saved.one("content-type"), "application/octet-stream");
    assert_eq!((saved.one("x-content-type-options"), saved.one("cache-control")), ("nosniff", "no-store"));
    let page = basile.visitor.does(&thread, &format!("{path}/forget"), &[]);
    assert!(page.contains("at the relay, not on this device"), "{page}");
    assert_eq!(files(&clinic.tenant.programs.folder().join("basile")), 0);
}

#[test]
fn a_download_that_is_under_way_ends_when_the_desk_is_locked() {
    let clinic = Clinic::new();
    let (ana, basile) = (clinic.seat("ana"), clinic.seat("basile"));
    let thread = open_thread(&clinic, &ana, &basile);
    // More than the buffers of a connection hold.
    let content = vec![b'x'; 32 * 1024 * 1024];
    let chosen = Chosen { name: "long.bin", media_type: "application/octet-stream", content: &content };
    let sent = ana.visitor.encloses(&thread, &format!("{thread}/send"), &[("text", "")], &[chosen]);
    assert_eq!(sent.status, 303, "{}", sent.body);
    // One's own is here already.
    let page = ana.sees(&thread, "/documents/");
    let path =
        page.split("/documents/").nth(1).unwrap().split(['/', '"']).take(2).collect::<Vec<_>>().join("/");
    let path = format!("{thread}/documents/{path}");
    let mut download = ana.visitor.begins(&path);
    download.read_exact(&mut [0; 64 * 1024]).unwrap();
    ana.visitor.does("/", "/lock", &[]);
    let mut rest = Vec::new();
    // The desk breaks it off, which a browser tells from its end by the length.
    let _ = download.read_to_end(&mut rest);
    assert!(rest.len() < content.len() / 2, "{} bytes after the lock", rest.len());
}

#[test]
fn documents_are_attached_while_a_thread_is_opened_and_follow_the_first_message() {
    let clinic = Clinic::new();
    let (ana, basile) = (clinic.seat("ana"), clinic.seat("basile"));
    let chosen = |name| Chosen { name, media_type: "text/plain", content: b"content" };
    let fields = [("patient", clinic.patient_account.as_str()), ("mode", "open"), ("text", "Your results.")];
    let first = [&fields[..], &[("enclose", "yes")]].concat();
    let kept = ana.visitor.encloses("/new", "/new", &first, &[chosen("one.txt"), chosen("two.txt")]).body;
    assert!(kept.contains("one.txt") && kept.contains(">Your results.</textarea>"), "{kept}");
    let ids: Vec<&str> = kept.split("name=\"attached\" value=\"").skip(1).map(|part| &part[..32]).collect();
    let [one, two] = ids[..] else { panic!("{kept}") };
    let both = [&fields[..], &[("attached", one), ("attached", two)]].concat();
    let less = ana.visitor.submit("/new", "/new", &[&both[..], &[("remove", one)]].concat()).body;
    assert!(!less.contains("one.txt") && less.contains("two.txt"), "{less}");
    let gone = ana.visitor.submit("/new", "/new", &both);
    assert!(gone.body.contains("(unknown-document)"), "{}", gone.body);
    assert!(ana.visitor.page("/").contains("No conversation yet"), "and nothing is opened without it");
    let many: Vec<Chosen<'_>> = (0..9).map(|_| chosen("many.txt")).collect();
    let told = ana.visitor.encloses("/new", "/new", &fields, &many);
    assert!(told.body.contains("(document-count)"), "{}", told.body);
    let once = [&fields[..], &[("attached", two), ("once", "a number")]].concat();
    let [opened, again] = [0, 1].map(|_| ana.visitor.encloses("/new", "/new", &once, &[chosen("three.txt")]));
    assert_eq!(opened.one("location"), again.one("location"), "sent twice, opened once");
    let thread = first_thread(&basile.sees("/", "/threads/"));
    let page = basile.sees(&thread, "three.txt");
    let places = ["Your results.", "two.txt", "three.txt"].map(|text| page.find(text).expect(text));
    assert!(places.is_sorted(), "{page}");
    assert_eq!(page.matches("class=\"document\"").count(), 2, "{page}");
}

#[test]
fn a_photograph_is_sent_without_its_place_and_shown_small_by_the_desk_itself() {
    let clinic = Clinic::new();
    let (ana, basile) = (clinic.seat("ana"), clinic.seat("basile"));
    let (thread, photo) = (open_thread(&clinic, &ana, &basile), photograph());
    assert!(holds(&photo, b"canary-gps"));
    let chosen = Chosen { name: "genou.jpg", media_type: "image/jpeg", content: &photo };
    let sent = basile.visitor.encloses(&thread, &format!("{thread}/send"), &[("text", "")], &[chosen]);
    assert_eq!(sent.status, 303, "documents go without a text: {}", sent.body);
    let page = ana.sees(&thread, "· on this device");
    let path = documents(&page).remove(0);
    assert!(page.contains(&format!("<img src=\"{path}/small\" alt=\"Picture: genou.jpg\"")), "{page}");
    for (seat, what) in [(&ana, "read"), (&basile, "own")] {
        let small = seat.visitor.get(&format!("{path}/small"));
        assert_eq!(small.one("content-type"), "image/jpeg", "{what}");
        assert_eq!(dimensions(&small.bytes), (320, 240), "{what}");
        assert!(small.bytes.len() <= 64 * 1024 && !holds(&small.bytes, b"canary-gps"), "{what}");
    }
    let saved = ana.visitor.get(&path);
    assert!(!holds(&saved.bytes, b"canary-gps") && !holds(&saved.bytes, b"Exif"));
    assert_eq!(dimensions(&saved.bytes), (640, 480), "nothing else is lost");
}

#[test]
fn a_hostile_name_is_text_and_a_hostile_file_is_only_ever_saved() {
    let clinic = Clinic::new();
    let (ana, basile) = (clinic.seat("ana"), clinic.seat("basile"));
    let thread = open_thread(&clinic, &ana, &basile);
    let markup = "\"><script>alert(1)</script><img src=x onerror=alert(1)>\u{202e}.html";
    let page = b"<script>alert(1)</script>";
    let chosen = [
        Chosen { name: markup, media_type: "text/html", content: page },
        Chosen { name: "../../../x.svg", media_type: "application/pdf", content: b"<svg onload=alert(1)/>" },
        Chosen { name: "evil\r\nset-cookie: a=b.exe", media_type: "image", content: b"MZ" },
    ];
    let sent = basile.visitor.encloses(&thread, &format!("{thread}/send"), &[("text", "")], &chosen);
    assert_eq!(sent.status, 303, "{}", sent.body);
    let shown = ana.sees_times(&thread, "· on this device", 3);
    for live in ["<script>alert", "<img src=x", "onerror=alert(1)>", "\"><"] {
        assert!(!shown.contains(live) || live == "\"><", "{live}: {shown}");
    }
    assert!(!shown.contains('\u{202e}') && !shown.contains("../"), "{shown}");
    let paths: Vec<String> = documents(&shown);
    assert_eq!(paths.len(), 3, "{shown}");
    for path in &paths {
        let saved = ana.visitor.get(path);
        assert_eq!(saved.one("content-type"), "application/octet-stream");
        assert!(saved.one("content-disposition").starts_with("attachment; filename*=UTF-8''"));
        assert!(saved.all("set-cookie").is_empty());
        let small = ana.visitor.get(&format!("{path}/small"));
        assert_eq!(small.status, 404, "no picture of it is made");
    }
    assert_eq!(ana.visitor.get(&paths[0]).bytes, page);
}

#[test]
fn a_picture_that_cannot_be_cleaned_is_not_sent_and_the_rest_of_the_form_is_kept() {
    let clinic = Clinic::new();
    let (ana, basile) = (clinic.seat("ana"), clinic.seat("basile"));
    let thread = open_thread(&clinic, &ana, &basile);
    let half = &photograph()[..200];
    for (name, media_type, content) in [
        ("photo.heic", "image/heic", b"ftypheic".as_slice()),
        ("logo.svg", "image/svg+xml", b"<svg/>"),
        ("half.jpg", "application/pdf", half),
    ] {
        let report = Chosen { name: "report.txt", media_type: "text/plain", content: b"kept report" };
        let chosen = [report, Chosen { name, media_type, content }];
        let told =
            basile.visitor.encloses(&thread, &format!("{thread}/send"), &[("text", "kept text")], &chosen);
        assert!(told.body.contains("(picture-unclean)") && told.body.contains(name), "{name}: {}", told.body);
        assert!(told.body.contains("kept text") && told.body.contains("report.txt"), "{name}: {}", told.body);
        assert!(!told.body.contains("class=\"message own\""), "nothing is sent");
    }
}

#[test]
fn what_was_attached_stays_while_the_message_is_not_sent_and_can_be_taken_out() {
    let clinic = Clinic::new();
    let (ana, basile) = (clinic.seat("ana"), clinic.seat("basile"));
    let thread = open_thread(&clinic, &ana, &basile);
    let send = format!("{thread}/send");
    let chosen = |name| Chosen { name, media_type: "text/plain", content: b"content" };
    let first = [("text", "typed"), ("enclose", "yes")];
    let kept = basile.visitor.encloses(&thread, &send, &first, &[chosen("one.txt"), chosen("two.txt")]).body;
    assert!(
        kept.contains("one.txt") && kept.contains("two.txt") && kept.contains(">typed</textarea>"),
        "{kept}"
    );
    let ids: Vec<&str> = kept.split("name=\"attached\" value=\"").skip(1).map(|part| &part[..32]).collect();
    let [one, two] = ids[..] else { panic!("{kept}") };
    let both = [("text", "typed"), ("attached", one), ("attached", two)];
    let less = basile.visitor.submit(&thread, &send, &[&both[..], &[("remove", one)]].concat()).body;
    assert!(
        !less.contains("one.txt") && less.contains("two.txt") && less.contains(">typed</textarea>"),
        "{less}"
    );
    let urgent = [("text", "I have chest pain and I cannot breathe"), ("attached", two)];
    let flagged = basile.visitor.submit(&thread, &send, &urgent).body;
    assert!(flagged.contains("tel:15") && flagged.contains("two.txt"), "{flagged}");
    let gone = basile.visitor.submit(&thread, &send, &both);
    assert!(gone.body.contains("(unknown-document)"), "one that was taken out is not sent: {}", gone.body);
    basile.visitor.does(&thread, &send, &[("text", "typed"), ("attached", two)]);
    ana.sees(&thread, "two.txt");
    assert!(!ana.visitor.page(&thread).contains("one.txt"));
    let many: Vec<Chosen<'_>> = (0..9).map(|_| chosen("many.txt")).collect();
    let told = basile.visitor.encloses(&thread, &send, &[("text", "")], &many);
    assert!(told.body.contains("(document-count)"), "{}", told.body);
}

#[test]
fn files_of_a_form_that_is_not_of_this_session_are_not_read() {
    let clinic = Clinic::new();
    let (ana, basile) = (clinic.seat("ana"), clinic.seat("basile"));
    let thread = open_thread(&clinic, &ana, &basile);
    let token = token_in(&ana.visitor.page(&thread));
    let chosen = [Chosen { name: "x.txt", media_type: "text/plain", content: b"content" }];
    let kind = "multipart/form-data; boundary=colloque-boundary-7f3a";
    let orders: [&[(&str, &str)]; 3] =
        [&[("text", "x")], &[("token", &token), ("text", "x")], &[("text", "x"), ("token", "")]];
    for fields in orders {
        let body = colloque_tests::http::multipart(fields, &chosen);
        let headers = [("sec-fetch-site", "same-origin")];
        let refused = basile.visitor.says_bytes("POST", &format!("{thread}/send"), &headers, kind, &body);
        assert_eq!(refused.status, 403, "{fields:?}");
    }
    assert_eq!(files(&clinic.tenant.programs.folder().join("basile")), 0);
}
