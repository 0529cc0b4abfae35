//! Which entries of a thread a page shows: as many as fit, the newest, or those around a place.
//!
//! A page is bounded by its bytes, whatever the thread holds. Where more is unread than fits, it begins at the first of
//! it, with the way on beside it: what was not on a page is not said to be displayed.

use colloque_client_core::{Client, Entry, Receipt};
use colloque_schemas::id::{Seq, ThreadId};
use serde::Deserialize;

use super::super::page::Page;
use super::super::visit::Viewer;
use super::line::{Shown, lines};
use crate::failure::Failure;
use crate::people::People;
use crate::render::Renderer;

/// Entries on one page at most; what stands at one place is not parted.
const ENTRIES: usize = 30;
/// Bytes of all entries on one page at most, as they come over the wire.
const ENTRIES_BYTES: usize = 29 * 1024;
/// What each person in the thread takes beside them.
const PERSON_BYTES: usize = 330;
/// What is shown before a place may take this part of the room: the place itself is what was asked for.
const BEFORE_PART: usize = 4;

/// Which part of a thread is asked for.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(super) enum Spot {
    /// The newest entries, or those from the first unread message on if they do not all fit.
    #[default]
    Open,
    /// The newest entries, whatever is unread.
    Newest,
    /// A place, with some of what stands before it.
    Around(Seq),
    /// What stands from a place on.
    From(Seq),
    /// What stands before a place.
    Before(Seq),
}

/// As an address says it.
#[derive(Deserialize)]
pub(super) struct SpotQuery {
    at: Option<u64>,
    from: Option<u64>,
    before: Option<u64>,
    newest: Option<String>,
}

impl SpotQuery {
    /// The first of them that is there.
    pub(super) fn spot(&self) -> Spot {
        let at = self.at.map(|at| Spot::Around(Seq(at)));
        let from = || self.from.map(|from| Spot::From(Seq(from)));
        let before = || self.before.map(|before| Spot::Before(Seq(before)));
        let newest = || self.newest.as_ref().map(|_| Spot::Newest);
        at.or_else(from).or_else(before).or_else(newest).unwrap_or_default()
    }
}

/// A part of a thread, ready to be shown.
#[derive(Default)]
pub(super) struct Window {
    pub(super) shown: Vec<Shown>,
    /// Older entries stand before this place.
    pub(super) earlier: Option<Seq>,
    /// Newer ones from this place on.
    pub(super) later: Option<Seq>,
    /// Whether the newest entry is shown.
    pub(super) is_newest: bool,
    /// Messages that wait to be sent and do not fit.
    pub(super) waiting: u64,
    /// What asks for it again.
    pub(super) query: String,
}

impl Window {
    fn first(&self) -> Option<Seq> {
        self.shown.iter().find_map(|shown| shown.seq)
    }

    fn last(&self) -> Option<Seq> {
        self.shown.iter().rev().find_map(|shown| shown.seq)
    }

    fn bytes(&self) -> usize {
        self.shown.iter().map(|shown| shown.html.len()).sum()
    }

    /// Up to where the thread is displayed once this is shown, if `unread` is the first message that was not: up to the
    /// first one that is shown by its beginning alone, and no further if something unread stands before all of this.
    pub(super) fn displays(&self, unread: Seq) -> Option<Seq> {
        self.first().filter(|first| *first <= unread)?;
        let cut = self.shown.iter().filter(|shown| shown.is_cut).filter_map(|shown| shown.seq);
        let cut = cut.filter(|seq| *seq >= unread).min().map(|seq| Seq(seq.0.saturating_sub(1)));
        let end = if self.is_newest { Some(Seq(u64::MAX)) } else { self.last() };
        end.map(|end| cut.map_or(end, |cut| cut.min(end))).filter(|through| *through >= unread)
    }
}

