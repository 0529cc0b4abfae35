//! Reading: pages, then live, with nothing in between.

use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::envelope::EnvelopeKind::{Application, Handshake};
use colloque_schemas::envelope::InboxSeq;
use colloque_schemas::frame::{AssertTerms, ThreadPage};
use colloque_schemas::limits::{ENVELOPE_MAX_BYTES, PAGE_BYTES, SYNC_THREADS_MAX};

use super::*;

fn seqs(page: &Page) -> Vec<u64> {
    let envelopes = page.threads.iter().flat_map(|page| match page {
        ThreadPage::Envelopes { envelopes, .. } => envelopes.clone(),
        other => panic!("{other:?}"),
    });
    envelopes.map(|envelope| envelope.seq.0).collect()
}

#[tokio::test]
async fn pages_and_live_events_together_are_the_whole_log_in_order() {
    let world = World::new().await;
    let (mut doctor, mut patient) = world.pair().await;
    doctor.open(1, AnswerMode::Open, &[&patient]).await;
    let writing = tokio::spawn(async move {
        for number in 0..600_u32 {
            let mut append = append(1, Application, 1, 0);
            let mut id = [0; 16];
            id[..4].copy_from_slice(&number.to_be_bytes());
            append.idempotency = IdempotencyId::new(id);
            doctor.append(append).await.unwrap();
            tokio::task::yield_now().await;
        }
    });
    let mut heard = Vec::new();
    loop {
        let after = heard.last().copied().unwrap_or(0);
        let page = patient.sync(&[(1, after)]).await;
        assert!(patient.events.is_empty() || !page.more, "no event before the last page");
        heard.extend(seqs(&page));
        if !page.more {
            break;
        }
    }
    while heard.len() < 602 {
        let Event::Appended { envelope, .. } = patient.event().await else { panic!() };
        let last = heard.last().copied().unwrap_or(0);
        // What was appended while the last page was read may be in the page and come as an event too.
        if envelope.seq.0 > last {
            assert_eq!(envelope.seq.0, last + 1, "no gap");
            heard.push(envelope.seq.0);
        }
    }
    assert_eq!(heard, (1..=602).collect::<Vec<u64>>());
    writing.await.unwrap();
}

#[tokio::test]
async fn a_page_is_bounded_by_bytes_and_one_large_envelope_still_comes() {
    let world = World::new().await;
    let (mut doctor, patient) = world.pair().await;
    doctor.open(1, AnswerMode::Open, &[&patient]).await;
    for fill in 10..15 {
        let mut large = append(1, Application, 1, fill);
        large.envelope.payload = vec![fill; ENVELOPE_MAX_BYTES].into();
        doctor.append(large).await.unwrap();
    }
    let (mut after, mut pages) = (0, 0);
    loop {
        let page = doctor.sync(&[(1, after)]).await;
        let ThreadPage::Envelopes { envelopes, .. } = &page.threads[0] else { panic!() };
        assert!(envelopes.iter().map(|envelope| envelope.payload.length()).sum::<usize>() <= PAGE_BYTES);
        after = envelopes.last().unwrap().seq.0;
        pages += 1;
        if !page.more {
            break;
        }
    }
    assert_eq!((after, pages), (7, 3), "1 + 1 + 128 KiB, then 128 + 128 KiB twice");
}

#[tokio::test]
async fn an_inbox_is_kept_until_acknowledged_and_its_numbers_never_come_back() {
    let world = World::new().await;
    let (mut doctor, mut patient) = world.pair().await;
    patient.sync(&[]).await;
    doctor.open(1, AnswerMode::Open, &[&patient]).await;
    let Event::Inbox(item) = patient.event().await else { panic!() };
    assert_eq!(item.number, InboxSeq(1));
    assert_eq!(patient.sync(&[]).await.inbox, [item]);
    patient.ask(Request::AcknowledgeInbox(InboxSeq(1))).await.unwrap();
    assert_eq!(patient.sync(&[]).await.inbox, []);
    doctor.open(2, AnswerMode::Open, &[&patient]).await;
    let Event::Inbox(item) = patient.event().await else { panic!() };
    assert_eq!(item.number, InboxSeq(2));
}

#[tokio::test]
async fn who_loses_access_is_told_and_hears_no_more() {
    let world = World::new().await;
    let (mut doctor, mut patient) = world.pair().await;
    doctor.open(1, AnswerMode::Open, &[&patient]).await;
    patient.sync(&[(1, 2)]).await;
    doctor.append(append(1, Handshake, 1, 9)).await.unwrap();
    assert!(matches!(patient.event().await, Event::Appended { .. }));
    let terms = AssertTerms {
        thread: thread_id(1),
        handshake: Seq(3),
        access: vec![doctor.account],
        mode: AnswerMode::Open,
    };
    doctor.ask(Request::AssertTerms(terms)).await.unwrap();
    doctor.append(append(1, Application, 3, 10)).await.unwrap();
    assert_eq!(patient.event().await, Event::AccessLost(thread_id(1)));
    assert!(patient.is_silent().await);
    let page = patient.sync(&[(1, 0)]).await;
    assert_eq!(page.threads, [ThreadPage::AccessLost { thread: thread_id(1) }]);
    let refusal = patient.append(append(1, Application, 3, 11)).await;
    assert_eq!(refusal, Err(refused(RefusalCode::NoAccess)));
}

#[tokio::test]
async fn nothing_younger_than_the_retention_is_removed() {
    let world = World::new().await;
    let (mut doctor, patient) = world.pair().await;
    doctor.open(1, AnswerMode::Open, &[&patient]).await;
    let before = world.digest().await;
    world.clock.advance(400 * 86_400);
    world.relay.prune().await;
    assert_eq!(world.digest().await, before);
    world.clock.advance(86_400);
    world.relay.prune().await;
    assert_ne!(world.digest().await, before);
}

#[tokio::test]
async fn a_device_that_is_behind_retention_is_told_what_is_gone() {
    let world = World::new().await;
    let (mut doctor, patient) = world.pair().await;
    doctor.open(1, AnswerMode::Open, &[&patient]).await;
    world.clock.advance(10 * 86_400);
    doctor.append(append(1, Application, 1, 9)).await.unwrap();
    world.prune_before(START.day() + 1).await;
    let page = doctor.sync(&[(1, 0)]).await;
    assert_eq!(page.threads, [ThreadPage::Pruned { thread: thread_id(1), through: Seq(2) }]);
    assert_eq!(seqs(&doctor.sync(&[(1, 2)]).await), [3]);
    assert_eq!(doctor.append(append(1, Application, 1, 10)).await.unwrap().seq, Seq(4));
}

#[tokio::test]
async fn a_sync_of_too_many_threads_or_of_one_twice_is_refused() {
    let world = World::new().await;
    let (mut doctor, _) = world.pair().await;
    let cursor = Cursor { thread: thread_id(1), after: Seq(0) };
    let twice = Sync { threads: vec![cursor; 2], inbox_after: InboxSeq(0) };
    assert_eq!(doctor.ask(Request::Sync(twice)).await, Err(refused(RefusalCode::Malformed)));
    let many = Sync { threads: vec![cursor; SYNC_THREADS_MAX + 1], inbox_after: InboxSeq(0) };
    assert_eq!(doctor.ask(Request::Sync(many)).await, Err(refused(RefusalCode::TooLarge)));
}
