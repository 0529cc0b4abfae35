//! Starting, restarting, stopping, failing.

use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::envelope::EnvelopeKind::Application;
use colloque_schemas::frame::{ServerFrame, ThreadPage};

use sqlx::Connection;

use super::super::{Inventory, RELAY_KEY_FILE, StartError};
use super::*;

#[tokio::test]
async fn a_restart_keeps_everything() {
    let mut world = World::new().await;
    let (mut doctor, patient) = world.pair().await;
    doctor.open(1, AnswerMode::Open, &[&patient]).await;
    let first = doctor.append(append(1, Application, 1, 9)).await.unwrap();
    let before = world.digest().await;
    drop((doctor, patient));
    world = world.restart().await;
    assert_eq!(world.digest().await, before);
    let (mut doctor, mut patient) = world.pair().await;
    assert_eq!(doctor.append(append(1, Application, 1, 9)).await, Ok(first));
    assert_eq!(doctor.append(append(1, Application, 1, 10)).await.unwrap().seq, Seq(4));
    let page = patient.sync(&[(1, 0)]).await;
    assert!(matches!(&page.threads[..], [ThreadPage::Envelopes { envelopes, .. }] if envelopes.len() == 4));
    assert_eq!(page.inbox.len(), 1);
}

#[tokio::test]
async fn a_stop_answers_what_was_taken_says_so_and_refuses_the_rest() {
    let world = World::new().await;
    let (mut doctor, patient) = world.pair().await;
    doctor.open(1, AnswerMode::Open, &[&patient]).await;
    let mut asked = Vec::new();
    for fill in 10..60 {
        asked.push(doctor.send(Request::Append(append(1, Application, 1, fill))).await);
    }
    world.relay.stop().await;
    for (id, seq) in asked.into_iter().zip(3..) {
        assert_eq!(appended(doctor.reply(id).await).unwrap().seq, Seq(seq));
    }
    assert!(doctor.events.iter().any(|event| matches!(event, Event::GoingAway { .. })));
    doctor
        .session
        .receive(&codec::encode(&ClientFrame {
            id: RequestId(999),
            request: Request::Append(append(1, Application, 1, 70)),
        }))
        .await;
    match doctor.next().await {
        ServerFrame::Refused { refusal, .. } => assert_eq!(refusal.code, RefusalCode::Busy),
        other => panic!("{other:?}"),
    }
    assert_eq!(doctor.end().await, End::GoingAway);
    assert!(!world.data.path().join("relay.db-wal").exists(), "the WAL is gone");
    world.relay.stop().await;
}

#[tokio::test]
async fn a_failed_transaction_is_answered_and_changes_nothing_also_in_memory() {
    let world = World::new().await;
    let (mut doctor, patient) = world.pair().await;
    doctor.open(1, AnswerMode::Open, &[&patient]).await;
    let before = world.digest().await;
    let mut intruder = sqlx::SqliteConnection::connect_with(
        &sqlx::sqlite::SqliteConnectOptions::new().filename(world.data.path().join("relay.db")),
    )
    .await
    .unwrap();
    let sabotage = "CREATE TRIGGER refuse BEFORE INSERT ON envelope BEGIN SELECT RAISE(FAIL, 'disk'); END";
    sqlx::query(sabotage).execute(&mut intruder).await.unwrap();
    let refusal = doctor.append(append(1, Application, 1, 9)).await.unwrap_err();
    assert_eq!(refusal.code, RefusalCode::Internal);
    assert!(!world.relay.is_ready().await);
    assert_eq!(world.digest().await, before);
    sqlx::query("DROP TRIGGER refuse").execute(&mut intruder).await.unwrap();
    assert_eq!(doctor.append(append(1, Application, 1, 9)).await.unwrap().seq, Seq(3));
    assert!(world.relay.is_ready().await);
}

#[tokio::test]
async fn a_second_relay_in_the_same_folder_does_not_start() {
    let world = World::new().await;
    let config = Config::new(world.data.path().to_owned(), NAME.to_owned(), world.anchor.clone());
    let second = Relay::open(config, Arc::<HandClock>::clone(&world.clock)).await;
    assert!(matches!(second.err(), Some(StartError::InUse(_))));
}

#[tokio::test]
async fn a_database_without_its_key_does_not_start() {
    let world = World::new().await;
    world.relay.stop().await;
    let World { data, clock, relay, anchor, .. } = world;
    drop(relay);
    std::fs::remove_file(data.path().join(RELAY_KEY_FILE)).unwrap();
    let config = Config::new(data.path().to_owned(), NAME.to_owned(), anchor);
    let error = Relay::open(config, clock).await.err().unwrap();
    assert!(error.to_string().contains("restore"), "{error}");
}

#[tokio::test]
async fn an_inventory_counts_what_is_stored() {
    let world = World::new().await;
    let (mut doctor, patient) = world.pair().await;
    doctor.open(1, AnswerMode::Open, &[&patient]).await;
    let inventory = Inventory::take(world.data.path()).await.unwrap();
    let rows = |name| inventory.tables.iter().find(|table| table.table == name).map(|table| table.rows);
    assert_eq!((rows("thread"), rows("envelope"), rows("access")), (Some(1), Some(2), Some(2)));
    assert_eq!((rows("account"), rows("inbox_item")), (Some(2), Some(1)));
    assert!(inventory.files.iter().any(|file| file.file == "relay.db"));
}