/// What reads a thread, and nothing of it that is not shown.
pub(super) struct Reader<'a> {
    pub(super) client: &'a Client,
    pub(super) viewer: &'a Viewer,
    pub(super) page: &'a Page,
    pub(super) thread: ThreadId,
    pub(super) receipts: &'a [Receipt],
    pub(super) people: People,
}

impl Reader<'_> {
    /// The part that is asked for; `unread` is the first message that was not displayed.
    pub(super) fn window(&mut self, spot: Spot, unread: Option<Seq>) -> Result<Window, Failure> {
        let persons = self.receipts.len().saturating_mul(PERSON_BYTES);
        let room = ENTRIES_BYTES.saturating_sub(persons);
        let mut window = match spot {
            Spot::Newest => self.before(None, room)?,
            Spot::Before(place) => self.before(Some(place), room)?,
            Spot::From(place) => self.from(place, room)?,
            Spot::Around(place) => self.around(place, room)?,
            Spot::Open => {
                let newest = self.before(None, room)?;
                match unread.filter(|unread| newest.first().is_none_or(|first| first > *unread)) {
                    Some(unread) => self.around(unread, room)?,
                    None => newest,
                }
            }
        };
        window.query = match (spot, window.first()) {
            (Spot::Newest, _) => "?newest=yes".to_owned(),
            (Spot::Before(place), _) => format!("?before={place}"),
            (_, Some(first)) if !window.is_newest => format!("?from={first}"),
            _ => String::new(),
        };
        Ok(window)
    }

    /// The newest entries before a place, or of all.
    fn before(&mut self, place: Option<Seq>, room: usize) -> Result<Window, Failure> {
        let entries = self.client.entries_before(self.thread, place, ENTRIES + 1)?;
        let mut shown = self.rendered(&entries)?;
        let count = fitting(shown.iter().rev(), room);
        let hidden: Vec<Shown> = shown.drain(..shown.len().saturating_sub(count)).collect();
        let waiting = hidden.iter().filter(|shown| shown.seq.is_none()).count() as u64;
        let later = match place {
            Some(place) if self.has_from(place)? => Some(place),
            _ => None,
        };
        let mut window = Window { shown, later, is_newest: place.is_none(), waiting, ..Window::default() };
        // Where only what waits is shown, all that has a place stands before it.
        let first = window.first().or_else(|| Some(hidden.iter().rev().find_map(|shown| shown.seq)?.next()));
        window.earlier = self.older_than(first)?;
        Ok(window)
    }

    /// The oldest entries from a place on: at least what stands at the first of them.
    fn from(&mut self, place: Seq, room: usize) -> Result<Window, Failure> {
        let entries = self.client.entries_from(self.thread, place, ENTRIES + 1)?;
        let mut shown = self.rendered(&entries)?;
        let count = fitting(shown.iter(), room);
        let hidden = shown.split_off(count.min(shown.len()));
        let waiting = hidden.iter().filter(|shown| shown.seq.is_none()).count() as u64;
        let mut window = Window { shown, waiting, ..Window::default() };
        window.earlier = self.older_than(Some(window.first().unwrap_or(place)))?;
        let next = window.last().map(Seq::next);
        window.later = match next {
            Some(next) if self.has_from(next)? => Some(next),
            _ => None,
        };
        window.is_newest = window.later.is_none() && waiting == 0;
        Ok(window)
    }

    /// A place, with some of what stands before it.
    fn around(&mut self, place: Seq, room: usize) -> Result<Window, Failure> {
        let before = self.before(Some(place), room / BEFORE_PART)?;
        let found = self.from(place, 0)?;
        // A page that begins with what is long is all about it.
        let fits = before.bytes().saturating_add(found.bytes()) <= room;
        let before: Vec<&Shown> = before.shown.iter().rev().take(ENTRIES / BEFORE_PART).collect();
        let first = before.last().and_then(|shown| shown.seq).filter(|_| fits);
        self.from(first.unwrap_or(place), room)
    }

    fn has_from(&self, place: Seq) -> Result<bool, Failure> {
        let next = self.client.entries_from(self.thread, place, 1)?;
        Ok(next.iter().any(|entry| entry.seq.is_some()))
    }

    fn older_than(&self, first: Option<Seq>) -> Result<Option<Seq>, Failure> {
        let Some(first) = first else { return Ok(None) };
        Ok((!self.client.entries_before(self.thread, Some(first), 1)?.is_empty()).then_some(first))
    }

    fn rendered(&mut self, entries: &[Entry]) -> Result<Vec<Shown>, Failure> {
        let named = entries.iter().flat_map(|entry| entry.kind.accounts());
        self.people.meet(self.client, named)?;
        let Viewer { zone, words, .. } = self.viewer;
        let renderer = Renderer { people: &self.people, zone, words };
        lines(self.thread, entries, self.receipts, &renderer, self.viewer, self.page)
    }
}

