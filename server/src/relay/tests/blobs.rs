//! Encrypted documents: put in order and once, taken when whole, gone in time.

use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::blob::BlobSize;
use colloque_schemas::envelope::EnvelopeKind::Application;
use colloque_schemas::frame::PutChunk;
use colloque_schemas::id::BlobId;
use colloque_schemas::limits::{OPEN_BLOB_DAYS, OPEN_BLOBS_PER_DEVICE, RETENTION_DAYS};
use colloque_schemas::refusal::Retry;
use colloque_schemas::time::SECONDS_PER_DAY;

use super::*;

/// Of a document of three chunks.
const LENGTH: u64 = 600_000;

pub(super) const fn blob_id(blob: u8) -> BlobId {
    BlobId::new([blob; 16])
}

/// A chunk of a blob whose content is made of `fill`.
pub(super) fn chunk(blob: u8, length: u64, index: u32, fill: u8) -> PutChunk {
    let size = BlobSize::of_document(length).unwrap();
    let chunk = vec![fill; size.chunk_bytes(index).unwrap()].into();
    PutChunk { blob: blob_id(blob), size, index, chunk }
}

async fn put(caller: &mut Caller, chunk: PutChunk) -> Result<Response, Refusal> {
    caller.ask(Request::PutChunk(chunk)).await
}

async fn put_all(caller: &mut Caller, blob: u8, fill: u8) {
    for index in 0..3 {
        assert_eq!(put(caller, chunk(blob, LENGTH, index, fill)).await, Ok(Response::Done));
    }
}

async fn next(caller: &mut Caller, blob: u8) -> u32 {
    match caller.ask(Request::AskBlob(blob_id(blob))).await {
        Ok(Response::NextChunk(next)) => next,
        other => panic!("{other:?}"),
    }
}

async fn take(caller: &mut Caller, blob: u8, index: u32) -> Result<Response, Refusal> {
    caller.ask(Request::TakeChunk { blob: blob_id(blob), index }).await
}

/// Names of all that there is of blobs on the disk.
fn folders(world: &World) -> usize {
    std::fs::read_dir(world.data.path().join("blobs")).unwrap().count()
}

#[tokio::test]
async fn what_was_put_in_order_is_taken_by_whoever_knows_its_name_also_after_a_restart() {
    let mut world = World::new().await;
    for index in 0..3 {
        let (_, mut patient) = world.pair().await;
        assert_eq!(next(&mut patient, 1).await, index);
        put(&mut patient, chunk(1, LENGTH, index, 7)).await.unwrap();
        drop(patient);
        world = world.restart().await;
    }
    let (mut doctor, _) = world.pair().await;
    assert_eq!(next(&mut doctor, 1).await, 3);
    for index in 0..3 {
        let expected = Response::Chunk(chunk(1, LENGTH, index, 7).chunk);
        assert_eq!(take(&mut doctor, 1, index).await, Ok(expected));
    }
}

#[tokio::test]
async fn a_chunk_is_written_once_and_a_whole_blob_never_changes() {
    let world = World::new().await;
    let (mut doctor, mut patient) = world.pair().await;
    put(&mut doctor, chunk(1, LENGTH, 0, 7)).await.unwrap();
    let conflict = Err(refused(RefusalCode::BlobConflict));
    for caller in [&mut doctor, &mut patient] {
        assert_eq!(put(caller, chunk(1, LENGTH, 0, 7)).await, Ok(Response::Done), "repeated");
        assert_eq!(put(caller, chunk(1, LENGTH, 0, 8)).await, conflict, "another content");
        assert_eq!(put(caller, chunk(1, 2 * LENGTH, 0, 7)).await, conflict, "another length");
        assert_eq!(put(caller, chunk(1, 2 * LENGTH, 1, 7)).await, conflict, "another length");
    }
    put_all(&mut doctor, 1, 7).await;
    let before = world.digest().await;
    for index in 0..3 {
        assert_eq!(put(&mut patient, chunk(1, LENGTH, index, 8)).await, conflict);
        assert_eq!(put(&mut patient, chunk(1, LENGTH, index, 7)).await, Ok(Response::Done));
        assert_eq!(take(&mut doctor, 1, index).await, Ok(Response::Chunk(chunk(1, LENGTH, index, 7).chunk)));
    }
    assert_eq!(world.digest().await, before);
}

