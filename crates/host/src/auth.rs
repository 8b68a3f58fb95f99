//! Who is at the door: server keys, tokens, tokens of an identity provider, cookies, and development mode.
//!
//! A secret travels in `Authorization` or in a link's first frames, never in a URL, a log or an error; a bad one is refused and never
//! falls back to what would hold without it. Rights are not decided here: the module decides them for every command.

pub(crate) mod cookie;
mod grant;
mod jwt;
mod keys;
mod known;
mod minting;
mod origin;
mod revoked;
mod secret;
mod tokens;

pub use grant::{Grant, Source};
pub use jwt::{JwtAlgorithm, JwtKeyError, JwtKeys, JwtSettings};
pub use keys::{KeyError, ServerKeys};
pub use minting::issue_by_store;

pub(crate) use grant::role_name;
pub(crate) use origin::is_origin;
pub(crate) use secret::unhex;

use std::sync::Arc;

use axum::http::header::{AUTHORIZATION, HOST, ORIGIN};
use axum::http::{HeaderMap, Uri};
use colloq_store::Revocation;
use parking_lot::RwLock;
use uuid::Uuid;

use crate::engine::{Identity, Role};
use jwt::Jwt;
use known::Known;
use origin::Origins;
use revoked::Revoked;
use secret::Digest;
use tokens::Signer;

const TTL_DEFAULT_SECONDS: u64 = 3600;
/// No token is good for longer, whoever made it.
const TTL_MAX_SECONDS: u64 = 86_400;
const ID_BYTES_MAX: usize = 256;
/// A longer secret is none.
const SECRET_BYTES_MAX: usize = 32 << 10;

/// Why a request stops at the door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    /// No token, or one that is not valid.
    Unauthenticated,
    /// It comes from where nothing may come from.
    Forbidden,
}

/// What a new token is to open.
#[derive(Debug)]
pub struct TokenRequest {
    /// Whose it is.
    pub user_id: String,
    /// In which role.
    pub role: Role,
    /// The only sessions that it covers.
    pub sessions: Option<Vec<Uuid>>,
    /// The `auth.generation` of those sessions that it is made for.
    pub generation: Option<u32>,
    /// For how long.
    pub ttl_seconds: Option<u64>,
}

/// A new token.
pub struct Issued {
    /// The secret; it is kept nowhere.
    pub token: String,
    /// When it expires.
    pub expires_ms: u64,
}

/// Why there is no new token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IssueError {
    /// Only a server key makes tokens.
    NotAKey,
    /// The user id is empty, too long or holds control characters.
    BadUserId,
    /// The time to live is zero or too long.
    BadTtl,
    /// A generation is a session's, and the token names none.
    NoSessions,
    /// The system gave no entropy.
    Broken,
}

/// The door's keeper.
pub struct Auth {
    keys: RwLock<Arc<ServerKeys>>,
    signer: RwLock<Signer>,
    jwt: RwLock<Option<Arc<Jwt>>>,
    known: Known,
    revoked: Revoked,
    origins: Origins,
    /// Whether pages of the same site may bring their token in a cookie.
    has_cookies: bool,
    /// What a request without a token opens; only in development mode.
    nobody: Option<Arc<Grant>>,
}

impl Auth {
    /// Development mode: whoever comes from this machine is the operator `dev`.
    pub fn development(dev_hosts: Vec<String>) -> Self {
        let identity = Identity::new(keys::DEFAULT_APP, Role::Operator, "dev");
        let nobody = Grant { identity, sessions: None, issued_ms: 0, expires_ms: None, source: Source::Development, id: [0; 16] };
        Self::new(ServerKeys::default(), Origins::Development(dev_hosts), Some(Arc::new(nobody)))
    }

    /// With server keys; pages may use the host from exactly these origins.
    pub fn with_keys(keys: ServerKeys, origins: Vec<String>) -> Self {
        Self::new(keys, Origins::Listed(origins), None)
    }

