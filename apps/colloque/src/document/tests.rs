use super::*;
use crate::words::Language;

fn english() -> Words {
    Words::new(Language::English)
}

fn document(state: DocumentState) -> Document {
    Document {
        index: 0,
        name: "x".to_owned(),
        media_type: "application/pdf",
        bytes: 1,
        may_have_thumbnail: false,
        state,
    }
}

#[test]
fn sizes_are_told_as_people_count_and_never_as_nothing() {
    let french = Words::new(Language::French);
    for (bytes, in_english, in_french) in [
        (0, "0 B", "0 o"),
        (999, "999 B", "999 o"),
        (1000, "1 kB", "1 ko"),
        (1001, "1.1 kB", "1,1 ko"),
        (700_000, "700 kB", "700 ko"),
        (1_500_000, "1.5 MB", "1,5 Mo"),
        (104_857_600, "105 MB", "105 Mo"),
    ] {
        assert_eq!(size(bytes, &english()), in_english);
        assert_eq!(size(bytes, &french), in_french);
    }
}

#[test]
fn where_a_document_is_is_said_of_every_state_and_never_further_than_it_is() {
    let said = |state: DocumentState, is_own| super::state(&document(state), is_own, &english());
    assert_eq!(said(DocumentState::Waiting, true), "waits to be sent");
    assert_eq!(said(DocumentState::Uploading { done: 999, total: 1000 }, true), "being sent, 99 %");
    assert_eq!(said(DocumentState::AtRelay, false), "at the relay, not on this device");
    assert_eq!(said(DocumentState::Fetching { done: 0, total: 0 }, false), "on its way here, 0 %");
    assert_eq!(said(DocumentState::Here, true), "at the relay");
    assert_eq!(said(DocumentState::Here, false), "on this device");
    let failed = said(DocumentState::Failed { reason: "document-altered".to_owned() }, false);
    assert!(
        failed.starts_with("not here: it was altered") && failed.ends_with("(document-altered)"),
        "{failed}"
    );
}

#[test]
fn a_file_that_is_or_is_said_to_be_a_picture_is_never_taken_as_another_document() {
    let png = b"\x89PNG\r\n\x1a\n";
    assert!(is_picture(png, "application/pdf") && is_picture(b"", "image/heic"));
    assert!(!is_picture(b"%PDF-1.7", "application/pdf"));
    assert!(
        matches!(cleaned("x.heic", b"no picture"), Err(Failure::PictureUnclean(name)) if name == "x.heic")
    );
    let long = [png.as_slice(), &vec![0; PICTURE_MAX_BYTES]].concat();
    assert!(cleaned("x.png", &long).is_err());
}

#[test]
fn a_document_is_named_by_place_and_number() {
    let place = |text: &str| text.parse::<DocumentPlace>().map(|place| (place.seq.0, place.index));
    assert_eq!(place("7.2"), Ok((7, 1)));
    assert_eq!(place("7"), Ok((7, 0)));
    for bad in ["", "0", "7.0", "7.", ".1", "7.1.1", "-7", "x"] {
        assert!(place(bad).is_err(), "{bad:?}");
    }
    assert_eq!(DocumentPlace { seq: Seq(7), index: 1 }.to_string(), "7.2");
}
