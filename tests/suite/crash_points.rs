//! Every choke point of the core flows (`colloque_schemas::point`): the program is ended there, started again from what it
//! left, the flow is finished, and the invariants hold: no message that was accepted is lost (I1), each is shown once (I2),
//! in its sender's order (I3), all devices are in the same epoch with the same log (I4), the thread is a professional's
//! (I5), who was removed reads nothing later (I6), the relay holds no plaintext (I7), and nothing was refused on the way
//! or since (I8, I9). Each test prints how many points it has ended a program at; F01 to F04.

use std::cell::RefCell;
use std::collections::HashMap;

use colloque_client_core::{Client, EntryKind, Event, Standing};
use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::certificate::Holder;
use colloque_schemas::codec;
use colloque_schemas::enrolment::{AuthorityReply, AuthorityRequest};
use colloque_schemas::id::{AccountId, MessageId, Seq, ThreadId};
use colloque_schemas::limits::FRAME_MAX_BYTES;
use colloque_tests::World;
use colloque_tests::walk::{holds, walk};
use colloque_tests::ward::{Saved, Side, Ward};
use colloque_tests::world::professional;

const DOCTOR: usize = 0;
const PATIENT: usize = 1;
const COLLEAGUE: usize = 2;
/// Who is not enrolled yet.
const NEWCOMER: usize = 3;
const EVERYONE: [Side; 4] =
    [Side::Relay, Side::Device(DOCTOR), Side::Device(PATIENT), Side::Device(COLLEAGUE)];

/// What every text begins with: bytes that nothing else has.
const MARK: &str = "⚕⚕⚕";

/// A doctor, a patient and a colleague with profiles, who were never connected.
async fn cast() -> (World, Saved) {
    let mut world = World::new().await;
    let mut saved = Saved::new(world.anchor.clone());
    for holder in [professional("Dr Ana Verne"), Holder::Patient, professional("Dr Zoé Noir")] {
        let mut person = world.enrol(&holder);
        person.switch_off();
        saved.add(&person.folder(), person.key());
    }
    (world, saved)
}

/// What is left after these flows.
async fn after(flows: &[Flow]) -> Saved {
    let (_world, saved) = cast().await;
    let mut ward = Ward::running(&saved).await;
    for flow in flows {
        flow.run(&mut ward).await;
    }
    ward.save()
}

#[derive(Clone, Copy)]
enum Flow {
    Open,
    Post,
    Acknowledge,
    Add,
    Mode,
    Close,
    Remove,
    Miss,
    Sync,
}

impl Flow {
    async fn run(self, ward: &mut Ward) {
        match self {
            Self::Open => {
                let (patient, text) = (account(ward, PATIENT), text("Bonjour"));
                let open = |client: &mut Client, now| {
                    client.open_thread(&[patient], AnswerMode::Open, &text, now).map(drop)
                };
                ward.act(DOCTOR, open, |client| !client.threads().unwrap().is_empty()).await;
            }
            Self::Post => {
                say(ward, DOCTOR, "Comment allez-vous ?").await;
                say(ward, DOCTOR, "Avez-vous de la fièvre ?").await;
                ward.settle().await;
                say(ward, PATIENT, "Mieux.").await;
            }
            Self::Acknowledge => {
                let thread = thread(ward);
                let display = |client: &mut Client, now| {
                    let through = client.log_head(thread)?.seq;
                    client.mark_displayed(thread, through, now)
                };
                ward.act(PATIENT, display, |_| false).await;
                ward.act(DOCTOR, display, |_| false).await;
            }
            Self::Add => {
                let (thread, colleague) = (thread(ward), account(ward, COLLEAGUE));
                ward.act(DOCTOR, |client, now| client.add_member(thread, colleague, now), |_| false).await;
                ward.settle().await;
                say(ward, DOCTOR, "Voici ma consœur.").await;
                ward.settle().await;
                say(ward, COLLEAGUE, "Bonjour à tous.").await;
            }
            Self::Mode => set(ward, AnswerMode::NoReply).await,
            Self::Close => set(ward, AnswerMode::Closed).await,
            Self::Remove => {
                let (thread, colleague) = (thread(ward), account(ward, COLLEAGUE));
                ward.act(DOCTOR, |client, now| client.remove_member(thread, colleague, now), |_| false).await;
                ward.settle().await;
                say(ward, DOCTOR, "Entre nous.").await;
            }
            Self::Miss => {
                ward.switch_off(PATIENT);
                say(ward, DOCTOR, "Un.").await;
                ward.settle().await;
                set(ward, AnswerMode::OneReply).await;
                ward.settle().await;
                say(ward, COLLEAGUE, "Deux.").await;
                say(ward, DOCTOR, "Trois.").await;
            }
            Self::Sync => {
                ward.devices[PATIENT].is_online = true;
                ward.start(PATIENT);
            }
        }
        ward.settle().await;
    }
}

