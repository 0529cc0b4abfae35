//! The figures, beside what is asked for.

use colloque_tests::measure::{Spread, flush_ms};

use crate::lane::PAYLOAD_BYTES;
use crate::load::{GROUP, LANES, Load, Outcome, WINDOW};
use crate::process::{Which, disk};
use crate::{drain, idle};

/// Above this share of the machine taken by others, a run is left out.
const DISTURBED: f64 = 0.125;

/// What is asked for, with TLS and without.
const fn target(load: Load, has_tls: bool) -> &'static str {
    match (load, has_tls) {
        (Load::Saturation, true) => "target >= 40,000",
        (Load::Saturation, false) => "target >= 60,000",
        _ => "",
    }
}

/// What is measured, where.
pub(crate) fn print_head(relay: &Which) {
    let (relay, carried) = match relay {
        Which::Program(path) => (path.display().to_string(), "TLS 1.3 (X25519MLKEM768)"),
        Which::This => ("this program".to_owned(), "TLS 1.3 (X25519MLKEM768)"),
        Which::ThisPlain => ("this program".to_owned(), "no TLS"),
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    println!(
        "Relay: {relay}. Envelopes of {PAYLOAD_BYTES} bytes, {carried}, SQLite synchronous=FULL, durable before ack."
    );
    println!(
        "Load from this process, on the same {cores} cores. One flush of this disk: {} ms.",
        flush_ms(&disk())
    );
    println!("Median [smallest-largest] of the rounds.\n");
}

/// One load.
pub(crate) fn print_load(load: Load, has_tls: bool, outcomes: &[Outcome]) {
    let clean: Vec<&Outcome> = outcomes.iter().filter(|outcome| outcome.others <= DISTURBED).collect();
    let disturbed = outcomes.len() - clean.len();
    let used = if clean.is_empty() { outcomes.iter().collect() } else { clean };
    let of = |figure: fn(&Outcome) -> f64| {
        Spread::of(used.iter().map(|run| figure(run))).expect("at least one round")
    };
    match load {
        Load::Saturation => println!("Saturation: {LANES} senders x {WINDOW} unfinished, each followed live"),
        Load::Group => println!("Group: one sender x {WINDOW} unfinished, {GROUP} recipients live"),
        Load::PerSecond(rate) => {
            println!("{rate} a second, from {LANES} senders; latency from when each is due")
        }
    }
    print_line("messages a second, durable", &of(|run| run.per_second), target(load, has_tls));
    if load == Load::Group {
        print_line("deliveries a second", &of(|run| run.deliveries_per_second), "target >= 150,000");
    }
    let is_fast = load == Load::PerSecond(2000);
    print_line("acknowledged, p50 ms", &of(|run| run.acknowledged_ms[0]), "");
    print_line("acknowledged, p99 ms", &of(|run| run.acknowledged_ms[1]), "");
    print_line(
        "end to end, p50 ms",
        &of(|run| run.delivered_ms[0]),
        if is_fast { "target <= 1" } else { "" },
    );
    print_line(
        "end to end, p99 ms",
        &of(|run| run.delivered_ms[1]),
        if is_fast { "target <= 5" } else { "" },
    );
    let cpu = if load == Load::Saturation { "target <= 15" } else { "" };
    print_line("relay CPU, us a message", &of(|run| run.relay_ms_per_thousand), cpu);
    print_line("cores, relay", &of(|run| run.cores[0]), "");
    print_line("cores, load generator", &of(|run| run.cores[1]), "");
    print_disturbance(outcomes.iter().map(|run| run.others), disturbed);
}

/// Idle sockets.
pub(crate) fn print_idle(sockets: usize, has_tls: bool, outcome: &idle::Outcome) {
    println!("Idle: {sockets} signed-in sockets");
    let one = |value| Spread { median: value, min: value, max: value };
    let target = if has_tls { "target <= 20" } else { "target <= 12" };
    print_line("KiB a socket (Pss)", &one(outcome.kib[1]), target);
    print_line("KiB a socket (Rss)", &one(outcome.kib[0]), "");
    print_line("MiB before", &one(outcome.start_mib), "");
    print_line("connected a second", &one(outcome.connected_per_second), "");
    print_line("relay CPU, ms each", &one(outcome.relay_ms_each), "");
    print_disturbance([outcome.others].into_iter(), usize::from(outcome.others > DISTURBED));
}

fn print_line(name: &str, figure: &Spread, target: &str) {
    let figure = if figure.min == figure.max {
        figure.to_string().split(' ').next().unwrap_or_default().to_owned()
    } else {
        figure.to_string()
    };
    println!("  {name:<28} {figure:<26} {target}");
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

/// A relay that was told to end.
pub(crate) fn print_drain(sockets: usize, outcome: &drain::Outcome) {
    let drain::Outcome { acknowledged, ending_ms, back_ms: [median, most, last], relay_mib } = outcome;
    println!("Drain: SIGTERM under load, {sockets} sockets, then all of them at once");
    println!(
        "  {acknowledged} messages were acknowledged, and all of them are there; everyone was told and closed"
    );
    println!("  ended within, ms             {ending_ms:.0}");
    println!(
        "  back, p50 / p99 / last, ms   {median:.0} / {most:.0} / {last:.0}   target p99 <= 5,000, last <= 60,000"
    );
    println!("  relay's memory after, MiB    {relay_mib:.1}\n");
}
