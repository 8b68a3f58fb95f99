//! Runs: one seed, many seeds on several threads, and the shortest run of a seed that still fails.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use colloq_host::engine::Program;
use parking_lot::Mutex;

use super::ground::TAIL_LINES;
use super::random::Random;
use super::tally::Tally;
use super::world::World;
use crate::history::{Event, check};

/// What came of a run.
pub struct Outcome {
    /// The seed.
    pub seed: u64,
    /// How many steps it had.
    pub steps: u64,
    /// What must not be; empty where all is well.
    pub wrong: Vec<String>,
    /// The hash of everything that happened, and of how many things.
    pub trace: (u64, u64),
    /// What was counted.
    pub tally: Tally,
    /// What clients asked and were told.
    pub history: Vec<Event>,
    /// The newest lines of the trace before all was calm.
    pub tail: Vec<String>,
    /// The newest lines of it at the end.
    pub end: Vec<String>,
}

/// Runs one seed.
///
/// # Panics
/// If there is no runtime to be had.
pub fn run(seed: u64, steps: u64, program: &Arc<dyn Program>) -> Outcome {
    run_keeping(seed, steps, program, TAIL_LINES)
}

/// The same, with so many of the newest lines of its trace.
///
/// # Panics
/// If there is no runtime to be had.
pub fn run_keeping(seed: u64, steps: u64, program: &Arc<dyn Program>, tail_max: usize) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().expect("a runtime");
    runtime.block_on(async {
        let mut world = World::new(seed, Arc::clone(program), tail_max);
        world.begin().await;
        let mut pauses = Random::new(seed, "pauses");
        for _ in 0..steps {
            world.step();
            let pause = match pauses.below(1000) {
                0..=699 => pauses.below(40),
                700..=989 => pauses.below(400),
                990..=997 => pauses.below(8_000),
                _ => pauses.below(90_000),
            };
            let at = world.ground.now() + pause;
            world.until(at).await;
            if !world.wrong.is_empty() {
                break;
            }
        }
        let tail = world.ground.tail();
        world.heal().await;
        let verdict = check(&world.history);
        let mut wrong = std::mem::take(&mut world.wrong);
        wrong.extend(verdict.wrong);
        let (trace, tally, end) = (world.ground.trace(), world.ground.tally(), world.ground.tail());
        Outcome { seed, steps, wrong, trace, tally, history: std::mem::take(&mut world.history), tail, end }
    })
}

/// What came of many runs.
#[derive(Default)]
pub struct Summary {
    /// What was counted in all of them.
    pub tally: Tally,
    /// Those that failed, in the order of their seeds.
    pub failed: Vec<Outcome>,
    /// How many were run.
    pub runs: u64,
    /// How many were run a second time.
    pub twice: u64,
    /// Seeds of which a second run was another.
    pub unequal: Vec<u64>,
}

/// How many runs come between two that are made twice.
const TWICE_EVERY: u64 = 100;

/// Runs seeds on as many threads as are given. It ends early once `failures_max` have failed.
pub fn run_many(first: u64, count: u64, steps: u64, threads: usize, failures_max: usize, program: &Arc<dyn Program>) -> Summary {
    let (next, summary) = (AtomicU64::new(first), Mutex::new(Summary::default()));
    std::thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + count || summary.lock().failed.len() >= failures_max {
                        return;
                    }
                    let outcome = run(seed, steps, program);
                    let is_twice = seed % TWICE_EVERY == 0;
                    let is_unequal = is_twice && run(seed, steps, program).trace != outcome.trace;
                    let mut summary = summary.lock();
                    summary.tally.add(&outcome.tally);
                    (summary.runs, summary.twice) = (summary.runs + 1, summary.twice + u64::from(is_twice));
                    summary.unequal.extend(is_unequal.then_some(seed));
                    if !outcome.wrong.is_empty() {
                        summary.failed.push(outcome);
                    }
                }
            });
        }
    });
    let mut summary = summary.into_inner();
    summary.failed.sort_by_key(|outcome| outcome.seed);
    summary
}

/// The shortest run of a seed that still fails, as far as halving finds it.
pub fn shrink(failed: Outcome, program: &Arc<dyn Program>) -> Outcome {
    let mut shortest = failed;
    let (mut low, mut high) = (0, shortest.steps);
    while low < high {
        let middle = low.midpoint(high);
        let shorter = run(shortest.seed, middle, program);
        if shorter.wrong.is_empty() {
            low = middle + 1;
        } else {
            high = middle;
            shortest = shorter;
        }
    }
    shortest
}

impl Outcome {
    /// What failed, how to see it again, and what came before it.
    pub fn report(&self) -> String {
        let mut lines = vec![format!("seed {} of {} steps: {} wrong", self.seed, self.steps, self.wrong.len())];
        lines.extend(self.wrong.iter().take(6).map(|wrong| format!("  {}", first_of(wrong))));
        lines.push(format!("again: cargo xtask sim --seeds 1 --steps {} --seed {}", self.steps, self.seed));
        lines.push("the end of its trace, before all was calm:".to_owned());
        lines.extend(self.tail.iter().rev().take(40).rev().map(|line| format!("  {line}")));
        lines.join("\n") + "\n"
    }
}

fn first_of(text: &str) -> String {
    text.chars().take(600).collect()
}
