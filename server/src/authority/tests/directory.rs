//! The directory of professionals: who is in it, page by page, and who may read it.

use colloque_schemas::asking::DirectoryStatement;
use colloque_schemas::id::AccountId;
use colloque_schemas::limits::{DIRECTORY_PAGE_ITEMS, DIRECTORY_PAGES_PER_MINUTE, FRAME_MAX_BYTES};
use colloque_schemas::rule::Rule;
use colloque_schemas::sign_in::EXPORTER_LABEL;
use colloque_schemas::time::SECONDS_PER_DAY;
use futures_util::{SinkExt, StreamExt};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};
use tokio::net::TcpListener;
use tokio_tungstenite::tungstenite;

use super::asking::{not_permitted, not_signed};
use super::*;
use crate::shutdown::Shutdown;
use crate::test_client;

impl Rig {
    /// One page: the accounts on it, and whether there is more.
    async fn page(&self, reader: &asking::Device, after: Option<AccountId>) -> (Vec<AccountId>, bool) {
        let reply = self.ask(reader.read(after)).await;
        let AuthorityReply::Professionals { certificates, more } = reply else { panic!("{reply:?}") };
        let verify = |der: &colloque_schemas::bytes::Opaque| {
            let certificate =
                AccountCertificate::verify(der.as_slice(), self.authority.anchor(), self.clock.now());
            let certificate = certificate.unwrap();
            assert!(matches!(certificate.holder(), Holder::Professional(_)));
            certificate.account()
        };
        (certificates.iter().map(verify).collect(), more)
    }

    /// Many professionals, at once.
    async fn issue_professionals(&self, count: usize) {
        let mut unit = self.authority.store().begin().await.unwrap();
        for number in 0..count {
            let mut seed = [9; 32];
            seed[..8].copy_from_slice(&number.to_be_bytes());
            let key = SigningKey::from_bytes(&seed);
            let invitation =
                self.authority.desk().make_code(&mut unit, professional(), None, 60, &places()).await;
            let code = invitation.unwrap().invitation.code;
            let lookup = code::lookup(&code);
            let stored = store::find_code(&mut unit, lookup).await.unwrap().unwrap();
            let account_key = AccountKey::new(key.verifying_key().to_bytes());
            let issued = self.authority.issue(&stored, account_key, self.clock.now()).unwrap();
            store::spend_code(&mut unit, lookup, &issued).await.unwrap();
        }
        unit.commit().await.unwrap();
    }
}

#[tokio::test]
async fn everyone_who_is_enrolled_reads_all_professionals_and_no_patient() {
    let rig = Rig::start().await;
    let doctor = rig.device(professional(), 1).await;
    let patient = rig.device(Holder::Patient, 2).await;
    let colleague = rig.device(professional(), 3).await;
    let mut expected = vec![doctor.account, colleague.account];
    expected.sort_unstable();
    for reader in [&doctor, &patient] {
        assert_eq!(rig.page(reader, None).await, (expected.clone(), false));
    }
    assert_eq!(rig.page(&doctor, Some(expected[0])).await, (expected[1..].to_vec(), false));
    assert_eq!(rig.page(&doctor, Some(expected[1])).await, (vec![], false));
}

#[tokio::test]
async fn pages_are_bounded_and_together_they_are_everyone_once() {
    let rig = Rig::start().await;
    let reader = rig.device(Holder::Patient, 1).await;
    let count = 2 * DIRECTORY_PAGE_ITEMS;
    rig.issue_professionals(count).await;
    let (first, more) = rig.page(&reader, None).await;
    assert_eq!((first.len(), more), (DIRECTORY_PAGE_ITEMS, true));
    let (second, more) = rig.page(&reader, first.last().copied()).await;
    assert_eq!(
        (second.len(), more),
        (DIRECTORY_PAGE_ITEMS, false),
        "a full last page says that it is the last"
    );
    let all = [first, second].concat();
    assert!(all.is_sorted_by(|one, next| one < next));
}

