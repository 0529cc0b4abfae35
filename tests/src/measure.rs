//! What the benchmarks share: figures with their spread, and what else the machine was doing meanwhile.

use std::fmt;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use tempfile::NamedTempFile;
use tokio::time::Instant;

/// Clock ticks of `/proc` in a second; a constant of Linux's interface to programs.
const TICKS_PER_SECOND: f64 = 100.0;
/// Writes that [`flush_ms`] looks at.
const FLUSHES: usize = 200;

/// A figure of several rounds: its median, smallest and largest value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// The middle one; of an even number of rounds the mean of the two in the middle.
    pub median: f64,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
}

impl Spread {
    /// The spread of these values, none if there are none.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let (min, max) = (*values.first()?, *values.last()?);
        let middle = values.len() / 2;
        let median = if values.len().is_multiple_of(2) {
            (values[middle - 1] + values[middle]) / 2.0
        } else {
            values[middle]
        };
        Some(Self { median, min, max })
    }
}

impl fmt::Display for Spread {
    /// `median [min-max]`, with as many decimals as are worth reading.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |value: f64| match value.abs() {
            value if value >= 1000.0 => grouped(value),
            value if value >= 10.0 => format!("{value:.1}"),
            value => format!("{value:.2}"),
        };
        f.pad(&format!("{} [{}-{}]", shown(self.median), shown(self.min), shown(self.max)))
    }
}

/// A duration as figures have it.
pub fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// Prints a figure: its name, its spread and its unit.
pub fn print(name: &str, figures: Vec<f64>, unit: &str) {
    let spread = Spread::of(figures).expect("at least one round");
    println!("  {name:<44} {spread} {unit}");
}

/// A large number without decimals, in groups of three digits, rounded to three digits that count.
fn grouped(value: f64) -> String {
    let unit = 10_f64.powf(value.log10().floor() - 2.0).max(1.0);
    let digits = format!("{:.0}", (value / unit).round() * unit);
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The value below which this share of the values lies; 0 if there are none. Sorts them.
pub fn quantile(values: &mut [u32], share: f64) -> f64 {
    values.sort_unstable();
    let place = (values.len() as f64 * share) as usize;
    values.get(place.min(values.len().saturating_sub(1))).copied().map_or(0.0, f64::from)
}

/// Processor time up to now, in seconds over all cores.
#[derive(Clone, Copy, Debug)]
pub struct ProcessorTime {
    /// Of the processes that are measured, in the order given.
    pub own: [f64; 2],
    busy: f64,
    total: f64,
}

impl ProcessorTime {
    /// Reads the clocks of the machine and of two processes.
    pub fn read(processes: [u32; 2]) -> Self {
        let text = fs::read_to_string("/proc/stat").expect("Linux");
        let ticks: Vec<f64> =
            text.lines().next().expect("a line").split_whitespace().skip(1).map(number).collect();
        // user nice system idle iowait irq softirq steal
        let total: f64 = ticks[..8].iter().sum();
        let busy = total - ticks[3] - ticks[4];
        let own = processes.map(process_seconds);
        Self { own, busy: busy / TICKS_PER_SECOND, total: total / TICKS_PER_SECOND }
    }

    /// What went by since `earlier`: seconds of each process, and the share of the machine that others took.
    pub fn since(&self, earlier: &Self) -> ([f64; 2], f64) {
        let own = [self.own[0] - earlier.own[0], self.own[1] - earlier.own[1]];
        let others = (self.busy - earlier.busy - own[0] - own[1]).max(0.0);
        (own, others / (self.total - earlier.total).max(1.0 / TICKS_PER_SECOND))
    }
}

/// User and system time of a process with all its threads.
fn process_seconds(process: u32) -> f64 {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).expect("a process that lives");
    // The name, in parentheses, may hold anything; utime and stime are fields 14 and 15, the first after it is 3.
    let (_, fields) = text.rsplit_once(')').expect("a name");
    fields.split_whitespace().skip(11).take(2).map(number).sum::<f64>() / TICKS_PER_SECOND
}

/// Memory of a process in KiB: resident, and its share of what it shares with others (`Rss`, `Pss`).
pub fn memory_kib(process: u32) -> (f64, f64) {
    let text = fs::read_to_string(format!("/proc/{process}/smaps_rollup")).expect("a process that lives");
    let field = |name| {
        let line = text.lines().find(|line| line.starts_with(name)).expect("a field of smaps");
        number(line.split_whitespace().nth(1).expect("a number"))
    };
    (field("Rss:"), field("Pss:"))
}

/// How long the disk below this folder takes for an append that is durable (`fdatasync`), in milliseconds.
pub fn flush_ms(folder: &Path) -> Spread {
    let mut file = NamedTempFile::new_in(folder).expect("a file");
    let mut flush = || {
        let start = Instant::now();
        file.write_all(&[1; 4096]).expect("room");
        file.as_file().sync_data().expect("a disk");
        start.elapsed().as_secs_f64() * 1000.0
    };
    let mut times: Vec<f64> = (0..FLUSHES).map(|_| flush()).collect();
    times.sort_by(f64::total_cmp);
    // The slowest are the file system's own work.
    Spread::of(times[..FLUSHES * 95 / 100].iter().copied()).expect("some")
}

fn number(text: &str) -> f64 {
    text.parse().expect("a number")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_is_the_median_between_the_extremes() {
        let spread = Spread::of([3.0, 1.0, 2.0]).unwrap();
        assert_eq!(spread, Spread { median: 2.0, min: 1.0, max: 3.0 });
        assert_eq!(Spread::of([4.0, 1.0]).unwrap().median, 2.5);
        assert_eq!(Spread::of([]), None);
    }

    #[test]
    fn figures_have_as_many_digits_as_count() {
        let spread = Spread { median: 123_456.0, min: 0.123, max: 45.67 };
        assert_eq!(spread.to_string(), "123,000 [0.12-45.7]");
    }

    #[test]
    fn a_quantile_is_one_of_the_values() {
        let mut values: Vec<u32> = (1..=100).rev().collect();
        assert_eq!((quantile(&mut values, 0.5), quantile(&mut values, 0.99)), (51.0, 100.0));
        assert_eq!(quantile(&mut [], 0.5), 0.0);
    }
}