fn text(text: &str) -> String {
    format!("{MARK} {text}")
}

fn account(ward: &mut Ward, who: usize) -> AccountId {
    ward.look(who, |client| client.own().account)
}

fn thread(ward: &mut Ward) -> ThreadId {
    ward.look(DOCTOR, |client| client.threads().unwrap()[0].thread)
}

async fn say(ward: &mut Ward, who: usize, what: &str) {
    let (thread, text) = (thread(ward), text(what));
    let is_said = |client: &mut Client| {
        client
            .entries(thread)
            .unwrap()
            .into_iter()
            .any(|entry| message(entry.kind).is_some_and(|said| said.1 == text))
    };
    ward.act(who, |client, now| client.send(thread, &text, now).map(drop), is_said).await;
}

async fn set(ward: &mut Ward, mode: AnswerMode) {
    let thread = thread(ward);
    ward.act(DOCTOR, |client, now| client.set_mode(thread, mode, now), |_| false).await;
}

fn message(kind: EntryKind) -> Option<(MessageId, String)> {
    match kind {
        EntryKind::Message(message) => Some((message.message, message.text)),
        _ => None,
    }
}

/// What a device shows, in order; that it refused nothing, and misses nothing.
fn shown(ward: &mut Ward, who: usize) -> Vec<(Seq, MessageId, String)> {
    let thread = thread(ward);
    let entries = ward.client(who).entries(thread).unwrap();
    let odd = |kind: &EntryKind| matches!(kind, EntryKind::Refused { .. } | EntryKind::Gap { .. });
    assert!(!entries.iter().any(|entry| odd(&entry.kind)), "device {who}: {entries:?}");
    let told = |event: &&Event| {
        matches!(
            event,
            Event::EnvelopeRefused { .. }
                | Event::WelcomeRefused { .. }
                | Event::LetterRefused { .. }
                | Event::SendRefused { .. }
                | Event::SendDenied { .. }
                | Event::Gap { .. }
                | Event::ForkDetected { .. }
                | Event::StateRolledBack { .. }
                | Event::DeviceCloned { .. }
                | Event::AccountKeyChanged(_)
                | Event::Pruned { .. }
                | Event::RelayWentBack { .. }
        )
    };
    assert_eq!(ward.devices[who].told.iter().find(told), None, "device {who}");
    let said = entries.into_iter().filter_map(|entry| {
        let (id, text) = message(entry.kind)?;
        Some((entry.seq.expect("nothing waits"), id, text))
    });
    said.collect()
}

/// That these members agree on everything, and that these texts are shown once each, in this order, to those who were
/// there from the beginning; later members see the end of it.
fn assert_agree(ward: &mut Ward, members: &[usize], texts: &[&str]) {
    let thread = thread(ward);
    let all = shown(ward, members[0]);
    let expected: Vec<String> = texts.iter().map(|what| text(what)).collect();
    let mut found: Vec<String> = all.iter().map(|(_, _, text)| text.clone()).collect();
    assert_eq!(found.len(), expected.len(), "{found:?}");
    found.sort_unstable();
    let mut sorted = expected.clone();
    sorted.sort_unstable();
    assert_eq!(found, sorted);
    let doctor = account(ward, DOCTOR);
    let views = members.iter().map(|who| {
        let mine = shown(ward, *who);
        assert!(all.ends_with(&mine), "device {who}: {mine:?}");
        assert!(mine.len() == all.len() || *who == COLLEAGUE);
        let client = ward.client(*who);
        let summary = client.thread(thread).unwrap();
        assert_eq!((summary.standing, summary.opener), (Standing::Member, doctor), "device {who}");
        assert!(client.is_settled().unwrap());
        let mut roster: Vec<_> = client
            .participants(thread)
            .unwrap()
            .iter()
            .map(|member| (member.account, member.device))
            .collect();
        roster.sort_unstable();
        (client.log_head(thread).unwrap(), summary.mode, roster)
    });
    let views: Vec<_> = views.collect();
    assert!(views.iter().all(|view| *view == views[0]), "{views:?}");
    assert_eq!(views[0].2.len(), members.len());
    assert!(!holds(&ward.relay_folder.clone(), MARK.as_bytes()), "no plaintext is at the relay");
}