    fn new(keys: ServerKeys, origins: Origins, nobody: Option<Arc<Grant>>) -> Self {
        // Until the store's is known, tokens are good as long as this process lives.
        let mut secret = [0; 32];
        getrandom::fill(&mut secret).expect("the system gives entropy when the host starts");
        Self {
            keys: RwLock::new(Arc::new(keys)),
            signer: RwLock::new(Signer::new(&secret)),
            jwt: RwLock::default(),
            known: Known::default(),
            revoked: Revoked::default(),
            origins,
            has_cookies: false,
            nobody,
        }
    }

    /// With tokens of an identity provider.
    #[must_use]
    pub fn with_jwt(self, settings: JwtSettings, keys: JwtKeys) -> Self {
        *self.jwt.write() = Some(Arc::new(Jwt::new(settings, keys)));
        self
    }

    /// With a cookie for pages of the same site.
    #[must_use]
    pub fn with_cookies(self) -> Self {
        Self { has_cookies: true, ..self }
    }

    /// Other server keys from here on. Whoever was let in by one that is gone has to leave.
    pub fn set_keys(&self, keys: ServerKeys) {
        *self.keys.write() = Arc::new(keys);
    }

    /// Other keys of the identity provider from here on.
    pub fn set_jwt_keys(&self, keys: JwtKeys) {
        let mut jwt = self.jwt.write();
        if let Some(before) = jwt.clone() {
            *jwt = Some(Arc::new(before.with_keys(keys)));
        }
        drop(jwt);
        self.known.clear();
    }

    /// The algorithm of the identity provider, if there is one.
    pub fn jwt_algorithm(&self) -> Option<JwtAlgorithm> {
        self.jwt.read().as_ref().map(|jwt| jwt.settings().algorithm)
    }

    /// Signs with this secret from here on, which all hosts of a store share.
    pub(crate) fn set_secret(&self, secret: &[u8; 32]) {
        *self.signer.write() = Signer::new(secret);
        self.known.clear();
    }

    /// Takes revocations; gives the users whose links have to be looked at.
    pub(crate) fn revoke(&self, revocations: Vec<Revocation>) -> Vec<(Arc<str>, Arc<str>)> {
        revoked::users(&self.revoked.take(revocations))
    }

    /// Whether requests without a token are let in.
    pub fn is_development(&self) -> bool {
        self.nobody.is_some()
    }

    /// In development mode: whether a request names this machine and comes from a page of it, or from no page.
    pub fn check_place(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Denied> {
        if !self.is_development() {
            return Ok(());
        }
        let host = headers.get(HOST).map_or(Some(""), |host| host.to_str().ok());
        let is_ours = |host: &str| self.origins.takes_host(host);
        let host_fits = headers.get_all(HOST).iter().count() <= 1 && host.is_some_and(|host| host.is_empty() || is_ours(host));
        let authority_fits = uri.authority().is_none_or(|authority| is_ours(authority.as_str()));
        let origin_fits = !headers.contains_key(ORIGIN) || self.origin(headers).is_some();
        if host_fits && authority_fits && origin_fits { Ok(()) } else { Err(Denied::Forbidden) }
    }

    /// The request's origin, if there is exactly one and pages of it may use this host.
    pub fn origin<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        let mut origins = headers.get_all(ORIGIN).iter();
        let origin = origins.next()?.to_str().ok()?;
        (origins.next().is_none() && self.origins.takes_origin(origin)).then_some(origin)
    }

    /// Who sends a request.
    pub fn authenticate(&self, headers: &HeaderMap, now_ms: u64) -> Result<Arc<Grant>, Denied> {
        let mut values = headers.get_all(AUTHORIZATION).iter();
        let Some(value) = values.next() else {
            return self.authenticate_token(self.cookie(headers).as_deref(), now_ms);
        };
        let token = value.to_str().ok().and_then(bearer).filter(|_| values.next().is_none());
        self.authenticate_token(Some(token.ok_or(Denied::Unauthenticated)?), now_ms)
    }

