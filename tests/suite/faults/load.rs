//! Too much at once: a year of backlog, no file handles left, everyone told to go and back again.

use std::net::TcpStream;
use std::process::Command;

use colloque_client_core::Client;
use colloque_client_core::connection::{Clock as _, Connection, SystemClock};
use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::time::SECONDS_PER_DAY;
use colloque_tests::site::PATIENCE;
use colloque_tests::tenant::key_source;
use colloque_tests::under::Under;
use colloque_tests::{Rng, World};

use super::{check, clinic};

#[tokio::test]
async fn f24_a_device_that_was_away_for_a_year_reads_everything_and_answers() {
    const DAYS: usize = 365;
    let mut world = World::new().await;
    let mut doctor = world.professional("Dr Ana Verne").await;
    let mut patient = world.patient().await;
    let thread = world.open(&mut doctor, &mut patient, "day 0").await;
    patient.switch_off();
    let mut said = vec!["day 0".to_owned()];
    for day in 1..=DAYS {
        world.clock.advance(SECONDS_PER_DAY);
        // A connection ends with the certificate that it was signed in with; this one every day.
        world.connect(&mut doctor);
        world.settle(&mut [&mut doctor]).await;
        let now = world.clock.read();
        for part in ["morning", "noon", "evening"] {
            let text = format!("day {day}, {part}");
            doctor.client().send(thread, &text, now).unwrap();
            said.push(text);
        }
        if day % 7 == 0 {
            let mode = if day % 14 == 0 { AnswerMode::Open } else { AnswerMode::NoReply };
            doctor.client().set_mode(thread, mode, now).unwrap();
        }
        world.settle(&mut [&mut doctor]).await;
        assert!(doctor.client().is_settled().unwrap(), "day {day}: {:?}", doctor.errors);
    }
    let commits = doctor.client().log_head(thread).unwrap().seq.0 - u64::try_from(said.len()).unwrap();
    println!("{} messages and {commits} other envelopes in {DAYS} days", said.len());
    assert!(commits > 50);

    patient.switch_on();
    world.connect(&mut patient);
    world.settle(&mut [&mut patient, &mut doctor]).await;
    assert_eq!(patient.errors, Vec::<String>::new());
    assert_eq!(patient.texts(thread), said);
    assert_eq!(patient.refused(thread), Vec::<String>::new());
    patient.client().send(thread, "back again", world.clock.read()).unwrap();
    world.settle(&mut [&mut patient, &mut doctor]).await;
    assert_eq!(doctor.texts(thread).last().map(String::as_str), Some("back again"));
}

#[tokio::test]
async fn f25_a_relay_without_file_handles_goes_on_with_what_it_has_and_takes_others_later() {
    let mut tenant = clinic();
    tenant.stop_relay();
    tenant.start_relay_under(&Under::files(48));
    // Who is connected before.
    let entropy = Box::new(Rng::from_number(25));
    let profile = tenant.programs.folder().join("basile");
    let mut client = Client::open(&profile, &key_source(), entropy).unwrap();
    let mut connection = Connection::open(&mut client, &SystemClock).await.unwrap();
    let watching = tenant.person("ana", "en").starts(&["watch", "--json"]);
    watching.logs("Connected.");

    let crowd: Vec<TcpStream> =
        (0..100).filter_map(|_| TcpStream::connect(tenant.relay_address()).ok()).collect();
    assert!(crowd.len() > 60, "more than there are handles: {}", crowd.len());
    tenant.relay_logs("cannot accept");
    let thread = client.threads().unwrap()[0].thread;
    client.send(thread, "text 1", SystemClock.now()).unwrap();
    connection.settle(&mut client, &SystemClock, PATIENCE).await.unwrap();
    assert!(client.is_settled().unwrap(), "the relay has it");
    assert!(watching.line_with("text 1").contains("text 1"));

    drop((crowd, watching));
    connection.close(&mut client).await;
    drop(client);
    check(&tenant, &["text 1".to_owned()]);
}

/// The load tool, as it is beside this test.
fn load(arguments: &[&str]) {
    let this = std::env::current_exe().unwrap();
    let tool = this.ancestors().nth(2).unwrap().join("load");
    let done = Command::new(tool).args(arguments).output().unwrap();
    let (said, errors) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{said}\n{errors}");
    println!("{said}");
}

#[test]
fn f22_f23_a_relay_that_is_told_to_end_under_load_loses_nothing_and_everyone_comes_back_at_once() {
    load(&["drain", "--sockets", "2000"]);
}
