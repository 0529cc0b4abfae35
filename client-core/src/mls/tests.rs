//! Two devices on real stores, closed and opened again between every step, and killed at every write.

use openmls::prelude::tls_codec::{Deserialize as _, Serialize as _};
use openmls::prelude::*;
use openmls_traits::storage::StorageProvider as _;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;
use tempfile::TempDir;

use super::*;
use crate::store::{KeySource, ReadView, Savepoint, Store, StoreError, StoreKey};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

const CHARTER: &[u8] = b"planted charter";

struct Device {
    folder: TempDir,
    crypto: Crypto,
    seed: [u8; 32],
    signer: DeviceSigner,
    group_id: GroupId,
}

impl Device {
    fn new(name: u8) -> Self {
        let folder = TempDir::new().unwrap();
        drop(
            Store::create(folder.path(), &Self::key(), &mut ChaCha20Rng::seed_from_u64(u64::from(name)))
                .unwrap(),
        );
        let seed = std::array::from_fn(|at| {
            name.wrapping_mul(31).wrapping_add(u8::try_from(at).unwrap().wrapping_mul(7))
        });
        let signer = DeviceSigner::from_seed(&seed);
        Self { folder, crypto: Crypto::default(), seed, signer, group_id: GroupId::from_slice(b"thread") }
    }

    fn key() -> KeySource {
        KeySource::Raw(StoreKey::from_bytes(&[0x5a; 32]))
    }

    fn open(&self) -> Store {
        Store::open(self.folder.path(), &Self::key()).unwrap()
    }

    fn credential(&self) -> CredentialWithKey {
        CredentialWithKey {
            credential: Credential::new(CREDENTIAL_TYPE, self.signer.public_key().to_vec()),
            signature_key: self.signer.public_key().to_vec().into(),
        }
    }

