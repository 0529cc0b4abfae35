//! The invariants, judged on what all devices show once everything has arrived.
//!
//! | | |
//! |---|---|
//! | I1 | what the relay acknowledged, and what a client took, is shown; or its author was told that it is not sent |
//! | I2 | each message stands at one place |
//! | I3 | what one device wrote stands in the order in which it was written |
//! | I4 | members have the same log, epoch, mode and roster; they show the same at each place |
//! | I5 | the opener is a professional |
//! | I6 | nobody shows what was written before it joined or after it was removed |
//! | I9 | nothing is refused, forked or missing among honest devices |

use std::collections::{BTreeMap, BTreeSet};

use colloque_client_core::{Entry, EntryKind, Error, Standing};
use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::envelope::EnvelopeKind;
use colloque_schemas::id::{AccountId, ThreadId};
use colloque_schemas::log_hash::LogHead;
use colloque_schemas::role::Role;

use super::log::{Log, log_of};
use super::truth::{Said, Truth};
use super::{Sim, Verdict};

/// What one device knows and shows of a thread.
pub(super) struct View {
    device: usize,
    pub(super) name: &'static str,
    account: AccountId,
    standing: Standing,
    terms: (LogHead, AnswerMode, BTreeSet<AccountId>),
    pub(super) entries: Vec<Entry>,
}

impl Sim {
    /// Judges every thread.
    pub(super) fn check(&mut self) -> Verdict {
        for thread in self.threads.clone() {
            let views = self.views(thread)?;
            let name = self.trace.thread(thread);
            self.check_thread(thread, &views).map_err(|wrong| format!("{name}: {wrong}"))?;
        }
        Ok(())
    }

    fn check_thread(&self, thread: ThreadId, views: &[View]) -> Verdict {
        let Truth { said, denied, blockers, acknowledged, .. } = &self.truth;
        let is_content = |kind: &EnvelopeKind| *kind == EnvelopeKind::Application;
        judge(
            &Facts {
                opening: self.opening(thread),
                said: said.iter().filter(|said| said.thread == thread).collect(),
                denied: denied.iter().filter(|(_, of)| *of == thread).map(|(device, _)| *device).collect(),
                acknowledged: acknowledged
                    .iter()
                    .filter(|((of, _), kind)| *of == thread && is_content(kind))
                    .map(|((_, seq), _)| *seq)
                    .collect(),
                blockers,
            },
            views,
        )
    }

    /// The accounts of the opening.
    fn opening(&self, thread: ThreadId) -> BTreeSet<AccountId> {
        let known = self.devices.iter().filter_map(|device| device.client.as_ref()?.thread(thread).ok());
        known.flat_map(|summary| summary.patients.into_iter().chain([summary.opener])).collect()
    }

    fn views(&mut self, thread: ThreadId) -> Result<Vec<View>, String> {
        let mut views = Vec::new();
        let professionals = self.devices.iter().filter(|device| device.role == Role::Professional);
        let professionals: Vec<AccountId> = professionals.map(|device| device.account).collect();
        for (device, of) in self.devices.iter_mut().enumerate() {
            let (name, account) = (of.name, of.account);
            let client = of.client();
            let Ok(summary) = client.thread(thread) else { continue };
            if !professionals.contains(&summary.opener) {
                return Err(format!("I5: {name} has a thread of no professional"));
            }
            let failed = |error: Error| error.to_string();
            let roster = client.participants(thread).map_err(failed)?;
            let roster = roster.iter().map(|member| member.account).collect();
            let terms = (client.log_head(thread).map_err(failed)?, summary.mode, roster);
            let entries = client.entries(thread).map_err(failed)?;
            views.push(View { device, name, account, standing: summary.standing, terms, entries });
        }
        Ok(views)
    }

    /// Whether a device has said that it leaves a thread, and was not added again.
    pub(super) fn has_left(&mut self, device: usize, thread: ThreadId) -> bool {
        let views = self.views(thread).unwrap_or_default();
        let account = self.devices[device].account;
        log_of(self.opening(thread), &views).is_ok_and(|log| log.has_left(account))
    }
}

/// What is known of a thread apart from what devices show.
struct Facts<'a> {
    /// The accounts of the opening.
    opening: BTreeSet<AccountId>,
    said: Vec<&'a Said>,
    /// Devices that were told that something is not sent, once for each time.
    denied: Vec<usize>,
    /// Places of content that the relay acknowledged.
    acknowledged: Vec<u64>,
    blockers: &'a BTreeSet<AccountId>,
}