    /// Whom a token belongs to.
    pub fn authenticate_token(&self, token: Option<&str>, now_ms: u64) -> Result<Arc<Grant>, Denied> {
        let Some(token) = token else {
            return self.nobody.clone().ok_or(Denied::Unauthenticated);
        };
        if token.len() > SECRET_BYTES_MAX {
            return Err(Denied::Unauthenticated);
        }
        let digest = Digest::of(token);
        let found =
            self.known.find(&digest).or_else(|| self.keys.read().find(&digest).cloned()).or_else(|| self.learn(token, digest, now_ms));
        found.filter(|grant| self.is_worth(grant, now_ms)).ok_or(Denied::Unauthenticated)
    }

    /// Reads a token that was not shown lately.
    fn learn(&self, token: &str, digest: Digest, now_ms: u64) -> Option<Arc<Grant>> {
        let own = self.signer.read().read(token);
        let jwt = self.jwt.read().clone();
        let grant = Arc::new(own.or_else(|| jwt?.read(token, &digest, now_ms))?);
        if !grant.is_expired(now_ms) {
            self.known.keep(digest, &grant);
        }
        Some(grant)
    }

    /// Whether whoever was let in by a grant is let in still.
    pub(crate) fn is_worth(&self, grant: &Grant, now_ms: u64) -> bool {
        match grant.source {
            Source::Development | Source::Program => true,
            Source::Key => self.keys.read().has(grant),
            Source::Token | Source::Jwt => !grant.is_expired(now_ms) && !self.revoked.covers(grant),
        }
    }

    /// Makes a token.
    pub fn issue(&self, by: &Grant, request: TokenRequest, now_ms: u64) -> Result<Issued, IssueError> {
        if !self.is_development() && by.source != Source::Key {
            return Err(IssueError::NotAKey);
        }
        if !is_user_id(&request.user_id) {
            return Err(IssueError::BadUserId);
        }
        let ttl_seconds = request.ttl_seconds.unwrap_or(TTL_DEFAULT_SECONDS);
        if !(1..=TTL_MAX_SECONDS).contains(&ttl_seconds) {
            return Err(IssueError::BadTtl);
        }
        if request.generation.is_some() && request.sessions.is_none() {
            return Err(IssueError::NoSessions);
        }
        let expires_ms = now_ms + ttl_seconds * 1000;
        let identity = Identity {
            app: Arc::clone(&by.identity.app),
            role: request.role,
            id: request.user_id.into(),
            name: None,
            // Without a server key nobody vouches for a name that a page chose.
            anonymous: self.is_development() && request.role == Role::User,
            generation: request.generation,
        };
        let sessions = request.sessions.map(Vec::into_boxed_slice);
        let mut grant = Grant { identity, sessions, issued_ms: now_ms, expires_ms: Some(expires_ms), source: Source::Token, id: [0; 16] };
        // Whoever signed out in this very millisecond may sign in again.
        if self.revoked.covers(&grant) {
            grant.issued_ms = now_ms + 1;
        }
        let token = self.signer.read().sign(&grant).ok_or(IssueError::Broken)?;
        Ok(Issued { token, expires_ms })
    }
}

/// A new server key and its SHA-256 in hex, for the file of keys.
///
/// # Errors
/// Where the system gives no entropy.
pub fn new_key() -> std::io::Result<(String, String)> {
    secret::mint_key().map_err(std::io::Error::other)
}

/// Whether a text can be a user's id: not empty, not endless, nothing that breaks a line of a log.
pub(crate) fn is_user_id(text: &str) -> bool {
    (1..=ID_BYTES_MAX).contains(&text.len()) && !text.chars().any(char::is_control)
}

/// The token of an `Authorization` header of the scheme `Bearer` (RFC 6750).
pub(crate) fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim_matches(' ');
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

#[cfg(test)]
mod tests;
