//! What is too much, what is signed, and what only a signature check can tell.

use colloque_schemas::certificate::{MAX_CERTIFICATE_BYTES, UnverifiedChain};
use colloque_schemas::codec::{self, Malformed};
use colloque_schemas::device_list::{DeviceListError, UnverifiedDeviceList};
use colloque_schemas::enrolment::AuthorityReply;
use colloque_schemas::envelope::{EnvelopeKind, NewWelcome};
use colloque_schemas::frame::{Append, ClientFrame, PutChunk, Request, RequestId, Response, ServerFrame};
use colloque_schemas::id::{AccountKey, DeviceKey};
use colloque_schemas::limits::{
    ACCOUNTS_PER_THREAD, CHUNK_BYTES, DEVICES_PER_ACCOUNT, DEVICES_PER_THREAD, DIRECTORY_PAGE_ITEMS,
    DOCUMENT_MAX_BYTES, DOCUMENT_NAME_MAX_BYTES, DOCUMENTS_PER_MESSAGE, ENVELOPE_MAX_BYTES,
    ENVELOPE_MIN_BYTES, FRAME_MAX_BYTES, MEDIA_TYPE_MAX_BYTES, SIGN_IN_FRAME_MAX_BYTES, TEXT_MAX_BYTES,
    WELCOME_MAX_BYTES,
};
use colloque_schemas::mimi::{DocumentPart, MimiContent};
use colloque_schemas::padding::pad_inside;
use colloque_schemas::payload::Body;
use colloque_schemas::signed::Statement as _;
use ed25519_dalek::Signer as _;

use crate::cast::{PATIENT, PROFESSIONAL, account_key, device, device_list};
use crate::inside::{
    directory_statement, documents, enrolment_statement, invitation_statement, opening, payload,
};
use crate::raw::{Item, array, bytes, uint};
use crate::requests::{append, frame, put_chunk, sign_in_statement};
use crate::schema::Schema;
use crate::specimen::reencode;

/// The largest append that the limits allow.
fn largest_append() -> ClientFrame {
    let mut largest = append(EnvelopeKind::Handshake);
    largest.envelope.payload = vec![0; ENVELOPE_MAX_BYTES].into();
    let payload = vec![0; WELCOME_MAX_BYTES].into();
    let welcomes = vec![NewWelcome { devices: vec![device(); DEVICES_PER_THREAD], payload }];
    let grant = vec![PATIENT; ACCOUNTS_PER_THREAD];
    frame(Request::Append(Append { welcomes, grant, ..largest }))
}

#[test]
fn the_largest_append_fits_in_a_frame_and_one_byte_less_of_room_refuses_it() {
    let bytes = codec::encode(&largest_append());
    assert!(bytes.len() <= FRAME_MAX_BYTES);
    assert_eq!(codec::decode(&bytes, bytes.len()), Ok(largest_append()));
    let refused = Malformed::TooLarge { length: bytes.len(), limit: bytes.len() - 1 };
    assert_eq!(codec::decode::<ClientFrame>(&bytes, bytes.len() - 1), Err(refused));
}

#[test]
fn the_largest_chunk_fits_in_a_frame_and_the_fullest_message_in_an_envelope() {
    let chunk = vec![0; CHUNK_BYTES];
    let put = Request::PutChunk(PutChunk { chunk: chunk.clone().into(), ..put_chunk() });
    assert!(codec::encode(&frame(put)).len() <= FRAME_MAX_BYTES);
    let taken = ServerFrame::Reply { id: RequestId(u32::MAX), response: Response::Chunk(chunk.into()) };
    assert!(codec::encode(&taken).len() <= FRAME_MAX_BYTES);

    let longest = DocumentPart {
        media_type: "x".repeat(MEDIA_TYPE_MAX_BYTES),
        bytes: DOCUMENT_MAX_BYTES,
        name: "x".repeat(DOCUMENT_NAME_MAX_BYTES),
        ..documents().remove(0)
    };
    let documents = vec![longest; DOCUMENTS_PER_MESSAGE];
    let body = Body::content([1; 16], "x".repeat(TEXT_MAX_BYTES), documents);
    let payload = codec::encode(&payload(body, true));
    assert!(pad_inside(&payload, ENVELOPE_MIN_BYTES, ENVELOPE_MAX_BYTES).is_ok(), "{}", payload.len());
}

