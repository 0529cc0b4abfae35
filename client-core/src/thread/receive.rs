//! Reading the log: each envelope in its place is accepted or refused, and recorded either way.
//!
//! One unit of work covers a run of envelopes; each is read inside a savepoint. Accepted: message row, log hash and
//! cursor are written with the ratchet. Refused: back to the savepoint, then the refusal, log hash and cursor.

use colloque_schemas::bytes::Opaque;
use colloque_schemas::codec;
use colloque_schemas::envelope::{Envelope, EnvelopeKind};
use colloque_schemas::id::{IdempotencyId, KeyHash, MessageId};
use colloque_schemas::limits::{CONTROL_ENVELOPE_BYTES, ENVELOPE_MAX_BYTES, ENVELOPE_MIN_BYTES};
use colloque_schemas::log_hash::LogHead;
use colloque_schemas::mimi::MimiContent;
use colloque_schemas::padding::{unpad, unpad_inside};
use colloque_schemas::payload::{Body, Control, Payload};
use colloque_schemas::policy::{self, ContentFacts, Member, PostGrant};
use colloque_schemas::role::Role;
use colloque_schemas::rule::Rule;
use colloque_schemas::time::UnixSeconds;
use openmls::framing::errors::{MessageDecryptionError, SecretTreeError};
use openmls::group::{
    MlsGroup, ProcessMessageError, ProposalValidationError, StageCommitError, ValidationError,
};
use openmls::prelude::tls_codec::DeserializeBytes;
use openmls::prelude::{
    MlsMessageBodyIn, MlsMessageIn, ProcessedMessage, ProcessedMessageContent, ProtocolMessage, Sender,
};
use sha2::{Digest, Sha256};

use super::repair::{self, Again};
use super::row::{Conduct, RosterRow, ThreadRow, agrees, member_at, note_head, put_member};
use super::{Stop, Tools, commit, load_group};
use crate::document;
use crate::entry;
use crate::error::{Error, PeerFault};
use crate::event::Event;
use crate::outbox::{self, Intent, OutboxRow};
use crate::pulse;
use crate::receipt;
use crate::store::{Connection, UnitOfWork};
use crate::view::{EntryKind, Message, Standing};

/// How reading a run of envelopes ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Run {
    /// All that were given and new are read.
    Complete,
    /// One is missing before the next that was given: ask for the log again.
    Missing,
}

/// Reads a run of envelopes of one thread, in order.
pub(crate) fn read_run(
    tools: Tools<'_>,
    unit: &mut UnitOfWork<'_>,
    row: &mut ThreadRow,
    envelopes: &[Envelope],
    update_id: IdempotencyId,
    now: UnixSeconds,
    events: &mut Vec<Event>,
) -> Result<Run, Error> {
    let mut group = None;
    for envelope in envelopes {
        if envelope.seq <= row.head.seq {
            continue;
        }
        if envelope.seq != row.head.seq.next() || !row.standing.reads_log() {
            row.save(unit.sql())?;
            return Ok(Run::Missing);
        }
        let knew_all = !row.needs_new_keys;
        read_one(tools, unit, row, &mut group, envelope, now, events)?;
        if knew_all && row.needs_new_keys {
            outbox::push_urgent(unit.sql(), row.thread, update_id, &Intent::Update)?;
            repair::doubt(unit.sql(), row.thread, update_id, now)?;
        }
    }
    row.save(unit.sql())?;
    Ok(Run::Complete)
}

fn read_one(
    tools: Tools<'_>,
    unit: &mut UnitOfWork<'_>,
    row: &mut ThreadRow,
    group: &mut Option<MlsGroup>,
    envelope: &Envelope,
    now: UnixSeconds,
    events: &mut Vec<Event>,
) -> Result<(), Error> {
    let kind = envelope.kind.number();
    let chained = row.head.chain(kind, envelope.payload.as_slice());
    let mut attempt = row.clone();
    let mut told = Vec::new();
    let savepoint = unit.savepoint()?;
    let mut reader = Reader {
        tools,
        sql: savepoint.sql(),
        row: &mut attempt,
        group,
        envelope,
        chained,
        now,
        events: &mut told,
    };
    match reader.accept() {
        Ok(()) => {
            savepoint.keep()?;
            *row = attempt;
            // What is of this epoch is understood: there was no change that this device has missed.
            if row.standing == Standing::Behind {
                row.standing = Standing::Member;
            }
            events.append(&mut told);
        }
        Err(Stop::Failure(error)) => return Err(error),
        Err(Stop::Peer(fault)) => {
            savepoint.discard()?;
            *group = None;
            refuse(unit.sql(), row, envelope, fault, events)?;
        }
    }
    if row.head.seq != envelope.seq {
        row.head = chained;
        note_head(unit.sql(), row.thread, &chained)?;
    }
    if envelope.kind == EnvelopeKind::Handshake {
        row.handshake_head = envelope.seq;
    }
    Ok(())
}

