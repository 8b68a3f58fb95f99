//! Every route as the documentation has it. `/openapi.json` is made of these rows, and tests walk them: a route that is not here does not
//! pass for one.

/// One method of a route.
pub(super) struct Documented {
    pub(super) method: &'static str,
    /// As [`Route::template`](super::path::Route::template) has it.
    pub(super) path: &'static str,
    pub(super) summary: &'static str,
    /// The type of the body, by its name in the schema or in `openapi/bodies.rs`; `*` for any JSON, empty for none.
    pub(super) body: &'static str,
    /// A body, as JSON or as lines; empty for none.
    pub(super) example: &'static str,
    /// The status of success.
    pub(super) status: u16,
    /// The type of the answer, as `body` has it.
    pub(super) answer: &'static str,
}

macro_rules! rows {
    ($($method:ident $path:literal $summary:literal $body:literal $example:literal $status:literal $answer:literal)*) => {
        &[$(Documented {
            method: stringify!($method),
            path: $path,
            summary: $summary,
            body: $body,
            example: $example,
            status: $status,
            answer: $answer,
        }),*]
    };
}

#[rustfmt::skip]
pub(super) const ROUTES: &[Documented] = rows! {
    POST "/v1/sessions" "Creates a session" "New" r#"{"title": "Plans"}"# 201 "Session"
    GET "/v1/sessions" "The caller's sessions, newest first; live as Server-Sent Events" "" "" 200 "Page"
    GET "/v1/sessions/{id}" "Reads a session" "" "" 200 "Session"
    PATCH "/v1/sessions/{id}" "Changes title, data and limits" "Change" r#"{"title": "Other plans", "data": {"step": 2}}"# 200 "Session"
    DELETE "/v1/sessions/{id}" "Erases a session for good" "" "" 204 ""
    POST "/v1/sessions/{id}/end" "Ends a session; it can be read still" "End" r"{}" 200 "Session"
    POST "/v1/sessions/{id}/fork" "Begins another session with what was said here" "Fork" r"{}" 201 "Session"
    POST "/v1/sessions/{id}/rewind" "Takes back everything after a message" "Through" r#"{"through": "018f0000-0000-7000-8000-000000000000"}"# 200 "Session"
    POST "/v1/sessions/{id}/compact" "Puts a summary in the place of the oldest messages" "Compact" r#"{"through": "018f0000-0000-7000-8000-000000000000", "summary": "They met."}"# 200 "Session"
    POST "/v1/sessions/{id}/sign-in" "Gives an anonymous session to a user" "SignIn" r#"{"userId": "ada"}"# 200 "Session"
    POST "/v1/sessions/{id}/sign-out" "Makes the tokens of before void" "SignOut" r"{}" 200 "Session"
    GET "/v1/sessions/{id}/messages" "Messages in pages, newest first" "" "" 200 "Page"
    POST "/v1/sessions/{id}/messages" "Appends a message, or begins a stream" "NewMessage" r#"{"type": "user", "content": "Hello"}"# 201 "Message"
    GET "/v1/sessions/{id}/messages/{messageId}" "Reads a message" "" "" 200 "Message"
    PATCH "/v1/sessions/{id}/messages/{messageId}" "Patches a message's metadata" "-PatchMetadata" r#"{"metadata": {"seen": true}}"# 200 "Message"
    DELETE "/v1/sessions/{id}/messages/{messageId}" "Removes a message" "" "" 204 ""
    POST "/v1/sessions/{id}/messages/{messageId}/stream" "A whole stream, line by line" "lines" "{\"text\": \"Hello\"}\n{\"complete\": true}\n" 200 "Message"
    POST "/v1/sessions/{id}/messages/{messageId}/delta" "Adds text to a stream" "-AppendDelta" r#"{"offset": 0, "text": "Hello"}"# 200 "*"
    POST "/v1/sessions/{id}/messages/{messageId}/complete" "Completes a stream" "-CompleteMessage" r"{}" 200 "Message"
    POST "/v1/sessions/{id}/messages/{messageId}/stop" "Stops a stream" "-StopMessage" r"{}" 200 "Message"
    POST "/v1/sessions/{id}/messages/{messageId}/fail" "Says that a stream failed" "-FailMessage" r#"{"error": {"code": "model", "message": "It is tired."}}"# 200 "Message"
    POST "/v1/sessions/{id}/messages/{messageId}/interrupt" "Cuts a message to what was heard" "-InterruptMessage" r#"{"heardOffset": 3}"# 200 "Message"
    POST "/v1/sessions/{id}/messages/{messageId}/revise" "Rewrites the end of a stream's text" "-ReviseMessage" r#"{"from": 0, "text": "Hello"}"# 200 "*"
    POST "/v1/sessions/{id}/messages/{messageId}/producer" "Takes a stream over from its producer" "-TakeOver" r"{}" 200 "*"
    PUT "/v1/sessions/{id}/context/project" "Sets the active project, or none" "Project" r#"{"id": "p1", "name": "Compiler", "type": "codegen"}"# 200 "Context"
    PUT "/v1/sessions/{id}/context/issues/{issueId}" "Records an issue" "Issue" r#"{"title": "Parser is slow", "status": "open"}"# 200 "Context"
    DELETE "/v1/sessions/{id}/context/issues/{issueId}" "Removes an issue" "" "" 200 "Context"
    PATCH "/v1/sessions/{id}/context/preferences" "Sets preferences" "PreferencesPatch" r#"{"responseFormat": "detailed"}"# 200 "Context"
    POST "/v1/sessions/{id}/commands" "Several commands as one batch, or commands with ids" "Commands" r#"{"commands": [{"kind": "rename", "title": "Plans"}]}"# 200 "*"
    GET "/v1/sessions/{id}/events" "The session as Server-Sent Events" "" "" 200 "events"
    GET "/v1/sessions/{id}/private/{key}" "Reads a private value" "" "" 200 "*"
    PUT "/v1/sessions/{id}/private/{key}" "Keeps a private value" "*" r#"{"handle": "x"}"# 204 ""
    DELETE "/v1/sessions/{id}/private/{key}" "Removes a private value" "" "" 204 ""
    GET "/v1/inbox" "Every session that waits for an answer, as Server-Sent Events" "" "" 200 "events"
    GET "/v1/users/{userId}/sessions" "A user's sessions, newest first" "" "" 200 "Page"
    DELETE "/v1/users/{userId}/sessions" "Logs a user out everywhere: ends all sessions, and makes all tokens void" "" "" 204 ""
    DELETE "/v1/users/{userId}" "Erases all that is kept of a user" "" "" 204 ""
    GET "/v1/users/{userId}/export" "All of a user's sessions as JSON Lines" "" "" 200 "lines"
    GET "/v1/export" "All sessions of the app as JSON Lines" "" "" 200 "lines"
    GET "/v1/backup" "All that is kept of the app, as a backup" "" "" 200 "bytes"
    POST "/v1/restore" "Brings sessions of a backup in that are not here" "bytes" "" 200 "*"
    POST "/v1/import" "Takes JSON Lines of an export" "lines" "" 200 "*"
    POST "/v1/tokens" "Makes a token; with a server key" "Token" r#"{"userId": "ada", "role": "user", "ttlSeconds": 3600}"# 201 "*"
    DELETE "/v1/tokens" "Gives up the token that the request brings" "" "" 204 ""
    POST "/v1/cookie" "Puts the token that the request brings into a cookie" "" "" 204 ""
    DELETE "/v1/cookie" "Gives up the token in the cookie" "" "" 204 ""
    GET "/v1/analytics" "What happened, by the hour and by the day, and what this host holds" "" "" 200 "*"
    GET "/v1/connect" "A link: WebSocket with the subprotocol colloq.v1" "" "" 101 ""
    GET "/healthz" "Whether the process lives" "" "" 200 "*"
    GET "/readyz" "Whether the host can serve" "" "" 200 "*"
    GET "/metrics" "The gauges, as Prometheus reads them" "" "" 200 "text"
    GET "/openapi.json" "This document" "" "" 200 "*"
    GET "/problems/{code}" "What a problem's type leads to" "" "" 200 "page"
    GET "/module/{file}" "The module that this host runs" "" "" 200 "wasm"
    GET "/" "The console" "" "" 200 "page"
};

