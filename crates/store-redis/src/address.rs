//! Where the servers are, as people write it:
//!
//! * `redis://[user:password@]host[:port][/database]`
//! * `redis+cluster://[user:password@]host:port,host:port`
//! * `redis+sentinel://[user:password@]host:port,host:port/name of the master`
//!
//! each with `?wait=1&wait_timeout=1000&timeout=2000&prefix=colloq`. With TLS it is `rediss` in the place of `redis`, and `?ca=FILE`,
//! `&cert=FILE&key=FILE` say whom to believe and who asks. It must never print the password.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use redis::{
    Client, ClientTlsConfig, ConnectionAddr, IntoConnectionInfo as _, ProtocolVersion, RedisConnectionInfo, RedisResult, TlsCertificates,
};

const PORT: u16 = 6379;
const SENTINEL_PORT: u16 = 26_379;

/// How the servers stand to each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// One server.
    Single,
    /// The keys are spread over many.
    Cluster,
    /// Sentinels say which one is the master of this name.
    Sentinel(String),
}

/// What TLS needs to know beyond what the system does: PEM files, read anew for every connection, so that they can be replaced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Tls {
    /// Whoever signed the servers' certificates; where nobody is said, those whom the system believes.
    ca: Option<PathBuf>,
    /// What this host shows of itself.
    cert: Option<PathBuf>,
    key: Option<PathBuf>,
}

/// See the module's documentation.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    pub(crate) mode: Mode,
    /// Where to ask first: host and port.
    pub(crate) seeds: Vec<(String, u16)>,
    tls: Option<Box<Tls>>,
    user: Option<String>,
    password: Option<String>,
    database: i64,
    /// How many replicas must have an append before it is acknowledged.
    pub(crate) wait: u32,
    /// How long they are waited for.
    pub(crate) wait_timeout: Duration,
    /// How long an answer is waited for.
    pub(crate) timeout: Duration,
    pub(crate) prefix: String,
}