fn refuse(
    sql: &Connection,
    row: &mut ThreadRow,
    envelope: &Envelope,
    fault: PeerFault,
    events: &mut Vec<Event>,
) -> Result<(), Error> {
    let (thread, seq, reason) = (row.thread, envelope.seq, fault.id());
    // Our own, refused by the rules that everyone applies: it is not tried again, unless it was the relay that changed
    // what it says it is.
    if fault != PeerFault::from(Rule::KindsAgree)
        && let Some(own) = own_row(sql, row, &envelope.payload)?
    {
        outbox::refuse(sql, own.id)?;
    }
    entry::add(sql, thread, seq, &EntryKind::Refused { reason: reason.to_owned() })?;
    events.push(Event::EnvelopeRefused { thread, seq, reason });
    // Of a thread whose members do not agree nothing is recorded any more, what was under way included.
    if fault == PeerFault::UnknownOwn && row.standing != Standing::Forked {
        if !row.needs_new_keys {
            events.push(Event::StateRolledBack { thread });
        }
        row.needs_new_keys = true;
        match envelope.kind {
            EnvelopeKind::Handshake => row.standing = Standing::Behind,
            // Everyone else has counted it.
            EnvelopeKind::Application | EnvelopeKind::Control => {
                row.own_counter = row.own_counter.saturating_add(1);
            }
        }
    }
    if fault == PeerFault::from(Rule::OneLog) {
        row.standing = Standing::Forked;
        outbox::remove_thread(sql, thread)?;
        events.push(Event::ForkDetected { thread, seq });
    }
    Ok(())
}

fn own_row(sql: &Connection, row: &ThreadRow, payload: &Opaque) -> Result<Option<OutboxRow>, Error> {
    let front = outbox::front(sql, row.thread)?;
    let Some(hash) = front.as_ref().and_then(|front| front.payload_hash) else { return Ok(None) };
    Ok(front.filter(|_| hash == KeyHash::new(Sha256::digest(payload.as_slice()).into())))
}

/// One envelope being read.
pub(super) struct Reader<'a, 'u> {
    pub(super) tools: Tools<'a>,
    pub(super) sql: &'u Connection,
    pub(super) row: &'a mut ThreadRow,
    pub(super) group: &'a mut Option<MlsGroup>,
    pub(super) envelope: &'a Envelope,
    /// The running hash after this envelope, if it is not an accepted Commit.
    pub(super) chained: LogHead,
    /// When this device reads it: nothing that is judged may depend on that.
    pub(super) now: UnixSeconds,
    pub(super) events: &'a mut Vec<Event>,
}

