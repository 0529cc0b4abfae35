//! Going on in another thread, where one is stopped: members whose logs differ cannot come together in it again, since each
//! has keys and an order of its own. A professional opens a new one with the same people; both say where the other is.

use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::id::{AccountId, IdempotencyId, MessageId, ThreadId};
use colloque_schemas::payload::Control;
use colloque_schemas::policy;
use colloque_schemas::role::Role;
use colloque_schemas::time::UnixSeconds;
use rusqlite::{OptionalExtension, params};

use crate::client::Client;
use crate::draft::{self, DraftOf};
use crate::error::{Error, Misuse};
use crate::outbox::{self, Intent};
use crate::store::Connection;
use crate::thread::row::{Conduct, ThreadRow, roster};
use crate::view::Standing;

/// Who goes on, and how.
struct Plan {
    patients: Vec<AccountId>,
    team: Vec<AccountId>,
    mode: AnswerMode,
}

impl Client {
    /// Goes on in a new thread with the patients and professionals of one that is stopped, or of any other, with a first
    /// message. Who has left is not taken along. The old thread stays readable. Where it goes on already, that thread is
    /// returned, and nothing is sent.
    ///
    /// # Errors
    /// [`Error::Denied`] (R01), [`Misuse::UnknownThread`], [`Misuse::ThreadInactive`] of a thread that never was at the
    /// relay, [`Misuse::PatientCount`] if all patients have left, [`Misuse::TextLength`], [`Error::Store`].
    pub fn continue_thread(
        &mut self,
        thread: ThreadId,
        text: &str,
        now: UnixSeconds,
    ) -> Result<ThreadId, Error> {
        let own = self.identity.actor();
        let _ = policy::open_thread(own)?;
        let (plan, known) = self.store.read(|view| {
            Ok::<_, Error>((plan(view.sql(), thread, own.account, now)?, find(view.sql(), thread)?))
        })?;
        if let Some(known) = known {
            return Ok(known);
        }
        let adds: Vec<(AccountId, IdempotencyId)> =
            plan.team.iter().map(|account| (*account, IdempotencyId::new(self.random()))).collect();
        let (message, id) = (MessageId::new(self.random()), IdempotencyId::new(self.random()));
        self.open_with(&plan.patients, plan.mode, text, now, |sql, successor| {
            for (account, id) in adds {
                outbox::push(sql, successor, id, &Intent::Add(account))?;
            }
            let control = Control::Continues(thread);
            outbox::push(sql, successor, id, &Intent::Upkeep { message, control })?;
            draft::settle(sql, DraftOf::Thread(thread), text)?;
            note(sql, thread, successor)
        })
    }

    /// Where a thread goes on, if it does.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn successor(&self, thread: ThreadId) -> Result<Option<ThreadId>, Error> {
        self.store.read(|view| find(view.sql(), thread))
    }

    /// What a thread goes on with, if it does.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn predecessor(&self, thread: ThreadId) -> Result<Option<ThreadId>, Error> {
        self.store.read(|view| {
            let mut statement =
                view.sql().prepare_cached("SELECT thread FROM successor WHERE successor = ?1 LIMIT 1")?;
            let found = statement.query_row([thread.as_bytes()], |row| row.get(0)).optional()?;
            Ok(found.map(ThreadId::new))
        })
    }
}

fn plan(sql: &Connection, thread: ThreadId, own: AccountId, now: UnixSeconds) -> Result<Plan, Error> {
    let row = ThreadRow::load(sql, thread)?;
    if matches!(row.standing, Standing::Opening | Standing::Failed) {
        return Err(Misuse::ThreadInactive.into());
    }
    let professionals = roster(sql, thread)?.into_iter().map(|row| row.member.actor);
    let mut team: Vec<AccountId> = professionals
        .filter(|actor| actor.role == Role::Professional && actor.account != own)
        .map(|actor| actor.account)
        .collect();
    team.sort_unstable();
    team.dedup();
    let mode = match row.mode {
        // What was closed, or over, is not opened to answers by this.
        AnswerMode::Closed => AnswerMode::NoReply,
        AnswerMode::Until(deadline) if deadline <= now => AnswerMode::NoReply,
        mode => mode,
    };
    let (patients, team) = (staying(sql, thread, row.patients)?, staying(sql, thread, team)?);
    Ok(Plan { patients, team, mode })
}

/// Those of these accounts who have not left or blocked.
fn staying(sql: &Connection, thread: ThreadId, accounts: Vec<AccountId>) -> Result<Vec<AccountId>, Error> {
    let mut staying = Vec::new();
    for account in accounts {
        if !Conduct::load(sql, thread, account)?.has_departed {
            staying.push(account);
        }
    }
    Ok(staying)
}

/// A thread goes on in another one.
pub(crate) fn note(sql: &Connection, thread: ThreadId, successor: ThreadId) -> Result<(), Error> {
    let mut statement =
        sql.prepare_cached("INSERT OR REPLACE INTO successor (thread, successor) VALUES (?1, ?2)")?;
    statement.execute(params![thread.as_bytes(), successor.as_bytes()])?;
    Ok(())
}

/// Where a thread goes on. An opening that failed is none.
pub(crate) fn find(sql: &Connection, thread: ThreadId) -> Result<Option<ThreadId>, Error> {
    let mut statement = sql.prepare_cached("SELECT successor FROM successor WHERE thread = ?1")?;
    let found: Option<[u8; 16]> = statement.query_row([thread.as_bytes()], |row| row.get(0)).optional()?;
    let Some(successor) = found.map(ThreadId::new) else { return Ok(None) };
    let row = ThreadRow::find(sql, successor)?;
    Ok(row.filter(|row| row.standing != Standing::Failed).map(|_| successor))
}
