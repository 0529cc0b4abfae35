//! What members say inside encryption, what is signed, and what devices and the authority say.

use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::asking::{DirectoryStatement, InvitationStatement, Reservation};
use colloque_schemas::certificate::UnverifiedChain;
use colloque_schemas::charter::{CHARTER_VERSION, Charter, Opening, SUITE, UnverifiedCharter};
use colloque_schemas::device_list::UnverifiedDeviceList;
use colloque_schemas::enrolment::{
    AuthorityReply, AuthorityRequest, Code, Endpoint, EnrolmentStatement, INVITATION_VERSION, Invitation,
};
use colloque_schemas::handover::{AccountConduct, Handover, LeafCounter};
use colloque_schemas::id::{AccountId, AccountKey, MessageId, Seq};
use colloque_schemas::limits::{CODE_BYTES, FRAME_MAX_BYTES, RESERVATION_BYTES, SIGN_IN_FRAME_MAX_BYTES};
use colloque_schemas::mimi::{DocumentKey, DocumentPart, MimiContent};
use colloque_schemas::payload::{Body, CommitHeader, Control, Payload};
use colloque_schemas::policy;
use colloque_schemas::refusal::{Refusal, RefusalCode};
use colloque_schemas::role::{Actor, Role};
use colloque_schemas::sign_in::SignInStatement;
use colloque_schemas::signed::Statement as _;

use crate::cast::{
    BINDING, BLOB, DAY, HASH, PATIENT, PROFESSIONAL, RELAY_NAME, THREAD, account_key, chain, device,
    device_key, device_list, log_head, opaque,
};
use crate::requests::sign_in_statement;
use crate::specimen::{Specimen, Wire, variants};

const RESERVATION: Reservation = Reservation::new([0xee; RESERVATION_BYTES]);

macro_rules! wire {
    ($($type:ty, $rule:literal, $limit:expr;)+) => {
        $(impl Wire for $type {
            const RULE: &'static str = $rule;
            const LIMIT_BYTES: usize = $limit;
        })+
    };
}

wire! {
    Payload, "payload", FRAME_MAX_BYTES;
    MimiContent, "mimi-content", FRAME_MAX_BYTES;
    CommitHeader, "commit-header", SIGN_IN_FRAME_MAX_BYTES;
    UnverifiedCharter, "charter", FRAME_MAX_BYTES;
    UnverifiedChain, "chain", SIGN_IN_FRAME_MAX_BYTES;
    UnverifiedDeviceList, "device-list", SIGN_IN_FRAME_MAX_BYTES;
    SignInStatement, "sign-in-statement", SIGN_IN_FRAME_MAX_BYTES;
    EnrolmentStatement, "enrolment-statement", SIGN_IN_FRAME_MAX_BYTES;
    InvitationStatement, "invitation-statement", SIGN_IN_FRAME_MAX_BYTES;
    DirectoryStatement, "directory-statement", SIGN_IN_FRAME_MAX_BYTES;
    Invitation, "invitation", SIGN_IN_FRAME_MAX_BYTES;
    AuthorityRequest, "authority-request", SIGN_IN_FRAME_MAX_BYTES;
    AuthorityReply, "authority-reply", FRAME_MAX_BYTES;
}

fn content() -> MimiContent {
    MimiContent::text([0xbb; 16], "Bonjour, à demain.".to_owned())
}

/// The second is as empty and as unnamed as a document can be.
pub(crate) fn documents() -> Vec<DocumentPart> {
    let document = |bytes, media_type: &str, name: &str| DocumentPart {
        media_type: media_type.to_owned(),
        blob: BLOB,
        bytes,
        key: DocumentKey::new([0xab; 32]),
        nonce: [0xac; 19],
        hash: HASH,
        name: name.to_owned(),
    };
    vec![
        document(300_000, "application/pdf", "Compte rendu d’échographie.pdf"),
        document(0, "application/octet-stream", "x"),
    ]
}

fn content_with_documents(text: &str) -> MimiContent {
    MimiContent::new([0xbb; 16], text.to_owned(), documents())
}

