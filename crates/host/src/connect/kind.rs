//! The kinds of frames that a client sends. Whoever lists them lists these.

/// What a client's frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Hello,
    Authenticate,
    Subscribe,
    Unsubscribe,
    Submit,
    WatchSessions,
    WatchInbox,
    Presence,
    Ping,
}

impl Kind {
    /// All of them; what is not in it is not understood.
    pub(crate) const ALL: [Self; 9] = [
        Self::Hello,
        Self::Authenticate,
        Self::Subscribe,
        Self::Unsubscribe,
        Self::Submit,
        Self::WatchSessions,
        Self::WatchInbox,
        Self::Presence,
        Self::Ping,
    ];

    /// The kind of a name; `None` for one that a newer client may know.
    pub(super) fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Its name in frames.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Hello => "hello",
            Self::Authenticate => "authenticate",
            Self::Subscribe => "subscribe",
            Self::Unsubscribe => "unsubscribe",
            Self::Submit => "submit",
            Self::WatchSessions => "watchSessions",
            Self::WatchInbox => "watchInbox",
            Self::Presence => "presence",
            Self::Ping => "ping",
        }
    }
}
