//! Why a route says no, in the codes of the module's table. It never carries what is inside the host.

use axum::response::Response;

use crate::auth::Denied;
use crate::engine::{Engine, EngineError};
use crate::problem;

/// A permanent code, and one sentence that helps the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    code: &'static str,
    detail: Option<&'static str>,
}

impl Refusal {
    pub(super) fn new(code: &'static str) -> Self {
        Self { code, detail: None }
    }

    pub(super) fn with(code: &'static str, detail: &'static str) -> Self {
        Self { code, detail: Some(detail) }
    }

    pub(super) fn code(self) -> &'static str {
        self.code
    }

    pub(super) fn into_response(self, engine: &Engine) -> Response {
        problem::response(engine, self.code, self.detail)
    }
}

impl From<EngineError> for Refusal {
    fn from(error: EngineError) -> Self {
        tracing::warn!(code = error.code(), %error, "a request failed");
        Self::new(error.code())
    }
}

impl From<Denied> for Refusal {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Unauthenticated => Self::new("unauthenticated"),
            Denied::Forbidden => Self::with("forbidden", "Nothing may come to this host from there."),
        }
    }
}
