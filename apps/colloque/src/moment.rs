//! Instants as people write them: local time, in the zone of the system.

use fluent_bundle::FluentValue;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};

use colloque_schemas::time::UnixSeconds;

use crate::words::{Words, key};

/// An instant in the forms that a document needs.
pub(crate) struct Moment {
    pub(crate) at: UnixSeconds,
    /// Local date and time to the second, and how far that is from UTC: no reader has to know the zone.
    pub(crate) local: String,
    /// The same for programs (RFC 3339); none outside the calendar.
    pub(crate) rfc3339: Option<String>,
}

impl Moment {
    /// The instant in this zone.
    pub(crate) fn new(at: UnixSeconds, zone: &TimeZone, words: &Words) -> Self {
        let instant = in_calendar(at);
        let local = instant.map_or_else(
            || words.say(key!("moment-unknown"), &[]),
            |instant| {
                let mut values = fields(instant, zone);
                values.push(("second", format!("{:02}", zone.to_datetime(instant).second()).into()));
                values.push(("offset", from_utc(zone.to_offset(instant)).into()));
                words.say(key!("moment-exact"), &values)
            },
        );
        let rfc3339 = instant.map(|instant| instant.display_with_offset(zone.to_offset(instant)).to_string());
        Self { at, local, rfc3339 }
    }
}

/// An instant as local date and time. Instants come from others and may lie outside the calendar.
pub(crate) fn shown(at: UnixSeconds, zone: &TimeZone, words: &Words) -> String {
    let instant = in_calendar(at);
    instant.map_or_else(
        || words.say(key!("moment-unknown"), &[]),
        |instant| words.say(key!("moment"), &fields(instant, zone)),
    )
}

/// The day of an instant.
pub(crate) fn day(at: UnixSeconds, zone: &TimeZone, words: &Words) -> String {
    let instant = i64::try_from(at.0).ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    let Some(local) = instant.map(|instant| zone.to_datetime(instant)) else {
        return words.say(key!("moment-unknown"), &[]);
    };
    let values = [
        ("year", local.year().to_string().into()),
        ("month", format!("{:02}", local.month()).into()),
        ("day", format!("{:02}", local.day()).into()),
    ];
    words.say(key!("moment-day"), &values)
}

/// An instant by how near it is: today by its time, yesterday by name, this year without the year.
pub(crate) fn near(at: UnixSeconds, now: UnixSeconds, zone: &TimeZone, words: &Words) -> String {
    let local = |at: UnixSeconds| in_calendar(at).map(|instant| zone.to_datetime(instant));
    let (Some(at), Some(now)) = (local(at), local(now)) else {
        return words.say(key!("moment-unknown"), &[]);
    };
    let values = [
        ("year", at.year().to_string().into()),
        ("month", at.month().into()),
        ("day", at.day().to_string().into()),
        ("hour", format!("{:02}", at.hour()).into()),
        ("minute", format!("{:02}", at.minute()).into()),
    ];
    let key = if at.date() == now.date() {
        key!("moment-today")
    } else if at.date().tomorrow().is_ok_and(|next| next == now.date()) {
        key!("moment-yesterday")
    } else if at.year() == now.year() {
        key!("moment-this-year")
    } else {
        key!("moment-other-year")
    };
    words.say(key, &values)
}

/// The instant, if the calendar has it.
pub(crate) fn in_calendar(at: UnixSeconds) -> Option<Timestamp> {
    i64::try_from(at.0).ok().and_then(|seconds| Timestamp::from_second(seconds).ok())
}

fn fields(instant: Timestamp, zone: &TimeZone) -> Vec<(&'static str, FluentValue<'static>)> {
    let local = zone.to_datetime(instant);
    vec![
        ("year", local.year().to_string().into()),
        ("month", format!("{:02}", local.month()).into()),
        ("day", format!("{:02}", local.day()).into()),
        ("hour", format!("{:02}", local.hour()).into()),
        ("minute", format!("{:02}", local.minute()).into()),
    ]
}

fn from_utc(offset: Offset) -> String {
    let minutes = offset.seconds().unsigned_abs() / 60;
    let sign = if offset.is_negative() { '-' } else { '+' };
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

/// The instant that a local date and time names, such as `2026-12-01T18:00`. A date alone names none.
///
/// Where the clocks go back, the earlier of the two; where they go forward, the time as if they did not.
pub(crate) fn parsed(text: &str, zone: &TimeZone) -> Option<UnixSeconds> {
    if !text.contains(['T', ' ']) {
        return None;
    }
    let local: DateTime = text.parse().ok()?;
    let instant = zone.to_timestamp(local).ok()?;
    u64::try_from(instant.as_second()).ok().map(UnixSeconds)
}

/// The instant at which a local day begins, such as `2026-12-01`.
pub(crate) fn parsed_day(text: &str, zone: &TimeZone) -> Option<UnixSeconds> {
    let day: Date = text.parse().ok().filter(|_| !text.contains(['T', ' ']))?;
    let instant = zone.to_timestamp(day.at(0, 0, 0, 0)).ok()?;
    u64::try_from(instant.as_second()).ok().map(UnixSeconds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Language;

    fn paris() -> TimeZone {
        TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap()
    }

    #[test]
    fn a_local_time_is_read_and_shown_in_the_same_zone() {
        let winter = parsed("2026-12-01T18:00", &paris()).unwrap();
        assert_eq!(winter, UnixSeconds(1_796_144_400), "one hour ahead of UTC");
        assert_eq!(parsed("2026-07-01 18:00", &paris()), Some(UnixSeconds(1_782_921_600)), "two hours ahead");
        assert_eq!(shown(winter, &paris(), &Words::new(Language::English)), "2026-12-01 18:00");
        assert_eq!(shown(winter, &paris(), &Words::new(Language::French)), "01/12/2026 à 18:00");
    }

    #[test]
    fn a_moment_of_a_document_has_seconds_and_the_distance_from_utc() {
        let english = Words::new(Language::English);
        let moment = Moment::new(UnixSeconds(1_796_144_405), &paris(), &english);
        assert_eq!(moment.local, "2026-12-01 18:00:05 (UTC+01:00)");
        assert_eq!(moment.rfc3339.as_deref(), Some("2026-12-01T18:00:05+01:00"));
        let newfoundland = TimeZone::fixed(Offset::from_seconds(-12_600).unwrap());
        let moment = Moment::new(UnixSeconds(1_796_144_405), &newfoundland, &Words::new(Language::French));
        assert_eq!(moment.local, "01/12/2026 à 13:30:05 (UTC-03:30)");
        let never = Moment::new(UnixSeconds(u64::MAX), &paris(), &english);
        assert_eq!((never.local.as_str(), never.rfc3339), ("unknown time", None));
    }

    #[test]
    fn a_text_that_does_not_name_an_instant_is_refused() {
        for text in [
            "",
            "tomorrow",
            "2026-12-01",
            "2026-13-01T18:00",
            "18:00",
            "2026-12-01T18:00Z",
            "1960-01-01T00:00",
        ] {
            assert_eq!(parsed(text, &paris()), None, "{text}");
        }
    }

    #[test]
    fn an_instant_outside_the_calendar_is_said_to_be_unknown() {
        for at in [u64::MAX, 1 << 60] {
            assert_eq!(shown(UnixSeconds(at), &paris(), &Words::new(Language::English)), "unknown time");
        }
    }
}
