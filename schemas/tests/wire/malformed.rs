//! One named file for each way to be malformed, each with the one reason that it is refused for.

mod documents;
mod history;
mod linking;

use colloque_schemas::charter::UnverifiedCharter;
use colloque_schemas::codec::{self, Malformed};
use colloque_schemas::enrolment::{AuthorityReply, AuthorityRequest, Invitation};
use colloque_schemas::envelope::EnvelopeKind;
use colloque_schemas::frame::{ClientFrame, Request, ServerFrame};
use colloque_schemas::limits::{CODE_BYTES, RESERVATION_BYTES};
use colloque_schemas::mimi::{MimiContent, TEXT_CONTENT_TYPE};
use colloque_schemas::payload::{CommitHeader, Payload};
use colloque_schemas::refusal::RefusalCode;
use colloque_schemas::rule::Rule;

use crate::cast::{THREAD, envelope_payload};
use crate::raw::{Item, array, bytes, client, null, reply, text, uint, variant};
use crate::requests::{append, frame};
use crate::specimen::{Wire, reencode};

/// What the CDDL has to say about a bad file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cddl {
    /// It is not what its rule describes.
    Refuses,
    /// The fault is in the encoding or inside a byte string, which CDDL does not describe.
    CannotTell,
}
use Cddl::{CannotTell, Refuses};
use Malformed::{NotCanonical, Structure, TooDeep, UnknownTag};

/// A bad file.
pub(crate) struct Bad {
    pub(crate) name: &'static str,
    pub(crate) rule: &'static str,
    pub(crate) bytes: Item,
    pub(crate) reason: Malformed,
    pub(crate) cddl: Cddl,
    pub(crate) read: fn(&[u8]) -> Result<Vec<u8>, Malformed>,
}

fn bad<T: Wire>(name: &'static str, reason: Malformed, cddl: Cddl, bytes: Item) -> Bad {
    Bad { name, rule: T::RULE, bytes, reason, cddl, read: reencode::<T> }
}

/// The fields of the good frame `client-frame-append-application`.
fn append_fields() -> [Item; 6] {
    let payload = envelope_payload(EnvelopeKind::Application);
    [
        bytes(THREAD.as_bytes()),
        bytes(&[0x44; 16]),
        uint(3),
        array(&[uint(1), bytes(payload.as_slice())]),
        array(&[]),
        array(&[]),
    ]
}

fn append_of(fields: &[Item]) -> Item {
    client(variant(2, &[array(fields)]))
}

/// That frame with another item in place of one field.
fn append_with(place: usize, item: Item) -> Item {
    let mut fields = append_fields();
    fields[place] = item;
    append_of(&fields)
}

pub(crate) fn good_append() -> Item {
    let good = codec::encode(&frame(Request::Append(append(EnvelopeKind::Application))));
    assert_eq!(append_of(&append_fields()), good, "the base of the bad files is a good one");
    good
}

/// Not CBOR at all, or not one whole item.
fn broken() -> Vec<Bad> {
    let good = good_append();
    let bad = bad::<ClientFrame>;
    let followed = [&good[..], &[0]].concat();
    let twice = [&good[..], &good[..]].concat();
    vec![
        bad("append-empty", Structure, Refuses, vec![]),
        bad("append-truncated", Structure, Refuses, good[..good.len() - 1].to_vec()),
        bad("append-trailing-byte", Malformed::TrailingBytes { extra: 1 }, CannotTell, followed),
        bad("append-twice", Malformed::TrailingBytes { extra: good.len() }, CannotTell, twice),
        bad("append-reserved-length", Structure, Refuses, append_with(2, vec![0x1c])),
        bad("append-lone-break", NotCanonical, Refuses, append_with(2, vec![0xff])),
        bad("append-array-bomb", Structure, CannotTell, append_with(5, vec![0x9b, 0, 0, 0, 1, 0, 0, 0, 0])),
        bad("append-bytes-bomb", Structure, CannotTell, append_with(0, vec![0x5b, 0, 0, 0, 1, 0, 0, 0, 0])),
        bad("append-too-deep", TooDeep, Refuses, append_with(5, [[0x81; 16].to_vec(), uint(0)].concat())),
        bad(
            "append-too-deep-in-tags",
            TooDeep,
            Refuses,
            append_with(2, [[0xc1; 16].to_vec(), uint(0)].concat()),
        ),
    ]
}