#[tokio::test]
async fn of_two_who_put_at_once_one_wins_and_nothing_is_mixed() {
    let world = World::new().await;
    let (mut doctor, mut patient) = world.pair().await;
    for index in 0..3 {
        let (one, other) = futures_util::join!(
            put(&mut doctor, chunk(1, LENGTH, index, 7)),
            put(&mut patient, chunk(1, LENGTH, index, 8)),
        );
        let winner = if one.is_ok() { 7 } else { 8 };
        assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
        let codes = [one, other].map(|outcome| outcome.err().map(|refusal| refusal.code));
        let lost = codes.into_iter().flatten().next().unwrap();
        assert!(matches!(lost, RefusalCode::BlobConflict | RefusalCode::BlobGap), "{lost:?}");
        let folder = std::fs::read_dir(world.data.path().join("blobs")).unwrap().next().unwrap().unwrap();
        let stored = std::fs::read(folder.path().join(index.to_string())).unwrap();
        assert_eq!(stored, chunk(1, LENGTH, index, winner).chunk.as_slice());
    }
}

#[tokio::test]
async fn a_chunk_out_of_turn_or_of_another_shape_is_refused_and_changes_nothing() {
    let world = World::new().await;
    let (mut doctor, _) = world.pair().await;
    let gap = Err(Refusal::after(RefusalCode::BlobGap, 1));
    assert_eq!(put(&mut doctor, chunk(1, LENGTH, 1, 7)).await, gap);
    assert_eq!((next(&mut doctor, 1).await, folders(&world)), (0, 0));
    put(&mut doctor, chunk(1, LENGTH, 0, 7)).await.unwrap();
    let before = world.digest().await;
    assert_eq!(put(&mut doctor, chunk(1, LENGTH, 2, 7)).await, gap);
    let good = chunk(1, LENGTH, 1, 7);
    let cut = good.chunk.as_slice()[1..].to_vec().into();
    let longer = [good.chunk.as_slice(), &[0]].concat().into();
    for bad in [
        PutChunk { index: 3, ..good.clone() },
        PutChunk { index: u32::MAX, ..good.clone() },
        PutChunk { chunk: cut, ..good.clone() },
        PutChunk { chunk: longer, ..good.clone() },
        PutChunk { chunk: Default::default(), ..good.clone() },
    ] {
        assert_eq!(put(&mut doctor, bad).await, Err(refused(RefusalCode::Malformed)));
    }
    assert_eq!((next(&mut doctor, 1).await, world.digest().await), (1, before));
    assert_eq!(put(&mut doctor, good).await, Ok(Response::Done));
}

#[tokio::test]
async fn what_is_not_known_not_whole_or_not_there_is_refused_alike() {
    let world = World::new().await;
    let (mut doctor, mut patient) = world.pair().await;
    put(&mut doctor, chunk(1, LENGTH, 0, 7)).await.unwrap();
    put_all(&mut doctor, 2, 7).await;
    for (blob, index) in [(1, 0), (1, 1), (2, 3), (2, u32::MAX), (3, 0)] {
        assert_eq!(take(&mut patient, blob, index).await, Err(refused(RefusalCode::NoSuchBlob)));
    }
    let mut stranger = world.stranger().await;
    for request in [
        Request::TakeChunk { blob: blob_id(2), index: 0 },
        Request::AskBlob(blob_id(2)),
        Request::PutChunk(PutChunk { chunk: Default::default(), ..chunk(1, 100, 0, 7) }),
    ] {
        assert_eq!(stranger.ask(request).await, Err(refused(RefusalCode::OutOfTurn)));
    }
}

#[tokio::test]
async fn blobs_have_a_bounded_room_and_messages_go_on_beside_it() {
    let size = BlobSize::of_document(LENGTH).unwrap().bytes();
    let world = World::new().await.restart_with(|config| config.blob_room_bytes = 2 * size).await;
    let (mut doctor, _) = world.pair().await;
    doctor.open(1, AnswerMode::Open, &[]).await;
    put_all(&mut doctor, 1, 7).await;
    put(&mut doctor, chunk(2, LENGTH, 0, 7)).await.unwrap();
    let full = Err(Refusal::after(RefusalCode::StorageFull, 600));
    assert_eq!(put(&mut doctor, chunk(3, 1, 0, 7)).await, full);
    drop(doctor);
    let world = world.restart_with(|config| config.blob_room_bytes = 2 * size).await;
    let (mut doctor, _) = world.pair().await;
    assert_eq!(put(&mut doctor, chunk(3, 1, 0, 7)).await, full, "also after a restart");
    put_all(&mut doctor, 2, 7).await;
    assert!(doctor.append(append(1, Application, 1, 9)).await.is_ok());
    // A day beyond the two of a blob that is not whole, and all are: nothing makes room before the retention.
    world.clock.advance((OPEN_BLOB_DAYS + 1) * SECONDS_PER_DAY);
    world.relay.prune().await;
    assert_eq!(put(&mut doctor, chunk(3, 1, 0, 7)).await, full);
}

