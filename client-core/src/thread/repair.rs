//! Repairing gaps (R38): asking a sender for what never came, and sending again what others ask for.
//!
//! Only the device that sent a message sends it again as its author's. Whether a device shows that, or passes it over, is
//! its own matter; whether it is allowed is judged at its place, like any content, by everyone alike.

use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::id::{DeviceKey, IdempotencyId, MessageId, Seq, ThreadId};
use colloque_schemas::limits::{REPAIR_COUNTERS, REPAIR_GAPS, REPAIR_REQUESTS};
use colloque_schemas::mimi::MimiContent;
use colloque_schemas::payload::{Body, Control};
use colloque_schemas::policy::{self, Member, PostGrant};
use colloque_schemas::role::Role;
use colloque_schemas::rule::Rule;
use colloque_schemas::time::UnixSeconds;
use sha2::{Digest, Sha256};

use super::receive::Reader;
use super::row::{Conduct, RosterRow, ThreadRow, roster};
use super::{Stop, Tools};
use crate::document;
use crate::entry;
use crate::error::Error;
use crate::event::Event;
use crate::outbox::{self, Intent};
use crate::pulse;
use crate::repair::{self, Gap, Sent};
use crate::store::Connection;
use crate::successor;
use crate::view::{EntryKind, Message, Standing};

/// A message that is sent again.
pub(super) struct Again {
    pub(super) message: MessageId,
    /// Of the payload that brings it.
    pub(super) counter: u64,
    /// Under which it was sent.
    pub(super) original: u64,
    pub(super) sent_at: UnixSeconds,
    pub(super) content: MimiContent,
}

impl Reader<'_, '_> {
    /// Messages of this sender between two counters never came: that is shown, and its device is asked for them.
    pub(super) fn find_gap(&mut self, author: &RosterRow, from: u64, to: u64) -> Result<(), Stop> {
        let (thread, seq, device) = (self.row.thread, self.envelope.seq, author.member.device);
        let (account, missing) = (author.member.actor.account, to.saturating_sub(from).saturating_add(1));
        entry::add(self.sql, thread, seq, &EntryKind::Gap { account, missing })?;
        self.events.push(Event::Gap { thread, sender: device, from, to });
        let gap = Gap { device, first: from, last: to, seq, requests: 0 };
        let others = repair::overlapping(self.sql, thread, device, 0, from)?.len();
        repair::note(self.sql, thread, &gap)?;
        Ok(self.ask(&gap, others)?)
    }

    /// A new epoch: devices that may not have been able to answer are asked once more.
    pub(super) fn ask_anew(&mut self) -> Result<(), Error> {
        let mut asked: Option<(DeviceKey, usize)> = None;
        for gap in repair::gaps(self.sql, self.row.thread)? {
            let others = asked.filter(|(device, _)| *device == gap.device).map_or(0, |(_, others)| others);
            self.ask(&gap, others)?;
            asked = Some((gap.device, others.saturating_add(1)));
        }
        Ok(())
    }

    /// Asks for a gap, beside so many others of the same device. Whoever leaves gaps on purpose makes nobody talk.
    fn ask(&mut self, gap: &Gap, others: usize) -> Result<(), Error> {
        let is_too_much = gap.requests >= REPAIR_REQUESTS || others >= REPAIR_GAPS;
        if self.row.standing != Standing::Member || is_too_much {
            return Ok(());
        }
        let requests = gap.requests.saturating_add(1);
        repair::note(self.sql, self.row.thread, &Gap { requests, ..*gap })?;
        let to = gap.last.min(gap.first.saturating_add(REPAIR_COUNTERS).saturating_sub(1));
        self.say(Control::Missing { device: gap.device, from: gap.first, to })
    }

    /// Somebody misses messages. If they are this device's, it sends again what there is of them.
    pub(super) fn take_missing(
        &mut self,
        asker: Member,
        seen: Seq,
        device: DeviceKey,
        (from, to): (u64, u64),
    ) -> Result<(), Stop> {
        let own = self.tools.identity.device();
        let used = if device == own {
            self.row.own_counter
        } else {
            let roster = roster(self.sql, self.row.thread)?;
            roster.iter().find(|row| row.member.device == device).map_or(0, |row| row.counter)
        };
        policy::ask_again(from, to, used)?;
        if device != own || asker.device == own {
            return Ok(());
        }
        let mut nothing: Option<(u64, u64)> = None;
        for sent in repair::sent(self.sql, self.row.thread, from, to)? {
            match (sent.message, nothing) {
                (Some(message), _) => self.send_again(asker.device, seen, message, &sent)?,
                (None, Some((first, last))) if last.saturating_add(1) == sent.counter => {
                    nothing = Some((first, sent.counter));
                }
                (None, said) => {
                    self.say_nothing(asker.device, said)?;
                    nothing = Some((sent.counter, sent.counter));
                }
            }
        }
        Ok(self.say_nothing(asker.device, nothing)?)
    }