fn judge(facts: &Facts<'_>, views: &[View]) -> Verdict {
    let log = log_of(facts.opening.clone(), views)?;
    once(&log)?;
    members_agree(views, facts.blockers)?;
    for view in views {
        shows_its_part(view, &log)?;
        let own: Vec<&Said> = facts.said.iter().filter(|said| said.device == view.device).copied().collect();
        let denied = facts.denied.iter().filter(|device| **device == view.device).count();
        kept_its_own(view, &own, denied, &log)?;
    }
    let is_kept =
        |seq: u64| views.iter().any(|view| view.standing == Standing::Member && log.reads(view.account, seq));
    match facts.acknowledged.iter().find(|seq| is_kept(**seq) && !log.messages.contains_key(seq)) {
        Some(seq) => Err(format!("I1: what was acknowledged at {seq} is not shown")),
        None => Ok(()),
    }
}

/// I2.
fn once(log: &Log<'_>) -> Verdict {
    let mut ids = BTreeMap::new();
    let mut texts = BTreeMap::new();
    for (seq, message) in &log.messages {
        if let Some(before) = ids.insert(message.message, seq).or(texts.insert(&message.text, seq)) {
            return Err(format!("I2: what is shown at {before} is shown again at {seq}"));
        }
    }
    Ok(())
}

/// I4. Whoever declines a Welcome, because it is of somebody blocked, is in the roster all the same.
fn members_agree(views: &[View], blockers: &BTreeSet<AccountId>) -> Verdict {
    let members: Vec<&View> = views.iter().filter(|view| view.standing == Standing::Member).collect();
    let accounts: BTreeSet<AccountId> = members.iter().map(|view| view.account).collect();
    for view in &members {
        if view.terms != members[0].terms {
            return Err(format!("I4: {} and {} have read another log", view.name, members[0].name));
        }
        let absent = view.terms.2.symmetric_difference(&accounts).any(|account| !blockers.contains(account));
        if absent {
            return Err(format!("I4: {} has a roster that is not who can take part", view.name));
        }
    }
    let is_odd =
        |view: &&View| !matches!(view.standing, Standing::Member | Standing::Departed | Standing::AccessLost);
    match views.iter().find(is_odd) {
        Some(view) => Err(format!("{} is {:?}", view.name, view.standing)),
        None => Ok(()),
    }
}

/// I1 and I6: a member shows all that was written while it was one. Of a stay that has ended it may have read the
/// beginning only, because access ends with it.
fn shows_its_part(view: &View, log: &Log<'_>) -> Verdict {
    let is_message = |entry: &&Entry| matches!(entry.kind, EntryKind::Message(_));
    let shown: Vec<u64> =
        view.entries.iter().filter(is_message).filter_map(|entry| Some(entry.seq?.0)).collect();
    if !shown.is_sorted() {
        return Err(format!("I3: {} shows places out of order", view.name));
    }
    if let Some(seq) = shown.iter().find(|seq| !log.reads(view.account, **seq)) {
        return Err(format!("I6: {} shows {seq}, and was no member then", view.name));
    }
    for (after, until) in log.stays(view.account) {
        let within = |seq: &u64| after < *seq && until.is_none_or(|until| *seq < until);
        let mut expected = log.messages.keys().copied().filter(within);
        let mut shown = shown.iter().copied().filter(within);
        let has_gap = shown.by_ref().any(|seq| expected.next() != Some(seq));
        let is_short = until.is_none() && view.standing == Standing::Member && expected.next().is_some();
        if has_gap || is_short {
            return Err(format!("I1: {} does not show all after {after}", view.name));
        }
    }
    Ok(())
}

