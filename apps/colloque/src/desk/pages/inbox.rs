//! All threads, by what needs doing.

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use colloque_client_core::{Client, Standing, ThreadSummary};
use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::role::Role;
use colloque_schemas::time::UnixSeconds;
use serde::Deserialize;

use super::super::fault::Fault;
use super::super::page::{Html as _, Nav, Page};
use super::super::visit::{Viewer, Visit};
use crate::mode;
use crate::moment;
use crate::people::People;
use crate::plain;
use crate::render::Renderer;
use crate::words::{Key, key};

/// What a thread needs, the most pressing first. Of several that fit, the first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Need {
    /// Somebody wrote, and the owner has not answered.
    Owner,
    /// It cannot go on by itself: not opened yet, refused, lost, forked.
    Attention,
    /// Nobody has read what the owner wrote, for days.
    Unread,
    /// The others may answer, and have not.
    Others,
    /// Nobody is waited for.
    Nobody,
    /// It is closed, or the owner has left.
    Over,
}

impl Need {
    const ALL: [Self; 6] =
        [Self::Owner, Self::Attention, Self::Unread, Self::Others, Self::Nobody, Self::Over];

    /// Its name in an address.
    const fn word(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Attention => "attention",
            Self::Unread => "unread",
            Self::Others => "others",
            Self::Nobody => "nobody",
            Self::Over => "over",
        }
    }

    const fn key(self, role: Role) -> Key {
        match (self, role) {
            (Self::Owner, Role::Professional) => key!("inbox-owner"),
            (Self::Owner, Role::Patient) => key!("inbox-owner-patient"),
            (Self::Attention, _) => key!("inbox-attention"),
            (Self::Unread, _) => key!("inbox-unread"),
            (Self::Others, Role::Professional) => key!("inbox-others"),
            (Self::Others, Role::Patient) => key!("inbox-others-patient"),
            (Self::Nobody, _) => key!("inbox-nobody"),
            (Self::Over, _) => key!("inbox-over"),
        }
    }

    fn of(summary: &ThreadSummary, renderer: &Renderer<'_>, now: UnixSeconds) -> Self {
        let people = renderer.people;
        match summary.standing {
            Standing::Opening
            | Standing::AccessLost
            | Standing::Forked
            | Standing::Failed
            | Standing::Behind => {
                return Self::Attention;
            }
            Standing::Departed | Standing::Given => return Self::Over,
            Standing::Member => {}
        }
        let is_over = match summary.mode {
            AnswerMode::Closed => true,
            AnswerMode::Until(deadline) => people.own_role() == Role::Patient && deadline <= now,
            AnswerMode::Open | AnswerMode::OneReply | AnswerMode::NoReply => false,
        };
        if summary.unread > 0 {
            return Self::Owner;
        }
        let own_is_last = summary.last.as_ref().is_none_or(|last| last.author == people.own());
        match (is_over, summary.mode, own_is_last, people.own_role()) {
            (true, ..) => Self::Over,
            _ if renderer.unread(summary, now).is_some() => Self::Unread,
            (_, AnswerMode::NoReply, ..) => Self::Nobody,
            (_, _, true, _) => Self::Others,
            (_, _, false, _) => Self::Owner,
        }
    }
}

/// A thread in the list.
struct Row {
    thread: String,
    people: String,
    mode: String,
    standing: Option<String>,
    unread: u64,
    waiting: u64,
    unread_for: Option<String>,
    has_draft: bool,
    last: String,
    excerpt: String,
    time: String,
}

struct Group {
    title: String,
    /// How many threads there are, shown or not.
    count: usize,
    rows: Vec<Row>,
    /// Where the threads are that are not shown.
    earlier: Option<String>,
    later: Option<String>,
}

/// The part of the list that is asked for: by default the beginning of every group.
#[derive(Deserialize, Clone, Default)]
pub(super) struct Part {
    #[serde(default)]
    need: String,
    #[serde(default)]
    from: usize,
}

impl Part {
    /// Rows of a group on one page, and of a page that shows one group.
    const ROWS: usize = 10;
    const GROUP_ROWS: usize = 40;

    fn has(&self, need: Need) -> bool {
        self.need.is_empty() || self.need == need.word()
    }

