//! What the relay sends to a device.

use colloque_schemas::envelope::EnvelopeKind;
use colloque_schemas::frame::{
    Appended, Challenge, ClaimedKeyPackage, ClaimedKeyPackages, Event, Page, RequestId, Response,
    ServerFrame, SignedIn, ThreadPage,
};
use colloque_schemas::id::Seq;
use colloque_schemas::limits::{FRAME_MAX_BYTES, PROTOCOL_VERSION};
use colloque_schemas::refusal::{Refusal, RefusalCode, Retry};
use colloque_schemas::rule::{Denied, Rule};

use crate::cast::{
    DAY, HASH, INCARNATION, NONCE, RELAY_NAME, THREAD, chain, device, device_list, envelope, inbox_item,
    opaque,
};
use crate::specimen::{Specimen, Wire, variants};

impl Wire for ServerFrame {
    const RULE: &'static str = "server-frame";
    const LIMIT_BYTES: usize = FRAME_MAX_BYTES;
}

const ID: RequestId = RequestId(7);

fn challenge() -> Challenge {
    Challenge { version: PROTOCOL_VERSION, nonce: NONCE, relay_name: RELAY_NAME.to_owned() }
}

fn reply(response: Response) -> ServerFrame {
    ServerFrame::Reply { id: ID, response }
}

pub(crate) fn refused(refusal: Refusal) -> ServerFrame {
    ServerFrame::Refused { id: Some(ID), refusal }
}

fn on_new_connection() -> Refusal {
    let code = RefusalCode::SignInFailed;
    Refusal { code, rule: None, retry: Retry::OnNewConnection }
}

fn claimed() -> ClaimedKeyPackages {
    let key_package = ClaimedKeyPackage { device: device(), key_package: opaque("KeyPackage") };
    ClaimedKeyPackages { device_list: device_list(), key_packages: vec![key_package] }
}

fn page(threads: Vec<ThreadPage>) -> Page {
    Page { threads, inbox: vec![], more: true }
}

fn whole_page() -> Page {
    let threads = thread_pages().into_iter().map(|(_, thread)| thread).collect();
    Page { threads, inbox: vec![inbox_item()], more: false }
}

fn thread_pages() -> Vec<(&'static str, ThreadPage)> {
    let envelopes = vec![envelope(4, EnvelopeKind::Application), envelope(5, EnvelopeKind::Handshake)];
    variants! { ThreadPage:
        ThreadPage::Envelopes { .. }
            => "reply-page-envelopes" = ThreadPage::Envelopes { thread: THREAD, envelopes },
        ThreadPage::AccessLost { .. }
            => "reply-page-access-lost" = ThreadPage::AccessLost { thread: THREAD },
        ThreadPage::Pruned { .. }
            => "reply-page-pruned" = ThreadPage::Pruned { thread: THREAD, through: Seq(300) },
        ThreadPage::Short { .. }
            => "reply-page-short" = ThreadPage::Short { thread: THREAD, last: Seq(299) },
    }
}

