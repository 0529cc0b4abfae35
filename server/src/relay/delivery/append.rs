//! [`Request::Append`](colloque_schemas::frame::Request::Append): one envelope at the end of a log.

use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::envelope::{Envelope, EnvelopeKind, NewEnvelope, NewWelcome};
use colloque_schemas::frame::{Append, Appended, Response};
use colloque_schemas::id::{AccountId, IdempotencyId, KeyHash, Seq, ThreadId};
use colloque_schemas::limits::{ACCOUNTS_PER_THREAD, WELCOMES_PER_APPEND_BYTES};
use colloque_schemas::policy::{self, AccessGrant, ContentFacts, PostGrant};
use colloque_schemas::refusal::{Refusal, RefusalCode};
use colloque_schemas::role::{Actor, Role};
use colloque_schemas::rule::{Denied, Rule};
use colloque_schemas::time::UnixSeconds;

use super::super::batch::Batch;
use super::super::blind::{Blind, RowKey};
use super::super::error::RequestError;
use super::super::store::accounts;
use super::super::store::envelopes::{NewRow, payload_hash};
use super::super::store::threads::{self, ThreadRecord};
use super::shape;

/// An envelope that may be tried.
pub(in super::super) struct Posting {
    author: Actor,
    access_row: RowKey,
    pub(super) payload_hash: KeyHash,
    pub(super) thread: ThreadId,
    placing: Placing,
    pub(super) envelope: NewEnvelope,
    pub(super) welcomes: Vec<NewWelcome>,
    /// Rows of the accounts that get access with it.
    pub(super) granted: Option<(AccessGrant, Vec<RowKey>)>,
}

/// Where an envelope goes.
pub(super) enum Placing {
    /// A new one, to the end of the log as its sender has read it.
    Next { idempotency: IdempotencyId, handshake_head: Seq, read_through: Option<Seq> },
    /// One that was there, back to its place.
    Back(Seq),
}

/// What comes with an envelope that adds members.
pub(super) struct Additions {
    pub(super) welcomes: Vec<NewWelcome>,
    pub(super) grant: Vec<AccountId>,
}

impl Posting {
    /// Checks shape and, where accounts get access, the right to give it (R31). The access row is the author's, in the thread.
    pub(in super::super) fn check(
        author: Actor,
        append: Append,
        access_row: RowKey,
        blind: &Blind,
    ) -> Result<Self, RequestError> {
        let Append { thread, idempotency, handshake_head, envelope, welcomes, grant, read_through } = append;
        if read_through.is_some() == welcomes.is_empty() {
            return Err(RefusalCode::Malformed.into());
        }
        let placing = Placing::Next { idempotency, handshake_head, read_through };
        let additions = Additions { welcomes, grant };
        Self::check_parts((author, access_row), thread, placing, envelope, additions, blind)
    }

    /// What holds of every envelope, wherever it goes.
    pub(super) fn check_parts(
        (author, access_row): (Actor, RowKey),
        thread: ThreadId,
        placing: Placing,
        envelope: NewEnvelope,
        Additions { welcomes, grant }: Additions,
        blind: &Blind,
    ) -> Result<Self, RequestError> {
        shape::check_envelope(&envelope)?;
        shape::check_welcomes(&welcomes)?;
        shape::check_accounts(&grant)?;
        if shape::inbox_bytes(&welcomes) > WELCOMES_PER_APPEND_BYTES {
            return Err(RefusalCode::TooLarge.into());
        }
        let is_plain = welcomes.is_empty() && grant.is_empty();
        if envelope.kind != EnvelopeKind::Handshake && !is_plain {
            return Err(RefusalCode::Malformed.into());
        }
        let granted = if grant.is_empty() {
            None
        } else {
            let rows = grant.iter().map(|account| blind.access_row(thread, *account)).collect();
            Some((policy::change_access(author)?, rows))
        };
        let payload_hash = payload_hash(envelope.payload.as_slice());
        Ok(Self { author, access_row, payload_hash, thread, placing, envelope, welcomes, granted })
    }

    /// Whether all that it writes is gathered and written at the end of the batch.
    pub(super) fn is_gathered(&self) -> bool {
        self.envelope.kind != EnvelopeKind::Handshake
    }

    pub(super) fn payload_bytes(&self) -> usize {
        self.envelope.payload.length().saturating_add(shape::inbox_bytes(&self.welcomes))
    }

    /// Access first, then the id, then the head, then policy: what is repeated is answered, what is stale is told
    /// before what is not permitted, because the terms may have changed with the head.
    pub(super) async fn run(self, batch: &mut Batch<'_>) -> Result<Response, RequestError> {
        let (thread, now) = (self.thread, batch.now);
        let Some(record) = batch.thread(thread).await? else { return Err(RefusalCode::NoAccess.into()) };
        let Some(has_replied) = record.access.get(&self.access_row).copied() else {
            return Err(RefusalCode::NoAccess.into());
        };
        let (head, last) = (record.handshake_head, record.last);
        let facts = Facts::of(record, &self, has_replied);
        let grant = match self.placing {
            Placing::Back(seq) if seq <= last => return self.settle_back(seq, batch).await,
            Placing::Back(seq) if seq > last.next() => return Err(Refusal::head_stale(last).into()),
            Placing::Back(_) => facts.permission(now, policy::restore_content)?,
            Placing::Next { idempotency, handshake_head, read_through } => {
                if let Some(answer) = batch.answered(thread, &idempotency).await? {
                    return Ok(Response::Appended(answer));
                }
                if handshake_head < head {
                    return Err(Refusal::head_stale(head).into());
                }
                // Of what came since, the newcomers would not be told (R36).
                if read_through.is_some_and(|through| through < last) {
                    return Err(Refusal::head_stale(last).into());
                }
                if handshake_head > head || read_through.is_some_and(|through| through > last) {
                    return Err(RefusalCode::Malformed.into());
                }
                let permission = facts.permission(now, policy::post_content);
                permission.map_err(|denied| batch.refuse(thread, idempotency, denied))?
            }
        };
        self.check_invited(batch).await?;
        self.store(grant, batch, facts.uses_up_reply()).await
    }

