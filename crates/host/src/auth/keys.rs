//! Server keys: `name:secret[:app]` or `name:sha256:HEX[:app]`. Only SHA-256 is kept.
//!
//! An error names the line and what is wrong with it, never what stands in it.

use std::sync::Arc;

use super::grant::{Grant, Source};
use super::secret::Digest;
use crate::engine::{Identity, Role};

/// The app of a key that names none.
pub(super) const DEFAULT_APP: &str = "default";

/// The server keys of a host.
#[derive(Default)]
pub struct ServerKeys {
    keys: Vec<(Digest, Arc<Grant>)>,
}

/// A server key that cannot be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("server key {position}: {what}; write name:secret[:app] or name:sha256:HEX[:app]")]
pub struct KeyError {
    /// Which one, counted from 1.
    pub position: usize,
    /// What is wrong with it.
    pub what: &'static str,
}

impl ServerKeys {
    /// Reads a file of keys, one a line; empty lines and lines that begin with `#` are skipped.
    pub fn from_lines(text: &str) -> Result<Self, KeyError> {
        Self::read(text.lines())
    }

    /// Reads keys with commas between them.
    pub fn from_list(text: &str) -> Result<Self, KeyError> {
        Self::read(text.split(','))
    }

    /// Adds other keys.
    pub fn extend(&mut self, other: Self) -> Result<(), KeyError> {
        for (digest, grant) in other.keys {
            let position = self.keys.len() + 1;
            self.push(digest, grant, position)?;
        }
        Ok(())
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// What a secret opens; looks at every key, whichever fits.
    pub(super) fn find(&self, digest: &Digest) -> Option<&Arc<Grant>> {
        self.keys.iter().fold(None, |found, (key, grant)| if key.is_same(digest) { Some(grant) } else { found })
    }

    /// Whether a key is among them that was let in by before, as the same one and for the same app.
    pub(super) fn has(&self, grant: &Grant) -> bool {
        self.keys.iter().any(|(_, key)| key.id == grant.id && key.identity == grant.identity)
    }

    fn read<'a>(keys: impl Iterator<Item = &'a str>) -> Result<Self, KeyError> {
        let mut all = Self::default();
        for (index, key) in keys.enumerate() {
            let (key, position) = (key.trim(), index + 1);
            if key.is_empty() || key.starts_with('#') {
                continue;
            }
            let (digest, grant) = parse(key).map_err(|what| KeyError { position, what })?;
            all.push(digest, grant, position)?;
        }
        Ok(all)
    }

    fn push(&mut self, digest: Digest, grant: Arc<Grant>, position: usize) -> Result<(), KeyError> {
        if self.find(&digest).is_some() {
            let what = "the same secret stands there twice";
            return Err(KeyError { position, what });
        }
        self.keys.push((digest, grant));
        Ok(())
    }
}

fn parse(key: &str) -> Result<(Digest, Arc<Grant>), &'static str> {
    let mut fields = key.split(':');
    let name = fields.next().filter(|name| !name.is_empty()).ok_or("it has no name")?;
    let secret = fields.next().filter(|secret| !secret.is_empty()).ok_or("it has no secret")?;
    let digest = if secret == "sha256" {
        let hex = fields.next().ok_or("it has no digest")?;
        Digest::from_hex(hex).ok_or("its digest is not 64 hex digits")?
    } else {
        Digest::of(secret)
    };
    let app = fields.next().unwrap_or(DEFAULT_APP);
    if app.is_empty() || fields.next().is_some() {
        return Err("it has too many fields or an empty one");
    }
    let identity = Identity::new(app, Role::Operator, name);
    let grant = Grant { identity, sessions: None, issued_ms: 0, expires_ms: None, source: Source::Key, id: digest.id() };
    Ok((digest, Arc::new(grant)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_in_both_forms() {
        let text = "# ours\n\nweb:s3cret\nops:sha256:2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b:shop\n";
        let keys = ServerKeys::from_lines(text).expect("both are well formed");
        let web = keys.find(&Digest::of("s3cret")).expect("the first is there");
        assert_eq!((&*web.identity.app, &*web.identity.id, web.identity.role), ("default", "web", Role::Operator));
        let ops = keys.find(&Digest::of("secret")).expect("the second is there");
        assert_eq!((&*ops.identity.app, &*ops.identity.id), ("shop", "ops"));
        assert!(keys.find(&Digest::of("s3cre")).is_none());
        assert!(ServerKeys::from_list("a:one,b:two:shop").is_ok_and(|keys| keys.keys.len() == 2));
    }

    #[test]
    fn bad_keys_are_named_by_position_and_never_shown() {
        for (text, position) in [("web", 1), ("a:x\n:y", 2), ("a:", 1), ("a:sha256:zz", 1), ("a:b:c:d", 1), ("a:b:", 1), ("a:x\nb:x", 2)] {
            let error = ServerKeys::from_lines(text).err().expect("it is refused");
            assert_eq!(error.position, position, "{text:?}");
        }
    }
}
