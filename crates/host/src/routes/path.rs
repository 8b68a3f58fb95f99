//! Paths, taken apart by hand: one pass, no allocation, and every unknown one is the same 404.

use axum::http::Method;

/// Where a request goes to. Ids are text as it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route<'a> {
    Sessions,
    User(&'a str),
    UserSessions(&'a str),
    UserExport(&'a str),
    Export,
    Import,
    Backup,
    Restore,
    Analytics,
    Inbox,
    Session(&'a str, Part<'a>),
    Tokens,
    Cookie,
    Health,
    Ready,
    Metrics,
    OpenApi,
    Problem(&'a str),
    Module(&'a str),
    Console,
}

/// Which part of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part<'a> {
    Whole,
    End,
    Fork,
    Rewind,
    Compact,
    SignIn,
    SignOut,
    Private(&'a str),
    Messages,
    Message(&'a str),
    Step(&'a str, Step),
    Stream(&'a str),
    Project,
    Issue(&'a str),
    Preferences,
    Commands,
    Events,
}

/// A step of a message that streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Delta,
    Complete,
    Stop,
    Fail,
    Interrupt,
    Revise,
    Producer,
}

/// No path has more segments.
const SEGMENTS_MAX: usize = 6;

impl<'a> Route<'a> {
    /// Where a path leads; `None` for nowhere.
    pub(super) fn parse(path: &'a str) -> Option<Self> {
        let mut segments = [""; SEGMENTS_MAX];
        let mut count = 0;
        for segment in path.strip_prefix('/')?.split('/') {
            *segments.get_mut(count)? = segment;
            count += 1;
        }
        match &segments[..count] {
            ["v1", rest @ ..] => Self::parse_v1(rest),
            ["healthz"] => Some(Self::Health),
            ["readyz"] => Some(Self::Ready),
            ["metrics"] => Some(Self::Metrics),
            ["openapi.json"] => Some(Self::OpenApi),
            ["problems", code] => Some(Self::Problem(code)),
            ["module", file] => Some(Self::Module(file)),
            _ => Some(Self::Console),
        }
    }

    fn parse_v1(segments: &[&'a str]) -> Option<Self> {
        Some(match segments {
            ["sessions"] => Self::Sessions,
            ["tokens"] => Self::Tokens,
            ["export"] => Self::Export,
            ["cookie"] => Self::Cookie,
            ["import"] => Self::Import,
            ["backup"] => Self::Backup,
            ["restore"] => Self::Restore,
            ["analytics"] => Self::Analytics,
            ["inbox"] => Self::Inbox,
            ["users", user] => Self::User(user),
            ["users", user, "sessions"] => Self::UserSessions(user),
            ["users", user, "export"] => Self::UserExport(user),
            ["sessions", id, rest @ ..] => Self::Session(id, Part::parse(rest)?),
            _ => return None,
        })
    }

    /// The methods that it takes, as the `Allow` header has them.
    pub(super) fn allow(self) -> &'static str {
        match self {
            Self::Sessions => "GET, HEAD, POST",
            Self::Tokens | Self::Cookie => "POST, DELETE",
            Self::Import | Self::Restore => "POST",
            Self::Session(_, part) => part.allow(),
            Self::User(_) => "DELETE",
            Self::UserSessions(_) => "GET, HEAD, DELETE",
            Self::Inbox | Self::Backup | Self::Export => "GET",
            Self::UserExport(_)
            | Self::Analytics
            | Self::Health
            | Self::Ready
            | Self::Metrics
            | Self::OpenApi
            | Self::Problem(_)
            | Self::Module(_)
            | Self::Console => "GET, HEAD",
        }
    }

    /// Whether it is not for everybody, where operators have a door of their own.
    pub(super) fn is_for_operators(self) -> bool {
        matches!(self, Self::Metrics | Self::Analytics | Self::Console)
    }

    /// Whether it takes a method.
    pub(super) fn takes(self, method: &Method) -> bool {
        self.allow().split(", ").any(|allowed| allowed == method.as_str())
    }
}

impl<'a> Part<'a> {
    fn parse(segments: &[&'a str]) -> Option<Self> {
        Some(match segments {
            [] => Self::Whole,
            ["messages"] => Self::Messages,
            ["messages", id] => Self::Message(id),
            ["messages", id, "stream"] => Self::Stream(id),
            ["messages", id, "delta"] => Self::Step(id, Step::Delta),
            ["messages", id, "complete"] => Self::Step(id, Step::Complete),
            ["messages", id, "stop"] => Self::Step(id, Step::Stop),
            ["messages", id, "fail"] => Self::Step(id, Step::Fail),
            ["messages", id, "interrupt"] => Self::Step(id, Step::Interrupt),
            ["messages", id, "revise"] => Self::Step(id, Step::Revise),
            ["messages", id, "producer"] => Self::Step(id, Step::Producer),
            ["commands"] => Self::Commands,
            ["events"] => Self::Events,
            ["end"] => Self::End,
            ["fork"] => Self::Fork,
            ["rewind"] => Self::Rewind,
            ["compact"] => Self::Compact,
            ["sign-in"] => Self::SignIn,
            ["sign-out"] => Self::SignOut,
            ["private", key] => Self::Private(key),
            ["context", "project"] => Self::Project,
            ["context", "issues", id] => Self::Issue(id),
            ["context", "preferences"] => Self::Preferences,
            _ => return None,
        })
    }

    fn allow(self) -> &'static str {
        match self {
            Self::Whole | Self::Message(_) => "GET, HEAD, PATCH, DELETE",
            Self::Messages => "GET, HEAD, POST",
            Self::Events => "GET",
            Self::Private(_) => "GET, HEAD, PUT, DELETE",
            Self::End
            | Self::Fork
            | Self::Rewind
            | Self::Compact
            | Self::SignIn
            | Self::SignOut
            | Self::Step(..)
            | Self::Stream(_)
            | Self::Commands => "POST",
            Self::Project => "PUT",
            Self::Issue(_) => "PUT, DELETE",
            Self::Preferences => "PATCH",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_to_their_routes() {
        for (path, route) in [
            ("/v1/sessions", Route::Sessions),
            ("/v1/sessions/x", Route::Session("x", Part::Whole)),
            ("/v1/sessions/x/messages/y/delta", Route::Session("x", Part::Step("y", Step::Delta))),
            ("/v1/sessions/x/context/issues/COD-1", Route::Session("x", Part::Issue("COD-1"))),
            ("/v1/sessions/x/messages/y/producer", Route::Session("x", Part::Step("y", Step::Producer))),
            ("/v1/sessions/x/private/a%2Fb", Route::Session("x", Part::Private("a%2Fb"))),
            ("/v1/sessions/x/sign-in", Route::Session("x", Part::SignIn)),
            ("/v1/sessions/x/events", Route::Session("x", Part::Events)),
            ("/v1/inbox", Route::Inbox),
            ("/v1/users/ada", Route::User("ada")),
            ("/v1/users/ada/sessions", Route::UserSessions("ada")),
            ("/v1/users/ada/export", Route::UserExport("ada")),
            ("/module/00.wasm", Route::Module("00.wasm")),
            ("/", Route::Console),
            ("/assets/index.js", Route::Console),
        ] {
            assert_eq!(Route::parse(path), Some(route), "{path}");
        }
    }

    #[test]
    fn unknown_paths_under_v1_lead_nowhere() {
        for path in [
            "",
            "*",
            "/v1",
            "/v1/",
            "/v1/sessions/",
            "/v1/session",
            "/v1/sessions/x/y",
            "/v1/sessions/x/messages/y/z",
            "/v1/a/b/c/d/e/f",
            "/v1/users",
            "/v1/users/ada/x",
            "/v1/sessions/x/private",
            "/v1/sessions/x/private/a/b",
        ] {
            let route = Route::parse(path);
            assert!(route.is_none() || route == Some(Route::Session("", Part::Whole)), "{path}: {route:?}");
        }
    }

    #[test]
    fn methods_are_matched_whole() {
        let whole = Route::Session("x", Part::Whole);
        assert!(whole.takes(&Method::PATCH) && whole.takes(&Method::HEAD));
        assert!(!whole.takes(&Method::POST) && !whole.takes(&Method::from_bytes(b"GE").expect("it is a token")));
    }
}
