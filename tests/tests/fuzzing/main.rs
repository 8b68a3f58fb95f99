//! Fuzzing of whatever takes bytes from outside: a short run each time, a minute a target with the long figures. What broke something
//! once is kept in `crashers/fuzz`, what leads far in `corpus/fuzz`; every run begins with both.

mod doors;

use std::io::Write as _;

use colloq_abi::Response;
use colloq_tests::engine::{Kind, Target};
use colloq_tests::fuzz::{Budget, run, targets};

/// Says how many inputs a target was given, also where a test that passes keeps to itself.
fn say(name: &str, inputs: u64) {
    let _ = writeln!(std::io::stderr(), "fuzzed {name}: {inputs} inputs");
}

fn fuzz(name: &str, few: u64, target: fn(&[u8])) {
    say(name, run(name, &targets::seeds(name), Budget::here(few), &target));
}

#[test]
fn f10_commands() {
    fuzz("command", 4_000, targets::command);
}

#[test]
fn f10_snapshots() {
    fuzz("snapshot", 2_000, targets::snapshot);
}

#[test]
fn f10_logs() {
    fuzz("log", 1_500, targets::log);
}

#[test]
fn f10_frames_to_a_page() {
    fuzz("page", 3_000, targets::page);
}

#[test]
fn f10_raw_exports() {
    fuzz("exports", 2_000, targets::exports);
}

/// The bytes of an answer, but for how much memory is used, which differs between machines.
fn comparable(answer: &[u8]) -> String {
    let mut response: Response<'_> = colloq_abi::decode(answer).expect("an answer decodes");
    if let Some(stats) = &mut response.stats {
        stats.memory_bytes = 0;
    }
    format!("{response:?}")
}

#[test]
fn f10_native_against_wasm() {
    let target = |input: &[u8]| {
        let (mut native, mut wasm) = (Target::shipped(Kind::Native).start(), Target::shipped(Kind::Wasmtime).start());
        assert_eq!(native.open(&targets::opening()), wasm.open(&targets::opening()));
        for request in targets::requests(input) {
            let (one, other) = (native.call(request), wasm.call(request));
            assert!(one == other || comparable(&one) == comparable(&other), "the answers to {request:?} differ");
        }
    };
    say("native against wasm", run("exports", &targets::seeds("exports"), Budget::here(500), &target));
}
