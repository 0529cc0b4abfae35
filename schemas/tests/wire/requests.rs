//! What a device sends to the relay.

use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::blob::BlobSize;
use colloque_schemas::envelope::{Envelope, EnvelopeKind, InboxSeq, NewEnvelope};
use colloque_schemas::frame::{
    Append, AssertTerms, ClientFrame, Cursor, OpenThread, PublishDevices, PublishKeyPackages, PutChunk,
    Request, RequestId, Restore, SendLetter, SignIn, Sync,
};
use colloque_schemas::id::{RendezvousId, Seq, ThreadId};
use colloque_schemas::limits::{FRAME_MAX_BYTES, PROTOCOL_VERSION};
use colloque_schemas::linking::LinkStep;
use colloque_schemas::sign_in::SignInStatement;
use colloque_schemas::signed::Statement as _;

use crate::cast::{
    BINDING, BLOB, DAY, NONCE, PATIENT, PROFESSIONAL, RELAY_NAME, REQUEST, THREAD, chain, device, device_key,
    device_list, envelope, new_envelope, new_welcome, opaque,
};
use crate::specimen::{Specimen, Wire, variants};

impl Wire for ClientFrame {
    const RULE: &'static str = "client-frame";
    const LIMIT_BYTES: usize = FRAME_MAX_BYTES;
}

pub(crate) fn frame(request: Request) -> ClientFrame {
    ClientFrame { id: RequestId(7), request }
}

/// What the device of the cast signs in this cast's connection.
pub(crate) fn sign_in_statement() -> SignInStatement {
    SignInStatement {
        relay_name: RELAY_NAME.to_owned(),
        nonce: NONCE,
        version: PROTOCOL_VERSION,
        channel_binding: BINDING,
    }
}

fn sign_in() -> SignIn {
    let signature = sign_in_statement().sign(&device_key());
    SignIn { version: PROTOCOL_VERSION, chain: chain(), device_list: device_list(), signature }
}

fn open_thread() -> OpenThread {
    OpenThread {
        thread: THREAD,
        idempotency: REQUEST,
        access: vec![PROFESSIONAL, PATIENT],
        mode: AnswerMode::Open,
        envelopes: vec![new_envelope(EnvelopeKind::Handshake), new_envelope(EnvelopeKind::Application)],
        welcomes: vec![new_welcome()],
    }
}

pub(crate) fn append(kind: EnvelopeKind) -> Append {
    let is_handshake = kind == EnvelopeKind::Handshake;
    Append {
        thread: THREAD,
        idempotency: REQUEST,
        handshake_head: Seq(3),
        envelope: new_envelope(kind),
        welcomes: is_handshake.then(new_welcome).into_iter().collect(),
        grant: is_handshake.then_some(PATIENT).into_iter().collect(),
        read_through: is_handshake.then_some(Seq(7)),
    }
}

fn restore(kind: EnvelopeKind) -> Restore {
    let Append { thread, welcomes, grant, .. } = append(kind);
    Restore { thread, envelope: envelope(300, kind), welcomes, grant }
}

fn assert_terms(mode: AnswerMode) -> Request {
    let access = vec![PROFESSIONAL, PATIENT];
    Request::AssertTerms(AssertTerms { thread: THREAD, handshake: Seq(3), access, mode })
}

fn sync() -> Sync {
    Sync { threads: vec![Cursor { thread: THREAD, after: Seq(300) }], inbox_after: InboxSeq(4) }
}

fn publish(last_resort: bool) -> Request {
    Request::PublishKeyPackages(PublishKeyPackages {
        one_time: vec![opaque("first KeyPackage"), opaque("second KeyPackage")],
        last_resort: last_resort.then(|| opaque("last-resort KeyPackage")),
    })
}

const RENDEZVOUS: RendezvousId = RendezvousId::new([0x77; 16]);

fn put_link(step: LinkStep) -> Request {
    Request::PutLink { rendezvous: RENDEZVOUS, step, content: opaque("what is said") }
}

fn publish_devices() -> PublishDevices {
    PublishDevices { device_list: device_list(), chains: vec![chain()] }
}

