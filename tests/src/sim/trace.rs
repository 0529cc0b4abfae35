//! What happened, one line each: when, who, what, and what came of it. Everything in it comes from the seed: threads and
//! people have names, sizes are those of their buckets, and nothing of any ciphertext is told.

use std::fmt::{self, Display};

use colloque_client_core::Event as Told;
use colloque_schemas::frame::{Event, Request, Response, ServerFrame, ThreadPage};
use colloque_schemas::id::{AccountId, ThreadId};
use colloque_schemas::time::SECONDS_PER_DAY;

use crate::clock::{HandClock, NOON};

/// The trace of one seed.
pub struct Trace {
    clock: HandClock,
    lines: Vec<String>,
    people: Vec<(AccountId, &'static str)>,
    threads: Vec<ThreadId>,
}

impl Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

impl Trace {
    pub(super) fn new(clock: HandClock, people: Vec<(AccountId, &'static str)>) -> Self {
        Self { clock, lines: Vec::new(), people, threads: Vec::new() }
    }

    /// How many lines there are.
    pub fn events(&self) -> usize {
        self.lines.len()
    }

    /// Adds a line.
    pub(super) fn line(&mut self, who: &str, what: impl Display, verdict: impl Display) {
        let past = self.clock.read().0 - NOON.0;
        let (days, seconds) = (past / SECONDS_PER_DAY, past % SECONDS_PER_DAY);
        let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        let what = what.to_string();
        let line =
            format!("{days:>3}d {hours:02}:{minutes:02}:{seconds:02}  {who:<5}  {what:<62}  {verdict}");
        self.lines.push(line.trim_end().to_owned());
    }

    /// What a thread is called here: the first is t1.
    pub(super) fn thread(&mut self, thread: ThreadId) -> String {
        let place = self.threads.iter().position(|known| *known == thread);
        let place = place.unwrap_or_else(|| {
            self.threads.push(thread);
            self.threads.len() - 1
        });
        format!("t{}", place + 1)
    }

    /// Whose account it is.
    pub(super) fn person(&self, account: AccountId) -> &'static str {
        self.people.iter().find(|(known, _)| *known == account).map_or("nobody", |(_, name)| name)
    }

    /// What a device asks.
    pub(super) fn request(&mut self, request: &Request) -> String {
        match request {
            Request::SignIn(_) => "sign in".to_owned(),
            Request::OpenThread(opening) => {
                let (envelopes, welcomes) = (opening.envelopes.len(), opening.welcomes.len());
                format!(
                    "open {} with {envelopes} envelopes, {welcomes} Welcomes",
                    self.thread(opening.thread)
                )
            }
            Request::Append(append) => {
                let (thread, head) = (self.thread(append.thread), append.handshake_head);
                let (kind, size) = (append.envelope.kind, append.envelope.payload.length());
                let adds: Vec<&str> = append.grant.iter().map(|account| self.person(*account)).collect();
                format!("append {kind:?} of {size} B to {thread} after {head} {}", adds.join(", "))
            }
            Request::Sync(sync) => {
                let cursors =
                    sync.threads.iter().map(|at| format!("{}>{} ", self.thread(at.thread), at.after));
                let cursors: String = cursors.collect();
                format!("sync {cursors}inbox>{}", sync.inbox_after.0)
            }
            Request::AcknowledgeInbox(through) => format!("forget inbox through {}", through.0),
            Request::PublishKeyPackages(published) => {
                format!("publish {} KeyPackages", published.one_time.len())
            }
            Request::ClaimKeyPackages(account) => format!("claim KeyPackages of {}", self.person(*account)),
            Request::AssertTerms(terms) => {
                let access: Vec<&str> = terms.access.iter().map(|account| self.person(*account)).collect();
                let (thread, at) = (self.thread(terms.thread), terms.handshake);
                format!("assert terms of {thread} at {at}: {}, {:?}", access.join(" "), terms.mode)
            }
            Request::Restore(restore) => {
                format!("give back {} of {}", restore.envelope.seq, self.thread(restore.thread))
            }
            Request::PutChunk(_) | Request::AskBlob(_) | Request::TakeChunk { .. } => "documents".to_owned(),
            Request::PutLink { .. } | Request::TakeLink { .. } | Request::EndLink(_) => "linking".to_owned(),
            Request::SendLetter(_) => "letter".to_owned(),
            Request::PublishDevices(published) => {
                format!("publish list {}", published.device_list.claimed_number())
            }
        }
    }