fn frames() -> Vec<(&'static str, ServerFrame)> {
    use Response::{Done, KeyPackages, SignedIn as In};
    let signed_in = SignedIn {
        relay_at: DAY,
        key_packages_left: 8,
        has_last_resort: true,
        incarnation: INCARNATION,
        device_list: None,
        leaf: None,
    };
    let leaf = chain().leaf().to_vec();
    let with_news =
        SignedIn { device_list: Some(device_list()), leaf: Some(leaf.into()), ..signed_in.clone() };
    let stored = Appended { seq: Seq(5), payload_hash: HASH };
    let appended = Event::Appended { thread: THREAD, envelope: envelope(5, EnvelopeKind::Application) };
    variants! { ServerFrame:
        ServerFrame::Challenge(_) => "challenge" = ServerFrame::Challenge(challenge()),
        ServerFrame::Reply { response: In(SignedIn { leaf: Some(_), .. }), .. }
            => "reply-signed-in-with-news" = reply(In(with_news)),
        ServerFrame::Reply { response: In(_), .. } => "reply-signed-in" = reply(In(signed_in)),
        ServerFrame::Reply { response: Response::Appended(_), .. }
            => "reply-appended" = reply(Response::Appended(stored)),
        ServerFrame::Reply { response: Response::Page(_), .. }
            => "reply-page" = reply(Response::Page(whole_page())),
        ServerFrame::Reply { response: Done, .. } => "reply-done" = reply(Done),
        ServerFrame::Reply { response: KeyPackages(_), .. }
            => "reply-key-packages" = reply(KeyPackages(claimed())),
        ServerFrame::Reply { response: Response::NextChunk(_), .. }
            => "reply-next-chunk" = reply(Response::NextChunk(2)),
        ServerFrame::Reply { response: Response::Chunk(_), .. }
            => "reply-chunk" = reply(Response::Chunk(opaque("chunk"))),
        ServerFrame::Reply { response: Response::Link(None), .. }
            => "reply-link-nothing-yet" = reply(Response::Link(None)),
        ServerFrame::Reply { response: Response::Link(Some(_)), .. }
            => "reply-link" = reply(Response::Link(Some(opaque("what is said")))),
        ServerFrame::Refused { id: None, .. } => "refused-unread"
            = ServerFrame::Refused { id: None, refusal: Refusal::never(RefusalCode::Malformed) },
        ServerFrame::Refused { id: Some(_), refusal: Refusal { retry: Retry::Never, .. } }
            => "refused-never" = refused(Refusal::never(RefusalCode::NoAccess)),
        ServerFrame::Refused { id: Some(_), refusal: Refusal { retry: Retry::AfterCatchingUp(_), .. } }
            => "refused-after-catching-up" = refused(Refusal::head_stale(Seq(9))),
        ServerFrame::Refused { id: Some(_), refusal: Refusal { retry: Retry::After { .. }, .. } }
            => "refused-after-seconds" = refused(Refusal::after(RefusalCode::QuotaExceeded, 60)),
        ServerFrame::Refused { id: Some(_), refusal: Refusal { retry: Retry::OnNewConnection, .. } }
            => "refused-on-new-connection" = refused(on_new_connection()),
        ServerFrame::Event(Event::Appended { .. }) => "event-appended" = ServerFrame::Event(appended),
        ServerFrame::Event(Event::Inbox(_)) => "event-inbox" = ServerFrame::Event(Event::Inbox(inbox_item())),
        ServerFrame::Event(Event::AccessLost(_))
            => "event-access-lost" = ServerFrame::Event(Event::AccessLost(THREAD)),
        ServerFrame::Event(Event::KeyPackagesLow { .. })
            => "event-key-packages-low" = ServerFrame::Event(Event::KeyPackagesLow { left: 7 }),
        ServerFrame::Event(Event::GoingAway { .. })
            => "event-going-away" = ServerFrame::Event(Event::GoingAway { retry_within_seconds: 30 }),
        ServerFrame::Event(Event::Devices(_))
            => "event-devices" = ServerFrame::Event(Event::Devices(device_list())),
    }
}

pub(crate) fn all() -> Vec<Specimen> {
    let frames = frames().into_iter().map(|(name, frame)| Specimen::new(name, frame));
    let pages = thread_pages()
        .into_iter()
        .map(|(name, thread)| Specimen::new(name, reply(Response::Page(page(vec![thread])))));
    // `ALL` and the variants of these two come from one list each.
    let codes = RefusalCode::ALL
        .iter()
        .map(|code| Specimen::new(&format!("refused-code-{}", code.id()), refused(Refusal::never(*code))));
    let rules = Rule::ALL.iter().map(|rule| {
        let refusal = Refusal::from(Denied::from(*rule));
        Specimen::new(&format!("refused-rule-{}", rule.id().to_lowercase()), refused(refusal))
    });
    frames.chain(pages).chain(codes).chain(rules).collect()
}
