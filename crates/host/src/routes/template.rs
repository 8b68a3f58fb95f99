//! Routes as the documentation writes them: with names in the places of ids.
//!
//! Both matches name every route, so that a new one cannot be forgotten here; the OpenAPI document, the gauges and the tests of isolation
//! go by these.

use super::path::{Part, Route, Step};

impl Route<'_> {
    /// The route's path, with names in braces.
    pub(super) fn template(self) -> &'static str {
        match self {
            Self::Sessions => "/v1/sessions",
            Self::User(_) => "/v1/users/{userId}",
            Self::UserSessions(_) => "/v1/users/{userId}/sessions",
            Self::UserExport(_) => "/v1/users/{userId}/export",
            Self::Export => "/v1/export",
            Self::Import => "/v1/import",
            Self::Backup => "/v1/backup",
            Self::Restore => "/v1/restore",
            Self::Analytics => "/v1/analytics",
            Self::Inbox => "/v1/inbox",
            Self::Session(_, part) => part.template(),
            Self::Tokens => "/v1/tokens",
            Self::Cookie => "/v1/cookie",
            Self::Health => "/healthz",
            Self::Ready => "/readyz",
            Self::Metrics => "/metrics",
            Self::OpenApi => "/openapi.json",
            Self::Problem(_) => "/problems/{code}",
            Self::Module(_) => "/module/{file}",
            Self::Console => "/",
        }
    }
}

impl Part<'_> {
    fn template(self) -> &'static str {
        match self {
            Self::Whole => "/v1/sessions/{id}",
            Self::End => "/v1/sessions/{id}/end",
            Self::Fork => "/v1/sessions/{id}/fork",
            Self::Rewind => "/v1/sessions/{id}/rewind",
            Self::Compact => "/v1/sessions/{id}/compact",
            Self::SignIn => "/v1/sessions/{id}/sign-in",
            Self::SignOut => "/v1/sessions/{id}/sign-out",
            Self::Private(_) => "/v1/sessions/{id}/private/{key}",
            Self::Messages => "/v1/sessions/{id}/messages",
            Self::Message(_) => "/v1/sessions/{id}/messages/{messageId}",
            Self::Step(_, step) => step.template(),
            Self::Stream(_) => "/v1/sessions/{id}/messages/{messageId}/stream",
            Self::Project => "/v1/sessions/{id}/context/project",
            Self::Issue(_) => "/v1/sessions/{id}/context/issues/{issueId}",
            Self::Preferences => "/v1/sessions/{id}/context/preferences",
            Self::Commands => "/v1/sessions/{id}/commands",
            Self::Events => "/v1/sessions/{id}/events",
        }
    }
}

impl Step {
    fn template(self) -> &'static str {
        match self {
            Self::Delta => "/v1/sessions/{id}/messages/{messageId}/delta",
            Self::Complete => "/v1/sessions/{id}/messages/{messageId}/complete",
            Self::Stop => "/v1/sessions/{id}/messages/{messageId}/stop",
            Self::Fail => "/v1/sessions/{id}/messages/{messageId}/fail",
            Self::Interrupt => "/v1/sessions/{id}/messages/{messageId}/interrupt",
            Self::Revise => "/v1/sessions/{id}/messages/{messageId}/revise",
            Self::Producer => "/v1/sessions/{id}/messages/{messageId}/producer",
        }
    }
}