#[test]
fn a_frame_over_its_limit_is_refused_before_and_after_sign_in() {
    for limit in [SIGN_IN_FRAME_MAX_BYTES, FRAME_MAX_BYTES] {
        let oversize = vec![0x80; limit + 1];
        let refused = Malformed::TooLarge { length: limit + 1, limit };
        assert_eq!(codec::decode::<ClientFrame>(&oversize, limit), Err(refused));
    }
}

#[test]
fn a_text_and_a_certificate_may_be_as_long_as_their_limits_and_no_longer() {
    let schema = Schema::read();
    for (extra, fits) in [(0, true), (1, false)] {
        let text = codec::encode(&MimiContent::text([1; 16], "x".repeat(TEXT_MAX_BYTES + extra)));
        assert_eq!(reencode::<MimiContent>(&text).is_ok(), fits);
        assert_eq!(schema.validate("mimi-content", &text).is_ok(), fits);
        let long = vec![0; MAX_CERTIFICATE_BYTES + extra];
        for chain in [UnverifiedChain::new(long.clone(), vec![0]), UnverifiedChain::new(vec![0], long)] {
            let chain = codec::encode(&chain);
            assert_eq!(reencode::<UnverifiedChain>(&chain).is_ok(), fits);
            assert_eq!(schema.validate("chain", &chain).is_ok(), fits);
        }
    }
}

#[test]
fn a_whole_page_of_the_directory_fits_in_a_frame() {
    let certificates = vec![vec![0; MAX_CERTIFICATE_BYTES].into(); DIRECTORY_PAGE_ITEMS];
    let page = codec::encode(&AuthorityReply::Professionals { certificates, more: true });
    assert!(page.len() <= FRAME_MAX_BYTES);
    assert_eq!(Schema::read().validate("authority-reply", &page), Ok(()));
}

fn listing(devices: &[DeviceKey]) -> Item {
    let devices: Vec<_> = devices.iter().map(|device| bytes(device.as_bytes())).collect();
    array(&[bytes(PROFESSIONAL.as_bytes()), uint(3), array(&devices)])
}

/// A device list over these devices in this order, properly signed by the account key.
fn signed_list(devices: &[DeviceKey]) -> UnverifiedDeviceList {
    let listing = listing(devices);
    let to_sign = [b"colloque device list 1\0", &listing[..]].concat();
    let signature = account_key().sign(&to_sign);
    let list = array(&[listing, bytes(&signature.to_bytes())]);
    codec::decode(&list, SIGN_IN_FRAME_MAX_BYTES).unwrap()
}

#[test]
fn a_device_list_that_its_own_account_signed_must_still_be_ascending_and_without_duplicates() {
    let key = AccountKey::new(account_key().verifying_key().to_bytes());
    let [low, high] = [DeviceKey::new([1; 32]), DeviceKey::new([2; 32])];
    assert_eq!(signed_list(&[device()]), device_list(), "signed by hand as by the crate");
    assert!(signed_list(&[low, high]).verify(PROFESSIONAL, &key).is_ok());
    let many: Vec<_> =
        (0..=u8::try_from(DEVICES_PER_ACCOUNT).unwrap()).map(|n| DeviceKey::new([n; 32])).collect();
    for bad in [&[high, low][..], &[low, low], &[], &many] {
        assert_eq!(signed_list(bad).verify(PROFESSIONAL, &key), Err(DeviceListError::BadDevices));
    }
}

#[test]
fn what_is_signed_is_the_context_a_zero_byte_and_the_statement() {
    let (invitation, directory) = (invitation_statement(), directory_statement(Some(PATIENT)));
    let statements: [(&str, Vec<u8>, Vec<u8>); 5] = [
        ("colloque sign-in 1", sign_in_statement().to_sign(), codec::encode(&sign_in_statement())),
        ("colloque enrolment 1", enrolment_statement().to_sign(), codec::encode(&enrolment_statement())),
        ("colloque patient invitation 1", invitation.to_sign(), codec::encode(&invitation)),
        ("colloque directory 1", directory.to_sign(), codec::encode(&directory)),
        ("colloque thread opening 1", opening().to_sign(), codec::encode(&opening())),
    ];
    for (context, signed, encoded) in statements {
        assert_eq!(signed, [context.as_bytes(), &[0], &encoded[..]].concat());
        let described = include_str!("../../colloque.cddl").contains(&format!("; \"{context}\""));
        assert!(described, "colloque.cddl names the context {context}");
    }
}
