//! The options of the doors: who may enter, how much they may ask for, and what operators see. Each is a flag, an environment variable and
//! a key of the TOML file, like all others.

use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::Deserialize;

use super::ConfigError;
use crate::auth::{JwtAlgorithm, JwtSettings};
use crate::limits::{Network, Rates};
use crate::state::DoorSettings;

/// Requests and frames a minute of a user, where nobody says and there are server keys.
const RATE_USER: NonZeroU32 = NonZeroU32::new(6_000).expect("it is not zero");

/// How log lines are written.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// See the module's documentation.
#[derive(Args, Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct DoorOptions {
    /// A door of the operators' own, for metrics, analytics and console; the other one has none of them then
    #[arg(long, env = "COLLOQ_ADMIN_LISTEN", value_name = "ADDRESS:PORT")]
    pub admin_listen: Option<String>,
    /// How log lines are written: text or json [default: text]
    #[arg(long, env = "COLLOQ_LOG_FORMAT", value_name = "FORMAT", hide_possible_values = true)]
    pub log_format: Option<LogFormat>,
    /// The collector that spans are handed to by OTLP.
    // The help shows an address, which no prose is.
    #[arg(help = "The collector that spans are handed to by OTLP, such as http://127.0.0.1:4318 [default: none]")]
    #[arg(long, env = "COLLOQ_OTLP", value_name = "URL")]
    pub otlp: Option<String>,
    /// The algorithm of your identity provider's tokens.
    // The help names it as it is written, which no prose is.
    #[arg(help = "The algorithm of your identity provider's tokens: HS256, RS256, ES256 or EdDSA")]
    #[arg(long, env = "COLLOQ_JWT_ALGORITHM", value_name = "ALGORITHM")]
    pub jwt_algorithm: Option<JwtAlgorithm>,
    /// Its key: a PEM file with the public key, or for HS256 a file with the secret; read again when it changes
    #[arg(long, env = "COLLOQ_JWT_KEY_FILE", value_name = "FILE")]
    pub jwt_key: Option<PathBuf>,
    /// Its keys: a file with a JSON Web Key Set; read again when it changes
    #[arg(long, env = "COLLOQ_JWT_JWKS", value_name = "FILE")]
    pub jwt_jwks: Option<PathBuf>,
    /// What `iss` of its tokens is
    #[arg(long, env = "COLLOQ_JWT_ISSUER", value_name = "TEXT")]
    pub jwt_issuer: Option<String>,
    /// What `aud` of its tokens is or has
    #[arg(long, env = "COLLOQ_JWT_AUDIENCE", value_name = "TEXT")]
    pub jwt_audience: Option<String>,
    /// The app of its tokens that have no claim `colloq_app` [default: default]
    #[arg(long, env = "COLLOQ_JWT_APP", value_name = "APP")]
    pub jwt_app: Option<String>,
    /// Lets pages of the same site keep their token in a cookie (POST /v1/cookie)
    #[arg(long, env = "COLLOQ_COOKIES", num_args = 0..=1, default_missing_value = "true", value_name = "BOOL", hide_possible_values = true)]
    pub cookies: Option<bool>,
    /// Requests and frames a minute of each user; 0 for any number [default: 6000 with server keys]
    #[arg(long, env = "COLLOQ_RATE_USER", value_name = "N")]
    pub rate_user: Option<u32>,
    /// Requests a minute with each server key [default: any number]
    #[arg(long, env = "COLLOQ_RATE_KEY", value_name = "N")]
    pub rate_key: Option<u32>,
    /// Requests a minute from each address [default: any number]
    #[arg(long, env = "COLLOQ_RATE_ADDRESS", value_name = "N")]
    pub rate_address: Option<u32>,
    /// Links of each user at a time [default: 1000]
    #[arg(long, env = "COLLOQ_LINKS_USER", value_name = "N")]
    pub links_user: Option<NonZeroU32>,
    /// A proxy before this host, or a network of them, whose X-Forwarded-For is believed; may be given again
    #[arg(long, env = "COLLOQ_TRUST_PROXY", value_name = "NETWORK", value_delimiter = ',')]
    pub trust_proxy: Vec<Network>,
    /// A PEM file with this host's certificate chain, for TLS without a proxy; read again when it changes
    #[arg(long, env = "COLLOQ_TLS_CERT", value_name = "FILE")]
    pub tls_cert: Option<PathBuf>,
    /// A PEM file with its private key
    #[arg(long, env = "COLLOQ_TLS_KEY", value_name = "FILE")]
    pub tls_key: Option<PathBuf>,
}