/// Something else than the frame has there.
fn wrong_type() -> Vec<Bad> {
    let bad = |name, item, place| bad::<ClientFrame>(name, Structure, Refuses, append_with(place, item));
    let kind_only = array(&[uint(1)]);
    let mut fields = append_fields();
    let as_map = {
        let pairs: Vec<u8> =
            (0_u64..6).zip(&fields).flat_map(|(key, item)| [uint(key), item.clone()].concat()).collect();
        client(variant(2, &[[vec![0xa6], pairs].concat()]))
    };
    fields[0] = text("0123456789abcdef");
    // The validator of the CDDL reads a bignum as a plain number.
    let bignum = append_with(2, [vec![0xc2], bytes(&[1; 9])].concat());
    vec![
        bad("append-wrong-type", text("3"), 2),
        bad("append-text-for-bytes", text("0123456789abcdef"), 0),
        bad("append-array-for-bytes", array(&vec![uint(1); 16]), 0),
        bad("append-negative-number", vec![0x22], 2),
        bad("append-float-number", vec![0xf9, 0x42, 0x00], 2),
        bad("append-tagged-number", [vec![0xc1], uint(3)].concat(), 2),
        bad("append-null-id", null(), 0),
        bad("append-null-list", null(), 4),
        bad("append-short-id", bytes(&[0x11; 15]), 0),
        bad("append-long-id", bytes(&[0x11; 17]), 0),
        bad(
            "append-short-device-in-welcome",
            array(&[array(&[array(&[bytes(&[1; 31])]), bytes(&[0; 512])])]),
            4,
        ),
        bad("append-envelope-without-payload", kind_only, 3),
        self::bad::<ClientFrame>(
            "append-extra-variant-element",
            Structure,
            Refuses,
            client(array(&[uint(2), array(&[array(&append_fields())]), null()])),
        ),
        self::bad::<ClientFrame>("append-bignum", Structure, CannotTell, bignum),
        self::bad::<ClientFrame>("append-map-for-array", Structure, Refuses, as_map),
        self::bad::<ClientFrame>(
            "append-missing-element",
            Structure,
            Refuses,
            append_of(&append_fields()[..5]),
        ),
        self::bad::<ClientFrame>("append-request-without-id", Structure, Refuses, array(&[variant(3, &[])])),
        self::bad::<ClientFrame>(
            "append-request-id-over-32-bits",
            Structure,
            Refuses,
            array(&[uint(1 << 32), variant(2, &[array(&append_fields())])]),
        ),
    ]
}

/// The right values in another encoding than the one that is allowed, and more than was asked for.
fn not_canonical() -> Vec<Bad> {
    let bad = |name, cddl, bytes| bad::<ClientFrame>(name, NotCanonical, cddl, bytes);
    let id = THREAD.as_bytes();
    let chunk = bytes(id);
    let extra = [&append_fields()[..], &[uint(0), uint(0)]].concat();
    let one_time = array(&[bytes(b"KeyPackage")]);
    vec![
        bad("append-non-minimal-number", CannotTell, append_with(2, vec![0x18, 3])),
        bad(
            "append-non-minimal-number-in-64-bits",
            CannotTell,
            append_with(2, vec![0x1b, 0, 0, 0, 0, 0, 0, 0, 3]),
        ),
        bad("append-non-minimal-length", CannotTell, append_with(0, [&[0x58, 16], &id[..]].concat())),
        bad("append-non-minimal-array-length", CannotTell, append_with(4, vec![0x98, 0])),
        bad("append-indefinite-length", CannotTell, append_with(4, vec![0x9f, 0xff])),
        bad("append-indefinite-bytes", CannotTell, append_with(0, [&[0x5f], &chunk[..], &[0xff]].concat())),
        bad("append-null-at-the-end", Refuses, append_of(&[&append_fields()[..], &[null()]].concat())),
        bad("append-extra-element", Refuses, append_of(&extra)),
        bad("append-extra-variant-field", Refuses, client(variant(2, &[array(&append_fields()), uint(0)]))),
        bad(
            "append-extra-frame-element",
            Refuses,
            array(&[uint(7), variant(2, &[array(&append_fields())]), null()]),
        ),
        bad(
            "publish-key-packages-null-at-the-end",
            Refuses,
            client(variant(5, &[array(&[one_time, null()])])),
        ),
        bad(
            "claim-key-packages-non-minimal-variant",
            CannotTell,
            client([&[0x82, 0x18, 6][..], &array(&[chunk])].concat()),
        ),
    ]
}

