//! Paths, taken apart by hand: one pass, no allocation, and every unknown one is the same 404.

use axum::http::Method;

/// Where a request goes to. Ids are text as it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route<'a> {
    Sessions,
    UserSessions(&'a str),
    Session(&'a str, Part<'a>),
    Tokens,
    Health,
    Ready,
    Problem(&'a str),
    Module(&'a str),
    Console,
}

/// Which part of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part<'a> {
    Whole,
    End,
    Messages,
    Message(&'a str),
    Step(&'a str, Step),
    Stream(&'a str),
    Project,
    Issue(&'a str),
    Preferences,
    Commands,
}

/// A step of a message that streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Delta,
    Complete,
    Stop,
    Fail,
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
            ["problems", code] => Some(Self::Problem(code)),
            ["module", file] => Some(Self::Module(file)),
            _ => Some(Self::Console),
        }
    }

    fn parse_v1(segments: &[&'a str]) -> Option<Self> {
        Some(match segments {
            ["sessions"] => Self::Sessions,
            ["tokens"] => Self::Tokens,
            ["users", user, "sessions"] => Self::UserSessions(user),
            ["sessions", id, rest @ ..] => Self::Session(id, Part::parse(rest)?),
            _ => return None,
        })
    }

    /// The methods that it takes, as the `Allow` header has them.
    pub(super) fn allow(self) -> &'static str {
        match self {
            Self::Sessions => "GET, HEAD, POST",
            Self::Tokens => "POST",
            Self::Session(_, part) => part.allow(),
            Self::UserSessions(_) | Self::Health | Self::Ready | Self::Problem(_) | Self::Module(_) | Self::Console => "GET, HEAD",
        }
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
            ["commands"] => Self::Commands,
            ["end"] => Self::End,
            ["context", "project"] => Self::Project,
            ["context", "issues", id] => Self::Issue(id),
            ["context", "preferences"] => Self::Preferences,
            _ => return None,
        })
    }

    fn allow(self) -> &'static str {
        match self {
            Self::Whole => "GET, HEAD, PATCH, DELETE",
            Self::Messages => "GET, HEAD, POST",
            Self::Message(_) => "GET, HEAD",
            Self::End | Self::Step(..) | Self::Stream(_) | Self::Commands => "POST",
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
            ("/v1/users/ada/sessions", Route::UserSessions("ada")),
            ("/module/00.wasm", Route::Module("00.wasm")),
            ("/", Route::Console),
            ("/assets/index.js", Route::Console),
        ] {
            assert_eq!(Route::parse(path), Some(route), "{path}");
        }
    }

    #[test]
    fn unknown_paths_under_v1_lead_nowhere() {
        for path in
            ["", "*", "/v1", "/v1/", "/v1/sessions/", "/v1/session", "/v1/sessions/x/y", "/v1/sessions/x/messages/y/z", "/v1/a/b/c/d/e/f"]
        {
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
