//! Why a route says no, in the codes of the module's table. It never carries what is inside the host.

use axum::http::header::RETRY_AFTER;
use axum::response::Response;

use crate::auth::Denied;
use crate::engine::{Engine, EngineError};
use crate::limits::Wait;
use crate::problem;

/// A permanent code, and one sentence that helps the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    code: &'static str,
    detail: Option<&'static str>,
    /// How long to wait, where that is known.
    retry_seconds: Option<u32>,
}

impl Refusal {
    pub(super) fn new(code: &'static str) -> Self {
        Self { code, detail: None, retry_seconds: None }
    }

    pub(super) fn with(code: &'static str, detail: &'static str) -> Self {
        Self { code, detail: Some(detail), retry_seconds: None }
    }

    pub(super) fn code(self) -> &'static str {
        self.code
    }

    pub(super) fn into_response(self, engine: &Engine) -> Response {
        if matches!(self.code, "unauthenticated" | "forbidden" | "rateLimited") {
            engine.gauges().note_refusal(self.code);
        }
        let mut response = problem::response(engine, self.code, self.detail);
        if let Some(seconds) = self.retry_seconds {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        response
    }
}

impl From<Wait> for Refusal {
    fn from(Wait(wait): Wait) -> Self {
        // Whole seconds, and so rounded up: who comes back then is let in.
        let seconds = u32::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u32::MAX).max(1);
        Self { retry_seconds: Some(seconds), ..Self::with("rateLimited", "That is more than anybody may ask for in a minute.") }
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
