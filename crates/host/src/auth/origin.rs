//! Where a request may come from: names of this machine in development mode, exact origins otherwise.
//!
//! A page of another site that made its name point here (DNS rebinding) has its own name in Host and Origin; that is what is
//! checked. Nothing is matched by prefix, suffix or case.

use std::net::{Ipv4Addr, Ipv6Addr};

/// Which names and origins a host takes.
#[derive(Debug)]
pub(super) enum Origins {
    /// Loopback names, and these hosts beside them.
    Development(Vec<String>),
    /// Exactly these origins.
    Listed(Vec<String>),
}

impl Origins {
    /// Whether a `Host` header names us; with keys every name does, because no request is trusted for where it goes to.
    pub(super) fn takes_host(&self, host: &str) -> bool {
        match self {
            Self::Development(others) => split_port(host).is_some_and(|name| is_loopback(&name.to_ascii_lowercase(), others)),
            Self::Listed(_) => true,
        }
    }

    /// Whether a page of that origin may use this host.
    pub(super) fn takes_origin(&self, origin: &str) -> bool {
        match self {
            Self::Development(others) => {
                let host = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
                host.and_then(split_port).is_some_and(|name| is_loopback(name, others))
            }
            Self::Listed(origins) => origins.iter().any(|listed| listed == origin),
        }
    }
}

/// The name of `name[:port]`; `None` where the port is not one.
fn split_port(host: &str) -> Option<&str> {
    let end = if host.starts_with('[') { host.find(']')? + 1 } else { host.find(':').unwrap_or(host.len()) };
    let (name, port) = host.split_at(end);
    let is_port = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) && digits.parse::<u16>().is_ok();
    (port.is_empty() || port.strip_prefix(':').is_some_and(is_port)).then_some(name)
}

fn is_loopback(name: &str, others: &[String]) -> bool {
    name == "localhost"
        || name.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
        || name
            .strip_prefix('[')
            .and_then(|name| name.strip_suffix(']'))
            .is_some_and(|name| name.parse::<Ipv6Addr>().is_ok_and(|address| address.is_loopback()))
        || others.iter().any(|other| other == name)
}

/// Whether a text is an origin as browsers send it: scheme and authority, nothing after them.
pub(crate) fn is_origin(text: &str) -> bool {
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    rest.and_then(split_port)
        .is_some_and(|name| !name.is_empty() && !name.contains(['/', '?', '#', '@', '*', ' ']) && name == name.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn development_takes_this_machine_alone() {
        let origins = Origins::Development(vec!["box.test".into()]);
        for host in ["localhost", "LOCALHOST:8787", "127.0.0.1:1", "127.9.9.9", "[::1]:8787", "box.test:80"] {
            assert!(origins.takes_host(host), "{host}");
        }
        for host in [
            "",
            "evil.test",
            "localhost.evil.test",
            "127.0.0.1.evil.test",
            "localhost:",
            "localhost:x",
            "[::1",
            "0.0.0.0",
            "localhost:99999",
        ] {
            assert!(!origins.takes_host(host), "{host}");
        }
        for origin in ["http://localhost:5173", "https://127.0.0.1", "http://[::1]:8787", "http://box.test"] {
            assert!(origins.takes_origin(origin), "{origin}");
        }
        for origin in [
            "null",
            "",
            "localhost",
            "http://evil.test",
            "http://localhost.evil.test",
            "HTTP://localhost",
            "http://Localhost",
            "ws://localhost",
            "http://localhost/",
            "http://a@localhost",
        ] {
            assert!(!origins.takes_origin(origin), "{origin}");
        }
    }

    #[test]
    fn a_list_is_exact() {
        let origins = Origins::Listed(vec!["https://app.example".into()]);
        assert!(origins.takes_origin("https://app.example"));
        for origin in [
            "null",
            "http://app.example",
            "https://app.example:444",
            "https://app.example.evil.test",
            "https://evil-app.example",
            "https://APP.example",
            "https://app.example/",
        ] {
            assert!(!origins.takes_origin(origin), "{origin}");
        }
    }

    #[test]
    fn an_origin_has_no_path_and_no_wildcard() {
        assert!(is_origin("https://app.example") && is_origin("http://app.example:8080"));
        for text in ["app.example", "https://", "https://app.example/", "https://*.example", "https://App.example", "*"] {
            assert!(!is_origin(text), "{text}");
        }
    }
}