    /// One unit of work on a store opened for it and closed after it.
    fn step<T>(&self, act: impl FnOnce(&Self, &Savepoint<'_>) -> Outcome<T>) -> Outcome<T> {
        let mut store = self.open();
        let mut unit = store.begin()?;
        let savepoint = unit.savepoint()?;
        let value = act(self, &savepoint)?;
        savepoint.keep()?;
        unit.commit()?;
        Ok(value)
    }

    fn group(&self, provider: &Provider<'_>) -> MlsGroup {
        MlsGroup::load(provider.storage(), &self.group_id).unwrap().unwrap()
    }

    fn key_package(&self) -> KeyPackage {
        self.step(|device, part| {
            let provider = Provider::new(&device.crypto, part.sql());
            let bundle =
                key_package_builder().build(SUITE, &provider, &device.signer, device.credential())?;
            Ok(bundle.key_package().clone())
        })
        .unwrap()
    }

    fn create(&self) {
        self.step(|device, part| {
            let provider = Provider::new(&device.crypto, part.sql());
            let config = create_config(CHARTER.to_vec())?;
            MlsGroup::new_with_group_id(
                &provider,
                &device.signer,
                &config,
                device.group_id.clone(),
                device.credential(),
            )?;
            Ok(())
        })
        .unwrap();
    }

    fn add(&self, key_package: &KeyPackage) -> Vec<u8> {
        self.step(|device, part| {
            let provider = Provider::new(&device.crypto, part.sql());
            let mut group = device.group(&provider);
            let (_, welcome, _) =
                group.add_members(&provider, &device.signer, std::slice::from_ref(key_package))?;
            Ok(welcome.tls_serialize_detached()?)
        })
        .unwrap()
    }

    fn join(&self, welcome: &[u8]) -> Outcome<()> {
        self.step(|device, part| {
            let provider = Provider::new(&device.crypto, part.sql());
            let MlsMessageBodyIn::Welcome(welcome) = MlsMessageIn::tls_deserialize_exact(welcome)?.extract()
            else {
                panic!("not a Welcome")
            };
            StagedWelcome::new_from_welcome(&provider, &join_config(), welcome, None)?
                .into_group(&provider)?;
            Ok(())
        })
    }

    fn merge_pending(&self) {
        self.step(|device, part| {
            let provider = Provider::new(&device.crypto, part.sql());
            Ok(device.group(&provider).merge_pending_commit(&provider)?)
        })
        .unwrap();
    }

    fn update(&self) -> Vec<u8> {
        self.step(|device, part| {
            let provider = Provider::new(&device.crypto, part.sql());
            let bundle = device.group(&provider).self_update(
                &provider,
                &device.signer,
                LeafNodeParameters::default(),
            )?;
            Ok(bundle.into_commit().tls_serialize_detached()?)
        })
        .unwrap()
    }

    fn send(&self, text: &[u8]) -> Vec<u8> {
        self.step(|device, part| {
            let provider = Provider::new(&device.crypto, part.sql());
            Ok(device
                .group(&provider)
                .create_message(&provider, &device.signer, text)?
                .tls_serialize_detached()?)
        })
        .unwrap()
    }

    fn receive(&self, envelope: &[u8]) -> Outcome<Vec<u8>> {
        self.step(|device, part| device.receive_in(part, envelope))
    }

    /// The text of an application message; nothing for a Commit, which is merged.
    fn receive_in(&self, part: &Savepoint<'_>, envelope: &[u8]) -> Outcome<Vec<u8>> {
        let provider = Provider::new(&self.crypto, part.sql());
        let mut group = self.group(&provider);
        let message = MlsMessageIn::tls_deserialize_exact(envelope)?.try_into_protocol_message()?;
        match group.process_message(&provider, message)?.into_content() {
            ProcessedMessageContent::ApplicationMessage(text) => Ok(text.into_bytes()),
            ProcessedMessageContent::StagedCommitMessage(commit) => {
                group.merge_staged_commit(&provider, *commit)?;
                Ok(Vec::new())
            }
            _ => panic!("neither message nor Commit"),
        }
    }

    fn epoch(&self) -> u64 {
        self.step(|device, part| {
            Ok(device.group(&Provider::new(&device.crypto, part.sql())).epoch().as_u64())
        })
        .unwrap()
    }
}

fn two_members() -> (Device, Device) {
    let (alice, bob) = (Device::new(1), Device::new(2));
    alice.create();
    let welcome = alice.add(&bob.key_package());
    alice.merge_pending();
    bob.join(&welcome).unwrap();
    (alice, bob)
}

/// Makes the write after `writes` more of them fail, as a disk would.
fn plant_failure(part: &Savepoint<'_>, writes: u32) {
    let trigger = |name, event| {
        format!(
            "CREATE TEMP TRIGGER {name} BEFORE {event} ON mls BEGIN
                SELECT RAISE(ABORT, 'planted') FROM budget WHERE writes = 0;
                UPDATE budget SET writes = writes - 1;
            END;"
        )
    };
    let (insert, delete) = (trigger("on_insert", "INSERT"), trigger("on_delete", "DELETE"));
    let sql = format!(
        "CREATE TEMP TABLE budget (writes INTEGER); INSERT INTO budget VALUES ({writes}); {insert} {delete}"
    );
    part.sql().execute_batch(&sql).unwrap();
}

#[test]
fn two_devices_talk_and_heal_with_their_state_read_from_disk_at_every_step() {
    let (alice, bob) = two_members();
    assert_eq!(bob.receive(&alice.send(b"bonjour")).unwrap(), b"bonjour");
    assert_eq!(alice.receive(&bob.send(b"bonjour docteur")).unwrap(), b"bonjour docteur");
    let commit = bob.update();
    assert_eq!(alice.receive(&commit).unwrap(), b"");
    bob.merge_pending();
    assert_eq!((alice.epoch(), bob.epoch()), (2, 2));
    assert_eq!(alice.receive(&bob.send(b"after")).unwrap(), b"after");
    // Out of order within an epoch, by less than the tolerance.
    let envelopes: Vec<_> = (0..20_u8).map(|number| alice.send(&[number])).collect();
    for (number, envelope) in envelopes.iter().enumerate().rev() {
        assert_eq!(bob.receive(envelope).unwrap(), [u8::try_from(number).unwrap()]);
    }
}

#[test]
fn a_thread_has_the_suite_the_charter_and_only_private_messages() {
    let (alice, bob) = two_members();
    let commit = alice.update();
    let format = MlsMessageIn::tls_deserialize_exact(&commit).unwrap().wire_format();
    assert_eq!(format, WireFormat::PrivateMessage);
    bob.step(|device, part| {
        let group = device.group(&Provider::new(&device.crypto, part.sql()));
        assert_eq!(group.ciphersuite(), SUITE);
        assert_eq!(group.extensions().unknown(CHARTER_EXTENSION_TYPE).unwrap().0, CHARTER);
        assert_eq!(group.configuration(), &join_config());
        for member in group.members() {
            assert_eq!(member.credential.credential_type(), CREDENTIAL_TYPE);
        }
        assert_eq!(group.own_leaf_node().unwrap().capabilities(), &capabilities());
        Ok(())
    })
    .unwrap();
}

#[test]
fn a_device_that_does_not_know_the_charter_cannot_be_added() {
    let (alice, stranger) = (Device::new(1), Device::new(3));
    alice.create();
    let key_package = stranger
        .step(|device, part| {
            let provider = Provider::new(&device.crypto, part.sql());
            let plain = Capabilities::builder()
                .ciphersuites(vec![SUITE])
                .credentials(vec![CREDENTIAL_TYPE])
                .extensions(Vec::new());
            let builder = KeyPackage::builder().leaf_node_capabilities(plain.build());
            Ok(builder.build(SUITE, &provider, &device.signer, device.credential())?.key_package().clone())
        })
        .unwrap();
    let added = alice.step(|device, part| {
        let provider = Provider::new(&device.crypto, part.sql());
        Ok(device.group(&provider).add_members(&provider, &device.signer, &[key_package]).map(|_| ())?)
    });
    assert!(added.is_err());
}

#[test]
fn a_failure_at_any_write_of_a_commit_leaves_a_device_that_can_read_it_again() {
    let (alice, bob) = two_members();
    let commit = alice.update();
    alice.merge_pending();
    let mut failures = 0;
    loop {
        let outcome = bob.step(|device, part| {
            plant_failure(part, failures);
            device.receive_in(part, &commit)
        });
        if outcome.is_ok() {
            break;
        }
        assert_eq!(bob.epoch(), 1, "after failing write {failures}");
        failures += 1;
    }
    assert!(failures >= 10, "only {failures} writes were seen");
    assert_eq!(bob.epoch(), 2);
    assert_eq!(bob.receive(&alice.send(b"on")).unwrap(), b"on");
    assert_eq!(alice.receive(&bob.send(b"and on")).unwrap(), b"and on");
}

#[test]
fn a_failure_at_any_write_of_merging_ones_own_commit_leaves_it_pending() {
    let (alice, bob) = two_members();
    let commit = alice.update();
    bob.receive(&commit).unwrap();
    let mut failures = 0;
    loop {
        let outcome = alice.step(|device, part| {
            plant_failure(part, failures);
            let provider = Provider::new(&device.crypto, part.sql());
            Ok(device.group(&provider).merge_pending_commit(&provider)?)
        });
        if outcome.is_ok() {
            break;
        }
        assert_eq!(alice.epoch(), 1, "after failing write {failures}");
        failures += 1;
    }
    assert!(failures >= 10, "only {failures} writes were seen");
    assert_eq!(alice.epoch(), 2);
    assert_eq!(bob.receive(&alice.send(b"on")).unwrap(), b"on");
    assert_eq!(alice.receive(&bob.send(b"and on")).unwrap(), b"and on");
}

#[test]
fn a_refused_commit_leaves_only_what_is_written_about_it() {
    let (alice, bob) = two_members();
    let commit = alice.update();
    alice.merge_pending();
    let mut store = bob.open();
    let mut unit = store.begin().unwrap();
    let part = unit.savepoint().unwrap();
    bob.receive_in(&part, &commit).unwrap();
    part.discard().unwrap();
    unit.sql().execute_batch("INSERT INTO meta VALUES ('refused', x'01')").unwrap();
    unit.commit().unwrap();
    let refused: Result<u32, StoreError> =
        store.read(|view| Ok(view.prepare("SELECT count(*) FROM meta")?.query_row([], |row| row.get(0))?));
    assert_eq!(refused.unwrap(), 1);
    drop(store);
    // Undone means undone: the same Commit can be judged again, where a kept ratchet step would refuse it.
    assert_eq!(bob.epoch(), 1);
    bob.receive(&commit).unwrap();
    assert_eq!(bob.epoch(), 2);
}

#[test]
fn a_failure_at_any_write_of_a_welcome_does_not_burn_the_key_package() {
    let (alice, bob) = (Device::new(1), Device::new(2));
    alice.create();
    let welcome = alice.add(&bob.key_package());
    alice.merge_pending();
    let mut failures = 0;
    loop {
        let outcome = bob.step(|device, part| {
            plant_failure(part, failures);
            let provider = Provider::new(&device.crypto, part.sql());
            let MlsMessageBodyIn::Welcome(welcome) = MlsMessageIn::tls_deserialize_exact(&welcome)?.extract()
            else {
                panic!("not a Welcome")
            };
            StagedWelcome::new_from_welcome(&provider, &join_config(), welcome, None)?
                .into_group(&provider)?;
            Ok(())
        });
        if outcome.is_ok() {
            break;
        }
        failures += 1;
    }
    assert!(failures >= 8, "only {failures} writes were seen");
    assert_eq!(bob.receive(&alice.send(b"welcome")).unwrap(), b"welcome");
}

#[test]
fn joining_uses_up_a_key_package_but_not_the_last_resort_and_both_are_valid_to_others() {
    for is_last_resort in [false, true] {
        let (alice, bob) = (Device::new(1), Device::new(2));
        alice.create();
        let key_package = bob.step(|device, part| {
            let provider = Provider::new(&device.crypto, part.sql());
            let mut builder = key_package_builder();
            if is_last_resort {
                builder = builder.mark_as_last_resort();
            }
            Ok(builder.build(SUITE, &provider, &device.signer, device.credential())?.key_package().clone())
        });
        let bytes = key_package.unwrap().tls_serialize_detached().unwrap();
        // As whoever adds the device reads it.
        let read = KeyPackageIn::tls_deserialize(&mut bytes.as_slice()).unwrap();
        let key_package = alice.step(|device, part| {
            let provider = Provider::new(&device.crypto, part.sql());
            Ok(read.clone().validate(provider.crypto(), ProtocolVersion::Mls10)?)
        });
        let key_package = key_package.unwrap();
        assert_eq!(key_package.last_resort(), is_last_resort);
        let welcome = alice.add(&key_package);
        bob.join(&welcome).unwrap();
        let is_kept = bob.step(|device, part| {
            let provider = Provider::new(&device.crypto, part.sql());
            let reference = key_package.hash_ref(provider.crypto())?;
            Ok(provider.storage().key_package::<_, KeyPackageBundle>(&reference)?.is_some())
        });
        assert_eq!(is_kept.unwrap(), is_last_resort);
    }
}

#[test]
fn openmls_writes_nothing_once_its_unit_is_lost() {
    let (alice, _bob) = two_members();
    type Row = (u8, Vec<u8>, Vec<u8>);
    let read = |view: ReadView<'_>| -> Result<Vec<Row>, StoreError> {
        let mut statement = view.prepare("SELECT kind, key, value FROM mls ORDER BY kind, key")?;
        Ok(statement
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
            .collect::<Result<_, _>>()?)
    };
    let rows = |store: &Store| store.read(read).unwrap();
    let mut store = alice.open();
    let before = rows(&store);
    let unit = store.begin().unwrap();
    let provider = Provider::new(&alice.crypto, unit.sql());
    let mut group = alice.group(&provider);
    unit.sql().execute_batch("ROLLBACK").unwrap();
    assert!(group.create_message(&provider, &alice.signer, b"x").is_err());
    assert!(matches!(unit.commit(), Err(StoreError::UnitLost)));
    assert_eq!(rows(&store), before);
}