/// How the doors are set up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DoorConfig {
    /// Where operators have a door of their own.
    pub admin_listen: Option<String>,
    /// How log lines are written.
    pub log_format: LogFormat,
    /// The collector of spans.
    pub otlp: Option<String>,
    /// Whose tokens are taken, and the file of keys.
    pub jwt: Option<(JwtSettings, JwtFile)>,
    /// Whether pages may keep their token in a cookie.
    pub has_cookies: bool,
    /// How much anybody may ask for. What nobody said is as the host's keys have it: see [`settings`](Self::settings).
    settings: DoorSettings,
    is_rate_said: bool,
    /// Certificate chain and private key.
    pub tls: Option<(PathBuf, PathBuf)>,
}

/// The file of an identity provider's keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JwtFile {
    /// One key.
    Key(PathBuf),
    /// A set of keys.
    Set(PathBuf),
}

impl DoorOptions {
    /// The keys that belong here in a file of options, as everything else does not.
    pub(super) fn take_from(table: &mut toml::Table) -> toml::Table {
        const KEYS: [&str; 17] = [
            "admin-listen",
            "log-format",
            "otlp",
            "jwt-algorithm",
            "jwt-key",
            "jwt-jwks",
            "jwt-issuer",
            "jwt-audience",
            "jwt-app",
            "cookies",
            "rate-user",
            "rate-key",
            "rate-address",
            "links-user",
            "trust-proxy",
            "tls-cert",
            "tls-key",
        ];
        KEYS.iter().filter_map(|key| table.remove(*key).map(|value| ((*key).to_owned(), value))).collect()
    }

    /// These options, and those of `below` where these say nothing.
    pub(super) fn over(self, below: Self) -> Self {
        Self {
            admin_listen: self.admin_listen.or(below.admin_listen),
            log_format: self.log_format.or(below.log_format),
            otlp: self.otlp.or(below.otlp),
            jwt_algorithm: self.jwt_algorithm.or(below.jwt_algorithm),
            jwt_key: self.jwt_key.or(below.jwt_key),
            jwt_jwks: self.jwt_jwks.or(below.jwt_jwks),
            jwt_issuer: self.jwt_issuer.or(below.jwt_issuer),
            jwt_audience: self.jwt_audience.or(below.jwt_audience),
            jwt_app: self.jwt_app.or(below.jwt_app),
            cookies: self.cookies.or(below.cookies),
            rate_user: self.rate_user.or(below.rate_user),
            rate_key: self.rate_key.or(below.rate_key),
            rate_address: self.rate_address.or(below.rate_address),
            links_user: self.links_user.or(below.links_user),
            trust_proxy: if self.trust_proxy.is_empty() { below.trust_proxy } else { self.trust_proxy },
            tls_cert: self.tls_cert.or(below.tls_cert),
            tls_key: self.tls_key.or(below.tls_key),
        }
    }