    fn say_nothing(&mut self, asker: DeviceKey, counters: Option<(u64, u64)>) -> Result<(), Error> {
        let Some((from, to)) = counters else { return Ok(()) };
        if repair::allow(self.sql, self.row.thread, asker, self.now.day())? {
            self.say(Control::Nothing { from, to })?;
        }
        Ok(())
    }

    /// Queues a message once more, unless it stands, or is about to stand, where the asker has not read yet.
    fn send_again(
        &mut self,
        asker: DeviceKey,
        seen: Seq,
        message: MessageId,
        sent: &Sent,
    ) -> Result<(), Error> {
        let thread = self.row.thread;
        let is_to_come = sent.again_at.is_some_and(|again_at| again_at > seen);
        let waits = |intent: &Intent| matches!(intent, Intent::Again { message: of, .. } if *of == message);
        if is_to_come || outbox::of_thread(self.sql, thread)?.iter().any(|row| waits(&row.intent)) {
            return Ok(());
        }
        if repair::allow(self.sql, thread, asker, self.now.day())? {
            let id = IdempotencyId::new(self.derived(message.as_bytes()));
            outbox::push(self.sql, thread, id, &Intent::Again { message, counter: sent.counter })?;
        }
        Ok(())
    }

    /// Queues control that keeps the log whole.
    fn say(&mut self, control: Control) -> Result<(), Error> {
        let what = colloque_schemas::codec::encode(&control);
        let message = MessageId::new(self.derived(&[b"message", &what[..]].concat()));
        let id = IdempotencyId::new(self.derived(&what));
        outbox::push(self.sql, self.row.thread, id, &Intent::Upkeep { message, control })?;
        Ok(())
    }

    /// 16 bytes of this device's own for something that follows from this envelope.
    pub(super) fn derived(&self, what: &[u8]) -> [u8; 16] {
        let mut hash = Sha256::new_with_prefix(self.chained.hash);
        hash.update(self.tools.identity.device().as_bytes());
        hash.update(what);
        let hash: [u8; 32] = hash.finalize().into();
        hash.first_chunk::<16>().copied().unwrap_or_default()
    }
}

impl<'a: 'u, 'u> Reader<'a, 'u> {
    /// What was sent before stands here again, and counts as content. It is shown where it was missing.
    pub(super) fn take_again(&mut self, author: Member, again: Again, at: UnixSeconds) -> Result<(), Stop> {
        policy::send_again(again.original, again.original, again.counter)?;
        let grant = self.count_content(author, at)?;
        if author.device == self.tools.identity.device() {
            let seq = self.envelope.seq;
            return Ok(repair::note_again(self.sql, self.row.thread, again.message, seq)?);
        }
        self.show_again(grant, author, again)
    }

    fn show_again(&mut self, _grant: PostGrant, author: Member, again: Again) -> Result<(), Stop> {
        let Again { message, original, sent_at, content, .. } = again;
        let (sql, thread, seq, device) = (self.sql, self.row.thread, self.envelope.seq, author.device);
        if repair::overlapping(sql, thread, device, original, original)?.is_empty() {
            return Ok(());
        }
        match entry::author_of(sql, thread, message)? {
            None => {
                let (text, documents) = content.into_parts();
                let shown = Message {
                    message,
                    author: author.actor.account,
                    role: author.actor.role,
                    is_own: false,
                    is_sent_again: true,
                    given_by: None,
                    sent_at,
                    text,
                    documents: Vec::new(),
                };
                entry::add(sql, thread, seq, &EntryKind::Message(shown))?;
                document::receive(sql, thread, message, &documents)?;
                self.events.push(Event::MessageReceived { thread, seq });
            }
            // It came under another counter.
            Some(shown) if shown == author.actor.account => {}
            // Somebody else has used the id of it: what is missing stays named.
            Some(_) => return Ok(()),
        }
        self.account_for(device, original, original)
    }
}