/// The text names no store.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0}; write redis://HOST[:PORT][/DATABASE], redis+cluster://HOST:PORT,... or redis+sentinel://HOST:PORT,.../MASTER, \
     (rediss in the place of redis for TLS) with user:password@ before the hosts and ?wait=N&wait_timeout=MS&timeout=MS&prefix=NAME behind, \
     for TLS ca=FILE&cert=FILE&key=FILE too, where needed"
)]
pub struct BadAddress(&'static str);

impl FromStr for Address {
    type Err = BadAddress;

    fn from_str(text: &str) -> Result<Self, BadAddress> {
        let (scheme, rest) = text.split_once("://").ok_or(BadAddress("there is no scheme"))?;
        let (rest, options) = rest.split_once('?').unwrap_or((rest, ""));
        let (login, rest) = rest.rsplit_once('@').map_or((None, rest), |(login, rest)| (Some(login), rest));
        let (hosts, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (kind, topology) = scheme.split_once('+').map_or((scheme, None), |(kind, topology)| (kind, Some(topology)));
        let tls = match kind {
            "redis" | "valkey" => None,
            "rediss" | "valkeys" => Some(Box::default()),
            _ => return Err(BadAddress("the scheme is unknown")),
        };
        let (mode, port, database) = match topology {
            None => {
                let database = if path.is_empty() { Ok(0) } else { path.parse() };
                (Mode::Single, PORT, database.map_err(|_| BadAddress("the database is no number"))?)
            }
            Some("cluster") if path.is_empty() => (Mode::Cluster, PORT, 0),
            Some("cluster") => return Err(BadAddress("a cluster has no databases")),
            Some("sentinel") if path.is_empty() => return Err(BadAddress("the master has no name")),
            Some("sentinel") => (Mode::Sentinel(decode(path)?), SENTINEL_PORT, 0),
            Some(_) => return Err(BadAddress("the scheme is unknown")),
        };
        let seeds = hosts.split(',').map(|host| seed(host, port)).collect::<Result<Vec<_>, _>>()?;
        if mode == Mode::Single && seeds.len() > 1 {
            return Err(BadAddress("there are several hosts"));
        }
        let (user, password) = match login.map(|login| login.split_once(':').unwrap_or((login, ""))) {
            Some((user, password)) => (Some(decode(user)?), Some(decode(password)?)),
            None => (None, None),
        };
        let mut address = Self {
            mode,
            seeds,
            tls,
            user: user.filter(|user| !user.is_empty()),
            password: password.filter(|password| !password.is_empty()),
            database,
            wait: 0,
            wait_timeout: Duration::from_secs(1),
            timeout: Duration::from_secs(2),
            prefix: "colloq".into(),
        };
        for option in options.split('&').filter(|option| !option.is_empty()) {
            address.set(option)?;
        }
        if address.tls.as_ref().is_some_and(|tls| tls.cert.is_some() != tls.key.is_some()) {
            return Err(BadAddress("cert and key go together"));
        }
        Ok(address)
    }
}

impl Address {
    fn set(&mut self, option: &str) -> Result<(), BadAddress> {
        let (name, value) = option.split_once('=').ok_or(BadAddress("an option has no value"))?;
        let millis = || match value.parse() {
            Ok(millis @ 1..=600_000) => Ok(Duration::from_millis(millis)),
            _ => Err(BadAddress("a timeout is a number of milliseconds, up to 600000")),
        };
        match name {
            "wait" => self.wait = value.parse().map_err(|_| BadAddress("wait is a number of replicas"))?,
            "wait_timeout" => self.wait_timeout = millis()?,
            "timeout" => self.timeout = millis()?,
            "prefix" => {
                let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
                if value.is_empty() || !value.bytes().all(is_plain) {
                    return Err(BadAddress("the prefix is made of letters, digits and -_.:"));
                }
                value.clone_into(&mut self.prefix);
            }
            "ca" | "cert" | "key" => {
                let tls = self.tls.as_mut().ok_or(BadAddress("ca, cert and key are for TLS: the scheme is rediss then"))?;
                let file = Some(PathBuf::from(decode(value)?));
                *match name {
                    "ca" => &mut tls.ca,
                    "cert" => &mut tls.cert,
                    _ => &mut tls.key,
                } = file;
            }
            _ => return Err(BadAddress("an option is unknown")),
        }
        Ok(())
    }

    /// What connects to one of the servers. Sentinels are asked without a login.
    pub(crate) fn client(&self, host: &str, port: u16, is_sentinel: bool, protocol: ProtocolVersion) -> RedisResult<Client> {
        let mut login = RedisConnectionInfo::default().set_protocol(protocol).set_skip_set_lib_name();
        if !is_sentinel {
            login = login.set_db(self.database);
            if let Some(user) = &self.user {
                login = login.set_username(user);
            }
            if let Some(password) = &self.password {
                login = login.set_password(password);
            }
        }
        let host = host.to_owned();
        let Some(tls) = &self.tls else {
            return Client::open(ConnectionAddr::Tcp(host, port).into_connection_info()?.set_redis_settings(login));
        };
        let at = ConnectionAddr::TcpTls { host, port, insecure: false, tls_params: None };
        Client::build_with_tls(at.into_connection_info()?.set_redis_settings(login), tls.certificates()?)
    }
}

impl Tls {
    fn certificates(&self) -> RedisResult<TlsCertificates> {
        let read = |path: &Path| {
            let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
            fs::read(path).map_err(named)
        };
        let root_cert = self.ca.as_deref().map(read).transpose()?;
        let client_tls = match (&self.cert, &self.key) {
            (Some(cert), Some(key)) => Some(ClientTlsConfig { client_cert: read(cert)?, client_key: read(key)? }),
            _ => None,
        };
        Ok(TlsCertificates { client_tls, root_cert })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.tls.is_some() { "rediss" } else { "redis" })?;
        f.write_str(match self.mode {
            Mode::Single => "://",
            Mode::Cluster => "+cluster://",
            Mode::Sentinel(_) => "+sentinel://",
        })?;
        for (at, (host, port)) in self.seeds.iter().enumerate() {
            write!(f, "{}{host}:{port}", if at > 0 { "," } else { "" })?;
        }
        match &self.mode {
            Mode::Single if self.database != 0 => write!(f, "/{}", self.database),
            Mode::Sentinel(name) => write!(f, "/{name}"),
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A host and its port; an IPv6 address stands in brackets.
fn seed(text: &str, default: u16) -> Result<(String, u16), BadAddress> {
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, port)) => (host, port.strip_prefix(':')),
        None => text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port))),
    };
    if host.is_empty() {
        return Err(BadAddress("a host is missing"));
    }
    let port = port.map_or(Ok(default), str::parse).map_err(|_| BadAddress("a port is no number"))?;
    Ok((host.to_owned(), port))
}

