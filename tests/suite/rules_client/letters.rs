//! Letters: from whom, in what group, and about what (R24, R25, R32, R39, PROTOCOL section 17).

use colloque_client_core::mls::{create_config, letter_config};
use colloque_client_core::{Event, HistoryState};
use colloque_schemas::certificate::Holder;
use colloque_schemas::codec;
use colloque_schemas::device_list::DeviceList;
use colloque_schemas::envelope::NewWelcome;
use colloque_schemas::frame::{Event as RelayEvent, ServerFrame};
use colloque_schemas::history::{HistoryLetter, Scope};
use colloque_schemas::id::{HistoryId, Seq, ThreadId};
use colloque_schemas::letter::{AccountSeed, Letter, PrimaryLetter, SealedLetter};
use colloque_schemas::limits::{
    ENVELOPE_MIN_BYTES, HISTORY_PART_MAX_BYTES, HISTORY_PARTS_MAX, WELCOME_MAX_BYTES,
};
use colloque_schemas::mimi::{DocumentKey, DocumentPart};
use colloque_schemas::padding::pad;
use colloque_schemas::time::SECONDS_PER_DAY;
use colloque_tests::raw::thread_id;
use colloque_tests::world::professional;
use colloque_tests::{Person, RawDevice, Rogue, Scene};
use ed25519_dalek::SigningKey;
use openmls::prelude::tls_codec::Serialize;
use openmls::prelude::{GroupId, KeyPackage, MlsGroup, MlsGroupCreateConfig};

const HISTORY: HistoryId = HistoryId::new([7; 16]);

/// A letter as its writer makes it.
struct Written {
    group: ThreadId,
    welcome: Vec<u8>,
    message: Vec<u8>,
}

impl Written {
    /// In a group of these settings, for these.
    fn by(
        writer: &Rogue,
        group: ThreadId,
        config: &MlsGroupCreateConfig,
        readers: &[KeyPackage],
        letter: &[u8],
    ) -> Self {
        let (provider, signer) = (&writer.provider, &writer.signer);
        let id = GroupId::from_slice(group.as_bytes());
        let made = MlsGroup::new_with_group_id(provider, signer, config, id, writer.credential());
        let mut made = made.unwrap();
        let (_, welcome, _) = made.add_members(provider, signer, readers).unwrap();
        made.merge_pending_commit(provider).unwrap();
        let message = made.create_message(provider, signer, letter).unwrap();
        let [welcome, message] = [welcome, message].map(|bytes| bytes.tls_serialize_detached().unwrap());
        Self { group, welcome, message }
    }

    fn payload(&self) -> Vec<u8> {
        let (welcome, message) = (self.welcome.clone().into(), self.message.clone().into());
        let sealed = codec::encode(&SealedLetter { welcome, message });
        pad(&sealed, ENVELOPE_MIN_BYTES, WELCOME_MAX_BYTES).unwrap()
    }
}

/// The account key and certificate of an honest person, as whoever has the profile and its key reads them.
fn stolen(scene: &mut Scene) -> (SigningKey, Vec<u8>) {
    let patient = &mut scene.patient;
    patient.switch_off();
    let store = patient.store();
    let setting = |name: &str| -> Vec<u8> {
        store
            .read(|view| {
                let mut statement = view.prepare("SELECT value FROM meta WHERE name = ?1")?;
                Ok::<_, colloque_client_core::StoreError>(statement.query_row([name], |row| row.get(0))?)
            })
            .unwrap()
    };
    let (seed, certificate) = (setting("account-seed"), setting("account-certificate"));
    drop(store);
    patient.switch_on();
    scene.rig.connect(&mut scene.patient);
    scene.settle();
    (SigningKey::from_bytes(&seed.try_into().unwrap()), certificate)
}

/// Another device of the patient's account, which the patient's own does not know yet.
async fn stage() -> (Scene, Rogue) {
    let mut scene = Scene::new().await;
    let (key, certificate) = stolen(&mut scene);
    let device = RawDevice::with_account(&mut scene.world, key, &certificate);
    (scene, Rogue::on(device))
}

