//! `cargo xtask sim`: simulated runs, as many and as long as one likes.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use colloq_host::engine::{ModuleFile, Program};
use colloq_tests::sim::{Native, run_keeping, run_many, shrink};

struct Arguments {
    seeds: u64,
    steps: u64,
    seed: u64,
    threads: usize,
    /// How many runs fail before the others are left.
    failures: usize,
    is_native: bool,
    is_traced: bool,
}

fn arguments() -> Option<Arguments> {
    let mut arguments = Arguments { seeds: 100, steps: 2_000, seed: 1, threads: 2, failures: 3, is_native: false, is_traced: false };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut number = || words.next()?.parse::<u64>().ok();
        match word.as_str() {
            "--seeds" => arguments.seeds = number()?,
            "--steps" => arguments.steps = number()?,
            "--seed" => arguments.seed = number()?,
            "--threads" => arguments.threads = usize::try_from(number()?).ok()?,
            "--failures" => arguments.failures = usize::try_from(number()?).ok()?,
            "--trace" => arguments.is_traced = true,
            "--native" => arguments.is_native = true,
            _ => return None,
        }
    }
    Some(arguments)
}

fn program(is_native: bool) -> Option<Arc<dyn Program>> {
    if is_native {
        return Some(Native::new());
    }
    let bytes = std::fs::read(std::env::var_os("COLLOQ_MODULE")?).ok()?;
    Some(Arc::new(ModuleFile::compile(Bytes::from(bytes)).ok()?))
}

fn main() -> ExitCode {
    let Some(arguments) = arguments() else {
        eprintln!("sim [--seeds N] [--steps M] [--seed FIRST] [--threads T] [--failures N] [--native] [--trace]");
        return ExitCode::FAILURE;
    };
    let Some(program) = program(arguments.is_native) else {
        eprintln!("COLLOQ_MODULE names no wasm file that can be used; `cargo xtask sim` sets it");
        return ExitCode::FAILURE;
    };
    let begin = Instant::now();
    let Arguments { seeds, steps, seed, threads, .. } = arguments;
    if arguments.is_traced {
        let outcome = run_keeping(seed, steps, &program, usize::MAX);
        outcome.end.iter().for_each(|line| println!("{line}"));
        println!("{}", outcome.report());
        return ExitCode::SUCCESS;
    }
    let summary = run_many(seed, seeds, steps, threads, arguments.failures, &program);
    println!("{}", summary.tally.table());
    let (runs, twice, seconds) = (summary.runs, summary.twice, begin.elapsed().as_secs_f64());
    println!("{runs} runs of {steps} steps in {seconds:.1} s, {twice} of them twice, {} of those not equal", summary.unequal.len());
    let is_well = summary.failed.is_empty() && summary.unequal.is_empty();
    for failed in summary.failed {
        println!("\n{}", shrink(failed, &program).report());
    }
    if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