impl<'a: 'u, 'u> Reader<'a, 'u> {
    fn accept(&mut self) -> Result<(), Stop> {
        if let Some(own) = own_row(self.sql, self.row, &self.envelope.payload)? {
            return self.accept_own(own);
        }
        let provider = self.tools.provider(self.sql);
        let message = protocol_message(self.envelope)?;
        let thread = self.row.thread;
        let group = match self.group {
            Some(group) => group,
            None => self.group.insert(load_group(&provider, thread)?),
        };
        // openmls would take a message of an earlier epoch for a late one.
        if message.epoch() != group.epoch() {
            return Err(Rule::TermsInForce.into());
        }
        let processed = group.process_message(&provider, message).map_err(|error| fault_of(&error))?;
        let sender = match processed.sender() {
            Sender::Member(index) => *index,
            Sender::External(_) | Sender::NewMemberProposal | Sender::NewMemberCommit => {
                return Err(Rule::NoExternalJoin.into());
            }
        };
        // Named by the sender data alone, which any member could have written: what follows from it must do no harm.
        if matches!(processed.content(), ProcessedMessageContent::OwnPrivateMessage) {
            return Err(PeerFault::UnknownOwn.into());
        }
        match (self.content_kind(&processed), self.envelope.kind) {
            (Some(EnvelopeKind::Handshake), EnvelopeKind::Handshake) => {
                commit::accept(self, processed, sender)
            }
            (Some(EnvelopeKind::Application), EnvelopeKind::Application | EnvelopeKind::Control) => {
                let author = member_at(self.sql, thread, sender.u32())?.ok_or(PeerFault::Certificate)?;
                let payload = payload_of(processed, self.envelope.kind)?;
                self.accept_payload(author, payload)
            }
            (None, _) => Err(Rule::NoLoneProposal.into()),
            _ => Err(Rule::KindsAgree.into()),
        }
    }

    fn content_kind(&self, processed: &ProcessedMessage) -> Option<EnvelopeKind> {
        match processed.content() {
            ProcessedMessageContent::ApplicationMessage(_) => Some(EnvelopeKind::Application),
            ProcessedMessageContent::StagedCommitMessage(_) => Some(EnvelopeKind::Handshake),
            _ => None,
        }
    }

    /// Judges a message of another member, as its place in the log has it, and shows it.
    fn accept_payload(&mut self, author: RosterRow, payload: Payload) -> Result<(), Stop> {
        let thread = self.row.thread;
        self.check_log(&payload)?;
        if payload.thread != thread || payload.counter <= author.counter {
            return Err(Rule::MessagesAreInOrder.into());
        }
        let account = author.member.actor.account;
        let (from, to) = (author.counter.saturating_add(1), payload.counter.saturating_sub(1));
        if from <= to {
            self.find_gap(&author, from, to)?;
        }
        put_member(self.sql, thread, &RosterRow { counter: payload.counter, ..author })?;
        self.row.confirm(account, self.tools.identity.actor().account);
        // Another device of one's own account speaks for its owner, too.
        let is_own = account == self.tools.identity.actor().account;
        self.take(author.member, payload, is_own)
    }

    /// The sender must have known every handshake before its message, refused ones included (R29): its own device judges
    /// by that, too. The log as it had it must be the one that this device has (R34).
    fn check_log(&self, payload: &Payload) -> Result<(), Stop> {
        if payload.seen.seq < self.row.handshake_head {
            return Err(Rule::TermsInForce.into());
        }
        let before =
            payload.previous.is_none_or(|theirs| self.row.previous.is_none_or(|ours| ours == theirs));
        if before && agrees(self.sql, self.row.thread, &payload.seen)? {
            Ok(())
        } else {
            Err(Rule::OneLog.into())
        }
    }

    fn take(&mut self, author: Member, payload: Payload, is_own: bool) -> Result<(), Stop> {
        match payload.body {
            Body::Control(control) => {
                let _: PostGrant = policy::post_control(author.actor);
                match control {
                    Control::Delivered(through) | Control::Displayed(through) => {
                        policy::give_receipt(through, payload.seen.seq)?;
                        self.take_receipt(author, &control, payload.sent_at)
                    }
                    Control::Leave | Control::Block => self.depart(author),
                    Control::Heads => Ok(()),
                    Control::Missing { device, from, to } => {
                        self.take_missing(author, payload.seen.seq, device, (from, to))
                    }
                    Control::UnknownOwn => self.take_doubt(author),
                    Control::Continues(before) => self.take_continues(author, before),
                    Control::Nothing { from, to } => self.take_nothing(author, payload.counter, (from, to)),
                }
            }
            Body::Content(content) => {
                let grant = self.count_content(author, payload.sent_at)?;
                let (text, documents) = content.into_parts();
                let message = Message {
                    message: payload.message,
                    author: author.actor.account,
                    role: author.actor.role,
                    is_own,
                    is_sent_again: false,
                    given_by: None,
                    sent_at: payload.sent_at,
                    text,
                    documents: Vec::new(),
                };
                self.show(grant, message)?;
                Ok(document::receive(self.sql, self.row.thread, payload.message, &documents)?)
            }
            Body::Again { counter: original, sent_at, content } => {
                let Payload { message, counter, sent_at: at, .. } = payload;
                self.take_again(author, Again { message, counter, original, sent_at, content }, at)
            }
        }
    }

    /// Judges content at its place, and counts it for what the rules ask of later content. `at` is what its author says.
    pub(super) fn count_content(&mut self, author: Member, at: UnixSeconds) -> Result<PostGrant, Stop> {
        let conduct = Conduct::load(self.sql, self.row.thread, author.actor.account)?;
        let grant = policy::post_content(&ContentFacts {
            author: author.actor,
            mode: self.row.mode,
            professional_has_spoken: self.row.professional_has_spoken,
            has_replied: conduct.has_replied,
            has_departed: conduct.has_departed,
            at,
        })?;
        self.row.professional_has_spoken |= author.actor.role == Role::Professional;
        // Counted also where it was shown before: who joined after that cannot know that it was.
        Conduct { has_replied: true, ..conduct }.save(self.sql, self.row.thread, author.actor.account)?;
        Ok(grant)
    }

    fn show(&mut self, _grant: PostGrant, message: Message) -> Result<(), Stop> {
        let (thread, seq) = (self.row.thread, self.envelope.seq);
        if entry::is_shown(self.sql, thread, message.message)? {
            let reason = PeerFault::Replayed.id();
            entry::add(self.sql, thread, seq, &EntryKind::Refused { reason: reason.to_owned() })?;
            self.events.push(Event::EnvelopeRefused { thread, seq, reason });
            return Ok(());
        }
        let is_own = message.is_own;
        let id: MessageId = message.message;
        entry::add(self.sql, thread, seq, &EntryKind::Message(message))?;
        self.events.push(if is_own {
            Event::MessageSent { thread, message: id, seq }
        } else {
            Event::MessageReceived { thread, seq }
        });
        Ok(())
    }

    /// What somebody else has read. One that says less than another before it says nothing.
    fn take_receipt(&mut self, author: Member, receipt: &Control, at: UnixSeconds) -> Result<(), Stop> {
        let (thread, account) = (self.row.thread, author.actor.account);
        if account == self.tools.identity.actor().account {
            // Its owner has read it, on another device.
            if let Control::Displayed(through) = receipt {
                self.row.displayed = self.row.displayed.max(*through);
            }
        } else if receipt::record(self.sql, thread, account, receipt, at)? {
            self.events.push(Event::ReceiptsChanged { thread });
        }
        Ok(())
    }

    /// The account has left or blocked; the next professional device commits the Remove.
    fn depart(&mut self, author: Member) -> Result<(), Stop> {
        let (thread, account) = (self.row.thread, author.actor.account);
        let conduct = Conduct::load(self.sql, thread, account)?;
        Conduct { has_departed: true, ..conduct }.save(self.sql, thread, account)?;
        entry::add(self.sql, thread, self.envelope.seq, &EntryKind::Departed { account })?;
        self.events.push(Event::Departed { thread, account });
        let own = self.tools.identity.actor();
        if own.role == Role::Professional && own.account != account {
            // An id of this device's own: every professional's device queues the removal.
            let id = IdempotencyId::new(self.derived(&[]));
            outbox::push(self.sql, thread, id, &Intent::Remove(account))?;
        }
        Ok(())
    }

    /// What this device posted has reached its place. It is judged as everyone judges it.
    fn accept_own(&mut self, own: OutboxRow) -> Result<(), Stop> {
        if own.intent.kind() != Some(self.envelope.kind) {
            return Err(Rule::KindsAgree.into());
        }
        if own.handshake_head != Some(self.row.handshake_head) {
            return Err(Rule::TermsInForce.into());
        }
        outbox::remove(self.sql, own.id)?;
        let sent_at = own.sent_at.ok_or(Stop::Failure(Error::Bug("posted bytes without their time")))?;
        if self.envelope.kind == EnvelopeKind::Handshake {
            return commit::accept_own(self, sent_at);
        }
        // The salt hides the text in hashes of the content; here nothing is hashed. Documents are kept already.
        let (message, body) = match own.intent {
            Intent::Content { message, text, .. } => (message, Body::text([0; 16], text)),
            Intent::Again { message, counter } => {
                let content = MimiContent::text([0; 16], String::new());
                (message, Body::Again { counter, sent_at, content })
            }
            Intent::Control { message, control }
            | Intent::Upkeep { message, control }
            | Intent::Receipt { message, receipt: control, .. } => (message, Body::Control(control)),
            _ => return Err(Stop::Failure(Error::Bug("an intent does not fit its envelope"))),
        };
        self.row.own_counter = self.row.own_counter.saturating_add(1);
        self.row.epoch_is_new = false;
        let counter = self.row.own_counter;
        let shown = (self.envelope.kind == EnvelopeKind::Application).then_some(message);
        crate::repair::note_sent(self.sql, self.row.thread, counter, shown)?;
        pulse::spoke(self.sql, self.row.thread, self.now)?;
        let author = own_member(self.tools);
        let payload = Payload {
            message,
            thread: self.row.thread,
            counter,
            sent_at,
            seen: self.row.head,
            previous: None,
            body,
        };
        self.take(author, payload, true)
    }
}