/// The patient's account lists this device.
fn list(scene: &mut Scene, other: &Rogue) {
    let (account, own) = (scene.patient.account(), scene.patient.client().own().device);
    let devices = vec![own, other.device.device()];
    let list = DeviceList::sign(account, 2, devices, &other.device.account_key).unwrap();
    let event = ServerFrame::Event(RelayEvent::Devices(list.to_unverified()));
    scene.rig.hand(&mut scene.patient, &event);
    scene.patient.told.clear();
}

fn reader(scene: &mut Scene) -> KeyPackage {
    let account = scene.patient.account();
    scene.claim(&[account]).remove(0)
}

fn history(parts: Vec<DocumentPart>) -> Vec<u8> {
    codec::encode(&Letter::History(HistoryLetter { history: HISTORY, scope: Scope::All, messages: 0, parts }))
}

fn told(scene: &mut Scene, group: ThreadId, payload: Vec<u8>) -> Vec<Event> {
    let devices = vec![scene.patient.client().own().device];
    scene.patient.told.clear();
    scene.rig.invite(group, Seq::START, vec![NewWelcome { devices, payload: payload.into() }]);
    scene.settle();
    assert_eq!(scene.patient.errors, Vec::<String>::new());
    std::mem::take(&mut scene.patient.told)
}

/// What the patient's device says of it, and that nothing of it is kept.
fn refused(scene: &mut Scene, written: &Written) -> &'static str {
    let told = told(scene, written.group, written.payload());
    let [Event::LetterRefused { reason }] = told[..] else { panic!("{told:?}") };
    assert!(scene.patient.client().histories().unwrap().is_empty());
    reason
}

fn histories(person: &mut Person) -> Vec<(HistoryId, HistoryState)> {
    let histories = person.client().histories().unwrap().into_iter();
    histories.map(|history| (history.history, history.state)).collect()
}

#[tokio::test]
async fn r39_client_refuses_a_letter_of_another_account_whatever_its_role() {
    let mut scene = Scene::new().await;
    for holder in [professional("Dr Paul Rouge"), Holder::Patient] {
        let rogue = Rogue::new(&mut scene.world, &holder);
        let (group, reader) = (thread_id(&mut scene.world), reader(&mut scene));
        let written = Written::by(&rogue, group, &letter_config(), &[reader], &history(vec![]));
        assert_eq!(refused(&mut scene, &written), "R39");
    }
}

#[tokio::test]
async fn r25_client_refuses_a_letter_of_a_device_that_its_own_list_does_not_name_and_takes_it_once_it_does() {
    let (mut scene, rogue) = stage().await;
    let (group, reader) = (thread_id(&mut scene.world), reader(&mut scene));
    let written = Written::by(&rogue, group, &letter_config(), &[reader], &history(vec![]));
    assert_eq!(refused(&mut scene, &written), "R25");
    list(&mut scene, &rogue);
    // The refusal has used up no KeyPackage.
    assert_eq!(told(&mut scene, group, written.payload()), [Event::HistoryChanged(HISTORY)]);
    assert_eq!(histories(&mut scene.patient), [(HISTORY, HistoryState::Done)]);
    let again = told(&mut scene, group, written.payload());
    assert_eq!(again, [Event::LetterRefused { reason: "no-matching-key-package" }]);
    assert_eq!(histories(&mut scene.patient).len(), 1);
}

#[tokio::test]
async fn r24_client_refuses_a_letter_of_its_own_account_under_another_account_key() {
    let (mut scene, _) = stage().await;
    let other_key = SigningKey::from_bytes(&[9; 32]);
    let public = colloque_schemas::id::AccountKey::new(other_key.verifying_key().to_bytes());
    let account = scene.patient.account();
    let certificate = scene.world.certify_as(account, public, &Holder::Patient);
    let rogue = Rogue::on(RawDevice::with_account(&mut scene.world, other_key, &certificate));
    let (group, reader) = (thread_id(&mut scene.world), reader(&mut scene));
    let written = Written::by(&rogue, group, &letter_config(), &[reader], &history(vec![]));
    assert_eq!(refused(&mut scene, &written), "R24");
}