    /// What of a group is shown.
    fn group(
        &self,
        need: Need,
        summaries: &[ThreadSummary],
        renderer: &Renderer<'_>,
        viewer: &Viewer,
    ) -> Group {
        let most = if self.need.is_empty() { Self::ROWS } else { Self::GROUP_ROWS };
        let address = |from: usize| format!("/?need={}&from={from}", need.word());
        let (count, end) = (summaries.len(), self.from.saturating_add(most));
        Group {
            title: viewer.words.say(need.key(renderer.people.own_role()), &[]),
            count,
            rows: summaries.iter().skip(self.from).take(most).map(|one| row(one, renderer, viewer)).collect(),
            earlier: (self.from > 0).then(|| address(self.from.saturating_sub(most))),
            later: (end < count).then(|| address(if self.need.is_empty() { 0 } else { end })),
        }
    }

    /// As a query.
    fn query(&self) -> String {
        if self.need.is_empty() { String::new() } else { format!("?need={}&from={}", self.need, self.from) }
    }
}

#[derive(Template)]
#[template(path = "inbox.html")]
struct InboxPage {
    page: Page,
    groups: Vec<Group>,
    query: String,
    is_part: bool,
}

/// The list alone: what a page that is open puts in the place of its own.
#[derive(Template)]
#[template(path = "groups.html")]
struct GroupsPart {
    page: Page,
    groups: Vec<Group>,
    query: String,
}

pub(super) async fn show(visit: Visit, Query(part): Query<Part>) -> Result<Response, Fault> {
    // What is not the name of a group would be shown as an empty list, which says something untrue.
    if !part.need.is_empty() && !Need::ALL.iter().any(|need| need.word() == part.need) {
        return Err(Fault::NotFound);
    }
    let (query, is_part, asked) = (part.query(), !part.need.is_empty(), part);
    let groups = visit.ask(move |client, viewer| read(client, viewer, &asked)).await?;
    let title = visit.viewer.words.say(key!("desk-inbox"), &[]);
    Ok(InboxPage { page: visit.page(Nav::Inbox, title), groups, query, is_part }.html())
}

pub(super) async fn part(visit: Visit, Query(part): Query<Part>) -> Result<Response, Fault> {
    let query = part.query();
    let groups = visit.ask(move |client, viewer| read(client, viewer, &part)).await?;
    Ok(GroupsPart { page: visit.page(Nav::Inbox, String::new()), groups, query }.html())
}

fn read(client: &mut Client, viewer: &Viewer, part: &Part) -> Result<Vec<Group>, Fault> {
    let people = People::of(client)?;
    let renderer = Renderer { people: &people, zone: &viewer.zone, words: &viewer.words };
    let mut groups = Need::ALL.map(|need| (need, Vec::new()));
    for summary in client.threads()? {
        let need = Need::of(&summary, &renderer, viewer.now);
        if let Some((_, group)) = groups.iter_mut().find(|(of, _)| *of == need && part.has(*of)) {
            group.push(summary);
        }
    }
    for (_, group) in &mut groups {
        group.sort_by_key(|summary| std::cmp::Reverse(newest_at(summary)));
    }
    let shown = groups.iter().filter(|(need, group)| !group.is_empty() || part.need == need.word());
    Ok(shown.map(|(need, group)| part.group(*need, group, &renderer, viewer)).collect())
}

fn newest_at(summary: &ThreadSummary) -> UnixSeconds {
    summary.last.as_ref().map_or(summary.opened_at, |last| last.sent_at)
}

fn row(summary: &ThreadSummary, renderer: &Renderer<'_>, viewer: &Viewer) -> Row {
    let words = &viewer.words;
    let (last, excerpt) = match &summary.last {
        Some(last) if last.is_own => (words.say(key!("person-own"), &[]), plain::text(&last.excerpt)),
        Some(last) => (renderer.people.name(last.author, words), plain::text(&last.excerpt)),
        None => (String::new(), String::new()),
    };
    Row {
        thread: summary.thread.to_string(),
        people: renderer.names(summary),
        mode: mode::shown(summary.mode, &viewer.zone, words),
        standing: renderer.absent(summary).or_else(|| renderer.standing(summary.standing)),
        unread: summary.unread,
        waiting: summary.waiting,
        unread_for: renderer.unread(summary, viewer.now),
        has_draft: summary.has_draft,
        last,
        excerpt,
        time: moment::near(newest_at(summary), viewer.now, &viewer.zone, words),
    }
}