/// This device, as a member.
pub(crate) fn own_member(tools: Tools<'_>) -> Member {
    crate::facts::member_of(&tools.identity.credential)
}

fn protocol_message(envelope: &Envelope) -> Result<ProtocolMessage, PeerFault> {
    let payload = envelope.payload.as_slice();
    let minimum = match envelope.kind {
        EnvelopeKind::Control => CONTROL_ENVELOPE_BYTES,
        EnvelopeKind::Handshake | EnvelopeKind::Application => ENVELOPE_MIN_BYTES,
    };
    let bytes = unpad(payload, minimum).map_err(|_| PeerFault::Malformed)?;
    if envelope.kind == EnvelopeKind::Control && payload.len() != CONTROL_ENVELOPE_BYTES {
        return Err(PeerFault::Malformed);
    }
    let message = MlsMessageIn::tls_deserialize_exact_bytes(bytes).map_err(|_| PeerFault::Malformed)?;
    match message.extract() {
        MlsMessageBodyIn::PrivateMessage(message) => Ok(message.into()),
        // Handshakes travel encrypted, too: a PublicMessage is refused whatever it holds. One that is not a member's
        // comes from outside.
        MlsMessageBodyIn::PublicMessage(message) if !matches!(message.sender(), Sender::Member(_)) => {
            Err(Rule::NoExternalJoin.into())
        }
        _ => Err(PeerFault::Malformed),
    }
}

