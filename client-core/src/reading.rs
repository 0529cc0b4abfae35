//! Reading a thread: its entries in parts, where reading goes on, and what may be answered. None of it costs more the
//! longer the thread is, but for all of its entries at once.

use colloque_schemas::id::{AccountId, Seq, ThreadId};
use colloque_schemas::policy::ContentFacts;
use colloque_schemas::time::UnixSeconds;

use crate::client::Client;
use crate::document;
use crate::entry;
use crate::error::Error;
use crate::outbox::{self, Intent};
use crate::store::Connection;
use crate::thread::post;
use crate::thread::row::{ThreadRow, roster};
use crate::view::{Entry, EntryKind, Message};

impl Client {
    /// What a thread shows, in the order of its log; messages that wait to be sent come last.
    ///
    /// # Errors
    /// [`Misuse::UnknownThread`](crate::Misuse::UnknownThread), [`Error::Store`].
    pub fn entries(&self, thread: ThreadId) -> Result<Vec<Entry>, Error> {
        self.entries_before(thread, None, usize::MAX)
    }

    /// The newest `limit` entries of a thread before a place, in the order of its log; what stands at one place is not
    /// parted, which may make it a few more. Without a place the newest of all, and after them the messages that wait to
    /// be sent, which do not count. It costs the same however long the thread is.
    ///
    /// # Errors
    /// [`Misuse::UnknownThread`](crate::Misuse::UnknownThread), [`Error::Store`].
    pub fn entries_before(
        &self,
        thread: ThreadId,
        before: Option<Seq>,
        limit: usize,
    ) -> Result<Vec<Entry>, Error> {
        self.read_entries(thread, |sql| Ok((entry::before(sql, thread, before, limit)?, before.is_none())))
    }

    /// The oldest `limit` entries of a thread from a place on, in the order of its log; what stands at one place is not
    /// parted, which may make it a few more. Where the log ends with them, the messages that wait to be sent come after.
    /// It costs the same however long the thread is.
    ///
    /// # Errors
    /// [`Misuse::UnknownThread`](crate::Misuse::UnknownThread), [`Error::Store`].
    pub fn entries_from(&self, thread: ThreadId, from: Seq, limit: usize) -> Result<Vec<Entry>, Error> {
        self.read_entries(thread, |sql| {
            let entries = entry::from(sql, thread, from, limit)?;
            let next = entries.last().and_then(|last| last.seq).unwrap_or(from).next();
            let is_end = entry::from(sql, thread, next, 1)?.is_empty();
            Ok((entries, is_end))
        })
    }

    /// Entries, and after them what waits to be sent, if they are the last.
    fn read_entries(
        &self,
        thread: ThreadId,
        read: impl FnOnce(&Connection) -> Result<(Vec<Entry>, bool), Error>,
    ) -> Result<Vec<Entry>, Error> {
        let own = self.identity.actor();
        self.store.read(|view| {
            ThreadRow::load(view.sql(), thread)?;
            let (mut entries, is_end) = read(view.sql())?;
            let waiting = if is_end { outbox::of_thread(view.sql(), thread)? } else { Vec::new() };
            for waiting in waiting {
                if let Intent::Content { message, text, written_at } = waiting.intent {
                    let message = Message {
                        message,
                        author: own.account,
                        role: own.role,
                        is_own: true,
                        is_sent_again: false,
                        given_by: None,
                        sent_at: written_at,
                        text,
                        documents: Vec::new(),
                    };
                    entries.push(Entry { seq: None, kind: EntryKind::Message(message) });
                }
            }
            document::fill(view.sql(), thread, &self.session.transfers, &mut entries)?;
            Ok(entries)
        })
    }

    /// The place of the first message of others that was not displayed yet.
    ///
    /// # Errors
    /// [`Misuse::UnknownThread`](crate::Misuse::UnknownThread), [`Error::Store`].
    pub fn first_unread(&self, thread: ThreadId) -> Result<Option<Seq>, Error> {
        self.store.read(|view| {
            let row = ThreadRow::load(view.sql(), thread)?;
            entry::first_of_others(view.sql(), thread, row.displayed)
        })
    }