/// Numbers of enumerations that do not exist.
fn unknown_tag() -> Vec<Bad> {
    let client = |name, request| bad::<ClientFrame>(name, UnknownTag, Refuses, client(request));
    let server = |name, frame| bad::<ServerFrame>(name, UnknownTag, Refuses, frame);
    let refused =
        |code: u64, rule: Item, retry: Item| variant(2, &[uint(7), array(&[uint(code), rule, retry])]);
    let never = || variant(0, &[]);
    let page = |thread: Item| reply(variant(2, &[array(&[array(&[thread]), array(&[]), vec![0xf4]])]));
    let terms = |mode: Item| {
        variant(7, &[array(&[bytes(THREAD.as_bytes()), uint(3), array(&[bytes(&[0x22; 16])]), mode])])
    };
    let unknown_kind = array(&[uint(3), bytes(&[0; 512])]);
    let codes = u64::try_from(RefusalCode::ALL.len()).unwrap();
    let rules = u64::try_from(Rule::ALL.len()).unwrap();
    vec![
        client("request-unknown-tag", variant(17, &[])),
        bad::<ClientFrame>("append-unknown-tag", UnknownTag, Refuses, append_with(3, unknown_kind)),
        client("assert-terms-unknown-mode", terms(variant(5, &[]))),
        server("server-unknown-frame", variant(4, &[])),
        server("reply-unknown-response", reply(variant(8, &[]))),
        server("event-unknown-tag", variant(3, &[variant(6, &[])])),
        server("page-unknown-thread-page", page(variant(4, &[bytes(THREAD.as_bytes())]))),
        server("refused-unknown-code", refused(codes, null(), never())),
        // The decoder of an optional field skips a variant that it does not know, and stumbles over what follows.
        bad::<ServerFrame>("refused-unknown-rule", Structure, Refuses, refused(5, uint(rules + 1), never())),
        bad::<ServerFrame>("refused-rule-zero", Structure, Refuses, refused(5, uint(0), never())),
        server("refused-unknown-retry", refused(1, null(), variant(4, &[]))),
        bad::<AuthorityRequest>("authority-unknown-request", UnknownTag, Refuses, variant(3, &[])),
        bad::<AuthorityReply>("authority-unknown-reply", UnknownTag, Refuses, variant(4, &[])),
        bad::<Payload>(
            "payload-unknown-body",
            UnknownTag,
            Refuses,
            payload_of(variant(3, &[text("free text")])),
        ),
        bad::<Payload>(
            "payload-unknown-control",
            UnknownTag,
            Refuses,
            payload_of(variant(1, &[variant(9, &[text("free text")])])),
        ),
    ]
}

fn payload_of(body: Item) -> Item {
    let head = array(&[uint(5), bytes(&[0x55; 32])]);
    array(&[bytes(&[0xcc; 16]), bytes(THREAD.as_bytes()), uint(2), uint(1_000), head, null(), body])
}