    /// What the relay says.
    pub(super) fn frame(&mut self, frame: &ServerFrame) -> String {
        match frame {
            ServerFrame::Challenge(_) => "challenge".to_owned(),
            ServerFrame::Refused { refusal, .. } => format!("refused: {refusal}"),
            ServerFrame::Reply { response, .. } => match response {
                Response::SignedIn(at) => format!("signed in, {} KeyPackages left", at.key_packages_left),
                Response::Appended(appended) => format!("appended at {}", appended.seq),
                Response::Page(page) => {
                    let threads: String = page.threads.iter().map(|page| self.page(page)).collect();
                    let more = if page.more { ", more" } else { "" };
                    format!("page {threads}inbox {}{more}", page.inbox.len())
                }
                Response::Done => "done".to_owned(),
                Response::KeyPackages(claimed) => format!("{} KeyPackages", claimed.key_packages.len()),
                Response::NextChunk(_) | Response::Chunk(_) => "documents".to_owned(),
                Response::Link(_) => "linking".to_owned(),
            },
            ServerFrame::Event(event) => match event {
                Event::Appended { thread, envelope } => {
                    let (thread, size) = (self.thread(*thread), envelope.payload.length());
                    format!("{thread} {} {:?} of {size} B", envelope.seq, envelope.kind)
                }
                Event::Inbox(item) => format!("Welcome {} to {}", item.number.0, self.thread(item.thread)),
                Event::AccessLost(thread) => format!("access lost to {}", self.thread(*thread)),
                Event::Devices(list) => format!("device list {}", list.claimed_number()),
                Event::KeyPackagesLow { left } => format!("{left} KeyPackages left"),
                Event::GoingAway { .. } => "going away".to_owned(),
            },
        }
    }

    fn page(&mut self, page: &ThreadPage) -> String {
        match page {
            ThreadPage::Envelopes { thread, envelopes } => {
                format!("{} {}, ", self.thread(*thread), envelopes.len())
            }
            ThreadPage::AccessLost { thread } => format!("{} access lost, ", self.thread(*thread)),
            ThreadPage::Short { thread, last } => format!("{} ends at {last}, ", self.thread(*thread)),
            ThreadPage::Pruned { thread, through } => {
                format!("{} pruned through {through}, ", self.thread(*thread))
            }
        }
    }

    /// What an app is told.
    pub(super) fn told(&mut self, event: &Told) -> String {
        let thread = event.thread().map(|thread| self.thread(thread)).unwrap_or_default();
        match event {
            Told::MessageReceived { seq, .. } => format!("{thread} {seq} received"),
            Told::MessageSent { seq, .. } => format!("{thread} {seq} sent"),
            Told::ModeChanged { mode, .. } => format!("{thread} is {mode:?}"),
            Told::Departed { account, .. } => format!("{} left {thread}", self.person(*account)),
            Told::EnvelopeRefused { seq, reason, .. } => format!("{thread} {seq} REFUSED {reason}"),
            Told::WelcomeRefused { reason } => format!("Welcome REFUSED {reason}"),
            Told::SendRefused { refusal, .. } => format!("{thread} not sent: {refusal}"),
            Told::SendDenied { rule, .. } => format!("{thread} not sent: {rule}"),
            Told::Gap { from, to, .. } => format!("{thread} GAP {from} to {to}"),
            Told::ForkDetected { seq, .. } => format!("{thread} {seq} FORKED"),
            Told::ThreadOpened(_) => format!("{thread} opened"),
            Told::ThreadJoined(_) => format!("{thread} joined"),
            Told::RosterChanged { seq, .. } => format!("{thread} {seq} roster"),
            Told::ReceiptsChanged { .. } => format!("{thread} receipts"),
            Told::AccessLost(_) => format!("{thread} access lost"),
            Told::CaughtUp => "caught up".to_owned(),
            other => format!("{other:?}"),
        }
    }
}