#[tokio::test]
async fn a_whole_page_is_read_over_the_network() {
    let rig = Rig::start().await;
    let reader = rig.device(Holder::Patient, 1).await;
    rig.issue_professionals(DIRECTORY_PAGE_ITEMS).await;
    let Rig { authority, folder: _folder, .. } = rig;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (_trigger, shutdown) = Shutdown::manual();
    tokio::spawn(serve(Arc::new(authority), listener, shutdown));
    let stream = test_client::tls(address).await;
    let binding = stream.get_ref().1.export_keying_material([0; 32], EXPORTER_LABEL, None).unwrap();
    let (mut socket, _) = tokio_tungstenite::client_async("ws://localhost/v1", stream).await.unwrap();
    let request = codec::encode(&reader.read_on(None, ChannelBinding(binding)));
    socket.send(tungstenite::Message::binary(request)).await.unwrap();
    let reply = socket.next().await.unwrap().unwrap().into_data();
    let reply: AuthorityReply = codec::decode(&reply, FRAME_MAX_BYTES).unwrap();
    let AuthorityReply::Professionals { certificates, .. } = reply else { panic!("{reply:?}") };
    assert_eq!(certificates.len(), DIRECTORY_PAGE_ITEMS);
}

#[tokio::test]
async fn who_cannot_show_a_certificate_of_today_reads_nothing() {
    let (rig, elsewhere) = (Rig::start().await, Rig::start().await);
    let doctor = rig.device(professional(), 1).await;
    let stranger = elsewhere.device(professional(), 1).await;
    assert_eq!(rig.ask(stranger.read(None)).await, not_permitted(Rule::LeavesAreCertified));
    let AuthorityRequest::Professionals { chain, signature, .. } = doctor.read(None) else { panic!() };
    let other_page = Some(doctor.account);
    let request = AuthorityRequest::Professionals { chain: chain.clone(), after: other_page, signature };
    assert_eq!(rig.ask(request).await, not_signed(), "signed for another page");
    let signature = DirectoryStatement { after: None, channel_binding: BINDING }.sign(&key(55));
    let request = AuthorityRequest::Professionals { chain, after: None, signature };
    assert_eq!(rig.ask(request).await, not_signed(), "signed by another device");
    rig.pass(81 * SECONDS_PER_DAY);
    assert_eq!(rig.ask(doctor.read(None)).await, not_permitted(Rule::LeavesAreCertified));
}

#[tokio::test]
async fn a_professional_whose_certificate_has_ended_is_no_longer_listed() {
    let rig = Rig::start().await;
    rig.device(professional(), 1).await;
    rig.pass(3 * 365 * SECONDS_PER_DAY);
    let later = rig.device(professional(), 2).await;
    assert_eq!(rig.page(&later, None).await, (vec![later.account], false));
}

#[tokio::test]
async fn an_account_reads_so_many_pages_a_minute() {
    let rig = Rig::start().await;
    let reader = rig.device(Holder::Patient, 1).await;
    for _ in 0..DIRECTORY_PAGES_PER_MINUTE {
        rig.page(&reader, None).await;
    }
    let left = 60 - u32::try_from(START % 60).unwrap();
    let exceeded = AuthorityReply::Refused(Refusal::after(RefusalCode::QuotaExceeded, left));
    assert_eq!(rig.ask(reader.read(None)).await, exceeded);
    let other = rig.device(Holder::Patient, 2).await;
    rig.page(&other, None).await;
    rig.pass(60);
    rig.page(&reader, None).await;
}

#[tokio::test]
async fn who_was_certified_before_there_was_a_directory_is_listed_by_the_role_of_the_certificate() {
    let rig = Rig::start().await;
    let doctor = rig.device(professional(), 1).await;
    let patient = rig.device(Holder::Patient, 2).await;
    rig.authority.desk().close().await;
    // As the first version left it.
    let database = Folder::open(rig.folder.path()).unwrap().database();
    let mut connection = SqliteConnectOptions::new().filename(&database).connect().await.unwrap();
    for undo in [
        "DROP INDEX accounts_in_directory",
        "ALTER TABLE accounts DROP COLUMN is_professional",
        "DROP INDEX codes_by_account",
        "ALTER TABLE codes DROP COLUMN account",
        "DELETE FROM _sqlx_migrations WHERE version = 2",
    ] {
        sqlx::query(undo).execute(&mut connection).await.unwrap();
    }
    connection.close().await.unwrap();
    let authority = Authority::open(rig.folder.path(), rig.clock.clone(), None).await.unwrap();
    let reply = authority.answer(patient.read(None), BINDING).await;
    let AuthorityReply::Professionals { certificates, .. } = reply else { panic!("{reply:?}") };
    let [only] = &certificates[..] else { panic!("{certificates:?}") };
    let only = AccountCertificate::verify(only.as_slice(), authority.anchor(), rig.clock.now()).unwrap();
    assert_eq!(only.account(), doctor.account);
}
