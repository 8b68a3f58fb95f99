//! Two threads that drive two shards, against one thread that drives one: what they come to by the clock on the wall.
//!
//! Two loops that share nothing say what two threads can come to on this machine at this time; it may have something else to do. A round
//! is quiet, and counts, where they come to nearly twice what one does before it and after it. The CPU time of an operation says what the
//! shards cost each other, whatever else the machine does: no thread here ever waits.

use std::sync::Barrier;
use std::time::{Duration, Instant};

use super::clock::{each_us, thread_time};
use super::rounds;
use super::series::Series;
use super::tape::{self, Tape, Target as _};
use super::wasm::{File, Instance};

/// How often a session is read.
const READS: usize = 20_000;
/// How far the loops count that share nothing.
const COUNT: u64 = 100_000_000;
/// What two of them come to, as a multiple of one, where nothing else runs.
const FREE_MIN: f64 = 1.9;
/// How many rounds are tried for each that is wanted.
const TRIES: usize = 8;

/// What each thread does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// All appends of the tape, in a fresh shard.
    Append,
    /// Reads of the sessions of the tape.
    Read,
    /// Nothing that a shard has a part in.
    Count,
}

/// What threads come to together.
pub struct Driven {
    /// Operations in a second.
    pub per_second: f64,
    /// The CPU time of an operation, in microseconds.
    pub cpu_us: f64,
}

/// Two shards against one, over the quiet rounds; over all where none was.
#[derive(Default)]
pub struct Pair {
    /// Operations in a second, two threads.
    pub two: Series,
    /// Operations in a second, one thread.
    pub one: Series,
    /// What two loops that share nothing came to, as a multiple of one.
    pub free: Series,
    /// Twice the CPU time of an operation of one shard alone, over that of two side by side.
    pub cpu: Series,
    /// What two came to as a multiple of one, in every round that was tried.
    pub ratios: Series,
    /// How many rounds were quiet.
    pub quiet: usize,
}

impl Pair {
    /// Measures until enough rounds were quiet, or too many were not.
    pub fn measure(file: &File, tape: &Tape, work: Work) -> Self {
        let free = || drive(file, tape, Work::Count, 2).per_second / drive(file, tape, Work::Count, 1).per_second;
        let (mut quiet, mut loud) = (Self::default(), Self::default());
        let mut before = free();
        while quiet.quiet < rounds() && quiet.ratios.rounds().len() < rounds() * TRIES {
            let (one, two) = (drive(file, tape, work, 1), drive(file, tape, work, 2));
            let after = free();
            let least = before.min(after);
            before = after;
            quiet.ratios.push(two.per_second / one.per_second);
            quiet.quiet += usize::from(least >= FREE_MIN);
            let counted = if least >= FREE_MIN { &mut quiet } else { &mut loud };
            counted.one.push(one.per_second);
            counted.two.push(two.per_second);
            counted.free.push(least);
            counted.cpu.push(2.0 * one.cpu_us / two.cpu_us);
        }
        if quiet.quiet == 0 { Self { ratios: quiet.ratios, ..loud } } else { quiet }
    }
}

/// So many threads, each with a shard of its own.
///
/// # Panics
/// If a thread does.
pub fn drive(file: &File, tape: &Tape, work: Work, threads: usize) -> Driven {
    let barrier = Barrier::new(threads);
    let times: Vec<(Instant, Instant, f64)> = std::thread::scope(|scope| {
        let work_alone = || {
            let mut instance = file.open(&tape::open());
            tape.creates.iter().for_each(|create| create.run(&mut instance));
            if work == Work::Read {
                tape.appends.iter().for_each(|append| append.run(&mut instance));
            }
            barrier.wait();
            let (begin, cpu) = (Instant::now(), thread_time());
            work.run(&mut instance, tape);
            (begin, Instant::now(), each_us(cpu, work.operations(tape)))
        };
        let handles: Vec<_> = (0..threads).map(|_| scope.spawn(work_alone)).collect();
        handles.into_iter().map(|handle| handle.join().expect("a thread that measures does not panic")).collect()
    });
    let begin = times.iter().map(|time| time.0).min().expect("there is a thread");
    let end = times.iter().map(|time| time.1).max().expect("there is a thread");
    let took: Duration = end - begin;
    let per_second = (work.operations(tape) * threads) as f64 / took.as_secs_f64();
    Driven { per_second, cpu_us: times.iter().map(|time| time.2).sum::<f64>() / threads as f64 }
}

impl Work {
    fn operations(self, tape: &Tape) -> usize {
        match self {
            Self::Append => tape.appends.len(),
            Self::Read => READS,
            Self::Count => COUNT as usize,
        }
    }

    fn run(self, instance: &mut Instance, tape: &Tape) {
        match self {
            Self::Append => tape.appends.iter().for_each(|append| append.run(instance)),
            Self::Read => {
                for nth in 0..READS {
                    std::hint::black_box(instance.call(&tape.reads[nth % tape.reads.len()]));
                }
            }
            Self::Count => {
                let sum = (0..COUNT).fold(0_u64, |sum, count| std::hint::black_box(sum ^ count));
                std::hint::black_box(sum);
            }
        }
    }
}