#[test]
fn queued_proposals_are_kept_in_order_and_removed_one_by_one() {
    let (alice, bob) = two_members();
    let mut references = Vec::new();
    // Each is stored and read back from disk before the next.
    for _ in 0..3 {
        let reference = alice
            .step(|device, part| {
                let provider = Provider::new(&device.crypto, part.sql());
                let mut group = device.group(&provider);
                let (_, reference) =
                    group.propose_self_update(&provider, &device.signer, LeafNodeParameters::default())?;
                Ok(reference)
            })
            .unwrap();
        references.push(reference);
    }
    let queued = || {
        alice.step(|device, part| {
            let group = device.group(&Provider::new(&device.crypto, part.sql()));
            Ok(group
                .pending_proposals()
                .map(|proposal| proposal.proposal_reference_ref().clone())
                .collect::<Vec<_>>())
        })
    };
    assert_eq!(queued().unwrap(), references);
    let remove = |reference| {
        alice.step(|device, part| {
            let provider = Provider::new(&device.crypto, part.sql());
            Ok(device.group(&provider).remove_pending_proposal(provider.storage(), reference)?)
        })
    };
    remove(&references[1]).unwrap();
    assert_eq!(queued().unwrap(), [references[0].clone(), references[2].clone()]);
    alice
        .step(|device, part| {
            let provider = Provider::new(&device.crypto, part.sql());
            Ok(device.group(&provider).clear_pending_proposals(provider.storage())?)
        })
        .unwrap();
    assert!(queued().unwrap().is_empty());
    assert_eq!(bob.receive(&alice.send(b"on")).unwrap(), b"on");
}

#[test]
fn no_file_of_a_device_shows_its_seed_charter_or_texts() {
    let (alice, bob) = two_members();
    bob.receive(&alice.send(b"planted text")).unwrap();
    for device in [&alice, &bob] {
        let mut store = device.open();
        let unit = store.begin().unwrap();
        let mut insert = unit.sql().prepare_cached("INSERT INTO meta VALUES ('seed', ?1)").unwrap();
        insert.execute([device.seed.to_vec()]).unwrap();
        drop(insert);
        unit.commit().unwrap();
        // While open, so that the write-ahead log is there too.
        let mut total = 0;
        for entry in std::fs::read_dir(device.folder.path()).unwrap() {
            let content = std::fs::read(entry.unwrap().path()).unwrap();
            total += content.len();
            for needle in [&device.seed[..], b"planted", &device.signer.public_key()] {
                assert!(!content.windows(needle.len()).any(|window| window == needle));
            }
        }
        assert!(total > 10_000, "something was looked at");
    }
}
