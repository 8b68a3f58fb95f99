//! Opaque tokens: made here, kept only as SHA-256 and only until they expire, in a map with a bound.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::sync::Arc;

use parking_lot::RwLock;

use super::grant::Grant;
use super::secret::{Digest, mint_token};

/// The tokens that a host made and that have not expired.
pub(super) struct Tokens {
    kept: RwLock<Kept>,
    tokens_max: usize,
}

#[derive(Default)]
struct Kept {
    grants: HashMap<Digest, Arc<Grant>>,
    by_expiry: BinaryHeap<Reverse<(u64, Digest)>>,
}

/// Why no token was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoToken {
    /// There is no room for another.
    Full,
    /// The system gave no entropy.
    NoEntropy,
}

impl Tokens {
    pub(super) fn new(tokens_max: usize) -> Self {
        Self { kept: RwLock::default(), tokens_max }
    }

    /// Makes a token; the text is known to nobody else from here on.
    pub(super) fn issue(&self, grant: Grant, now_ms: u64) -> Result<String, NoToken> {
        let token = mint_token().map_err(|_| NoToken::NoEntropy)?;
        let digest = Digest::of(&token);
        let mut kept = self.kept.write();
        kept.forget_expired(now_ms);
        if kept.grants.len() >= self.tokens_max {
            return Err(NoToken::Full);
        }
        if let Some(expires_ms) = grant.expires_ms {
            kept.by_expiry.push(Reverse((expires_ms, digest)));
        }
        kept.grants.insert(digest, Arc::new(grant));
        Ok(token)
    }

    /// What a token opens now.
    pub(super) fn find(&self, digest: &Digest, now_ms: u64) -> Option<Arc<Grant>> {
        let kept = self.kept.read();
        kept.grants.get(digest).filter(|grant| !grant.is_expired(now_ms)).cloned()
    }
}

impl Kept {
    fn forget_expired(&mut self, now_ms: u64) {
        while let Some(Reverse((expires_ms, digest))) = self.by_expiry.peek() {
            if *expires_ms > now_ms {
                break;
            }
            self.grants.remove(digest);
            self.by_expiry.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::Source;
    use crate::engine::{Identity, Role};

    fn grant(expires_ms: u64) -> Grant {
        let identity = Identity::new("default", Role::User, "ada");
        Grant { identity, sessions: None, expires_ms: Some(expires_ms), source: Source::Token }
    }

    #[test]
    fn a_token_opens_until_the_moment_it_expires() {
        let tokens = Tokens::new(8);
        let token = tokens.issue(grant(1000), 0).expect("there is room");
        assert!(tokens.find(&Digest::of(&token), 999).is_some());
        assert!(tokens.find(&Digest::of(&token), 1000).is_none());
        assert!(tokens.find(&Digest::of("cq_other"), 0).is_none());
    }

    #[test]
    fn the_map_is_bounded_and_the_expired_make_room() {
        let tokens = Tokens::new(2);
        assert!(tokens.issue(grant(1000), 0).is_ok());
        assert!(tokens.issue(grant(2000), 0).is_ok());
        assert_eq!(tokens.issue(grant(3000), 999), Err(NoToken::Full));
        assert!(tokens.issue(grant(3000), 1000).is_ok());
        assert_eq!(tokens.kept.read().grants.len(), 2);
    }
}
