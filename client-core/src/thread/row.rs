//! A thread as the store has it, and the few ways to read and write it.

use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::codec;
use colloque_schemas::id::{AccountId, AccountKey, DeviceKey, Seq, ThreadId};
use colloque_schemas::log_hash::LogHead;
use colloque_schemas::policy::Member;
use colloque_schemas::role::{Actor, Role};
use colloque_schemas::time::UnixSeconds;
use rusqlite::{OptionalExtension, Row, params};

use crate::error::{Error, Misuse};
use crate::sql::{damaged, stored};
use crate::store::Connection;
use crate::view::Standing;

/// One row of `thread`.
#[derive(Clone, Debug)]
pub(crate) struct ThreadRow {
    pub(crate) thread: ThreadId,
    pub(crate) standing: Standing,
    pub(crate) opener: AccountId,
    pub(crate) patients: Vec<AccountId>,
    pub(crate) opened_at: UnixSeconds,
    pub(crate) mode: AnswerMode,
    /// How far the log has been read, and its running hash there.
    pub(crate) head: LogHead,
    /// The last handshake of the log, refused ones included.
    pub(crate) handshake_head: Seq,
    /// The final running hash of the epoch before this one, if this device saw it.
    pub(crate) previous: Option<LogHead>,
    /// Authenticated day of the last accepted Commit.
    pub(crate) committed_on: UnixSeconds,
    /// Messages of this device that are in the log.
    pub(crate) own_counter: u64,
    /// Whether this device has not spoken in this epoch yet.
    pub(crate) epoch_is_new: bool,
    pub(crate) professional_has_spoken: bool,
    /// Whether the relay's rows and flag are to be brought in line.
    pub(crate) terms_due: bool,
    /// When this device last gave itself a new leaf here.
    pub(crate) updated_on: UnixSeconds,
    /// The last place that was displayed to the owner.
    pub(crate) displayed: Seq,
    /// Who added this device after the opening, as long as nobody else has spoken.
    pub(crate) adder: Option<AccountId>,
    /// Whether this device's keys of the epoch may have been used without its knowing: nothing but new ones is sent.
    pub(crate) needs_new_keys: bool,
}

const STANDINGS: [Standing; 8] = [
    Standing::Opening,
    Standing::Member,
    Standing::Departed,
    Standing::AccessLost,
    Standing::Forked,
    Standing::Failed,
    Standing::Behind,
    Standing::Given,
];

/// What [`ThreadRow::read`] reads, first in a row.
pub(crate) const COLUMNS: &str = "thread, standing, opener, patients, opened_at, mode, cursor, hash, handshake_head, \
     previous_seq, previous_hash, committed_on, own_counter, epoch_is_new, professional_has_spoken, terms_due, \
     updated_on, displayed, adder, needs_new_keys";

impl ThreadRow {
    /// A thread of which this device has read nothing.
    pub(crate) fn unread(
        (thread, standing): (ThreadId, Standing),
        opener: AccountId,
        patients: Vec<AccountId>,
        opened_at: UnixSeconds,
        mode: AnswerMode,
    ) -> Self {
        Self {
            thread,
            standing,
            opener,
            patients,
            opened_at,
            mode,
            head: LogHead { seq: Seq::START, hash: [0; 32] },
            handshake_head: Seq::START,
            previous: None,
            committed_on: UnixSeconds(0),
            own_counter: 0,
            epoch_is_new: true,
            professional_has_spoken: false,
            terms_due: false,
            updated_on: UnixSeconds(0),
            displayed: Seq::START,
            adder: None,
            needs_new_keys: false,
        }
    }

    /// The thread of this id.
    ///
    /// # Errors
    /// [`Misuse::UnknownThread`].
    pub(crate) fn load(sql: &Connection, thread: ThreadId) -> Result<Self, Error> {
        Self::find(sql, thread)?.ok_or_else(|| Misuse::UnknownThread.into())
    }

    pub(crate) fn find(sql: &Connection, thread: ThreadId) -> Result<Option<Self>, Error> {
        let query = format!("SELECT {COLUMNS} FROM thread WHERE thread = ?1");
        let mut statement = sql.prepare_cached(&query)?;
        let row = statement.query_row([thread.as_bytes()], |row| Ok(Self::read(row))).optional()?;
        row.transpose()
    }

    /// All threads, the newest first.
    pub(crate) fn all(sql: &Connection) -> Result<Vec<Self>, Error> {
        let query = format!("SELECT {COLUMNS} FROM thread ORDER BY opened_at DESC, thread");
        let mut statement = sql.prepare_cached(&query)?;
        let rows = statement.query_map([], |row| Ok(Self::read(row)))?;
        rows.map(|row| row?).collect()
    }

