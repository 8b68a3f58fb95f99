//! A simulation that finds nothing shows nothing, unless it finds what is there: faults that are planted one at a time, in the core, in
//! the code of pages, in the engine and in a store. Each has to be found within 2,000 seeds.
//!
//! A fault is planted in the whole process, so this is a program of its own with one test.

use std::sync::Arc;

use bytes::Bytes;
use colloq_core::planted::{Planted as InCore, plant as plant_core};
use colloq_host::engine::{ModuleFile, Program};
use colloq_store::planted::{Planted as InHost, plant as plant_host};
use colloq_tests::sim::{Native, run, run_many};

const SEEDS_MAX: u64 = 2_000;
const STEPS: u64 = 2_000;

/// Where a fault is planted. Those of the core are not in the shipped file, and so it runs as it is compiled for this machine.
#[derive(Clone, Copy, Debug)]
enum Fault {
    Core(InCore),
    Host(InHost),
}

const FAULTS: [Fault; 12] = [
    Fault::Core(InCore::SeqGap),
    Fault::Core(InCore::DropsCommand),
    Fault::Core(InCore::ForgetsClients),
    Fault::Core(InCore::DeltaOffset),
    Fault::Core(InCore::IgnoresChain),
    Fault::Core(InCore::NewIds),
    Fault::Host(InHost::AnswersEarly),
    Fault::Host(InHost::BroadcastsEarly),
    Fault::Host(InHost::DecidesAnew),
    Fault::Host(InHost::SkipsEntry),
    Fault::Host(InHost::LosesHeld),
    Fault::Host(InHost::Resurrects),
];

fn plant(fault: Option<Fault>) {
    let (core, host) = match fault {
        Some(Fault::Core(core)) => (core, InHost::Nothing),
        Some(Fault::Host(host)) => (InCore::Nothing, host),
        None => (InCore::Nothing, InHost::Nothing),
    };
    plant_core(core);
    plant_host(host);
}

#[test]
fn each_planted_fault_is_found() {
    let path = std::env::var_os("COLLOQ_MODULE").expect("COLLOQ_MODULE names the built wasm file");
    let bytes = Bytes::from(std::fs::read(path).expect("the wasm file is there"));
    let shipped: Arc<dyn Program> = Arc::new(ModuleFile::compile(bytes).expect("the module compiles"));
    let native: Arc<dyn Program> = Native::new();
    let mut missed = Vec::new();
    for fault in FAULTS {
        plant(Some(fault));
        let program = if let Fault::Core(_) = fault { &native } else { &shipped };
        let summary = run_many(1, SEEDS_MAX, STEPS, 2, 1, program);
        plant(None);
        match summary.failed.first() {
            Some(failed) => {
                assert_eq!(run(failed.seed, STEPS, program).wrong, [""; 0], "without the fault nothing is wrong with seed {}", failed.seed);
                let wrong: String = failed.wrong[0].chars().take(110).collect();
                println!("{fault:?}: found by seed {} after {} runs: {wrong}", failed.seed, summary.runs);
            }
            None => missed.push(fault),
        }
    }
    assert!(missed.is_empty(), "nobody found {missed:?}");
}
