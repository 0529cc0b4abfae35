//! Receipts: what this device tells others of its reading, and what others told of theirs.
//!
//! A receipt is a control message: *delivered* once content of others is stored durably here, *displayed* once the app
//! says so; displayed implies delivered. Receipts wait behind everything else of their thread, a newer one takes the
//! place of an older one that is not encrypted yet, and no person hears of one that fails. They answer content, never
//! each other.
//!
//! | a message is | shown by |
//! |---|---|
//! | waiting on this device | no `Entry::seq` |
//! | at the relay | its `Entry::seq` |
//! | on a device of X | [`Receipt::has_delivered`] |
//! | displayed to X | [`Receipt::has_displayed`] |

use std::collections::BTreeSet;

use colloque_schemas::id::{AccountId, IdempotencyId, MessageId, Seq, ThreadId};
use colloque_schemas::limits::CONTROLS_PER_MINUTE;
use colloque_schemas::payload::Control;
use colloque_schemas::time::UnixSeconds;
use rusqlite::{OptionalExtension, params};

use crate::client::Client;
use crate::entry;
use crate::error::Error;
use crate::outbox::{self, Intent};
use crate::store::Connection;
use crate::thread::row::{Conduct, ThreadRow, roster};
use crate::view::Standing;

/// Receipts of this device within a minute. Two of its minutes may fall into one of the relay's, and leaving or blocking
/// is to find room there, too.
const RECEIPTS_PER_MINUTE: u32 = CONTROLS_PER_MINUTE / 3;
const SECONDS_PER_MINUTE: u64 = 60;

/// How far an account has read a thread, as its devices said. It may have read further; a device that lies can say what
/// it likes of what it was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    /// The person.
    pub account: AccountId,
    /// Where the newest device of the account joined. Of messages up to here, the places below say nothing.
    pub since: Seq,
    /// All content after `since` up to this place has reached a device.
    pub delivered: Seq,
    /// All content after `since` up to this place has been displayed.
    pub displayed: Seq,
    /// When the device that said so had it, by its clock.
    pub delivered_at: Option<UnixSeconds>,
    /// When it was displayed, by the clock of the device that said so.
    pub displayed_at: Option<UnixSeconds>,
}

impl Receipt {
    /// Whether the message at this place is known to be on a device of the account.
    pub fn has_delivered(&self, seq: Seq) -> bool {
        self.since < seq && seq <= self.delivered
    }

    /// Whether the message at this place is known to have been displayed to the person.
    pub fn has_displayed(&self, seq: Seq) -> bool {
        self.since < seq && seq <= self.displayed
    }
}

impl Client {
    /// How far everyone else of the roster and charter has read, by account.
    ///
    /// # Errors
    /// [`Misuse::UnknownThread`](crate::Misuse::UnknownThread), [`Error::Store`].
    pub fn receipts(&self, thread: ThreadId) -> Result<Vec<Receipt>, Error> {
        let own = self.identity.actor().account;
        self.store.read(|view| {
            let row = ThreadRow::load(view.sql(), thread)?;
            let mut accounts: BTreeSet<AccountId> = row.patients.into_iter().collect();
            accounts.extend(roster(view.sql(), thread)?.iter().map(|row| row.member.actor.account));
            accounts.remove(&own);
            accounts.into_iter().map(|account| load(view.sql(), thread, account)).collect()
        })
    }

    /// Everything in the thread up to a place has been shown to the owner, who lets the others know. A place beyond what
    /// this device has read stands for all that it has.
    ///
    /// # Errors
    /// [`Misuse::UnknownThread`](crate::Misuse::UnknownThread), [`Error::Store`].
    pub fn mark_displayed(&mut self, thread: ThreadId, through: Seq, now: UnixSeconds) -> Result<(), Error> {
        let ids =
            Ids { message: MessageId::new(self.random()), idempotency: IdempotencyId::new(self.random()) };
        let unit = self.store.begin()?;
        let mut row = ThreadRow::load(unit.sql(), thread)?;
        let through = through.min(row.head.seq);
        if through <= row.displayed {
            return Ok(());
        }
        let shown = entry::newest_of_others(unit.sql(), thread, row.displayed, through)?;
        row.displayed = through;
        row.save(unit.sql())?;
        if let Some(seq) = shown {
            queue(unit.sql(), &row, Control::Displayed(seq), now, ids)?;
        }
        Ok(unit.commit()?)
    }
}

/// The random ids of a receipt.
pub(crate) struct Ids {
    pub(crate) message: MessageId,
    pub(crate) idempotency: IdempotencyId,
}

/// Queues a receipt, in place of those that it makes superfluous.
pub(crate) fn queue(
    sql: &Connection,
    row: &ThreadRow,
    receipt: Control,
    at: UnixSeconds,
    ids: Ids,
) -> Result<(), Error> {
    if row.standing != Standing::Member || is_covered(sql, row.thread, &receipt, None)? {
        return Ok(());
    }
    for waiting in outbox::of_thread(sql, row.thread)? {
        match &waiting.intent {
            Intent::Receipt { receipt: older, .. }
                if waiting.request.is_none() && covers(&receipt, older) =>
            {
                outbox::remove(sql, waiting.id)?;
            }
            _ => {}
        }
    }
    let intent = Intent::Receipt { message: ids.message, receipt, at };
    outbox::push(sql, row.thread, ids.idempotency, &intent)?;
    Ok(())
}