/// Whether a route is here. Whoever adds one meets this in the first test that asks for it.
pub(super) fn has(path: &str) -> bool {
    ROUTES.iter().any(|row| row.path == path)
}

#[cfg(test)]
mod tests {
    use axum::http::Method;

    use super::*;
    use crate::connect;
    use crate::routes::path::Route;

    #[test]
    fn rows_are_routes_and_each_method_of_a_route_has_one() {
        for row in ROUTES.iter().filter(|row| row.path != connect::PATH) {
            let path = row.path.replace(['{', '}'], "");
            let route = Route::parse(&path).unwrap_or_else(|| panic!("{} leads nowhere", row.path));
            assert_eq!(route.template(), row.path);
            assert!(route.takes(&Method::from_bytes(row.method.as_bytes()).expect("a method")), "{} {}", row.method, row.path);
            for method in route.allow().split(", ").filter(|method| *method != "HEAD") {
                let count = ROUTES.iter().filter(|other| other.path == row.path && other.method == method).count();
                assert_eq!(count, 1, "{method} {}", row.path);
            }
            if !matches!(row.body, "lines" | "bytes") && !row.example.is_empty() {
                assert!(serde_json::from_str::<serde_json::Value>(row.example).is_ok(), "{}", row.example);
            }
        }
    }
}
