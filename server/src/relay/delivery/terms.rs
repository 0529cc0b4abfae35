//! [`Request::AssertTerms`](colloque_schemas::frame::Request::AssertTerms): access rows and mode flag follow roster and
//! charter, as a professional's device has them after a Commit.

use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::frame::{AssertTerms, Response};
use colloque_schemas::policy::{self, AccessGrant};
use colloque_schemas::refusal::{Refusal, RefusalCode};
use colloque_schemas::role::Actor;

use super::super::batch::{Batch, News};
use super::super::blind::{Blind, RowKey};
use super::super::error::RequestError;
use super::super::store::threads;
use super::shape;

/// An assertion. Whether its author may make it depends on what it changes, which the writer sees.
pub(in super::super) struct Assertion {
    actor: Actor,
    access_row: RowKey,
    terms: AssertTerms,
    rows: Vec<RowKey>,
}

impl Assertion {
    /// Checks shape.
    pub(in super::super) fn check(
        actor: Actor,
        terms: AssertTerms,
        blind: &Blind,
    ) -> Result<Self, RequestError> {
        shape::check_accounts(&terms.access)?;
        shape::check_mode(terms.mode)?;
        if terms.access.is_empty() {
            return Err(RefusalCode::Malformed.into());
        }
        let row = |account| blind.access_row(terms.thread, account);
        let rows = terms.access.iter().map(|account| row(*account)).collect();
        Ok(Self { actor, access_row: row(actor.account), rows, terms })
    }

    /// Policy is asked about the mode first (R09, R10), where it changes, then about access (R31).
    ///
    /// A handshake after the terms in force sets the mode anew: who has replied may reply once more. Whether it was
    /// that handshake that set the mode only members can read, and their devices hold to it.
    pub(super) async fn run(self, batch: &mut Batch<'_>) -> Result<Response, RequestError> {
        let Self { actor, access_row, terms, rows } = self;
        let now = batch.now;
        let record = batch.thread(terms.thread).await?;
        let Some(record) = record.filter(|record| record.access.contains_key(&access_row)) else {
            return Err(RefusalCode::NoAccess.into());
        };
        // Of older terms, whoever got access with a newer handshake knows nothing: they would take it away again.
        if terms.handshake != record.handshake_head {
            return Err(Refusal::head_stale(record.handshake_head).into());
        }
        if record.mode != terms.mode {
            policy::change_mode(actor, record.mode, terms.mode, now)?;
        }
        let AccessGrant { .. } = policy::change_access(actor)?;
        let sets_anew = terms.handshake > record.terms_seq || record.mode != terms.mode;
        let keeps_replies = !sets_anew && terms.mode == AnswerMode::OneReply;
        let has_replied = |row: &RowKey| keeps_replies && record.access.get(row).copied().unwrap_or(false);
        let access = rows.into_iter().map(|row| (row, has_replied(&row))).collect();
        record.access = access;
        record.terms_seq = terms.handshake;
        record.mode = terms.mode;
        let record = record.clone();
        threads::set_terms(batch.connection, &record).await?;
        batch.news.push(News::AccessSet(terms.thread, terms.access));
        Ok(Response::Done)
    }
}
