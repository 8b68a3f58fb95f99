//! Tokens that were shown lately and what they open, by their SHA-256: a signature is checked once and not at every request.
//!
//! It is bounded, and knows nothing that cannot be found out again; whoever looks here still looks whether it expired or was revoked.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::RwLock;

use super::grant::Grant;
use super::secret::Digest;

/// So many tokens are at hand; some 300 bytes each.
const KNOWN_MAX: usize = 1 << 16;

/// See the module's documentation.
#[derive(Default)]
pub(super) struct Known {
    grants: RwLock<HashMap<Digest, Arc<Grant>>>,
}

impl Known {
    pub(super) fn find(&self, digest: &Digest) -> Option<Arc<Grant>> {
        self.grants.read().get(digest).cloned()
    }

    /// Keeps what a token opens. Where there is no room all are forgotten: they come again one by one.
    pub(super) fn keep(&self, digest: Digest, grant: &Arc<Grant>) {
        let mut grants = self.grants.write();
        if grants.len() >= KNOWN_MAX {
            grants.clear();
        }
        grants.insert(digest, Arc::clone(grant));
    }

    /// What tokens are worth has changed.
    pub(super) fn clear(&self) {
        self.grants.write().clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::Source;
    use crate::engine::{Identity, Role};

    #[test]
    fn it_has_a_bound() {
        let identity = Identity::new("default", Role::User, "ada");
        let grant = Grant { identity, sessions: None, issued_ms: 0, expires_ms: None, source: Source::Token, id: [0; 16] };
        let (known, grant) = (Known::default(), Arc::new(grant));
        for at in 0..=KNOWN_MAX {
            known.keep(Digest::of(&at.to_string()), &grant);
        }
        assert_eq!(known.grants.read().len(), 1);
        assert!(known.find(&Digest::of(&KNOWN_MAX.to_string())).is_some());
    }
}