/// That all is well, and that it goes on: these say something more.
async fn assert_goes_on(ward: &mut Ward, members: &[usize], speakers: &[usize], texts: &[&str]) {
    assert_agree(ward, members, texts);
    let mut texts = texts.to_vec();
    for who in speakers {
        let more =
            ["Encore le médecin.", "Encore le patient.", "Encore la consœur.", "Encore la nouvelle."][*who];
        say(ward, *who, more).await;
        ward.settle().await;
        texts.push(more);
    }
    assert_agree(ward, members, &texts);
}

const OPENED: [&str; 1] = ["Bonjour"];
const POSTED: [&str; 4] = ["Bonjour", "Comment allez-vous ?", "Avez-vous de la fièvre ?", "Mieux."];
const ADDED: [&str; 3] = ["Bonjour", "Voici ma consœur.", "Bonjour à tous."];

#[tokio::test]
async fn a_relay_that_is_started_survives_its_end_anywhere() {
    let (_world, empty) = cast().await;
    let opened = after(&[Flow::Open]).await;
    for (name, from) in [("start of a new relay", &empty), ("start of a relay", &opened)] {
        let flow = async |ward: &mut Ward| ward.start_relay().await;
        walk(
            name,
            async || Ward::of(from),
            &EVERYONE[..1],
            flow,
            async |ward| {
                ward.start_devices().await;
                if ward.look(DOCTOR, |client| client.threads().unwrap().is_empty()) {
                    Flow::Open.run(ward).await;
                }
                assert_goes_on(ward, &[DOCTOR, PATIENT], &[DOCTOR, PATIENT], &OPENED).await;
            },
        )
        .await;
    }
}

#[tokio::test]
async fn an_enrolment_survives_its_end_anywhere() {
    let (mut world, unconnected) = cast().await;
    let mut from = Ward::running(&unconnected).await.save();
    from.add_new();
    let invitation = world.invitation();
    let authority = RefCell::new((world, HashMap::new()));
    // The same key is always given the same certificate.
    let redeem = |request: &[u8]| {
        let (world, issued) = &mut *authority.borrow_mut();
        let request = codec::decode(request, FRAME_MAX_BYTES).unwrap();
        let AuthorityRequest::Enrol { account_key, .. } = request else { panic!("no enrolment") };
        let issue = || world.certify(account_key, &Holder::Patient);
        let account: &Vec<u8> = issued.entry(account_key).or_insert_with(issue);
        let tenant = world.anchor.as_der().to_vec();
        codec::encode(&AuthorityReply::Enrolled { tenant: tenant.into(), account: account.clone().into() })
    };
    let sides = [Side::Relay, Side::Device(NEWCOMER)];
    let flow = async |ward: &mut Ward| {
        ward.enrol(NEWCOMER, &invitation, redeem);
        ward.settle().await;
    };
    walk(
        "enrol",
        async || Ward::running(&from).await,
        &sides,
        flow,
        async |ward| {
            let newcomer = account(ward, NEWCOMER);
            let text = text("Bonjour");
            let now = ward.clock.read();
            ward.client(DOCTOR).open_thread(&[newcomer], AnswerMode::Open, &text, now).unwrap();
            ward.settle().await;
            assert_goes_on(ward, &[DOCTOR, NEWCOMER], &[DOCTOR, NEWCOMER], &OPENED).await;
        },
    )
    .await;
}

#[tokio::test]
async fn an_opening_survives_its_end_anywhere() {
    let from = after(&[]).await;
    walk(
        "open, join",
        async || Ward::running(&from).await,
        &EVERYONE[..3],
        async |ward| Flow::Open.run(ward).await,
        async |ward| {
            assert_goes_on(ward, &[DOCTOR, PATIENT], &[DOCTOR, PATIENT], &OPENED).await;
        },
    )
    .await;
}

#[tokio::test]
async fn messages_survive_their_end_anywhere() {
    let from = after(&[Flow::Open]).await;
    walk(
        "post, receive",
        async || Ward::running(&from).await,
        &EVERYONE[..3],
        async |ward| Flow::Post.run(ward).await,
        async |ward| {
            assert_goes_on(ward, &[DOCTOR, PATIENT], &[PATIENT, DOCTOR], &POSTED).await;
        },
    )
    .await;
}