    /// Threads whose terms the relay does not have yet.
    pub(crate) fn with_terms_due(sql: &Connection) -> Result<Vec<Self>, Error> {
        let query = format!("SELECT {COLUMNS} FROM thread WHERE terms_due = 1");
        let mut statement = sql.prepare_cached(&query)?;
        let rows = statement.query_map([], |row| Ok(Self::read(row)))?;
        rows.map(|row| row?).collect()
    }

    pub(crate) fn read(row: &Row<'_>) -> Result<Self, Error> {
        let standing = STANDINGS.get(row.get::<_, usize>(1)?).copied().ok_or_else(damaged)?;
        let previous = match (row.get::<_, Option<u64>>(9)?, row.get::<_, Option<[u8; 32]>>(10)?) {
            (Some(seq), Some(hash)) => Some(LogHead { seq: Seq(seq), hash }),
            _ => None,
        };
        Ok(Self {
            thread: ThreadId::new(row.get(0)?),
            standing,
            opener: AccountId::new(row.get(2)?),
            patients: stored(&row.get::<_, Vec<u8>>(3)?)?,
            opened_at: UnixSeconds(row.get(4)?),
            mode: stored(&row.get::<_, Vec<u8>>(5)?)?,
            head: LogHead { seq: Seq(row.get(6)?), hash: row.get(7)? },
            handshake_head: Seq(row.get(8)?),
            previous,
            committed_on: UnixSeconds(row.get(11)?),
            own_counter: row.get(12)?,
            epoch_is_new: row.get(13)?,
            professional_has_spoken: row.get(14)?,
            terms_due: row.get(15)?,
            updated_on: UnixSeconds(row.get(16)?),
            displayed: Seq(row.get(17)?),
            adder: row.get::<_, Option<[u8; 16]>>(18)?.map(AccountId::new),
            needs_new_keys: row.get(19)?,
        })
    }

    pub(crate) fn save(&self, sql: &Connection) -> Result<(), Error> {
        let query = format!(
            "INSERT OR REPLACE INTO thread ({COLUMNS}) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)"
        );
        let standing = STANDINGS.iter().position(|standing| *standing == self.standing);
        sql.prepare_cached(&query)?.execute(params![
            self.thread.as_bytes(),
            standing,
            self.opener.as_bytes(),
            codec::encode(&self.patients),
            self.opened_at.0,
            codec::encode(&self.mode),
            self.head.seq.0,
            self.head.hash,
            self.handshake_head.0,
            self.previous.map(|head| head.seq.0),
            self.previous.map(|head| head.hash),
            self.committed_on.0,
            self.own_counter,
            self.epoch_is_new,
            self.professional_has_spoken,
            self.terms_due,
            self.updated_on.0,
            self.displayed.0,
            self.adder.map(|account| *account.as_bytes()),
            self.needs_new_keys,
        ])?;
        Ok(())
    }

    /// Somebody has spoken: if it is not who added this device, the log is as that one said.
    pub(crate) fn confirm(&mut self, account: AccountId, own: AccountId) {
        self.adder = self.adder.filter(|adder| account == *adder || account == own);
    }

    pub(crate) fn is_charter_patient(&self, account: AccountId) -> bool {
        self.patients.contains(&account)
    }
}

/// A device in the roster, and how far its messages have been read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RosterRow {
    pub(crate) leaf: u32,
    pub(crate) member: Member,
    pub(crate) since: Seq,
    /// The day of the Commit that added it, or when the thread was opened.
    pub(crate) since_at: UnixSeconds,
    pub(crate) counter: u64,
}

/// The roster, in leaf order.
pub(crate) fn roster(sql: &Connection, thread: ThreadId) -> Result<Vec<RosterRow>, Error> {
    let mut statement = sql.prepare_cached(
        "SELECT leaf, account, role, account_key, device, since, counter, since_at FROM member WHERE thread = ?1 ORDER BY leaf",
    )?;
    let rows = statement.query_map([thread.as_bytes()], |row| Ok(roster_row(row)))?;
    rows.map(|row| row?).collect()
}

/// The member at a leaf.
pub(crate) fn member_at(sql: &Connection, thread: ThreadId, leaf: u32) -> Result<Option<RosterRow>, Error> {
    let mut statement = sql.prepare_cached(
        "SELECT leaf, account, role, account_key, device, since, counter, since_at FROM member WHERE thread = ?1 AND leaf = ?2",
    )?;
    let row = statement.query_row(params![thread.as_bytes(), leaf], |row| Ok(roster_row(row))).optional()?;
    row.transpose()
}