#[tokio::test]
async fn a_letter_in_a_group_that_is_none_of_a_letter_is_refused_and_so_is_what_is_none_of_its_own() {
    let (mut scene, rogue) = stage().await;
    list(&mut scene, &rogue);
    let to = reader(&mut scene);
    let mut group = || thread_id(&mut scene.world);
    let (first, second, third, fourth) = (group(), group(), group(), group());
    let letter = history(vec![]);
    let chartered = create_config(b"a charter".to_vec()).unwrap();
    let with_charter = Written::by(&rogue, first, &chartered, std::slice::from_ref(&to), &letter);
    assert_eq!(refused(&mut scene, &with_charter), "malformed");
    let third_device = Rogue::new(&mut scene.world, &Holder::Patient).key_package();
    let of_three = Written::by(&rogue, second, &letter_config(), &[to.clone(), third_device], &letter);
    assert_eq!(refused(&mut scene, &of_three), "malformed");
    let good = Written::by(&rogue, third, &letter_config(), std::slice::from_ref(&to), &letter);
    let elsewhere = Written { group: fourth, welcome: good.welcome.clone(), message: good.message.clone() };
    assert_eq!(refused(&mut scene, &elsewhere), "malformed");
    let other = Written::by(&rogue, fourth, &letter_config(), std::slice::from_ref(&to), &letter);
    let mixed = Written { group: third, welcome: good.welcome.clone(), message: other.message };
    assert_eq!(refused(&mut scene, &mixed), "undecryptable");
    for (payload, reason) in [(vec![0; 512], "malformed"), (vec![5; 100], "malformed")] {
        assert_eq!(told(&mut scene, third, payload), [Event::LetterRefused { reason }]);
    }
    assert_eq!(
        told(&mut scene, third, good.payload()),
        [Event::HistoryChanged(HISTORY)],
        "the base is a good one"
    );
}

#[tokio::test]
async fn r32_client_refuses_a_letter_of_a_device_whose_certificate_has_expired() {
    let (mut scene, rogue) = stage().await;
    list(&mut scene, &rogue);
    let to = reader(&mut scene);
    let group = thread_id(&mut scene.world);
    let written = Written::by(&rogue, group, &letter_config(), &[to], &history(vec![]));
    scene.world.clock.advance(82 * SECONDS_PER_DAY);
    assert_eq!(refused(&mut scene, &written), "R32");
}

#[tokio::test]
async fn a_letter_that_says_what_none_may_is_refused() {
    let (mut scene, rogue) = stage().await;
    list(&mut scene, &rogue);
    let part = |bytes| DocumentPart {
        media_type: "application/octet-stream".to_owned(),
        blob: colloque_schemas::id::BlobId::new([1; 16]),
        bytes,
        key: DocumentKey::new([2; 32]),
        nonce: [3; 19],
        hash: colloque_schemas::id::KeyHash::new([4; 32]),
        name: "history".to_owned(),
    };
    let seed = AccountSeed::new([8; 32]);
    let another_key = Letter::Primary(PrimaryLetter { account_seed: seed, devices: vec![] });
    let letters = [
        history(vec![part(HISTORY_PART_MAX_BYTES + 1)]),
        history(vec![part(1); HISTORY_PARTS_MAX + 1]),
        b"no letter".to_vec(),
    ];
    for letter in letters {
        let (group, to) = (thread_id(&mut scene.world), reader(&mut scene));
        let written = Written::by(&rogue, group, &letter_config(), &[to], &letter);
        assert_eq!(refused(&mut scene, &written), "malformed");
    }
    // Of a device that has the account key already, another one is nothing.
    let (group, to) = (thread_id(&mut scene.world), reader(&mut scene));
    let written = Written::by(&rogue, group, &letter_config(), &[to], &codec::encode(&another_key));
    assert_eq!(told(&mut scene, group, written.payload()), []);
    let key = rogue.device.account_key.verifying_key().to_bytes();
    assert_eq!(scene.patient.client().own().account_key.as_bytes(), &key);
}