#[tokio::test]
async fn receipts_survive_their_end_anywhere() {
    let from = after(&[Flow::Open, Flow::Post]).await;
    walk(
        "acknowledge",
        async || Ward::running(&from).await,
        &EVERYONE[..3],
        async |ward| Flow::Acknowledge.run(ward).await,
        async |ward| {
            let thread = thread(ward);
            for (who, other) in [(DOCTOR, PATIENT), (PATIENT, DOCTOR)] {
                let other = account(ward, other);
                let last = shown(ward, who)
                    .into_iter()
                    .rev()
                    .find(|said| (said.2 == text("Mieux.")) == (who == PATIENT));
                let receipts = ward.client(who).receipts(thread).unwrap();
                let of_other = receipts.iter().find(|receipt| receipt.account == other).unwrap();
                assert!(of_other.has_displayed(last.unwrap().0), "{of_other:?}");
            }
            assert_goes_on(ward, &[DOCTOR, PATIENT], &[DOCTOR], &POSTED).await;
        },
    )
    .await;
}

#[tokio::test]
async fn an_addition_survives_its_end_anywhere() {
    let from = after(&[Flow::Open]).await;
    walk(
        "add",
        async || Ward::running(&from).await,
        &EVERYONE,
        async |ward| Flow::Add.run(ward).await,
        async |ward| {
            let all = [DOCTOR, PATIENT, COLLEAGUE];
            assert_goes_on(ward, &all, &[PATIENT, COLLEAGUE, DOCTOR], &ADDED).await;
        },
    )
    .await;
}

#[tokio::test]
async fn a_change_of_mode_survives_its_end_anywhere() {
    let from = after(&[Flow::Open]).await;
    walk(
        "change mode",
        async || Ward::running(&from).await,
        &EVERYONE[..3],
        async |ward| Flow::Mode.run(ward).await,
        async |ward| {
            let thread = thread(ward);
            assert_eq!(ward.client(PATIENT).thread(thread).unwrap().mode, AnswerMode::NoReply);
            assert_refused(ward, PATIENT);
            assert_goes_on(ward, &[DOCTOR, PATIENT], &[DOCTOR], &OPENED).await;
        },
    )
    .await;
}

#[tokio::test]
async fn a_closing_survives_its_end_anywhere() {
    let from = after(&[Flow::Open]).await;
    walk(
        "close",
        async || Ward::running(&from).await,
        &EVERYONE[..3],
        async |ward| Flow::Close.run(ward).await,
        async |ward| {
            let thread = thread(ward);
            assert_eq!(ward.client(PATIENT).thread(thread).unwrap().mode, AnswerMode::Closed);
            assert_refused(ward, PATIENT);
            assert_refused(ward, DOCTOR);
            set(ward, AnswerMode::Open).await;
            ward.settle().await;
            assert_goes_on(ward, &[DOCTOR, PATIENT], &[PATIENT, DOCTOR], &OPENED).await;
        },
    )
    .await;
}

#[tokio::test]
async fn a_removal_survives_its_end_anywhere() {
    let from = after(&[Flow::Open, Flow::Add]).await;
    walk(
        "remove",
        async || Ward::running(&from).await,
        &EVERYONE,
        async |ward| Flow::Remove.run(ward).await,
        async |ward| {
            let texts = [&ADDED[..], &["Entre nous."]].concat();
            assert_goes_on(ward, &[DOCTOR, PATIENT], &[DOCTOR, PATIENT], &texts).await;
            let thread = thread(ward);
            assert!(ward.client(COLLEAGUE).thread(thread).unwrap().standing != Standing::Member);
            let read: Vec<String> = shown(ward, COLLEAGUE).into_iter().map(|said| said.2).collect();
            assert_eq!(read, [text("Voici ma consœur."), text("Bonjour à tous.")]);
        },
    )
    .await;
}

#[tokio::test]
async fn catching_up_survives_its_end_anywhere() {
    let from = after(&[Flow::Open, Flow::Add, Flow::Miss]).await;
    let sides = [Side::Relay, Side::Device(PATIENT)];
    walk(
        "sync",
        async || Ward::running(&from).await,
        &sides,
        async |ward| Flow::Sync.run(ward).await,
        async |ward| {
            let texts = [&ADDED[..], &["Un.", "Deux.", "Trois."]].concat();
            assert_goes_on(ward, &[DOCTOR, PATIENT, COLLEAGUE], &[PATIENT, COLLEAGUE], &texts).await;
        },
    )
    .await;
}

/// What is refused leaves everything as it was, and says a rule.
fn assert_refused(ward: &mut Ward, who: usize) {
    let (thread, now) = (thread(ward), ward.clock.read());
    let before = (shown(ward, who), ward.client(who).log_head(thread).unwrap());
    let refused = ward.client(who).send(thread, "Non.", now).unwrap_err();
    assert!(matches!(refused, colloque_client_core::Error::Denied(_)), "{}", refused.id());
    assert_eq!((shown(ward, who), ward.client(who).log_head(thread).unwrap()), before);
    assert!(ward.client(who).is_settled().unwrap());
}
