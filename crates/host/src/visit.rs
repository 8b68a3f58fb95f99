//! Through which door a request came, and from where.

use std::net::IpAddr;

/// Which of the host's doors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Door {
    /// The only one: everything is behind it.
    #[default]
    Only,
    /// The one for everybody, where operators have another: no metrics, analytics or console behind it.
    Public,
    /// The operators' own.
    Admin,
}

/// How a request came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Visit {
    pub(crate) door: Door,
    /// Who holds the other end of the connection; unknown where somebody else serves the router.
    pub(crate) peer: Option<IpAddr>,
    /// Whether this host itself ended TLS.
    pub(crate) is_tls: bool,
}