fn payload_of(processed: ProcessedMessage, kind: EnvelopeKind) -> Result<Payload, PeerFault> {
    let ProcessedMessageContent::ApplicationMessage(message) = processed.into_content() else {
        return Err(Rule::KindsAgree.into());
    };
    let padded = message.into_bytes();
    let bytes = unpad_inside(&padded).map_err(|_| PeerFault::Malformed)?;
    let payload: Payload = codec::decode(bytes, ENVELOPE_MAX_BYTES).map_err(|_| PeerFault::Malformed)?;
    match (&payload.body, kind) {
        (Body::Content(_) | Body::Again { .. }, EnvelopeKind::Application)
        | (Body::Control(_), EnvelopeKind::Control) => Ok(payload),
        _ => Err(Rule::KindsAgree.into()),
    }
}

/// openmls's reasons, as far as they tell a person or a tester something.
fn fault_of<E>(error: &ProcessMessageError<E>) -> PeerFault {
    match error {
        ProcessMessageError::ValidationError(ValidationError::UnableToDecrypt(
            MessageDecryptionError::SecretTreeError(reason),
        )) => match reason {
            SecretTreeError::SecretReuseError | SecretTreeError::TooDistantInThePast => PeerFault::Replayed,
            SecretTreeError::TooDistantInTheFuture => PeerFault::TooDistant,
            _ => PeerFault::Undecryptable,
        },
        ProcessMessageError::UnauthorizedExternalCommitMessage
        | ProcessMessageError::UnauthorizedExternalApplicationMessage
        | ProcessMessageError::UnsupportedProposalType => Rule::NoExternalJoin.into(),
        ProcessMessageError::InvalidCommit(error) => fault_of_commit(error),
        _ => PeerFault::Undecryptable,
    }
}

/// Where openmls stops a Commit that a rule stands against, the rule is named.
fn fault_of_commit(error: &StageCommitError) -> PeerFault {
    match error {
        StageCommitError::PskError(_) => Rule::NoPreSharedKey.into(),
        // It refers to a proposal; none is ever kept.
        StageCommitError::MissingProposal => Rule::NoLoneProposal.into(),
        StageCommitError::ProposalValidationError(
            ProposalValidationError::UnsupportedProposalType
            | ProposalValidationError::CommitterIncludedOwnUpdate,
        ) => Rule::NoOtherProposal.into(),
        StageCommitError::ProposalValidationError(
            ProposalValidationError::ExternalInitProposalInRegularCommit,
        ) => Rule::NoExternalJoin.into(),
        StageCommitError::GroupContextExtensionsProposalValidationError(_) => {
            Rule::NoOtherContextChange.into()
        }
        _ => PeerFault::Undecryptable,
    }
}