impl Reader<'_, '_> {
    /// Nothing of what is missing here was to be shown.
    pub(super) fn take_nothing(
        &mut self,
        author: Member,
        counter: u64,
        (from, to): (u64, u64),
    ) -> Result<(), Stop> {
        policy::send_again(from, to, counter)?;
        self.account_for(author.device, from, to)
    }

    /// Another device has read messages in its own name that it has no record of, and says so.
    pub(super) fn take_doubt(&mut self, author: Member) -> Result<(), Stop> {
        let (thread, seq, device) = (self.row.thread, self.envelope.seq, author.device);
        // Whoever says so all day long is shown once.
        let is_news = repair::is_first_doubt(self.sql, thread, device, self.now.day())?;
        if device != self.tools.identity.device() && is_news {
            let account = author.actor.account;
            entry::add(self.sql, thread, seq, &EntryKind::Doubted { account })?;
            self.events.push(Event::OtherDeviceCloned { thread, account, device, seq });
        }
        Ok(())
    }

    /// A professional says that another thread goes on here. That is shown if this device knows both to be of the same
    /// people, and nobody said otherwise before.
    pub(super) fn take_continues(&mut self, author: Member, before: ThreadId) -> Result<(), Stop> {
        let _ = policy::open_thread(author.actor)?;
        let (sql, thread) = (self.sql, self.row.thread);
        let Some(known) = ThreadRow::find(sql, before)? else { return Ok(()) };
        let was_there = roster(sql, before)?.iter().any(|row| row.member.actor == author.actor);
        let is_of_same = self.row.patients.iter().all(|patient| known.is_charter_patient(*patient));
        if before != thread && was_there && is_of_same && successor::find(sql, before)?.is_none() {
            successor::note(sql, before, thread)?;
            self.events.push(Event::ThreadContinued { thread: before, successor: thread });
        }
        Ok(())
    }

    fn account_for(&mut self, device: DeviceKey, from: u64, to: u64) -> Result<(), Stop> {
        let (thread, seq) = (self.row.thread, self.envelope.seq);
        if repair::close(self.sql, thread, device, from, to)? {
            self.events.push(Event::GapRepaired { thread, sender: device, seq });
        }
        Ok(())
    }
}

/// This device has no record of something that was sent in its name: the others are told, behind its new keys.
pub(super) fn doubt(
    sql: &Connection,
    thread: ThreadId,
    update: IdempotencyId,
    now: UnixSeconds,
) -> Result<(), Error> {
    if !pulse::may_doubt(sql, thread, now)? {
        return Ok(());
    }
    let hash: [u8; 32] = Sha256::new_with_prefix(update.as_bytes()).chain_update(b"doubt").finalize().into();
    let (message, id) = hash.split_at(16);
    if let (Ok(message), Ok(id)) = (message.try_into(), id.try_into()) {
        let intent = Intent::Upkeep { message: MessageId::new(message), control: Control::UnknownOwn };
        outbox::push(sql, thread, IdempotencyId::new(id), &intent)?;
    }
    Ok(())
}

/// What an intent to send again says now; nothing if it is not here any more. A patient's one answer is for the patient to
/// give: it is not spent on this.
///
/// # Errors
/// [`Rule::OneReplyOnly`].
pub(super) fn body(
    tools: Tools<'_>,
    sql: &Connection,
    row: &ThreadRow,
    (message, counter): (MessageId, u64),
    salt: [u8; 16],
) -> Result<Option<Body>, Stop> {
    if row.mode == AnswerMode::OneReply && tools.identity.actor().role == Role::Patient {
        return Err(Rule::OneReplyOnly.into());
    }
    let Some((text, sent_at)) = entry::own_text(sql, row.thread, message)? else { return Ok(None) };
    let content = document::content(sql, row.thread, message, salt, text)?;
    Ok(Some(Body::Again { counter, sent_at, content }))
}

/// Whether control that waits to be sent is not worth it any more: the owner has left, or what was missing has come.
pub(super) fn is_moot(
    tools: Tools<'_>,
    sql: &Connection,
    row: &ThreadRow,
    control: &Control,
) -> Result<bool, Error> {
    if Conduct::load(sql, row.thread, tools.identity.actor().account)?.has_departed {
        return Ok(true);
    }
    match *control {
        Control::Missing { device, from, to } => {
            Ok(repair::overlapping(sql, row.thread, device, from, to)?.is_empty())
        }
        _ => Ok(false),
    }
}