/// The last chunk of a document, shorter than it would have to be: the codec does not look into it.
pub(crate) fn put_chunk() -> PutChunk {
    let size = BlobSize::of_document(300_000).unwrap();
    PutChunk { blob: BLOB, size, index: 1, chunk: opaque("chunk") }
}

fn send_letter() -> SendLetter {
    let payload = new_welcome().payload;
    SendLetter { owner: PROFESSIONAL, device: device(), group: ThreadId::new([0x12; 16]), payload }
}

pub(crate) fn all() -> Vec<Specimen> {
    use EnvelopeKind::{Application, Control, Handshake};
    let rows = variants! { Request:
        Request::SignIn(_) => "sign-in" = Request::SignIn(sign_in()),
        Request::OpenThread(_) => "open-thread" = Request::OpenThread(open_thread()),
        Request::Append(Append { envelope: NewEnvelope { kind: Handshake, .. }, .. })
            => "append-handshake" = Request::Append(append(Handshake)),
        Request::Append(Append { envelope: NewEnvelope { kind: Application, .. }, .. })
            => "append-application" = Request::Append(append(Application)),
        Request::Append(Append { envelope: NewEnvelope { kind: Control, .. }, .. })
            => "append-control" = Request::Append(append(Control)),
        Request::Sync(_) => "sync" = Request::Sync(sync()),
        Request::AcknowledgeInbox(_) => "acknowledge-inbox" = Request::AcknowledgeInbox(InboxSeq(5)),
        Request::PublishKeyPackages(PublishKeyPackages { last_resort: None, .. })
            => "publish-key-packages" = publish(false),
        Request::PublishKeyPackages(PublishKeyPackages { last_resort: Some(_), .. })
            => "publish-key-packages-with-last-resort" = publish(true),
        Request::ClaimKeyPackages(_) => "claim-key-packages" = Request::ClaimKeyPackages(PATIENT),
        Request::AssertTerms(AssertTerms { mode: AnswerMode::Open, .. })
            => "assert-terms-open" = assert_terms(AnswerMode::Open),
        Request::AssertTerms(AssertTerms { mode: AnswerMode::OneReply, .. })
            => "assert-terms-one-reply" = assert_terms(AnswerMode::OneReply),
        Request::AssertTerms(AssertTerms { mode: AnswerMode::Until(_), .. })
            => "assert-terms-until" = assert_terms(AnswerMode::Until(DAY)),
        Request::AssertTerms(AssertTerms { mode: AnswerMode::NoReply, .. })
            => "assert-terms-no-reply" = assert_terms(AnswerMode::NoReply),
        Request::AssertTerms(AssertTerms { mode: AnswerMode::Closed, .. })
            => "assert-terms-closed" = assert_terms(AnswerMode::Closed),
        Request::PutChunk(_) => "put-chunk" = Request::PutChunk(put_chunk()),
        Request::AskBlob(_) => "ask-blob" = Request::AskBlob(BLOB),
        Request::Restore(Restore { envelope: Envelope { kind: Handshake, .. }, .. })
            => "restore-handshake" = Request::Restore(restore(Handshake)),
        Request::Restore(_) => "restore-application" = Request::Restore(restore(Application)),
        Request::TakeChunk { .. } => "take-chunk" = Request::TakeChunk { blob: BLOB, index: 300 },
        Request::PutLink { step: LinkStep::Hello, .. } => "put-link-hello" = put_link(LinkStep::Hello),
        Request::PutLink { step: LinkStep::Nonce, .. } => "put-link-nonce" = put_link(LinkStep::Nonce),
        Request::PutLink { step: LinkStep::Grant, .. } => "put-link-grant" = put_link(LinkStep::Grant),
        Request::TakeLink { .. }
            => "take-link" = Request::TakeLink { rendezvous: RENDEZVOUS, step: LinkStep::Nonce },
        Request::EndLink(_) => "end-link" = Request::EndLink(RENDEZVOUS),
        Request::PublishDevices(_) => "publish-devices" = Request::PublishDevices(publish_devices()),
        Request::SendLetter(_) => "send-letter" = Request::SendLetter(send_letter()),
    };
    rows.into_iter().map(|(name, request)| Specimen::new(name, frame(request))).collect()
}
