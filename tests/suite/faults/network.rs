//! Connections that are cut without a word, and things that are sent many times.

use std::net::SocketAddr;
use std::time::Duration;

use colloque_client_core::{EntryKind, Error, Event};
use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::certificate::Holder;
use colloque_schemas::codec;
use colloque_schemas::envelope::EnvelopeKind::Application;
use colloque_schemas::frame::{ClientFrame, Cursor, Request, RequestId, Response, ServerFrame, Sync};
use colloque_schemas::id::Seq;
use colloque_schemas::limits::{FRAME_MAX_BYTES, PING_SECONDS, SESSIONS_PER_DEVICE};
use colloque_tests::raw::thread_id;
use colloque_tests::request::{append, opening};
use colloque_tests::site::Site;
use colloque_tests::world::professional;
use colloque_tests::{RawDevice, World};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Passes connections on to an address. Once it is cut, what it carries stays open and nothing moves, as where a mobile
/// network has forgotten it; connections that come later are carried.
struct Network {
    address: SocketAddr,
    cuts: watch::Sender<u32>,
}

impl Network {
    async fn to(address: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let this = Self { address: listener.local_addr().unwrap(), cuts: watch::Sender::new(0) };
        let cuts = this.cuts.clone();
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let mut cut = cuts.subscribe();
                tokio::spawn(async move {
                    let mut far = TcpStream::connect(address).await.unwrap();
                    tokio::select! {
                        _ = copy_bidirectional(&mut near, &mut far) => {}
                        Ok(()) = cut.changed() => std::future::pending().await,
                    }
                });
            }
        });
        this
    }

    fn cut(&self) {
        self.cuts.send_modify(|cuts| *cuts += 1);
    }
}

#[tokio::test]
async fn f15_a_connection_that_is_cut_without_a_word_is_noticed_and_the_device_reads_on_from_where_it_was() {
    let mut site = Site::start().await;
    let mut doctor = site.person(professional("Dr Ana Verne")).await;
    let network = Network::to(site.relay_address()).await;
    site.reach_relay_by(network.address).await;
    let mut patient = site.person(Holder::Patient).await;
    let (account, now) = (patient.client.own().account, site.clock.read());
    let thread = doctor.client.open_thread(&[account], AnswerMode::Open, "one", now).unwrap();
    doctor.settle().await;
    patient.hears(|event| matches!(event, Event::MessageReceived { .. })).await;

    network.cut();
    patient.client.send(thread, "while cut", now).unwrap();
    doctor.client.send(thread, "two", now).unwrap();
    doctor.settle().await;
    // From here on, time passes when nothing else happens.
    tokio::time::pause();
    let error = patient.ended_within(Duration::from_secs(3 * PING_SECONDS)).await;
    assert!(matches!(error, Error::Server(_)), "{error}");
    tokio::time::resume();

    patient.connect().await.unwrap();
    patient.settle().await;
    doctor.told.clear();
    doctor.hears(|event| matches!(event, Event::MessageReceived { .. })).await;
    let texts = |client: &colloque_client_core::Client| -> Vec<String> {
        let entries = client.entries(thread).unwrap().into_iter();
        entries
            .filter_map(|entry| match entry.kind {
                EntryKind::Message(message) => Some(message.text),
                _ => None,
            })
            .collect()
    };
    assert_eq!(texts(&patient.client), ["one", "two", "while cut"]);
    assert_eq!(texts(&doctor.client), ["one", "two", "while cut"]);
}

#[tokio::test]
async fn f16_one_message_that_is_sent_fifty_times_over_all_connections_at_once_has_one_place() {
    const TIMES: usize = 50;
    let mut world = World::new().await;
    let mut doctor = RawDevice::new(&mut world, &professional("Dr Ana Verne"));
    let patient = RawDevice::new(&mut world, &Holder::Patient);
    let mut wires = Vec::new();
    for _ in 0..SESSIONS_PER_DEVICE {
        doctor.sign_in(&mut world).await;
        wires.extend(doctor.wire.take());
    }
    doctor.wire = wires.pop();
    let thread = thread_id(&mut world);
    let request = opening(&mut world, thread, AnswerMode::Open, &[&doctor, &patient]);
    doctor.ask(&world, Request::OpenThread(request)).await.unwrap();
    wires.extend(doctor.wire.take());

    let request = append(&mut world, thread, Application, 1);
    let mut ids = 100..;
    for number in 0..TIMES {
        let wire = &mut wires[number % SESSIONS_PER_DEVICE];
        let id = RequestId(ids.next().unwrap());
        wire.send(codec::encode(&ClientFrame { id, request: Request::Append(request.clone()) })).await;
    }
    world.relay.prune().await;
    let mut answers = Vec::new();
    for wire in &mut wires {
        while let Some(frame) = wire.arrival() {
            match codec::decode(&frame, FRAME_MAX_BYTES).unwrap() {
                ServerFrame::Reply { response: Response::Appended(appended), .. } => answers.push(appended),
                ServerFrame::Event(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }
    assert_eq!(answers.len(), TIMES, "each is answered once");
    assert!(answers.iter().all(|answer| *answer == answers[0]), "all alike: {answers:?}");

    doctor.wire = wires.pop();
    let cursor = Cursor { thread, after: Seq::START };
    let sync = Sync { threads: vec![cursor], inbox_after: Default::default() };
    let page = doctor.ask(&world, Request::Sync(sync)).await.unwrap();
    let Response::Page(page) = page else { panic!("{page:?}") };
    let colloque_schemas::frame::ThreadPage::Envelopes { envelopes, .. } = &page.threads[0] else {
        panic!("{page:?}")
    };
    let places: Vec<Seq> = envelopes.iter().map(|envelope| envelope.seq).collect();
    assert_eq!(places, [Seq(1), Seq(2), Seq(3)], "the opening's two, and the one message");
}
