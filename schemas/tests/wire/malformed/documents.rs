//! Documents inside messages, and their chunks in frames.

use colloque_schemas::blob::BlobSize;
use colloque_schemas::frame::ClientFrame;
use colloque_schemas::limits::{
    BLOB_MAX_BYTES, DOCUMENT_MAX_BYTES, DOCUMENT_NAME_MAX_BYTES, DOCUMENTS_PER_MESSAGE, MEDIA_TYPE_MAX_BYTES,
};
use colloque_schemas::mimi::{MimiContent, TEXT_CONTENT_TYPE};

use super::{Bad, Cddl, bad};
use crate::cast::BLOB;
use crate::raw::{Item, array, bytes, client, null, text, uint, variant};
use crate::specimen::reencode;
use Cddl::{CannotTell, Refuses};
use colloque_schemas::codec::Malformed::Structure;

fn good_document() -> [Item; 15] {
    [
        uint(6),
        text(""),
        uint(2),
        text("application/pdf"),
        text(&format!("colloque-blob:{BLOB}")),
        uint(0),
        uint(300_000),
        uint(0xC0C0),
        bytes(&[0xab; 32]),
        bytes(&[0xac; 19]),
        bytes(&[]),
        uint(1),
        bytes(&[0x55; 32]),
        text(""),
        text("Ordonnance.pdf"),
    ]
}

fn text_part() -> Item {
    array(&[uint(1), text(""), uint(1), text(TEXT_CONTENT_TYPE), bytes(b"text")])
}

/// A content whose multipart has these items.
fn multipart(items: [Item; 5]) -> Item {
    array(&[bytes(&[0xbb; 16]), null(), bytes(&[]), null(), null(), vec![0xa0], array(&items)])
}

fn with_parts(parts: &[Item]) -> Item {
    multipart([uint(1), text(""), uint(3), uint(2), array(parts)])
}

/// A content whose only document has another item in this place.
fn with(place: usize, item: Item) -> Item {
    let mut items = good_document();
    items[place] = item;
    with_parts(&[text_part(), array(&items)])
}

pub(super) fn content() -> Vec<Bad> {
    let document = || array(&good_document());
    let both = || array(&[text_part(), document()]);
    assert!(
        reencode::<MimiContent>(&with_parts(&[text_part(), document()])).is_ok(),
        "the base is a good one"
    );
    let many = [&[text_part()][..], &vec![document(); DOCUMENTS_PER_MESSAGE + 1]].concat();
    let nested = array(&[uint(1), text(""), uint(3), uint(2), both()]);
    let bad = |name, bytes| bad::<MimiContent>(name, Structure, Refuses, bytes);
    let no_blob = with(4, text(&format!("colloque-blob:{}", "g".repeat(32))));
    let elsewhere = with(4, text(&format!("https://example/{}", "a".repeat(30))));
    let upper_case = with(4, text(&format!("colloque-blob:{}", "A".repeat(32))));
    vec![
        bad("document-alone", with_parts(&[document()])),
        bad("documents-none", with_parts(&[text_part()])),
        bad("documents-too-many", with_parts(&many)),
        bad("documents-before-text", with_parts(&[document(), text_part()])),
        bad("documents-two-texts", with_parts(&[text_part(), text_part()])),
        bad("documents-nested", with_parts(&[text_part(), nested])),
        bad("documents-choose-one", multipart([uint(1), text(""), uint(3), uint(0), both()])),
        bad("documents-in-a-language", multipart([uint(1), text("fr"), uint(3), uint(2), both()])),
        bad("document-to-render", with(0, uint(1))),
        bad("document-inside", with(2, uint(1))),
        bad("document-without-type", with(3, text(""))),
        bad("document-type-too-long", with(3, text(&"x".repeat(MEDIA_TYPE_MAX_BYTES + 1)))),
        self::bad::<MimiContent>("document-elsewhere", Structure, CannotTell, elsewhere),
        self::bad::<MimiContent>("document-blob-not-hexadecimal", Structure, CannotTell, no_blob),
        self::bad::<MimiContent>("document-blob-in-upper-case", Structure, CannotTell, upper_case),
        bad("document-expires", with(5, uint(1))),
        bad("document-too-large", with(6, uint(DOCUMENT_MAX_BYTES + 1))),
        bad("document-other-encryption", with(7, uint(29))),
        bad("document-short-key", with(8, bytes(&[0xab; 31]))),
        bad("document-short-nonce", with(9, bytes(&[0xac; 18]))),
        bad("document-additional-data", with(10, bytes(b"x"))),
        bad("document-other-hash", with(11, uint(2))),
        bad("document-short-hash", with(12, bytes(&[0x55; 31]))),
        bad("document-description", with(13, text("x"))),
        bad("document-without-name", with(14, text(""))),
        bad("document-name-too-long", with(14, text(&"x".repeat(DOCUMENT_NAME_MAX_BYTES + 1)))),
        bad("document-missing-element", with_parts(&[text_part(), array(&good_document()[..14])])),
    ]
}

pub(super) fn chunks() -> Vec<Bad> {
    let size = BlobSize::of_document(300_000).unwrap().bytes();
    let put = |blob: usize, size: u64, index: Item| {
        client(variant(8, &[array(&[bytes(&vec![0xaa; blob]), uint(size), index, bytes(b"chunk")])]))
    };
    assert!(reencode::<ClientFrame>(&put(16, size, uint(1))).is_ok(), "the base is a good one");
    let take = |index: u64| client(variant(10, &[bytes(BLOB.as_bytes()), uint(index)]));
    vec![
        bad::<ClientFrame>("put-chunk-short-blob", Structure, Refuses, put(15, size, uint(1))),
        bad::<ClientFrame>(
            "put-chunk-size-of-no-document",
            Structure,
            CannotTell,
            put(16, size + 1, uint(1)),
        ),
        bad::<ClientFrame>("put-chunk-too-large", Structure, Refuses, put(16, BLOB_MAX_BYTES + 16, uint(1))),
        bad::<ClientFrame>("put-chunk-index-over-32-bits", Structure, Refuses, put(16, size, uint(1 << 32))),
        bad::<ClientFrame>("put-chunk-index-as-text", Structure, Refuses, put(16, size, text("1"))),
        bad::<ClientFrame>("take-chunk-index-over-32-bits", Structure, Refuses, take(1 << 32)),
        bad::<ClientFrame>(
            "ask-blob-short-id",
            Structure,
            Refuses,
            client(variant(9, &[bytes(&[0xaa; 15])])),
        ),
    ]
}