    /// A patient adds devices of its own account (R11). Whom a Commit adds is encrypted, but where its Welcomes go is
    /// not: a patient does not fill the inboxes of others.
    pub(super) async fn check_invited(&self, batch: &mut Batch<'_>) -> Result<(), RequestError> {
        if self.author.role != Role::Patient || self.welcomes.is_empty() {
            return Ok(());
        }
        let own = accounts::load(&mut *batch.connection, batch.blind, self.author.account).await?;
        let mut invited = self.welcomes.iter().flat_map(|welcome| &welcome.devices);
        if own.is_some_and(|own| invited.all(|device| own.device_list.names(device))) {
            Ok(())
        } else {
            Err(Denied::from(Rule::DevicesAddedByProfessionalOrOwner).into())
        }
    }

    async fn store(
        self,
        _grant: PostGrant,
        batch: &mut Batch<'_>,
        uses_up_reply: bool,
    ) -> Result<Response, RequestError> {
        let Self { access_row, payload_hash, thread, placing, envelope, welcomes, granted, .. } = self;
        let idempotency = match placing {
            Placing::Next { idempotency, .. } => Some(idempotency),
            // Its sender's, which nobody else knows. A sender that repeats it has read the log before, and finds it there.
            Placing::Back(_) => None,
        };
        let is_handshake = envelope.kind == EnvelopeKind::Handshake;
        let Some(record) = batch.loaded(thread) else {
            return Err(RequestError::Damaged("a thread vanished"));
        };
        let changes_access = granted.is_some();
        if let Some((AccessGrant { .. }, rows)) = granted {
            add_access(record, rows)?;
        }
        record.last = record.last.next();
        let (number, seq) = (record.number, record.last);
        if is_handshake {
            record.handshake_head = seq;
        }
        if uses_up_reply {
            record.access.insert(access_row, true);
        }
        let answer = Appended { seq, payload_hash };
        let envelope = Envelope { seq, kind: envelope.kind, payload: envelope.payload };
        batch.push(NewRow { thread, number, idempotency, envelope });
        if is_handshake {
            let Some(record) = batch.loaded(thread) else {
                return Err(RequestError::Damaged("a thread vanished"));
            };
            let record = record.clone();
            threads::set_head(batch.connection, &record).await?;
            if changes_access {
                threads::replace_access(batch.connection, &record).await?;
            }
            batch.invite(thread, seq, welcomes).await?;
        }
        if uses_up_reply {
            batch.replied.push((number, access_row));
        }
        Ok(Response::Appended(answer))
    }
}

/// Adds rows of accounts that get access. Those that have it keep what they have.
pub(super) fn add_access(record: &mut ThreadRecord, rows: Vec<RowKey>) -> Result<(), RequestError> {
    let added = rows.iter().filter(|row| !record.access.contains_key(*row)).count();
    if record.access.len().saturating_add(added) > ACCOUNTS_PER_THREAD {
        return Err(RefusalCode::TooLarge.into());
    }
    for row in rows {
        record.access.entry(row).or_insert(false);
    }
    Ok(())
}

/// What policy is asked about.
struct Facts {
    kind: EnvelopeKind,
    author: Actor,
    mode: AnswerMode,
    has_replied: bool,
}

impl Facts {
    fn of(record: &ThreadRecord, posting: &Posting, has_replied: bool) -> Self {
        Self { kind: posting.envelope.kind, author: posting.author, mode: record.mode, has_replied }
    }

    /// What a handshake does is encrypted, and devices judge it; here it is as permitted as control messages are.
    /// Departures are encrypted too (R08); and every opening carries a professional's first message (R03).
    fn permission(
        &self,
        at: UnixSeconds,
        content: fn(&ContentFacts) -> Result<PostGrant, Denied>,
    ) -> Result<PostGrant, Denied> {
        match self.kind {
            EnvelopeKind::Handshake | EnvelopeKind::Control => Ok(policy::post_control(self.author)),
            EnvelopeKind::Application => content(&ContentFacts {
                author: self.author,
                mode: self.mode,
                professional_has_spoken: true,
                has_replied: self.has_replied,
                has_departed: false,
                at,
            }),
        }
    }

    /// Counted only where it matters, so that no row says who has written.
    fn uses_up_reply(&self) -> bool {
        let is_content = self.kind == EnvelopeKind::Application;
        let mode_counts = self.mode == AnswerMode::OneReply;
        is_content && mode_counts && self.author.role == Role::Patient
    }
}
