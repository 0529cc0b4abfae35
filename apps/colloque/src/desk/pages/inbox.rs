//! All threads, by what needs doing.

use askama::Template;
use axum::response::Response;
use colloque_client_core::{Client, Standing, ThreadSummary};
use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::role::Role;
use colloque_schemas::time::UnixSeconds;

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
            Standing::Opening | Standing::AccessLost | Standing::Forked | Standing::Failed => {
                return Self::Attention;
            }
            Standing::Departed => return Self::Over,
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
    rows: Vec<Row>,
}

#[derive(Template)]
#[template(path = "inbox.html")]
struct InboxPage {
    page: Page,
    groups: Vec<Group>,
}

/// The list alone: what a page that is open puts in the place of its own.
#[derive(Template)]
#[template(path = "groups.html")]
struct GroupsPart {
    page: Page,
    groups: Vec<Group>,
}

pub(super) async fn show(visit: Visit) -> Result<Response, Fault> {
    let groups = visit.ask(read).await?;
    let title = visit.viewer.words.say(key!("desk-inbox"), &[]);
    Ok(InboxPage { page: visit.page(Nav::Inbox, title), groups }.html())
}

pub(super) async fn part(visit: Visit) -> Result<Response, Fault> {
    let groups = visit.ask(read).await?;
    Ok(GroupsPart { page: visit.page(Nav::Inbox, String::new()), groups }.html())
}

fn read(client: &mut Client, viewer: &Viewer) -> Result<Vec<Group>, Fault> {
    let people = People::of(client)?;
    let renderer = Renderer { people: &people, zone: &viewer.zone, words: &viewer.words };
    let mut groups: Vec<(Need, Group)> = Need::ALL
        .into_iter()
        .map(|need| {
            let title = viewer.words.say(need.key(people.own_role()), &[]);
            (need, Group { title, rows: Vec::new() })
        })
        .collect();
    for summary in client.threads()? {
        let need = Need::of(&summary, &renderer, viewer.now);
        if let Some((_, group)) = groups.iter_mut().find(|(of, _)| *of == need) {
            group.rows.push(row(&summary, &renderer, viewer));
        }
    }
    Ok(groups.into_iter().map(|(_, group)| group).filter(|group| !group.rows.is_empty()).collect())
}

fn row(summary: &ThreadSummary, renderer: &Renderer<'_>, viewer: &Viewer) -> Row {
    let words = &viewer.words;
    let (last, excerpt, at) = match &summary.last {
        Some(last) => (renderer.people.name(last.author, words), plain::text(&last.excerpt), last.sent_at),
        None => (String::new(), String::new(), summary.opened_at),
    };
    Row {
        thread: summary.thread.to_string(),
        people: renderer.names(summary),
        mode: mode::shown(summary.mode, &viewer.zone, words),
        standing: renderer.standing(summary.standing),
        unread: summary.unread,
        waiting: summary.waiting,
        unread_for: renderer.unread(summary, viewer.now),
        has_draft: summary.has_draft,
        last,
        excerpt,
        time: moment::near(at, viewer.now, &viewer.zone, words),
    }
}