    /// What the rules ask before the owner of this device posts in a thread: what waits to be sent counts as sent.
    ///
    /// # Errors
    /// [`Misuse::UnknownThread`](crate::Misuse::UnknownThread), [`Error::Store`].
    pub fn content_facts(&self, thread: ThreadId, now: UnixSeconds) -> Result<ContentFacts, Error> {
        self.store.read(|view| {
            let row = ThreadRow::load(view.sql(), thread)?;
            let facts = post::content_facts(self.identity.actor(), view.sql(), &row, now)?;
            let waiting = outbox::of_thread(view.sql(), thread)?;
            let waits = waiting.iter().any(|waiting| matches!(waiting.intent, Intent::Content { .. }));
            Ok(ContentFacts { has_replied: facts.has_replied || waits, ..facts })
        })
    }

    /// Who closed a thread, as far as this device has read it; nobody if it is not closed.
    ///
    /// # Errors
    /// [`Misuse::UnknownThread`](crate::Misuse::UnknownThread), [`Error::Store`].
    pub fn closed_by(&self, thread: ThreadId) -> Result<Option<AccountId>, Error> {
        self.store.read(|view| {
            let is_closed = ThreadRow::load(view.sql(), thread)?.mode.is_closed();
            let last = if is_closed { entry::last_mode(view.sql(), thread)? } else { None };
            Ok(last.filter(|(_, mode)| mode.is_closed()).map(|(by, _)| by))
        })
    }

    /// Where this device was added to a thread, if that was after its opening.
    ///
    /// # Errors
    /// [`Misuse::UnknownThread`](crate::Misuse::UnknownThread), [`Error::Store`].
    pub fn joined(&self, thread: ThreadId) -> Result<Option<Seq>, Error> {
        let device = self.own().device;
        self.store.read(|view| {
            ThreadRow::load(view.sql(), thread)?;
            let roster = roster(view.sql(), thread)?;
            match roster.iter().find(|row| row.member.device == device) {
                Some(own) => Ok(Some(own.since).filter(|since| *since > Seq::START.next())),
                // One that was taken out is not in the roster any more.
                None => entry::joined(view.sql(), thread),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cast::{OWN, PATIENT, display, new_store, say, thread};
    use colloque_schemas::answer_mode::AnswerMode;

    #[test]
    fn reading_goes_on_at_the_first_message_of_others_after_what_was_displayed() {
        let (_folder, mut store) = new_store();
        let unit = store.begin().unwrap();
        let thread = thread(unit.sql(), 1);
        let first = |after| entry::first_of_others(unit.sql(), thread, Seq(after)).unwrap();
        assert_eq!(first(0), None);
        for (seq, author) in [(2, OWN), (3, PATIENT), (4, OWN), (6, PATIENT), (7, PATIENT), (8, OWN)] {
            say(unit.sql(), thread, seq, author, "message");
        }
        display(unit.sql(), thread, 3);
        assert_eq!(
            [first(0), first(3), first(6), first(7)],
            [Some(Seq(3)), Some(Seq(6)), Some(Seq(7)), None]
        );
        let newest = |after, through| {
            entry::newest_of_others(unit.sql(), thread, Seq(after), Seq(through)).unwrap().map(|seq| seq.0)
        };
        assert_eq!([newest(0, 5), newest(0, u64::MAX), newest(3, 5)], [Some(3), Some(7), None]);
    }

    #[test]
    fn who_set_the_mode_last_is_found_behind_what_was_said_since() {
        let (_folder, mut store) = new_store();
        let unit = store.begin().unwrap();
        let thread = thread(unit.sql(), 1);
        assert_eq!(entry::last_mode(unit.sql(), thread).unwrap(), None);
        let modes =
            [(2, OWN, AnswerMode::Closed), (4, PATIENT, AnswerMode::NoReply), (6, OWN, AnswerMode::Open)];
        for (seq, by, mode) in modes {
            let kind = EntryKind::ModeChanged { by: by.account, mode };
            entry::add(unit.sql(), thread, Seq(seq), &kind).unwrap();
            say(unit.sql(), thread, seq + 1, PATIENT, "message");
            assert_eq!(entry::last_mode(unit.sql(), thread).unwrap(), Some((by.account, mode)));
        }
    }
}
