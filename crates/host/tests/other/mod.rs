//! Modules other than ours, with the same raw exports, which is all that a host asks of one. They hold no rule: each does one thing that
//! ours does seldom, so that a test sees what the engine makes of it.

use bytes::Bytes;
use colloq_abi::{ABI_VERSION, Manifest, Response};

/// Where the manifest lies in the module's memory.
const MANIFEST_AT: usize = 1024;
/// Where the answer lies.
const ANSWER_AT: usize = 16_384;

/// A module of a version of the envelope whose every call runs for ever.
#[allow(dead_code, reason = "each test takes the module that it needs")]
pub(crate) fn overlong(version: u32) -> Bytes {
    module(version, &[], "(loop (br 0)) (unreachable)")
}

/// A module that gives the same answer to every call.
#[allow(dead_code, reason = "each test takes the module that it needs")]
pub(crate) fn answering(response: &Response<'_>) -> Bytes {
    let answer = colloq_abi::encode(response);
    module(ABI_VERSION, &answer, &format!("(i64.const {})", place(ANSWER_AT, &answer)))
}

fn module(version: u32, answer: &[u8], call: &str) -> Bytes {
    let manifest = colloq_abi::encode(&Manifest { schema: 1, limits: b"{}", codes: Vec::new() });
    let text = format!(
        r#"(module
            (memory (export "memory") 1)
            (data (i32.const {MANIFEST_AT}) "{}")
            (data (i32.const {ANSWER_AT}) "{}")
            (func (export "colloq_abi_version") (result i32) (i32.const {version}))
            (func (export "colloq_alloc") (param i32) (result i32) (i32.const 8192))
            (func (export "colloq_free") (param i32 i32))
            (func (export "colloq_open") (param i32 i32) (result i64) (i64.const {}))
            (func (export "colloq_call") (param i32 i32) (result i64) {call}))"#,
        escaped(&manifest),
        escaped(answer),
        place(MANIFEST_AT, &manifest)
    );
    Bytes::from(wat::parse_str(text).unwrap())
}

fn place(at: usize, bytes: &[u8]) -> usize {
    at << 32 | bytes.len()
}

fn escaped(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("\\{byte:02x}"))
}
