//! The figures, beside those of the prototype and what was asked for.

use std::path::{Path, PathBuf};

use colloque_tests::measure::{Spread, flush_ms};

use crate::idle;
use crate::lane::PAYLOAD_BYTES;
use crate::load::{LANES, Load, Outcome, WINDOW};

/// Above this share of the machine taken by others, a run is left out.
const DISTURBED: f64 = 0.125;
/// What the prototype reached: no TLS, no sign-in, no checks, nothing remembered of ids.
struct Prototype {
    per_second: &'static str,
    latency: &'static str,
    relay_cpu: &'static str,
}

const fn prototype(load: Load) -> Option<Prototype> {
    match load {
        Load::Saturation => {
            Some(Prototype { per_second: "162,700 [134,000-170,500]", latency: "1.4 / 2.8", relay_cpu: "7" })
        }
        Load::PerSecond(200) => Some(Prototype { per_second: "", latency: "0.39 / 0.72", relay_cpu: "270" }),
        Load::PerSecond(2000) => {
            Some(Prototype { per_second: "", latency: "0.29-0.35 / 0.59-0.91", relay_cpu: "200" })
        }
        Load::PerSecond(_) => None,
    }
}

/// What is measured, where.
pub(crate) fn print_head(relay: Option<&PathBuf>) {
    let relay = relay.map_or_else(|| "this program".to_owned(), |path| path.display().to_string());
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    println!(
        "Relay: {relay}. Envelopes of {PAYLOAD_BYTES} bytes, TLS 1.3 (X25519MLKEM768), durable before ack."
    );
    println!(
        "Load from this process, on the same {cores} cores. One flush of this disk: {} ms.",
        flush_ms(Path::new(env!("CARGO_TARGET_TMPDIR")))
    );
    println!("Median [smallest-largest] of the rounds. Prototype: no TLS, no sign-in, no checks.\n");
}

/// One load.
pub(crate) fn print_load(load: Load, outcomes: &[Outcome]) {
    let clean: Vec<Outcome> =
        outcomes.iter().copied().filter(|outcome| outcome.others <= DISTURBED).collect();
    let used = if clean.is_empty() { outcomes } else { &clean };
    let of = |figure: fn(&Outcome) -> f64| Spread::of(used.iter().map(figure)).expect("at least one round");
    match load {
        Load::Saturation => println!("Saturation: {LANES} senders x {WINDOW} unfinished, each followed live"),
        Load::PerSecond(rate) => {
            println!("{rate} a second, from {LANES} senders; latency from when each is due")
        }
    }
    let target = if load == Load::Saturation { "target >= 20,000" } else { "" };
    let prototype = prototype(load);
    let beside = |text: fn(&Prototype) -> &'static str| {
        let text = prototype.as_ref().map(text).filter(|text| !text.is_empty());
        text.map_or_else(String::new, |text| format!("prototype {text}"))
    };
    print_line("messages a second, durable", &of(|run| run.per_second), &beside(|it| it.per_second), target);
    print_line("acknowledged, p50 ms", &of(|run| run.acknowledged_ms[0]), "", "");
    print_line("acknowledged, p99 ms", &of(|run| run.acknowledged_ms[1]), "", "");
    print_line("end to end, p50 ms", &of(|run| run.delivered_ms[0]), &beside(|it| it.latency), "");
    print_line("end to end, p99 ms", &of(|run| run.delivered_ms[1]), "", "");
    print_line(
        "relay CPU, ms per 1,000",
        &of(|run| run.relay_ms_per_thousand),
        &beside(|it| it.relay_cpu),
        "",
    );
    print_line("cores, relay", &of(|run| run.cores[0]), "", "");
    print_line("cores, load generator", &of(|run| run.cores[1]), "", "");
    print_disturbance(outcomes.iter().map(|run| run.others), outcomes.len() - clean.len());
}

/// Idle sockets.
pub(crate) fn print_idle(sockets: usize, outcome: &idle::Outcome) {
    println!("Idle: {sockets} signed-in sockets");
    let one = |value| Spread { median: value, min: value, max: value };
    let prototype = "prototype 9.1 without TLS; bare axum with TLS 13.0";
    print_line("KiB a socket (Pss)", &one(outcome.kib[1]), prototype, "target <= 20");
    print_line("KiB a socket (Rss)", &one(outcome.kib[0]), "", "");
    print_line("MiB before", &one(outcome.start_mib), "prototype 4.4", "");
    print_line("connected a second", &one(outcome.connected_per_second), "", "");
    print_line("relay CPU, ms each", &one(outcome.relay_ms_each), "", "");
    print_disturbance([outcome.others].into_iter(), usize::from(outcome.others > DISTURBED));
}

fn print_line(name: &str, figure: &Spread, prototype: &str, target: &str) {
    let figure = if figure.min == figure.max {
        figure.to_string().split(' ').next().unwrap_or_default().to_owned()
    } else {
        figure.to_string()
    };
    println!("  {name:<28} {figure:<26} {prototype:<36} {target}");
}

fn print_disturbance(others: impl Iterator<Item = f64>, disturbed: usize) {
    let shares: Vec<String> = others.map(|share| format!("{:.0}", share * 100.0)).collect();
    let note = match disturbed {
        0 => String::new(),
        some if some == shares.len() => "; ALL DISTURBED, run it again on a quiet machine".to_owned(),
        some => format!("; {some} disturbed and left out"),
    };
    println!("  {:<28} {}{note}\n", "others took, %", shares.join(" "));
}
