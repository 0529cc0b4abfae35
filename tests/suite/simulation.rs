//! The seeded simulation, for as many seeds as a test run has time for; CI runs `--seeds 0..10000`.
//! Of those, it runs as many as ten minutes have room for.

use colloque_tests::sim::{Template, run};

#[test]
fn simulations_hold_every_invariant_and_happen_again_alike() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let template = runtime.block_on(Template::new());
    for seed in 0..3 {
        let first = run(&template, seed);
        assert_eq!(first.verdict, Ok(()), "seed {seed}\n{}", first.trace);
        assert!(first.messages > 0 && first.trace.events() > 50, "seed {seed} does nothing");
        let again = run(&template, seed);
        assert_eq!(first.trace.to_string(), again.trace.to_string(), "seed {seed}");
    }
}

#[test]
fn all_that_say_how_many_seeds_ci_runs_say_the_same() {
    let seeds = |text: &str| {
        let after = text.rsplit_once("--seeds ").expect("a range of seeds").1;
        after.split([' ', '`']).next().map(str::to_owned)
    };
    let ci = seeds(include_str!("../../.ci/run"));
    assert_eq!(seeds(include_str!("../../README.md")), ci);
    assert!(include_str!("simulation.rs").starts_with(&format!(
        "//! The seeded simulation, for as many seeds as a test run has time for; CI runs `--seeds {}`.",
        ci.unwrap()
    )));
}