pub(crate) fn payload(body: Body, is_first_of_epoch: bool) -> Payload {
    Payload {
        message: MessageId::new([0xcc; 16]),
        thread: THREAD,
        counter: 2,
        sent_at: DAY.plus(3_600),
        seen: log_head(),
        previous: is_first_of_epoch.then(log_head),
        body,
    }
}

fn payloads() -> Vec<(&'static str, Payload)> {
    let control = |control| payload(Body::Control(control), false);
    let with_documents = Body::Content(content_with_documents("Voici le compte rendu."));
    let with_documents = Payload { counter: 3, ..payload(with_documents, false) };
    let again = Body::Again { counter: 1, sent_at: DAY, content: content() };
    variants! { Payload:
        Payload { body: Body::Content(_), previous: None, counter: 3, .. }
            => "content-with-documents" = with_documents,
        Payload { body: Body::Content(_), previous: None, .. }
            => "content" = payload(Body::Content(content()), false),
        Payload { body: Body::Content(_), previous: Some(_), .. }
            => "content-first-of-epoch" = payload(Body::Content(content()), true),
        Payload { body: Body::Control(Control::Delivered(_)), .. }
            => "control-delivered" = control(Control::Delivered(Seq(4))),
        Payload { body: Body::Control(Control::Displayed(_)), .. }
            => "control-displayed" = control(Control::Displayed(Seq(4))),
        Payload { body: Body::Control(Control::Leave), .. } => "control-leave" = control(Control::Leave),
        Payload { body: Body::Control(Control::Block), .. } => "control-block" = control(Control::Block),
        Payload { body: Body::Control(Control::Heads), .. } => "control-heads" = control(Control::Heads),
        Payload { body: Body::Control(Control::Missing { .. }), .. } => "control-missing"
            = control(Control::Missing { device: device(), from: 3, to: 34 }),
        Payload { body: Body::Control(Control::Nothing { .. }), .. } => "control-nothing"
            = control(Control::Nothing { from: 1, to: 1 }),
        Payload { body: Body::Control(Control::UnknownOwn), .. }
            => "control-unknown-own" = control(Control::UnknownOwn),
        Payload { body: Body::Control(Control::Continues(_)), .. }
            => "control-continues" = control(Control::Continues(THREAD)),
        Payload { body: Body::Again { .. }, .. } => "again" = payload(again, false),
    }
}

pub(crate) fn opening() -> Opening {
    Opening {
        version: CHARTER_VERSION,
        suite: SUITE,
        thread: THREAD,
        opener: PROFESSIONAL,
        patients: vec![PATIENT],
        opened_at: DAY,
    }
}

fn handover() -> Handover {
    Handover {
        previous: log_head(),
        committed_on: DAY,
        professional_has_spoken: true,
        accounts: vec![AccountConduct { account: PATIENT, has_replied: true, has_departed: false }],
        counters: vec![LeafCounter { leaf: 0, counter: 300 }, LeafCounter { leaf: 1, counter: 2 }],
    }
}

fn charters() -> Vec<(&'static str, UnverifiedCharter)> {
    let modes = variants! { AnswerMode:
        AnswerMode::Open => "open" = AnswerMode::Open,
        AnswerMode::OneReply => "one-reply" = AnswerMode::OneReply,
        AnswerMode::Until(_) => "until" = AnswerMode::Until(DAY),
        AnswerMode::NoReply => "no-reply" = AnswerMode::NoReply,
        AnswerMode::Closed => "closed" = AnswerMode::Closed,
    };
    let opener = Actor { account: PROFESSIONAL, role: Role::Professional };
    let signed = |mode| {
        let grant = policy::open_thread(opener).unwrap();
        Charter::sign(grant, opening(), mode, chain(), &device_key())
    };
    let unverified = |charter: Charter| UnverifiedCharter::from_bytes(&charter.to_bytes()).unwrap();
    let mut charters: Vec<_> =
        modes.into_iter().map(|(name, mode)| (name, unverified(signed(mode)))).collect();
    charters.push(("with-handover", unverified(signed(AnswerMode::Open).with_handover(handover()))));
    charters
}

pub(crate) fn enrolment_statement() -> EnrolmentStatement {
    EnrolmentStatement { code: Code::new([0xdd; CODE_BYTES]), channel_binding: BINDING }
}