/// Fields of one size or form, in frames other than append.
fn fields() -> Vec<Bad> {
    let terms = |mode: Item| {
        client(variant(7, &[array(&[bytes(THREAD.as_bytes()), uint(3), array(&[bytes(&[0x22; 16])]), mode])]))
    };
    let challenge = |version: u64, nonce: usize, name: Item| {
        variant(0, &[array(&[uint(version), bytes(&vec![6; nonce]), name])])
    };
    let name = || text("relay.example");
    let enrol = |code: usize, key: usize, signature: usize| {
        variant(0, &[bytes(&vec![1; code]), bytes(&vec![2; key]), bytes(&vec![3; signature])])
    };
    let endpoint = || array(&[text("host.example:443"), bytes(&[5; 32])]);
    let invitation =
        array(&[uint(1), endpoint(), endpoint(), name(), bytes(&[5; 32]), bytes(&[1; CODE_BYTES - 1])]);
    let server = |name, bytes| bad::<ServerFrame>(name, Structure, Refuses, bytes);
    vec![
        bad::<ClientFrame>("assert-terms-mode-as-number", Structure, Refuses, terms(uint(0))),
        bad::<ClientFrame>("assert-terms-until-without-deadline", Structure, Refuses, terms(variant(2, &[]))),
        bad::<ClientFrame>(
            "assert-terms-open-with-deadline",
            NotCanonical,
            Refuses,
            terms(variant(0, &[uint(5)])),
        ),
        server("challenge-short-nonce", challenge(1, 31, name())),
        server("challenge-version-over-16-bits", challenge(1 << 16, 32, name())),
        server("challenge-name-not-utf-8", challenge(1, 32, vec![0x62, 0xc3, 0x28])),
        server("reply-done-as-number", reply(uint(3))),
        bad::<AuthorityRequest>("enrol-short-code", Structure, Refuses, enrol(CODE_BYTES - 1, 32, 64)),
        bad::<AuthorityRequest>("enrol-short-key", Structure, Refuses, enrol(CODE_BYTES, 31, 64)),
        bad::<AuthorityRequest>("enrol-short-signature", Structure, Refuses, enrol(CODE_BYTES, 32, 63)),
        bad::<Invitation>("invitation-short-code", Structure, Refuses, invitation),
        bad::<CommitHeader>(
            "commit-header-short-hash",
            Structure,
            Refuses,
            array(&[uint(86_400), array(&[uint(5), bytes(&[5; 31])])]),
        ),
        bad::<Payload>("payload-without-body", Structure, Refuses, payload_of(null())),
        bad::<UnverifiedCharter>(
            "charter-without-signature",
            Structure,
            Refuses,
            array(&[null(), null(), null()]),
        ),
    ]
}

/// What newcomers are told.
fn handovers() -> Vec<Bad> {
    let handover = |leaf: Item, spoken: Item| {
        let head = array(&[uint(5), bytes(&[0x55; 32])]);
        let chain = array(&[bytes(b"leaf"), bytes(b"account")]);
        let opening = array(&[
            uint(1),
            uint(79),
            bytes(THREAD.as_bytes()),
            bytes(&[0x22; 16]),
            array(&[bytes(&[0x33; 16])]),
            uint(5),
        ]);
        let handover = array(&[head, uint(5), spoken, array(&[]), array(&[array(&[leaf, uint(1)])])]);
        array(&[opening, chain, bytes(&[3; 64]), variant(0, &[]), handover])
    };
    let (no, leaf) = (vec![0xf4], uint(0));
    assert!(reencode::<UnverifiedCharter>(&handover(leaf.clone(), no.clone())).is_ok(), "a good one");
    vec![
        bad::<UnverifiedCharter>(
            "charter-handover-leaf-over-32-bits",
            Structure,
            Refuses,
            handover(uint(1 << 32), no),
        ),
        bad::<UnverifiedCharter>(
            "charter-handover-spoken-as-number",
            Structure,
            Refuses,
            handover(leaf, uint(1)),
        ),
    ]
}