/// How many of these fit from the first on. What stands at one place is not parted, and the first place is always taken.
fn fitting<'a>(shown: impl Iterator<Item = &'a Shown>, room: usize) -> usize {
    let (mut count, mut bytes, mut whole, mut place) = (0_usize, 0_usize, 0, None);
    for one in shown {
        if one.seq.is_none() || one.seq != place {
            whole = count;
        }
        place = one.seq;
        count = count.saturating_add(1);
        bytes = bytes.saturating_add(one.html.len());
        if (bytes > room || count > ENTRIES) && whole > 0 {
            return whole;
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(seq: Option<u64>, bytes: usize) -> Shown {
        Shown { html: "x".repeat(bytes), seq: seq.map(Seq), is_cut: false }
    }

    fn window(places: &[u64], is_newest: bool) -> Window {
        let shown = places.iter().map(|seq| shown(Some(*seq), 1)).collect();
        Window { shown, is_newest, ..Window::default() }
    }

    #[test]
    fn as_much_is_shown_as_fits_and_no_place_is_parted() {
        let line = |seq| shown(Some(seq), 10);
        let lines: Vec<Shown> = [1, 2, 2, 2, 3].map(line).into();
        assert_eq!([0, 9, 25, 40, 41, 50].map(|room| fitting(lines.iter(), room)), [1, 1, 1, 4, 4, 5]);
        assert_eq!([0, 39, 40].map(|room| fitting(lines.iter().rev(), room)), [1, 1, 4]);
        let one: Vec<Shown> = [2, 2, 2, 3].map(line).into();
        assert_eq!(fitting(one.iter(), 5), 3, "the first place is shown, and whole");
        let waiting = [shown(None, 10), shown(None, 10)];
        assert_eq!(fitting(waiting.iter(), 10), 1, "what waits stands at no place");
        let many: Vec<Shown> = (1..100).map(line).collect();
        assert_eq!(fitting(many.iter(), usize::MAX), ENTRIES);
        assert_eq!(fitting([].iter(), 1), 0);
    }

    #[test]
    fn only_what_is_on_the_page_is_displayed() {
        let through = |window: &Window, unread| window.displays(Seq(unread)).map(|seq| seq.0);
        assert_eq!(through(&window(&[4, 5, 9], false), 5), Some(9));
        assert_eq!(through(&window(&[4, 5, 9], true), 5), Some(u64::MAX), "and whatever is no message");
        assert_eq!(through(&window(&[6, 9], true), 5), None, "the first unread one is not here");
        assert_eq!(through(&window(&[2, 4], false), 5), None, "it comes after this");
        assert_eq!(through(&window(&[], true), 5), None);
        let mut long = window(&[4, 5, 9], true);
        long.shown[2].is_cut = true;
        assert_eq!(through(&long, 5), Some(8), "of one the beginning is shown");
        assert_eq!(through(&long, 9), None);
        long.shown[0].is_cut = true;
        assert_eq!(through(&long, 5), Some(8), "one that was displayed before stands in nobody's way");
    }
}