#[tokio::test]
async fn a_blob_is_gone_after_its_time_which_is_short_while_it_is_not_whole() {
    let world = World::new().await;
    let (mut doctor, mut patient) = world.pair().await;
    put_all(&mut doctor, 1, 7).await;
    put(&mut doctor, chunk(2, LENGTH, 0, 7)).await.unwrap();
    world.clock.advance(OPEN_BLOB_DAYS * SECONDS_PER_DAY);
    world.relay.prune().await;
    assert_eq!((next(&mut patient, 1).await, next(&mut patient, 2).await, folders(&world)), (3, 1, 2));
    world.clock.advance(SECONDS_PER_DAY);
    world.relay.prune().await;
    assert_eq!((next(&mut patient, 1).await, next(&mut patient, 2).await, folders(&world)), (3, 0, 1));
    assert_eq!(put(&mut doctor, chunk(2, LENGTH, 1, 7)).await.unwrap_err().code, RefusalCode::BlobGap);
    drop((doctor, patient));
    world.clock.advance((RETENTION_DAYS - OPEN_BLOB_DAYS - 1) * SECONDS_PER_DAY);
    world.relay.prune().await;
    assert_eq!(folders(&world), 1);
    world.clock.advance(SECONDS_PER_DAY);
    world.relay.prune().await;
    assert_eq!(folders(&world), 0);
    assert!(!world.digest().await.iter().any(|row| row.starts_with("blob")));
}

#[tokio::test]
async fn a_removal_that_died_halfway_is_done_again_and_serves_nothing_meanwhile() {
    let world = World::new().await;
    let (mut doctor, _) = world.pair().await;
    put_all(&mut doctor, 1, 7).await;
    let folder = std::fs::read_dir(world.data.path().join("blobs")).unwrap().next().unwrap().unwrap().path();
    std::fs::remove_file(folder.join("1")).unwrap();
    assert_eq!(take(&mut doctor, 1, 1).await, Err(refused(RefusalCode::NoSuchBlob)));
    drop(doctor);
    world.clock.advance((RETENTION_DAYS + 1) * SECONDS_PER_DAY);
    world.relay.prune().await;
    assert_eq!(folders(&world), 0);
}

#[tokio::test]
async fn open_blobs_of_one_device_are_bounded() {
    let world = World::new().await;
    let (mut doctor, mut patient) = world.pair().await;
    let most = u8::try_from(OPEN_BLOBS_PER_DEVICE).unwrap();
    for blob in 0..most {
        put(&mut doctor, chunk(blob, LENGTH, 0, 7)).await.unwrap();
    }
    let refusal = put(&mut doctor, chunk(most, LENGTH, 0, 7)).await.unwrap_err();
    assert_eq!(refusal.code, RefusalCode::QuotaExceeded);
    assert_eq!(folders(&world), OPEN_BLOBS_PER_DEVICE);
    assert!(put(&mut patient, chunk(most, LENGTH, 0, 7)).await.is_ok(), "others go on");
    put_all(&mut doctor, 0, 7).await;
    assert!(put(&mut doctor, chunk(most + 1, LENGTH, 0, 7)).await.is_ok(), "one is whole");
}

#[tokio::test]
async fn a_disk_that_fails_is_refused_for_now_and_messages_go_on() {
    let world = World::new().await;
    let (mut doctor, _) = world.pair().await;
    doctor.open(1, AnswerMode::Open, &[]).await;
    let folder = world.data.path().join("blobs");
    std::fs::remove_dir(&folder).unwrap();
    std::fs::write(&folder, "no folder").unwrap();
    let refusal = put(&mut doctor, chunk(1, LENGTH, 0, 7)).await.unwrap_err();
    assert_eq!(refusal.code, RefusalCode::Internal);
    assert!(matches!(refusal.retry, Retry::After { .. }));
    assert!(doctor.append(append(1, Application, 1, 9)).await.is_ok());
    std::fs::remove_file(&folder).unwrap();
    std::fs::create_dir(&folder).unwrap();
    put_all(&mut doctor, 1, 7).await;
}