/// What an enrolled device asks the authority for, and what it answers.
fn asking() -> Vec<Bad> {
    let chain = || array(&[bytes(b"leaf"), bytes(b"account")]);
    let invite = |reservation: usize, signature: usize| {
        variant(1, &[chain(), bytes(&vec![1; reservation]), bytes(&vec![3; signature])])
    };
    let page = |after: Item| variant(2, &[chain(), after, bytes(&[3; 64])]);
    let lone_leaf = variant(1, &[array(&[bytes(b"leaf")]), bytes(&[1; RESERVATION_BYTES]), bytes(&[3; 64])]);
    let unsigned = variant(2, &[chain(), null()]);
    let invited = |place: usize, item: Item| {
        let endpoint = || array(&[text("host.example:443"), bytes(&[5; 32])]);
        let code = bytes(&[1; CODE_BYTES]);
        let mut fields =
            [uint(1), endpoint(), endpoint(), text("relay"), bytes(&[5; 32]), code, bytes(&[2; 16])];
        fields[place] = item;
        variant(2, &[array(&fields), uint(1_000)])
    };
    assert!(
        reencode::<AuthorityReply>(&invited(0, uint(1))).is_ok(),
        "the base of the bad files is a good one"
    );
    let request = |name, item| bad::<AuthorityRequest>(name, Structure, Refuses, item);
    let reply = |name, item| bad::<AuthorityReply>(name, Structure, Refuses, item);
    vec![
        request("invite-patient-short-reservation", invite(RESERVATION_BYTES - 1, 64)),
        request("invite-patient-short-signature", invite(RESERVATION_BYTES, 63)),
        request("invite-patient-chain-without-account", lone_leaf),
        request("professionals-without-signature", unsigned),
        request("professionals-short-account", page(bytes(&[1; 15]))),
        request("professionals-after-a-number", page(uint(7))),
        reply("invited-short-account", invited(6, bytes(&[2; 15]))),
        bad::<AuthorityReply>("invited-null-at-the-end", NotCanonical, Refuses, invited(6, null())),
        reply("professionals-certificate-as-text", variant(3, &[array(&[text("certificate")]), vec![0xf4]])),
        reply("professionals-more-as-number", variant(3, &[array(&[]), uint(0)])),
    ]
}

/// Content that this version does not read.
fn content() -> Vec<Bad> {
    let part = |items: [Item; 5]| array(&items);
    let good_part = || [uint(1), text(""), uint(1), text(TEXT_CONTENT_TYPE), bytes(b"text")];
    let with_part = |place: usize, item: Item| {
        let mut items = good_part();
        items[place] = item;
        part(items)
    };
    let good = || [bytes(&[0xbb; 16]), null(), bytes(&[]), null(), null(), vec![0xa0], part(good_part())];
    let with = |place: usize, item: Item| {
        let mut items = good();
        items[place] = item;
        array(&items)
    };
    assert!(reencode::<MimiContent>(&array(&good())).is_ok(), "the base of the bad files is a good one");
    let bad = |name, bytes| bad::<MimiContent>(name, Structure, Refuses, bytes);
    let not_utf_8 = with(6, with_part(4, bytes(&[0xc3, 0x28])));
    vec![
        bad("content-short-salt", with(0, bytes(&[0xbb; 15]))),
        bad("content-replaces-another", with(1, bytes(&[1; 32]))),
        bad("content-with-topic", with(2, bytes(b"topic"))),
        bad("content-expires", with(3, array(&[vec![0xf5], uint(60)]))),
        bad("content-in-reply-to", with(4, bytes(&[1; 32]))),
        bad("content-with-extension", with(5, [vec![0xa1], uint(1), uint(2)].concat())),
        bad("content-null-part", with(6, array(&[uint(1), text(""), uint(0)]))),
        bad("content-other-disposition", with(6, with_part(0, uint(6)))),
        bad("content-language-too-long", with(6, with_part(1, text(&"x".repeat(65))))),
        bad("content-external-part", with(6, with_part(2, uint(2)))),
        bad("content-multiple-parts", with(6, with_part(2, uint(3)))),
        bad("content-other-type", with(6, with_part(3, text("text/html")))),
        self::bad::<MimiContent>("content-text-not-utf-8", Structure, CannotTell, not_utf_8),
        bad("content-missing-element", array(&good()[..6])),
    ]
}

/// Every bad file that is stored.
pub(crate) fn all() -> Vec<Bad> {
    let of_documents =
        [documents::content(), documents::chunks(), linking::all(), history::all()].into_iter().flatten();
    [broken(), wrong_type(), not_canonical(), unknown_tag(), fields(), handovers(), asking(), content()]
        .into_iter()
        .flatten()
        .chain(of_documents)
        .collect()
}
