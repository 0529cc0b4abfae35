//! One cycle: everybody does something, some are killed.

use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use crate::ward::{Known, PEOPLE, Ward, written};
use crate::{CHECK_EVERY, CHECKS_PER_THREAD};

/// What somebody does.
struct Act {
    who: usize,
    /// The number of the text, if it is a message.
    number: Option<u32>,
    process: Child,
}

impl Ward {
    /// All cycles, with a look at everything every few of them.
    ///
    /// # Errors
    /// What was found broken.
    pub(crate) fn torture(&mut self, cycles: u32) -> Result<(), String> {
        self.begin_thread();
        self.measure_life();
        for cycle in 1..=cycles {
            self.figures.cycles = cycle;
            self.cycle();
            if cycle.is_multiple_of(CHECK_EVERY) || cycle == cycles {
                self.check()?;
                self.figures.checks += 1;
                if self.figures.checks.is_multiple_of(CHECKS_PER_THREAD) && cycle < cycles {
                    self.begin_thread();
                }
            }
        }
        Ok(())
    }

    /// How long commands of three people at once take.
    fn measure_life(&mut self) {
        let begun_at = Instant::now();
        let acts: Vec<Act> = (0..PEOPLE.len()).map(|who| self.begin(who, 0)).collect();
        acts.into_iter().for_each(|act| self.end(act));
        self.life_ms = u64::try_from(begun_at.elapsed().as_millis()).unwrap_or(500).clamp(50, 5000);
    }

    fn cycle(&mut self) {
        let life_ms = self.life_ms;
        let mut moments: Vec<(u64, Option<usize>)> = Vec::new();
        for who in 0..PEOPLE.len() {
            if self.draw(3) > 0 {
                moments.push((self.draw(life_ms), Some(who)));
            }
        }
        if self.draw(2) == 0 {
            moments.push((self.draw(life_ms), None));
        }
        moments.sort_unstable();
        let mut acts: Vec<Act> = (0..PEOPLE.len())
            .map(|who| {
                let kind = self.draw(8);
                self.begin(who, kind)
            })
            .collect();
        let mut now_ms = 0;
        for (at_ms, who) in moments {
            sleep(Duration::from_millis(at_ms - now_ms));
            now_ms = at_ms;
            match who {
                Some(who) => {
                    let process = &mut acts[who].process;
                    if process.try_wait().expect("a process").is_none() {
                        process.kill().expect("SIGKILL");
                        self.figures.client_kills += 1;
                    }
                }
                None => {
                    self.tenant.stop_relay();
                    self.figures.relay_kills += 1;
                    self.tenant.start_relay();
                }
            }
        }
        acts.into_iter().for_each(|act| self.end(act));
    }

    /// Starts what somebody does: mostly a message, else reading, or for a professional another Commit.
    fn begin(&mut self, who: usize, kind: u64) -> Act {
        let thread = self.thread.clone();
        let (number, arguments) = match kind {
            6 if who == 0 => (None, vec!["mode", &thread, "open"]),
            6 | 7 => (None, vec!["sync"]),
            _ => {
                let last = self.texts.range((who, 0)..=(who, u32::MAX)).next_back();
                (Some(last.map_or(1, |((_, number), _)| number + 1)), vec!["send", &thread])
            }
        };
        let text = number.map(|number| written(who, number));
        let arguments =
            [&arguments[..], &text.as_deref().map_or(vec![], |text| vec![text]), &["--json"]].concat();
        let person = self.tenant.person(PEOPLE[who], "en");
        let mut command = person.command(&arguments);
        let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let process = command.spawn().expect("the program starts");
        if let Some(number) = number {
            self.texts.insert((who, number), Known::Nothing);
            self.figures.messages += 1;
        }
        Act { who, number, process }
    }

    /// Waits for its end, and keeps what it said.
    fn end(&mut self, act: Act) {
        let ended = act.process.wait_with_output().expect("the program ends");
        let said = String::from_utf8(ended.stdout).expect("text");
        let state = serde_json::from_str::<Value>(&said).ok().map(|said| said["state"].clone());
        let known = match state.as_ref().and_then(Value::as_str) {
            Some("done") => Known::Acknowledged,
            Some(_) => Known::Written,
            None => {
                let errors = String::from_utf8_lossy(&ended.stderr);
                assert!(ended.status.code().is_none(), "{} ended by itself: {errors}", PEOPLE[act.who]);
                Known::Nothing
            }
        };
        if let Some(number) = act.number {
            self.texts.insert((act.who, number), known);
            self.figures.acknowledged += u32::from(known == Known::Acknowledged);
        }
    }
}