    /// What is to be.
    pub(super) fn resolve(self) -> Result<DoorConfig, ConfigError> {
        let rate = |said: Option<u32>| said.and_then(NonZeroU32::new);
        let rates = Rates { user: rate(self.rate_user), key: rate(self.rate_key), address: rate(self.rate_address) };
        let tls = match (self.tls_cert, self.tls_key) {
            (Some(certificate), Some(key)) => Some((certificate, key)),
            (None, None) => None,
            _ => return Err(ConfigError::Tls),
        };
        let file = match (self.jwt_key, self.jwt_jwks) {
            (Some(key), None) => Some(JwtFile::Key(key)),
            (None, Some(set)) => Some(JwtFile::Set(set)),
            (None, None) => None,
            _ => return Err(ConfigError::Jwt),
        };
        let jwt = match (file, self.jwt_algorithm, self.jwt_issuer, self.jwt_audience) {
            (Some(file), Some(algorithm), Some(issuer), Some(audience)) => {
                let app = self.jwt_app.unwrap_or_else(|| "default".into());
                Some((JwtSettings { algorithm, issuer, audience, app }, file))
            }
            (None, None, None, None) if self.jwt_app.is_none() => None,
            _ => return Err(ConfigError::Jwt),
        };
        Ok(DoorConfig {
            admin_listen: self.admin_listen,
            log_format: self.log_format.unwrap_or_default(),
            otlp: self.otlp,
            jwt,
            has_cookies: self.cookies.unwrap_or(false),
            is_rate_said: self.rate_user.is_some(),
            settings: DoorSettings { rates, links_a_user: self.links_user, proxies: self.trust_proxy },
            tls,
        })
    }
}

impl DoorConfig {
    /// How much anybody may ask for. With server keys there are users whom one does not know, and so a limit where nobody says.
    pub fn settings(&self, is_development: bool) -> DoorSettings {
        let mut settings = self.settings.clone();
        if !self.is_rate_said && !is_development {
            settings.rates.user = Some(RATE_USER);
        }
        settings
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ServeOptions;

    fn resolve(text: &str) -> Result<DoorConfig, ConfigError> {
        Ok(ServeOptions::from_toml(text)?.resolve()?.doors)
    }

    #[test]
    fn the_doors_are_set_up_from_the_file_too() {
        let text = "rate-user = 60\nlinks-user = 3\ntrust-proxy = [\"10.0.0.0/8\"]\ncookies = true\nlog-format = \"json\"\n\
                    jwt-algorithm = \"RS256\"\njwt-jwks = \"keys.json\"\njwt-issuer = \"i\"\njwt-audience = \"a\"\n";
        let doors = resolve(text).expect("it holds");
        let settings = doors.settings(false);
        assert_eq!((settings.rates.user, settings.links_a_user), (NonZeroU32::new(60), NonZeroU32::new(3)));
        assert_eq!((settings.proxies.len(), doors.has_cookies, doors.log_format), (1, true, LogFormat::Json));
        let (jwt, file) = doors.jwt.expect("it is said whole");
        assert_eq!((jwt.algorithm, &*jwt.app, file), (JwtAlgorithm::Rs256, "default", JwtFile::Set("keys.json".into())));
    }

    #[test]
    fn users_have_a_limit_where_there_are_keys() {
        assert_eq!(resolve("").expect("it holds").settings(false).rates.user, Some(RATE_USER));
        assert_eq!(resolve("").expect("it holds").settings(true).rates.user, None);
        assert_eq!(resolve("rate-user = 0").expect("it holds").settings(false).rates.user, None);
    }

    #[test]
    fn what_is_half_said_is_refused() {
        let jwt = "jwt-algorithm = \"RS256\"\njwt-issuer = \"i\"\njwt-audience = \"a\"\n";
        for text in [
            "tls-cert = \"c\"",
            "tls-key = \"k\"",
            jwt,
            &format!("{jwt}jwt-key = \"k\"\njwt-jwks = \"s\""),
            "jwt-key = \"k\"",
            "jwt-app = \"a\"",
            "jwt-algorithm = \"none\"",
            "jwt-algorithm = \"hs256\"",
            "trust-proxy = [\"here\"]",
            "rate-user = -1",
            "log-format = \"xml\"",
            "rate-users = 1",
        ] {
            assert!(resolve(text).is_err(), "{text}");
        }
    }
}
