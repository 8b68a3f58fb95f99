//! An answer of the module, and what scenarios expect of it.

use std::fmt;

use colloq_core::Code;
use serde_json::Value;

/// What somebody was answered.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status; 0 for a frame without words.
    pub status: u16,
    /// The version that it speaks of; 0 for none.
    pub version: u64,
    /// JSON, or nothing.
    pub body: Vec<u8>,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}: {}", self.status, self.version, String::from_utf8_lossy(&self.body))
    }
}

impl Answer {
    /// The body, read; null where there is none.
    pub fn json(&self) -> Value {
        if self.body.is_empty() {
            return Value::Null;
        }
        serde_json::from_slice(&self.body).expect("an answer's body is JSON")
    }

    /// The body of an answer with this status.
    #[track_caller]
    pub fn is(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.body));
        self.json()
    }

    /// The problem of an answer that says no with this code; its status is the code's.
    #[track_caller]
    pub fn refused(&self, code: &str) -> Value {
        let problem = self.json();
        assert_eq!(problem["code"], code, "{problem}");
        assert_eq!(Some(self.status), Code::from_text(code).map(Code::status), "{problem}");
        problem
    }

    /// The place and code of the one value that is not allowed.
    #[track_caller]
    pub fn invalid(&self, pointer: &str, code: &str) {
        let problem = self.refused("invalid");
        assert_eq!(problem["errors"], serde_json::json!([{ "pointer": pointer, "code": code }]));
    }
}
