//! A store with threads and messages, for the tests of this crate.

use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::id::{AccountId, MessageId, Seq, ThreadId};
use colloque_schemas::role::{Actor, Role};
use colloque_schemas::time::UnixSeconds;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;
use tempfile::TempDir;

use crate::entry;
use crate::store::{Connection, KeySource, Store, StoreKey};
use crate::thread::row::ThreadRow;
use crate::view::{EntryKind, Message, Standing};

pub(crate) const OWN: Actor = Actor { account: AccountId::new([1; 16]), role: Role::Professional };
pub(crate) const PATIENT: Actor = Actor { account: AccountId::new([2; 16]), role: Role::Patient };

pub(crate) fn new_store() -> (TempDir, Store) {
    let folder = TempDir::new().unwrap();
    let source = KeySource::Raw(StoreKey::from_bytes(&[0x5a; 32]));
    let store = Store::create(folder.path(), &source, &mut ChaCha20Rng::seed_from_u64(7)).unwrap();
    (folder, store)
}

/// A thread of this number, of which nothing was displayed yet. The higher the number, the later it was opened.
pub(crate) fn thread(sql: &Connection, number: u8) -> ThreadId {
    let thread = ThreadId::new([number; 16]);
    let (standing, patients) = (Standing::Member, vec![PATIENT.account]);
    let opened_at = UnixSeconds(u64::from(number));
    let row = ThreadRow::unread((thread, standing), OWN.account, patients, opened_at, AnswerMode::Open);
    let row = ThreadRow { professional_has_spoken: true, ..row };
    row.save(sql).unwrap();
    thread
}

/// A message in its place. Its `sent_at` is its place, in seconds.
pub(crate) fn say(sql: &Connection, thread: ThreadId, seq: u64, author: Actor, text: &str) {
    let mut id = [0; 16];
    id[..8].copy_from_slice(&seq.to_be_bytes());
    let message = Message {
        message: MessageId::new(id),
        author: author.account,
        role: author.role,
        is_own: author.account == OWN.account,
        is_sent_again: false,
        given_by: None,
        sent_at: UnixSeconds(seq),
        text: text.to_owned(),
        documents: Vec::new(),
    };
    entry::add(sql, thread, Seq(seq), &EntryKind::Message(message)).unwrap();
}

/// The thread is displayed until this place.
pub(crate) fn display(sql: &Connection, thread: ThreadId, seq: u64) {
    let row = ThreadRow::load(sql, thread).unwrap();
    ThreadRow { displayed: Seq(seq), ..row }.save(sql).unwrap();
}
