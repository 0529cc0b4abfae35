//! A relay's database in which one bit is wrong, or whose log was cut.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use colloque_client_core::{Event, Standing};
use colloque_schemas::id::ThreadId;
use colloque_server::relay::{Config, Relay};
use colloque_tests::fuse::copy_folder;
use colloque_tests::world::RELAY_NAME;
use colloque_tests::{Person, Rng, World};
use rand_core::RngCore as _;
use tempfile::TempDir;

/// Bits that are tried.
const BITS: u32 = 100;
/// Bytes of a page, and of its beginning, where the places of its rows are.
const PAGE_BYTES: usize = 16 * 1024;
const HEAD_BYTES: usize = 64;
/// What is in the thread before the damage.
const TEXTS: [&str; 6] = ["0", "1", "2", "3", "4", "5"];
/// What is said after it.
const LATER: &str = "later";

/// A thread whose patient has read nothing but the first message; both devices are off and the relay has stopped.
async fn scene() -> (World, Person, Person, ThreadId) {
    let mut world = World::new().await;
    let mut doctor = world.professional("Dr Ana Verne").await;
    let mut patient = world.patient().await;
    let thread = world.open(&mut doctor, &mut patient, TEXTS[0]).await;
    patient.switch_off();
    for text in &TEXTS[1..] {
        doctor.client().send(thread, text, world.clock.read()).unwrap();
        world.settle(&mut [&mut doctor]).await;
    }
    doctor.switch_off();
    world.relay.stop().await;
    (world, doctor, patient, thread)
}

/// What became of a damaged relay and the people on it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Outcome {
    /// It does not start, and says why.
    NotStarted,
    /// Somebody was told, or cannot go on.
    Told,
    /// All was as if nothing had happened.
    Harmless,
}

/// Starts a relay on this folder, lets the patient read and the doctor write, and looks at what both show.
async fn outcome(world: &mut World, data: &Path, saved: [&Person; 2], thread: ThreadId) -> Outcome {
    let config = Config::new(data.to_owned(), RELAY_NAME.to_owned(), world.anchor.clone());
    let Ok(relay) = Relay::open(config, Arc::new(world.clock.clone())).await else {
        return Outcome::NotStarted;
    };
    world.relay = relay;
    let [mut doctor, mut patient] = saved.map(Person::copied);
    for person in [&mut patient, &mut doctor] {
        person.switch_on();
        world.connect(person);
    }
    world.settle(&mut [&mut patient, &mut doctor]).await;
    // A device that cannot go on says so at once.
    let is_refused = doctor.client().send(thread, LATER, world.clock.read()).is_err();
    world.settle(&mut [&mut patient, &mut doctor]).await;
    world.relay.stop().await;

    let truth: Vec<&str> = TEXTS.iter().copied().chain([LATER]).collect();
    let shown = patient.texts(thread);
    let mut rest = truth.iter();
    assert!(shown.iter().all(|text| rest.any(|one| one == text)), "nothing false, nothing twice: {shown:?}");
    let is_told = [&mut patient, &mut doctor].into_iter().any(|person| {
        let client = person.client();
        let standing = client.thread(thread).unwrap().standing;
        let is_settled = client.is_settled().unwrap();
        let is_named = |event: &Event| {
            matches!(
                event,
                Event::EnvelopeRefused { .. }
                    | Event::Gap { .. }
                    | Event::ForkDetected { .. }
                    | Event::AccessLost(_)
                    | Event::Pruned { .. }
                    | Event::RelayWentBack { .. }
                    | Event::SendRefused { .. }
                    | Event::SendDenied { .. }
            )
        };
        !person.errors.is_empty()
            || !is_settled
            || standing != Standing::Member
            || person.wire.is_none()
            || person.told.iter().any(is_named)
    });
    if is_told || is_refused {
        return Outcome::Told;
    }
    assert_eq!(shown, truth, "what is not told is whole");
    Outcome::Harmless
}

#[tokio::test]
async fn f09_whatever_bit_of_the_relays_database_is_wrong_nothing_false_is_shown_and_nothing_is_missing_untold()
 {
    let (mut world, doctor, patient, thread) = scene().await;
    let whole = fs::read(world.relay_folder().join("relay.db")).unwrap();
    let mut rng = Rng::from_number(9);
    let mut counted = [0_u32; 3];
    for number in 0..BITS {
        // Half of them where pages say what is in them.
        let mut draw = |below: usize| usize::try_from(rng.next_u64()).unwrap() % below;
        let pages = whole.len() / PAGE_BYTES;
        let bit = if number % 2 == 0 {
            draw(pages) * PAGE_BYTES * 8 + draw(HEAD_BYTES * 8)
        } else {
            draw(whole.len() * 8)
        };
        let data = TempDir::new().unwrap();
        copy_folder(&world.relay_folder(), data.path());
        let mut bytes = whole.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        fs::write(data.path().join("relay.db"), bytes).unwrap();
        println!("bit {bit} of {}", whole.len() * 8);
        let outcome = outcome(&mut world, data.path(), [&doctor, &patient], thread).await;
        counted[outcome as usize] += 1;
    }
    let [not_started, told, harmless] = counted;
    println!("{BITS} bits: {not_started} not started, {told} told, {harmless} harmless");
    assert!(told > 0 && harmless > 0);
}