/// Whether a receipt in the outbox is not worth sending: another one there says more, or the owner has left.
pub(crate) fn is_moot(
    sql: &Connection,
    thread: ThreadId,
    own: AccountId,
    id: i64,
    receipt: &Control,
) -> Result<bool, Error> {
    Ok(Conduct::load(sql, thread, own)?.has_departed || is_covered(sql, thread, receipt, Some(id))?)
}

fn is_covered(
    sql: &Connection,
    thread: ThreadId,
    receipt: &Control,
    except: Option<i64>,
) -> Result<bool, Error> {
    let waiting = outbox::of_thread(sql, thread)?;
    Ok(waiting.iter().filter(|row| Some(row.id) != except).any(|row| match &row.intent {
        Intent::Receipt { receipt: other, .. } => covers(other, receipt),
        _ => false,
    }))
}

fn covers(receipt: &Control, other: &Control) -> bool {
    match (receipt, other) {
        (Control::Displayed(through), Control::Displayed(other) | Control::Delivered(other))
        | (Control::Delivered(through), Control::Delivered(other)) => through >= other,
        _ => false,
    }
}

/// An account has a device more in a thread, from this place on.
pub(crate) fn begin(sql: &Connection, thread: ThreadId, account: AccountId, since: Seq) -> Result<(), Error> {
    let mut statement = sql.prepare_cached(
        "INSERT INTO receipt (thread, account, since) VALUES (?1, ?2, ?3) \
         ON CONFLICT (thread, account) DO UPDATE SET since = max(since, excluded.since)",
    )?;
    statement.execute(params![thread.as_bytes(), account.as_bytes(), since.0])?;
    Ok(())
}

/// Keeps what a device of an account said, unless more was said before. Returns whether it was news.
pub(crate) fn record(
    sql: &Connection,
    thread: ThreadId,
    account: AccountId,
    receipt: &Control,
    at: UnixSeconds,
) -> Result<bool, Error> {
    let before = load(sql, thread, account)?;
    let mut after = before;
    if let Control::Displayed(through) = receipt
        && *through > after.displayed
    {
        (after.displayed, after.displayed_at) = (*through, Some(at));
    }
    if let Control::Displayed(through) | Control::Delivered(through) = receipt
        && *through > after.delivered
    {
        (after.delivered, after.delivered_at) = (*through, Some(at));
    }
    let mut statement = sql.prepare_cached(
        "INSERT OR REPLACE INTO receipt (thread, account, since, delivered, delivered_at, displayed, displayed_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    statement.execute(params![
        thread.as_bytes(),
        account.as_bytes(),
        after.since.0,
        after.delivered.0,
        after.delivered_at.map(|at| at.0),
        after.displayed.0,
        after.displayed_at.map(|at| at.0),
    ])?;
    Ok(after != before)
}

fn load(sql: &Connection, thread: ThreadId, account: AccountId) -> Result<Receipt, Error> {
    let mut statement = sql.prepare_cached(
        "SELECT since, delivered, delivered_at, displayed, displayed_at FROM receipt \
         WHERE thread = ?1 AND account = ?2",
    )?;
    let row = statement.query_row(params![thread.as_bytes(), account.as_bytes()], |row| {
        Ok(Receipt {
            account,
            since: Seq(row.get(0)?),
            delivered: Seq(row.get(1)?),
            delivered_at: row.get::<_, Option<u64>>(2)?.map(UnixSeconds),
            displayed: Seq(row.get(3)?),
            displayed_at: row.get::<_, Option<u64>>(4)?.map(UnixSeconds),
        })
    });
    // A patient of the charter whom nobody has added yet has read nothing.
    let (since, delivered, displayed) = (Seq::START, Seq::START, Seq::START);
    let nothing = Receipt { account, since, delivered, displayed, delivered_at: None, displayed_at: None };
    Ok(row.optional()?.unwrap_or(nothing))
}

/// How many receipts this device has sent lately, over all threads and connections.
#[derive(Default)]
pub(crate) struct Pace {
    begun_at: Option<UnixSeconds>,
    sent: u32,
}

impl Pace {
    /// Counts one, or says from when on the next may be sent.
    pub(crate) fn take(&mut self, now: UnixSeconds) -> Result<(), UnixSeconds> {
        let present =
            self.begun_at.filter(|begun_at| (*begun_at..begun_at.plus(SECONDS_PER_MINUTE)).contains(&now));
        let Some(begun_at) = present else {
            *self = Self { begun_at: Some(now), sent: 1 };
            return Ok(());
        };
        if self.sent >= RECEIPTS_PER_MINUTE {
            return Err(begun_at.plus(SECONDS_PER_MINUTE));
        }
        self.sent = self.sent.saturating_add(1);
        Ok(())
    }
}