/// Undoes percent-encoding.
fn decode(text: &str) -> Result<String, BadAddress> {
    let bad = BadAddress("the percent-encoding is broken");
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || rest.next().and_then(|byte| char::from(byte).to_digit(16));
        let (Some(high), Some(low)) = (digit(), digit()) else { return Err(bad) };
        bytes.push((high * 16 + low) as u8);
    }
    String::from_utf8(bytes).map_err(|_| bad)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Address {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn servers_are_named() {
        let one = parsed("redis://localhost");
        assert_eq!((one.mode, one.seeds, one.wait), (Mode::Single, vec![("localhost".into(), 6379)], 0));
        let cluster = parsed("redis+cluster://a:1,b:2,[::1]:3?wait=1&wait_timeout=50&timeout=900&prefix=my:app");
        assert_eq!((cluster.seeds.len(), &*cluster.seeds[2].0, cluster.seeds[2].1), (3, "::1", 3));
        assert_eq!((cluster.wait, cluster.wait_timeout.as_millis(), cluster.timeout.as_millis(), &*cluster.prefix), (1, 50, 900, "my:app"));
        assert_eq!(parsed("redis+sentinel://s1,s2:7/main").mode, Mode::Sentinel("main".into()));
        assert_eq!(parsed("redis://s/3").database, 3);
    }

    #[test]
    fn passwords_are_taken_and_never_shown() {
        let address = parsed("redis://me:p%40ss%2f@host:7/2?wait=2");
        assert_eq!((address.user.as_deref(), address.password.as_deref()), (Some("me"), Some("p@ss/")));
        assert_eq!((address.to_string(), format!("{address:?}")), ("redis://host:7/2".into(), "redis://host:7/2".into()));
        assert_eq!(parsed("redis://:secret@host").password.as_deref(), Some("secret"));
    }

    #[test]
    fn tls_is_a_matter_of_the_scheme() {
        let address = parsed("rediss+cluster://a:1,b:2?ca=/etc/a%20b.pem&cert=c&key=k");
        let tls = address.tls.clone().expect("it is spoken");
        assert_eq!((tls.ca, tls.cert, tls.key), (Some("/etc/a b.pem".into()), Some("c".into()), Some("k".into())));
        assert_eq!(address.to_string(), "rediss+cluster://a:1,b:2");
        assert_eq!((parsed("valkeys://a").tls, parsed("redis://a").tls), (Some(Box::default()), None));
        let refused =
            parsed("rediss://a?ca=/nowhere.pem").client("a", 1, false, ProtocolVersion::RESP2).expect_err("there is no such file");
        assert!(refused.to_string().contains("/nowhere.pem"), "{refused}");
    }

    #[test]
    fn what_names_no_store_is_refused() {
        for text in [
            "redis:",
            "redis://",
            "http://a",
            "redis://a:b",
            "redis://a,b",
            "redis://a/x",
            "redis+cluster://a/1",
            "redis+cluster://a,",
            "redis+sentinel://a",
            "redisss://a",
            "rediss+ring://a",
            "redis://a?ca=x",
            "rediss://a?cert=x",
            "redis://a?wait",
            "redis://a?wait=x",
            "redis://a?timeout=0",
            "redis://a?prefix={}",
            "redis://a?retries=1",
            "redis://%zz@a",
        ] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }
}
