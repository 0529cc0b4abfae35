//! P3: what a copy of the data folder, without its key files, shows.

use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::envelope::EnvelopeKind::{Application, Handshake};
use colloque_schemas::frame::PublishKeyPackages;

use super::*;

/// Every file but the keys, with the write-ahead log as it is.
fn stored(world: &World) -> Vec<(String, Vec<u8>)> {
    files_in(world.data.path())
}

fn files_in(folder: &std::path::Path) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            files.extend(files_in(&path));
        } else if path.extension().is_none_or(|extension| extension != "key") {
            files.push((path.display().to_string(), std::fs::read(&path).unwrap()));
        }
    }
    files
}

fn occurs(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

async fn live_a_little(world: &World) -> (Caller, Caller) {
    let (mut doctor, mut patient) = world.pair().await;
    let published = PublishKeyPackages {
        one_time: vec![b"canary one-time".repeat(40).into(), b"canary claimed".repeat(40).into()],
        last_resort: Some(b"canary last resort".repeat(40).into()),
    };
    patient.ask(Request::PublishKeyPackages(published)).await.unwrap();
    doctor.ask(Request::ClaimKeyPackages(patient.account)).await.unwrap();
    doctor.open(1, AnswerMode::OneReply, &[&patient]).await;
    let mut joining = append(1, Handshake, 1, 9);
    joining.welcomes =
        vec![NewWelcome { devices: vec![patient.device], payload: b"canary welcome!!".repeat(64).into() }];
    joining.grant = vec![AccountId::new([0x6b; 16])];
    joining.read_through = Some(Seq(2));
    doctor.append(joining).await.unwrap();
    patient.append(append(1, Application, 3, 10)).await.unwrap();
    for index in 0..2 {
        patient.ask(Request::PutChunk(blobs::chunk(0x7b, 300_000, index, 7))).await.unwrap();
    }
    (doctor, patient)
}

#[tokio::test]
async fn no_file_names_an_account_a_device_or_holds_a_key_package_or_welcome() {
    let world = World::new().await;
    let (doctor, patient) = live_a_little(&world).await;
    let files = stored(&world);
    assert!(
        files.iter().any(|(_, bytes)| occurs(bytes, thread_id(1).as_bytes())),
        "the search finds what is there"
    );
    assert!(files.iter().any(|(name, _)| name.contains("blobs")), "and blobs");
    let canaries: [&[u8]; 10] = [
        &[0x7b; 16],
        doctor.account.as_bytes(),
        patient.account.as_bytes(),
        &[0x6b; 16],
        doctor.device.as_bytes(),
        patient.device.as_bytes(),
        b"canary one-time",
        b"canary claimed",
        b"canary last resort",
        b"canary welcome",
    ];
    for (name, bytes) in &files {
        for canary in canaries {
            assert!(!occurs(bytes, canary), "{name} {canary:02x?}");
            assert!(!name.contains(&data_encoding::HEXLOWER.encode(canary)), "{name}");
        }
    }
}

#[tokio::test]
async fn what_was_claimed_or_acknowledged_is_overwritten_once_the_relay_is_idle() {
    let world = World::new().await;
    let (_doctor, mut patient) = live_a_little(&world).await;
    let page = patient.sync(&[]).await;
    let before = world.digest().await;
    let gone: Vec<String> = before.iter().filter(|row| row.starts_with("inbox_item")).cloned().collect();
    assert_eq!(gone.len(), 2);
    let last = page.inbox.last().unwrap().number;
    patient.ask(Request::AcknowledgeInbox(last)).await.unwrap();
    world.relay.stop().await;
    for row in gone {
        let sealed = data_encoding::HEXUPPER.decode(row.rsplit('|').next().unwrap().as_bytes()).unwrap();
        for (name, bytes) in stored(&world) {
            assert!(!occurs(&bytes, &sealed[..64]), "{name}");
        }
    }
}

#[tokio::test]
async fn days_are_all_that_is_stored_of_time() {
    let world = World::new().await;
    world.clock.advance(12_345);
    live_a_little(&world).await;
    let now = world.clock.now().0;
    for (name, bytes) in stored(&world) {
        // Seconds of these hours, as SQLite would store them: four bytes, big-endian.
        for second in now - 60..now + 60 {
            let second = u32::try_from(second).unwrap().to_be_bytes();
            assert!(!name.ends_with("relay.db") || !occurs(&bytes, &second), "{name}");
        }
    }
}
