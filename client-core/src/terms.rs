//! Terms: after a Commit that changes who is in a thread or its answer mode, professionals' devices bring the relay's rows and
//! flag in line. They stay due until the relay has them: access that was taken away must not come back by a lost request.

use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::frame::{AssertTerms, Request};
use colloque_schemas::id::{AccountId, Seq, ThreadId};
use colloque_schemas::refusal::{Refusal, RefusalCode, Retry};
use colloque_schemas::rule::Rule;
use colloque_schemas::time::UnixSeconds;

use crate::client::Client;
use crate::error::Error;
use crate::session::Pending;
use crate::store::Connection;
use crate::thread::row::{ThreadRow, roster};
use crate::view::Standing;

/// Where the relay does not say when to try again.
const SECONDS_BETWEEN_TRIES: u64 = 60;

impl Client {
    /// Brings the relay's rows and flag in line with the newest terms of threads where that is due (R09, R31).
    pub(crate) fn assert_terms(&mut self, now: UnixSeconds) -> Result<(), Error> {
        let due = self.store.read(|view| {
            let rows = ThreadRow::with_terms_due(view.sql())?;
            let due = rows.into_iter().filter(|row| row.standing == Standing::Member);
            let is_over = |row: &ThreadRow| self.session.overdue.contains(&(row.thread, row.handshake_head));
            due.map(|row| Ok::<_, Error>((terms(view.sql(), &row, is_over(&row), now)?, row)))
                .collect::<Result<Vec<_>, _>>()
        })?;
        for (terms, row) in due {
            let asked = self
                .session
                .pending
                .values()
                .any(|pending| matches!(pending, Pending::Terms { thread, .. } if *thread == row.thread));
            // A page on its way may bring a newer handshake, whose terms are asserted instead.
            let waits = asked || self.session.reads(row.thread);
            if !waits && !self.session.is_put_off(row.thread, now) {
                let pending = Pending::Terms { thread: row.thread, handshake: row.handshake_head };
                self.session.ask(Request::AssertTerms(terms), pending);
            }
        }
        Ok(())
    }

    pub(crate) fn terms_done(&mut self, thread: ThreadId, handshake: Seq) -> Result<(), Error> {
        let unit = self.store.begin()?;
        let mut row = ThreadRow::load(unit.sql(), thread)?;
        row.terms_due &= row.handshake_head != handshake;
        row.save(unit.sql())?;
        Ok(unit.commit()?)
    }

    /// A newer handshake decides: it is read, and its terms are asserted instead. Terms stay due until the relay has them,
    /// or says that it never will.
    pub(crate) fn terms_refused(
        &mut self,
        thread: ThreadId,
        handshake: Seq,
        refusal: Refusal,
        now: UnixSeconds,
    ) -> Result<(), Error> {
        if let (RefusalCode::HeadStale, Retry::AfterCatchingUp(head)) = (refusal.code, refusal.retry) {
            let known = self.store.read(|view| ThreadRow::load(view.sql(), thread))?;
            if known.head.seq >= head {
                if known.handshake_head == handshake {
                    self.session.waits.insert(thread, now.plus(1));
                }
                return Ok(());
            }
            return self.follow(vec![thread], false);
        }
        // Its deadline has passed by the relay's clock: that comes to no-reply, and what else the terms say still holds.
        if refusal.rule == Some(Rule::ModeChangesAreNamed) {
            if !self.session.overdue.insert((thread, handshake)) {
                self.session.waits.insert(thread, now.plus(SECONDS_BETWEEN_TRIES));
            }
            return Ok(());
        }
        if refusal.retry != Retry::Never {
            let seconds = if let Retry::After { seconds } = refusal.retry {
                seconds.into()
            } else {
                SECONDS_BETWEEN_TRIES
            };
            self.session.waits.insert(thread, now.plus(seconds));
            return Ok(());
        }
        let unit = self.store.begin()?;
        let mut row = ThreadRow::load(unit.sql(), thread)?;
        row.terms_due = false;
        row.save(unit.sql())?;
        Ok(unit.commit()?)
    }
}

fn terms(sql: &Connection, row: &ThreadRow, is_over: bool, now: UnixSeconds) -> Result<AssertTerms, Error> {
    let mut access: Vec<AccountId> =
        roster(sql, row.thread)?.iter().map(|row| row.member.actor.account).collect();
    access.sort_unstable();
    access.dedup();
    // Asserted late, a deadline may have passed, which the relay would not take (R10): it comes to no-reply.
    let mode = match row.mode {
        AnswerMode::Until(deadline) if is_over || deadline <= now => AnswerMode::NoReply,
        mode => mode,
    };
    Ok(AssertTerms { thread: row.thread, handshake: row.handshake_head, access, mode })
}
