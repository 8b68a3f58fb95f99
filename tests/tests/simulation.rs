//! Simulated runs: hosts, pages, callers and a store, everything that may go wrong between them, and in the end all agree.

use std::sync::Arc;

use bytes::Bytes;
use colloq_host::engine::{ModuleFile, Program};
use colloq_tests::sim::{run, run_many, shrink};

/// The shipped file, compiled once.
fn shipped() -> Arc<dyn Program> {
    let path = std::env::var_os("COLLOQ_MODULE").expect("COLLOQ_MODULE names the built wasm file");
    let bytes = std::fs::read(path).expect("the wasm file is there");
    Arc::new(ModuleFile::compile(Bytes::from(bytes)).expect("the module compiles"))
}

#[test]
fn everybody_agrees_in_the_end() {
    let program = shipped();
    let (runs, steps) = if std::env::var_os("COLLOQ_FULL").is_some() { (2_000, 2_000) } else { (200, 2_000) };
    let summary = run_many(1, runs, steps, 2, 3, &program);
    println!("{}", summary.tally.table());
    if let Some(failed) = summary.failed.into_iter().next() {
        panic!("{}", shrink(failed, &program).report());
    }
    assert_eq!(summary.unequal, [0; 0], "the same seed gives the same run");
    assert!(summary.twice >= runs / 100);
    assert_eq!(summary.tally.below(100), [""; 0], "every fault and every way back comes often enough to be tested");
}

/// Seeds that failed once; what was wrong then stands beside each.
#[test]
fn what_failed_once_is_run_again() {
    let program = shipped();
    let kept = include_str!("../crashers/simulation.txt");
    let runs = kept.lines().filter_map(|line| line.split('#').next()).filter(|line| !line.trim().is_empty());
    for run_of in runs {
        let numbers: Vec<u64> = run_of.split_whitespace().map(|number| number.parse().expect("a seed and a number of steps")).collect();
        let outcome = run(numbers[0], numbers[1], &program);
        assert_eq!(outcome.wrong, [""; 0], "{}", outcome.report());
    }
}

#[test]
fn the_same_seed_is_the_same_run() {
    let program = shipped();
    assert_eq!(run(7, 300, &program).trace, run(7, 300, &program).trace);
    assert_ne!(run(7, 300, &program).trace, run(8, 300, &program).trace);
}
