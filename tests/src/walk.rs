//! Ending one side of a ward at each moment of a flow, one after the other.

use std::io::BufRead as _;
use std::path::Path;
use std::sync::Arc;

use colloque_schemas::point::Moment;

use crate::fuse::Passed;
use crate::ward::{Side, Ward};

/// Says where a walk is, if it fails.
struct Place(String);

impl Drop for Place {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("failed when ended at {}", self.0);
        }
    }
}

/// Runs a flow once to count the moments of each side, then once for each moment, ended there.
///
/// Inside a transaction nothing reaches the disk: at most moments a program leaves, byte for byte, what it left at the
/// moment before, while nobody else has done anything. Then to be ended here is to be ended there, which was done. With
/// `COLLOQUE_EVERY_POINT` it is ended here as well. A write that went by no choke point would show as other bytes.
pub async fn walk(
    name: &str,
    begin: impl AsyncFn() -> Ward,
    sides: &[Side],
    flow: impl AsyncFn(&mut Ward),
    check: impl AsyncFn(&mut Ward),
) {
    let mut ward = begin().await;
    sides.iter().for_each(|side| ward.fuse(*side).arm(None));
    flow(&mut ward).await;
    let passed: Vec<Vec<Passed>> = sides.iter().map(|side| ward.fuse(*side).passed()).collect();
    check(&mut ward).await;
    let every = std::env::var_os("COLLOQUE_EVERY_POINT").is_some();
    let mut counted = Vec::new();
    for (side, passed) in sides.iter().zip(passed) {
        let mut ends = 0;
        for (number, here) in passed.iter().enumerate() {
            let before = number.checked_sub(1).map(|before| &passed[before]);
            if every || before.is_none_or(|before| !here.leaves_what(before)) {
                let _place =
                    Place(format!("{name}: {side:?}, {number} of {}, {:?}", passed.len(), here.moment));
                visit(&begin, *side, number, &flow, &check).await;
                ends += 1;
            }
        }
        let points = passed.iter().filter(|here| matches!(here.moment, Moment::Before(_))).count();
        counted.push(format!("{side:?} {points} points, {} moments, ended {ends} times", passed.len()));
    }
    println!("crash points: {name}: {}", counted.join("; "));
}

/// Ends one side at one moment. A relay that has been idle for a second empties its log, which on a busy machine may come
/// between and make a flow a few moments longer: so not every try meets the moment, but one does.
async fn visit(
    begin: &impl AsyncFn() -> Ward,
    side: Side,
    number: usize,
    flow: &impl AsyncFn(&mut Ward),
    check: &impl AsyncFn(&mut Ward),
) {
    for _ in 0..3 {
        let mut ward = begin().await;
        let fuse = Arc::clone(ward.fuse(side));
        fuse.arm(Some(number));
        flow(&mut ward).await;
        if fuse.has_burnt() {
            return check(&mut ward).await;
        }
    }
    panic!("a point that was counted is not met again");
}

/// Whether a file of this folder holds these bytes.
pub fn holds(folder: &Path, needle: &[u8]) -> bool {
    std::fs::read_dir(folder).expect("a folder").any(|entry| {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            return holds(&path, needle);
        }
        let bytes = std::fs::read(&path).expect("a file");
        let mut rest = &bytes[..];
        while rest.skip_until(needle[0]).expect("memory") > 0 {
            if rest.starts_with(&needle[1..]) {
                return true;
            }
        }
        false
    })
}
