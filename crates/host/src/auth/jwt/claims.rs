//! What a JSON Web Token says, and what that opens.

use serde::{Deserialize, Deserializer};
use uuid::Uuid;

use super::JwtSettings;
use crate::auth::grant::{Grant, Source};
use crate::auth::{TTL_MAX_SECONDS, is_user_id};
use crate::engine::{Identity, Role};
use crate::routes::session_id;

/// So far a provider's clock may be ahead of this host's.
const AHEAD_MS: u64 = 5_000;
const SESSIONS_MAX: usize = 1000;

/// The claims that count. A claim of another type makes the whole unreadable, and so does one that comes twice.
#[derive(Deserialize)]
pub(super) struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    exp: Seconds,
    #[serde(default, deserialize_with = "said")]
    nbf: Option<Seconds>,
    #[serde(default, deserialize_with = "said")]
    iat: Option<Seconds>,
    #[serde(default, deserialize_with = "said")]
    name: Option<String>,
    #[serde(default, deserialize_with = "said")]
    colloq_app: Option<String>,
    #[serde(default, deserialize_with = "said")]
    colloq_role: Option<ClaimedRole>,
    #[serde(default, deserialize_with = "said")]
    colloq_sessions: Option<Vec<String>>,
    #[serde(default, deserialize_with = "said")]
    colloq_generation: Option<u32>,
}

/// A claim that is there has its type: `null` is not absent.
fn said<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

/// Seconds since 1970, which may have a fraction (RFC 7519, 2).
#[derive(Clone, Copy, Deserialize)]
struct Seconds(f64);

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
enum ClaimedRole {
    User,
    Agent,
    Operator,
}

impl Seconds {
    /// Milliseconds; `None` for what is no time that a clock shows.
    fn ms(self) -> Option<u64> {
        let ms = self.0 * 1000.0;
        #[allow(clippy::cast_sign_loss, reason = "what is below zero is none")]
        (0.0..9.0e15).contains(&ms).then_some(ms as u64)
    }
}

impl Claims {
    /// What it opens; `None` where it is not for us, or not now.
    pub(super) fn grant(self, settings: &JwtSettings, id: [u8; 16], now_ms: u64) -> Option<Grant> {
        let is_ours = match &self.aud {
            Audience::One(one) => *one == settings.audience,
            Audience::Many(many) => many.contains(&settings.audience),
        };
        if self.iss != settings.issuer || !is_ours || !is_user_id(&self.sub) {
            return None;
        }
        let (expires_ms, issued_ms) = self.times(now_ms)?;
        let app = self.colloq_app.unwrap_or_else(|| settings.app.clone());
        let sessions = match self.colloq_sessions {
            Some(ids) if ids.len() > SESSIONS_MAX => return None,
            Some(ids) => Some(ids.iter().map(|id| session_id::parse(id)).collect::<Option<Vec<Uuid>>>()?.into_boxed_slice()),
            None => None,
        };
        // A generation is that of the sessions which it names.
        if !is_user_id(&app) || (self.colloq_generation.is_some() && sessions.is_none()) {
            return None;
        }
        let role = match self.colloq_role {
            None | Some(ClaimedRole::User) => Role::User,
            Some(ClaimedRole::Agent) => Role::Agent,
            Some(ClaimedRole::Operator) => Role::Operator,
        };
        let mut identity = Identity::new(app, role, self.sub);
        identity.name = self.name.filter(|name| is_user_id(name)).map(Into::into);
        identity.generation = self.colloq_generation;
        Some(Grant { identity, sessions, issued_ms, expires_ms: Some(expires_ms), source: Source::Jwt, id })
    }

    /// Until when it is good, and since when at the latest it is there. No token is good for longer than a day after it was made, so that
    /// a revocation need not be kept for ever; one that does not say when that was may not be good for longer from now.
    fn times(&self, now_ms: u64) -> Option<(u64, u64)> {
        const TTL_MAX_MS: u64 = TTL_MAX_SECONDS * 1000;
        let expires_ms = self.exp.ms()?;
        let not_before = self.nbf.map(Seconds::ms);
        let issued = self.iat.map(Seconds::ms);
        if expires_ms <= now_ms || not_before.is_some_and(|at| at.is_none_or(|at| at > now_ms + AHEAD_MS)) {
            return None;
        }
        match issued {
            Some(issued) => {
                let issued_ms = issued.filter(|issued_ms| *issued_ms <= now_ms + AHEAD_MS)?;
                let expires_ms = expires_ms.min(issued_ms.saturating_add(TTL_MAX_MS));
                // Seconds are coarse: a token of the same second as a sign-out may be of before it.
                (expires_ms > now_ms).then_some((expires_ms, issued_ms))
            }
            None => (expires_ms <= now_ms + TTL_MAX_MS).then(|| (expires_ms, expires_ms.saturating_sub(TTL_MAX_MS))),
        }
    }
}
