//! Answer modes as arguments, as text and for programs.

use jiff::tz::TimeZone;

use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::time::UnixSeconds;

use crate::failure::Failure;
use crate::moment;
use crate::plain;
use crate::words::{Words, key};

/// What stands before the deadline in the argument.
const UNTIL: &str = "until=";

/// The mode that an argument names.
///
/// # Errors
///
/// `Mode` when it is none of the words, `Deadline` when no local date and time follows `until=`.
pub(crate) fn parsed(text: &str, zone: &TimeZone) -> Result<AnswerMode, Failure> {
    if let Some(deadline) = text.strip_prefix(UNTIL) {
        let at = moment::parsed(deadline, zone).ok_or_else(|| Failure::Deadline(plain::name(deadline)))?;
        return Ok(AnswerMode::Until(at));
    }
    match text {
        "open" => Ok(AnswerMode::Open),
        "one-reply" => Ok(AnswerMode::OneReply),
        "no-reply" => Ok(AnswerMode::NoReply),
        "closed" => Ok(AnswerMode::Closed),
        _ => Err(Failure::Mode(plain::name(text))),
    }
}

/// The mode that a form names: its deadline stands in a field of its own, which is read in mode until only.
///
/// # Errors
///
/// As [`parsed`].
pub(crate) fn of_form(word: &str, until: &str, zone: &TimeZone) -> Result<AnswerMode, Failure> {
    match word {
        "until" => parsed(&format!("{UNTIL}{until}"), zone),
        _ => parsed(word, zone),
    }
}

/// The word for programs, and for arguments.
pub(crate) const fn word(mode: AnswerMode) -> &'static str {
    match mode {
        AnswerMode::Open => "open",
        AnswerMode::OneReply => "one-reply",
        AnswerMode::Until(_) => "until",
        AnswerMode::NoReply => "no-reply",
        AnswerMode::Closed => "closed",
    }
}

/// The deadline, in mode until.
pub(crate) const fn deadline(mode: AnswerMode) -> Option<UnixSeconds> {
    match mode {
        AnswerMode::Until(at) => Some(at),
        AnswerMode::Open | AnswerMode::OneReply | AnswerMode::NoReply | AnswerMode::Closed => None,
    }
}

/// What a mode means, for people.
pub(crate) fn shown(mode: AnswerMode, zone: &TimeZone, words: &Words) -> String {
    match mode {
        AnswerMode::Open => words.say(key!("mode-open"), &[]),
        AnswerMode::OneReply => words.say(key!("mode-one-reply"), &[]),
        AnswerMode::Until(at) => {
            words.say(key!("mode-until"), &[("time", moment::shown(at, zone, words).into())])
        }
        AnswerMode::NoReply => words.say(key!("mode-no-reply"), &[]),
        AnswerMode::Closed => words.say(key!("mode-closed"), &[]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_a_mode_reads_back_as_that_mode() {
        for mode in [AnswerMode::Open, AnswerMode::OneReply, AnswerMode::NoReply, AnswerMode::Closed] {
            assert_eq!(parsed(word(mode), &TimeZone::UTC).ok(), Some(mode));
        }
        let until = parsed("until=2026-12-01T18:00", &TimeZone::UTC).ok();
        assert_eq!(until, Some(AnswerMode::Until(UnixSeconds(1_796_148_000))));
    }

    #[test]
    fn another_word_and_a_deadline_that_is_no_time_are_told_apart() {
        assert!(matches!(parsed("Open", &TimeZone::UTC), Err(Failure::Mode(_))));
        assert!(matches!(parsed("until", &TimeZone::UTC), Err(Failure::Mode(_))));
        assert!(matches!(parsed("until=soon", &TimeZone::UTC), Err(Failure::Deadline(_))));
    }
}