pub(crate) fn invitation() -> Invitation {
    let endpoint = |address: &str| Endpoint { address: address.to_owned(), key_hash: HASH };
    Invitation {
        version: INVITATION_VERSION,
        authority: endpoint("authority.example:4433"),
        relay: endpoint("relay.example:443"),
        relay_name: RELAY_NAME.to_owned(),
        tenant: HASH,
        code: Code::new([0xdd; CODE_BYTES]),
        account: None,
    }
}

/// The same, for the account that the cast's professional reserved.
fn reserved() -> Invitation {
    Invitation { account: Some(RESERVATION.account(PROFESSIONAL)), ..invitation() }
}

pub(crate) fn invitation_statement() -> InvitationStatement {
    InvitationStatement { reservation: RESERVATION, channel_binding: BINDING }
}

pub(crate) fn directory_statement(after: Option<AccountId>) -> DirectoryStatement {
    DirectoryStatement { after, channel_binding: BINDING }
}

fn invite_patient() -> AuthorityRequest {
    let signature = invitation_statement().sign(&device_key());
    AuthorityRequest::InvitePatient { chain: chain(), reservation: RESERVATION, signature }
}

fn professionals(after: Option<AccountId>) -> AuthorityRequest {
    let signature = directory_statement(after).sign(&device_key());
    AuthorityRequest::Professionals { chain: chain(), after, signature }
}

fn authority() -> Vec<Specimen> {
    let enrol = AuthorityRequest::Enrol {
        code: Code::new([0xdd; CODE_BYTES]),
        account_key: AccountKey::new(account_key().verifying_key().to_bytes()),
        signature: enrolment_statement().sign(&account_key()),
    };
    let requests = variants! { AuthorityRequest:
        AuthorityRequest::Enrol { .. } => "enrol" = enrol,
        AuthorityRequest::InvitePatient { .. } => "invite-patient" = invite_patient(),
        AuthorityRequest::Professionals { after: None, .. } => "professionals-first-page" = professionals(None),
        AuthorityRequest::Professionals { after: Some(_), .. }
            => "professionals-next-page" = professionals(Some(PROFESSIONAL)),
    };
    let enrolled = AuthorityReply::Enrolled {
        tenant: opaque("tenant certificate"),
        account: opaque("account certificate"),
    };
    let refusal = Refusal::never(RefusalCode::CodeRefused);
    let replies = variants! { AuthorityReply:
        AuthorityReply::Enrolled { .. } => "enrolled" = enrolled,
        AuthorityReply::Refused(_) => "refused" = AuthorityReply::Refused(refusal),
        AuthorityReply::Invited { .. } => "invited" = AuthorityReply::Invited { invitation: reserved(), expires_at: DAY },
        AuthorityReply::Professionals { .. } => "professionals" = AuthorityReply::Professionals {
            certificates: vec![opaque("first certificate"), opaque("second certificate")],
            more: true,
        },
    };
    let requests = requests.into_iter().map(|(name, request)| Specimen::new(name, request));
    requests.chain(replies.into_iter().map(|(name, reply)| Specimen::new(name, reply))).collect()
}

pub(crate) fn all() -> Vec<Specimen> {
    let mut specimens = authority();
    specimens.extend(payloads().into_iter().map(|(name, payload)| Specimen::new(name, payload)));
    specimens.extend(charters().into_iter().map(|(name, charter)| Specimen::new(name, charter)));
    specimens.push(Specimen::new("", content()));
    specimens.push(Specimen::new("documents-only", content_with_documents("")));
    specimens.push(Specimen::new("", CommitHeader { sent_on: DAY, seen: log_head() }));
    specimens.push(Specimen::new("", chain()));
    specimens.push(Specimen::new("", device_list()));
    specimens.push(Specimen::new("", sign_in_statement()));
    specimens.push(Specimen::new("", enrolment_statement()));
    specimens.push(Specimen::new("", invitation_statement()));
    specimens.push(Specimen::new("first-page", directory_statement(None)));
    specimens.push(Specimen::new("next-page", directory_statement(Some(PROFESSIONAL))));
    specimens.push(Specimen::new("", invitation()));
    specimens.push(Specimen::new("reserved", reserved()));
    specimens
}