fn roster_row(row: &Row<'_>) -> Result<RosterRow, Error> {
    let role = Role::from_word(&row.get::<_, String>(2)?).ok_or_else(damaged)?;
    Ok(RosterRow {
        leaf: row.get(0)?,
        member: Member {
            actor: Actor { account: AccountId::new(row.get(1)?), role },
            account_key: AccountKey::new(row.get(3)?),
            device: DeviceKey::new(row.get(4)?),
        },
        since: Seq(row.get(5)?),
        counter: row.get(6)?,
        since_at: UnixSeconds(row.get(7)?),
    })
}

/// Puts a member at a leaf.
pub(crate) fn put_member(sql: &Connection, thread: ThreadId, row: &RosterRow) -> Result<(), Error> {
    let mut statement = sql.prepare_cached(
        "INSERT OR REPLACE INTO member (thread, leaf, account, role, account_key, device, since, counter, since_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?;
    let RosterRow { leaf, member, since, since_at, counter } = row;
    statement.execute(params![
        thread.as_bytes(),
        leaf,
        member.actor.account.as_bytes(),
        member.actor.role.word(),
        member.account_key.as_bytes(),
        member.device.as_bytes(),
        since.0,
        counter,
        since_at.0,
    ])?;
    Ok(())
}

/// Takes the member at a leaf out.
pub(crate) fn delete_member(sql: &Connection, thread: ThreadId, leaf: u32) -> Result<(), Error> {
    let mut statement = sql.prepare_cached("DELETE FROM member WHERE thread = ?1 AND leaf = ?2")?;
    statement.execute(params![thread.as_bytes(), leaf])?;
    Ok(())
}

/// A thread is about to be joined again: everyone in it is what the newcomer is told.
pub(crate) fn forget_members(sql: &Connection, thread: ThreadId) -> Result<(), Error> {
    sql.prepare_cached("DELETE FROM member WHERE thread = ?1")?.execute([thread.as_bytes()])?;
    sql.prepare_cached("DELETE FROM conduct WHERE thread = ?1")?.execute([thread.as_bytes()])?;
    Ok(())
}

/// What the rules ask about an account in a thread.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Conduct {
    pub(crate) has_replied: bool,
    pub(crate) has_departed: bool,
}

impl Conduct {
    pub(crate) fn load(sql: &Connection, thread: ThreadId, account: AccountId) -> Result<Self, Error> {
        let mut statement = sql.prepare_cached(
            "SELECT has_replied, has_departed FROM conduct WHERE thread = ?1 AND account = ?2",
        )?;
        let row = statement.query_row(params![thread.as_bytes(), account.as_bytes()], |row| {
            Ok(Self { has_replied: row.get(0)?, has_departed: row.get(1)? })
        });
        Ok(row.optional()?.unwrap_or_default())
    }

    pub(crate) fn save(self, sql: &Connection, thread: ThreadId, account: AccountId) -> Result<(), Error> {
        let mut statement = sql.prepare_cached(
            "INSERT OR REPLACE INTO conduct (thread, account, has_replied, has_departed) VALUES (?1, ?2, ?3, ?4)",
        )?;
        statement.execute(params![
            thread.as_bytes(),
            account.as_bytes(),
            self.has_replied,
            self.has_departed
        ])?;
        Ok(())
    }

    /// A mode was set: every account may reply anew.
    pub(crate) fn forget_replies(sql: &Connection, thread: ThreadId) -> Result<(), Error> {
        let mut statement = sql.prepare_cached("UPDATE conduct SET has_replied = 0 WHERE thread = ?1")?;
        statement.execute([thread.as_bytes()])?;
        Ok(())
    }
}

/// Notes the running hash at its place.
pub(crate) fn note_head(sql: &Connection, thread: ThreadId, head: &LogHead) -> Result<(), Error> {
    let mut statement = sql.prepare_cached("INSERT INTO log_head (thread, seq, hash) VALUES (?1, ?2, ?3)")?;
    statement.execute(params![thread.as_bytes(), head.seq.0, head.hash])?;
    Ok(())
}

/// Whether this device's log had this running hash there, as far as it remembers: since the last accepted Commit.
pub(crate) fn agrees(sql: &Connection, thread: ThreadId, seen: &LogHead) -> Result<bool, Error> {
    let mut statement = sql.prepare_cached("SELECT hash FROM log_head WHERE thread = ?1 AND seq = ?2")?;
    let hash: Option<[u8; 32]> =
        statement.query_row(params![thread.as_bytes(), seen.seq.0], |row| row.get(0)).optional()?;
    Ok(hash == Some(seen.hash))
}

/// An accepted Commit began a new epoch: earlier heads are of no more use.
pub(crate) fn forget_heads(sql: &Connection, thread: ThreadId) -> Result<(), Error> {
    sql.prepare_cached("DELETE FROM log_head WHERE thread = ?1")?.execute([thread.as_bytes()])?;
    Ok(())
}
