//! [`Request::OpenThread`](colloque_schemas::frame::Request::OpenThread): a thread, all of it or nothing (R01).

use std::collections::HashMap;

use aws_lc_rs::rand;
use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::envelope::{Envelope, EnvelopeKind};
use colloque_schemas::frame::{Appended, OpenThread, Response};
use colloque_schemas::id::Seq;
use colloque_schemas::limits::OPENING_ENVELOPES_MAX;
use colloque_schemas::policy::{self, OpenGrant};
use colloque_schemas::refusal::RefusalCode;
use colloque_schemas::role::Actor;
use colloque_schemas::time::UnixSeconds;

use super::super::batch::Batch;
use super::super::blind::{Blind, RowKey};
use super::super::error::RequestError;
use super::super::recent::RecentIds;
use super::super::store::envelopes::{self, NewRow, payload_hash};
use super::super::store::threads::{self, ThreadRecord};
use super::shape;

/// Numbers drawn until one is free; with a billion threads, two in a row are taken once in four times.
const NUMBER_TRIES: u32 = 64;

/// An opening that is permitted.
pub(in super::super) struct Opening {
    grant: OpenGrant,
    opening: OpenThread,
    opener_row: RowKey,
    access: HashMap<RowKey, bool>,
}

impl Opening {
    /// Asks policy first (R01), so that a patient hears of the rule and of nothing else; then checks shape, and that
    /// the mode is one that a thread can be opened in (R10).
    pub(in super::super) fn check(
        opener: Actor,
        opening: OpenThread,
        blind: &Blind,
        at: UnixSeconds,
    ) -> Result<Self, RequestError> {
        let grant = policy::open_thread(opener)?;
        if opening.envelopes.len() > OPENING_ENVELOPES_MAX {
            return Err(RefusalCode::TooLarge.into());
        }
        let expected =
            [EnvelopeKind::Handshake].into_iter().chain(std::iter::repeat(EnvelopeKind::Application));
        let in_order = opening.envelopes.iter().zip(expected).all(|(envelope, kind)| envelope.kind == kind);
        if opening.envelopes.len() < 2 || !in_order || !opening.access.contains(&opener.account) {
            return Err(RefusalCode::Malformed.into());
        }
        for envelope in &opening.envelopes {
            shape::check_envelope(envelope)?;
        }
        shape::check_welcomes(&opening.welcomes)?;
        shape::check_accounts(&opening.access)?;
        shape::check_mode(opening.mode)?;
        policy::change_mode(opener, AnswerMode::Open, opening.mode, at)?;
        let row = |account| blind.access_row(opening.thread, account);
        let access = opening.access.iter().map(|account| (row(*account), false)).collect();
        Ok(Self { grant, opener_row: row(opener.account), access, opening })
    }

    pub(super) fn payload_bytes(&self) -> usize {
        let envelopes = self.opening.envelopes.iter().map(|envelope| envelope.payload.length());
        envelopes.fold(shape::inbox_bytes(&self.opening.welcomes), usize::saturating_add)
    }

    pub(super) async fn run(self, batch: &mut Batch<'_>) -> Result<Response, RequestError> {
        let Self { grant: OpenGrant { .. }, opening, opener_row, access } = self;
        let OpenThread { thread, idempotency, mode, envelopes, welcomes, .. } = opening;
        if let Some(record) = batch.thread(thread).await? {
            // Only who has access learns more than that the id is taken.
            let (number, is_member) = (record.number, record.access.contains_key(&opener_row));
            let answer = match batch.answered(thread, &idempotency).await? {
                None => envelopes::opening_answer(batch.connection, number, &idempotency).await?,
                answer => answer,
            };
            return match answer {
                Some(answer) if is_member => Ok(Response::Appended(answer)),
                _ => Err(RefusalCode::ThreadExists.into()),
            };
        }
        let number = free_number(batch).await?;
        let commit = Seq::START.next();
        let last = Seq(u64::try_from(envelopes.len()).unwrap_or_default());
        let recent = RecentIds::default();
        let record =
            ThreadRecord { number, last, handshake_head: commit, terms_seq: commit, mode, access, recent };
        let day = batch.day()?;
        threads::insert(batch.connection, thread, &record, day).await?;
        batch.add_thread(thread, record);
        let mut answer = None;
        for (seq, new) in (1..).map(Seq).zip(envelopes) {
            let appended = Appended { seq, payload_hash: payload_hash(new.payload.as_slice()) };
            let idempotency = (seq == last).then_some(idempotency);
            let envelope = Envelope { seq, kind: new.kind, payload: new.payload };
            batch.push(NewRow { thread, number, idempotency, envelope });
            answer = Some(appended);
        }
        batch.invite(thread, commit, welcomes).await?;
        answer.map(Response::Appended).ok_or_else(|| RefusalCode::Malformed.into())
    }
}

/// A random number that no thread has.
async fn free_number(batch: &mut Batch<'_>) -> Result<i64, RequestError> {
    for _ in 0..NUMBER_TRIES {
        let mut bytes = [0; 4];
        rand::fill(&mut bytes).map_err(|_| RequestError::Damaged("no randomness"))?;
        let number = i64::from(u32::from_be_bytes(bytes) >> 1);
        if number > 0 && threads::is_number_free(batch.connection, number).await? {
            return Ok(number);
        }
    }
    Err(RequestError::Damaged("no free thread number"))
}