/// I1 and I3, of what the device's owner wrote.
fn kept_its_own(view: &View, own: &[&Said], denied: usize, log: &Log<'_>) -> Verdict {
    let place = |said: &&Said| log.messages.iter().find(|(_, message)| message.text == said.text);
    let mut last = 0;
    let mut missing = Vec::new();
    for said in own {
        let Some((seq, message)) = place(said) else {
            missing.push(said);
            continue;
        };
        if message.author != view.account || said.message.is_some_and(|id| id != message.message) {
            return Err(format!("what {} wrote stands at {seq} as another's", view.name));
        }
        if *seq < last {
            return Err(format!("I3: {} wrote {seq} after {last}", view.name));
        }
        last = *seq;
    }
    let has_stayed = view.standing == Standing::Member && log.stays(view.account).len() == 1;
    match missing.first() {
        Some(said) if has_stayed && missing.len() > denied => {
            let label = said.text.split(' ').next().unwrap_or_default();
            Err(format!("I1: {} of {} is shown nowhere, and nobody was told", label, view.name))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use colloque_client_core::Message;
    use colloque_schemas::id::{MessageId, Seq};
    use colloque_schemas::time::UnixSeconds;

    use super::*;

    const ANA: AccountId = AccountId::new([1; 16]);
    const PAUL: AccountId = AccountId::new([2; 16]);

    fn text(number: u8) -> String {
        format!("m{number}")
    }

    /// Ana's messages 1, 2… at these places.
    fn shows(name: &'static str, account: AccountId, placed: &[(u64, u8)]) -> View {
        let entry = |&(seq, number): &(u64, u8)| Entry {
            seq: Some(Seq(seq)),
            kind: EntryKind::Message(Message {
                message: MessageId::new([number; 16]),
                author: ANA,
                role: Role::Professional,
                is_own: account == ANA,
                is_sent_again: false,
                given_by: None,
                sent_at: UnixSeconds(0),
                text: text(number),
                documents: Vec::new(),
            }),
        };
        let terms = (LogHead { seq: Seq(9), hash: [0; 32] }, AnswerMode::Open, BTreeSet::from([ANA, PAUL]));
        let device = usize::from(account == PAUL);
        View {
            device,
            name,
            account,
            standing: Standing::Member,
            terms,
            entries: placed.iter().map(entry).collect(),
        }
    }

    fn verdict(ana: &[(u64, u8)], paul: &[(u64, u8)], change: impl FnOnce(&mut [View])) -> Verdict {
        let thread = ThreadId::new([0; 16]);
        let said = [1, 2].map(|number| {
            let message = Some(MessageId::new([number; 16]));
            Said { device: 0, thread, message, text: text(number) }
        });
        let facts = Facts {
            opening: BTreeSet::from([ANA, PAUL]),
            said: said.iter().collect(),
            denied: Vec::new(),
            acknowledged: vec![2, 3],
            blockers: &BTreeSet::new(),
        };
        let mut views = [shows("Ana", ANA, ana), shows("Paul", PAUL, paul)];
        change(&mut views);
        judge(&facts, &views)
    }

    #[test]
    fn each_invariant_that_is_broken_is_named() {
        let both = [(2, 1), (3, 2)];
        assert_eq!(verdict(&both, &both, |_| {}), Ok(()));
        let broken = |ana: &[_], paul: &[_], change: fn(&mut [View])| {
            verdict(ana, paul, change).unwrap_err()[..2].to_owned()
        };
        assert_eq!(broken(&both, &[(2, 1)], |_| {}), "I1", "one device lacks the last");
        assert_eq!(broken(&both, &[(3, 2)], |_| {}), "I1", "one device lacks the first");
        assert_eq!(broken(&[(2, 1)], &[(2, 1)], |_| {}), "I1", "both lack what was acknowledged");
        assert_eq!(broken(&[(2, 1), (3, 2), (4, 1)], &both, |_| {}), "I2");
        assert_eq!(broken(&[(2, 2), (3, 1)], &[(2, 2), (3, 1)], |_| {}), "I3");
        assert_eq!(broken(&both, &[(2, 2), (3, 1)], |_| {}), "I4", "another message at one place");
        assert_eq!(broken(&both, &both, |views| views[1].terms.0.hash = [1; 32]), "I4");
        assert_eq!(broken(&both, &both, |views| views[1].standing = Standing::AccessLost), "I4");
        let removed =
            |seq| Entry { seq: Some(Seq(seq)), kind: EntryKind::Removed { by: ANA, account: PAUL } };
        let with_removal: fn(&mut [View], Entry) = |views, entry| {
            views[1].standing = Standing::Departed;
            views[0].terms.2.remove(&PAUL);
            views[0].entries.insert(1, entry);
        };
        let shown_later =
            verdict(&[(2, 1), (4, 2)], &[(2, 1), (4, 2)], |views| with_removal(views, removed(3)));
        assert_eq!(shown_later.unwrap_err()[..2], *"I6");
        let refused = EntryKind::Refused { reason: "R29".to_owned() };
        let view = |views: &mut [View]| views[0].entries.push(Entry { seq: Some(Seq(5)), kind: refused });
        assert_eq!(verdict(&both, &both, view).unwrap_err()[..2], *"I9");
    }
}
