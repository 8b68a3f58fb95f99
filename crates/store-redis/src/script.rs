//! The scripts that run on a server: their texts, and the names by which a server knows them once it has them.
//!
//! They must never write before they have read all that they decide by: a script that fails has then done nothing.

use std::sync::LazyLock;

/// A script, and the SHA-1 that names it.
pub(crate) struct Script {
    pub(crate) code: String,
    pub(crate) sha: String,
}

impl Script {
    fn new(body: &str) -> Self {
        let code = format!("{}\n{body}", include_str!("scripts/prelude.lua"));
        let sha = redis::Script::new(&code).get_hash().to_owned();
        Self { code, sha }
    }
}

macro_rules! scripts {
    ($($name:ident $file:literal)+) => {
        $(pub(crate) static $name: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!($file)));)+
    };
}

scripts! {
    APPEND "scripts/append.lua"
    TOUCH "scripts/touch.lua"
    DUE "scripts/due.lua"
    LOAD "scripts/load.lua"
    ENTRIES "scripts/entries.lua"
    HEAD_AT "scripts/head_at.lua"
    SNAPSHOT "scripts/snapshot.lua"
    PRIVATE "scripts/private.lua"
    ERASE "scripts/erase.lua"
    LOWER "scripts/lower.lua"
    WHOLE "scripts/whole.lua"
    PUT "scripts/put.lua"
    BURY "scripts/bury.lua"
    RAISE "scripts/raise.lua"
    KEEP "scripts/keep.lua"
}
