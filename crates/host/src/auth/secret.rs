//! Secrets at rest and in comparison: SHA-256 of a token or key, and new keys.
//!
//! It never keeps, prints or compares a secret in the clear.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::engine::hex;

/// What every server key that is made here begins with, so that scanners of leaked secrets find it.
const KEY_PREFIX: &str = "ck_";

/// SHA-256 of a secret.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Digest([u8; 32]);

impl Digest {
    /// The digest of a secret.
    pub(super) fn of(secret: &str) -> Self {
        Self(Sha256::digest(secret.as_bytes()).into())
    }

    /// A digest from 64 hex digits.
    pub(super) fn from_hex(text: &str) -> Option<Self> {
        unhex(text).map(Self)
    }

    /// The name of the secret where it is spoken of: half of the digest.
    pub(super) fn id(&self) -> [u8; 16] {
        std::array::from_fn(|at| self.0[at])
    }

    /// Compares in the same time wherever the first difference stands.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let difference = self.0.iter().zip(&other.0).fold(0, |all, (mine, theirs)| all | (mine ^ theirs));
        std::hint::black_box(difference) == 0
    }
}

/// 32 bytes from 64 hex digits.
pub(crate) fn unhex(text: &str) -> Option<[u8; 32]> {
    let digits: &[u8; 64] = text.as_bytes().try_into().ok()?;
    let nibble = |digit: u8| char::from(digit).to_digit(16).map(|value| value as u8);
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = (nibble(pair[0])? << 4) | nibble(pair[1])?;
    }
    Some(bytes)
}

/// A new server key, 256 bits from the system's secure source, and its SHA-256 in hex.
pub(super) fn mint_key() -> Result<(String, String), getrandom::Error> {
    let mut entropy = [0; 32];
    getrandom::fill(&mut entropy)?;
    let mut key = String::with_capacity(KEY_PREFIX.len() + 43);
    key.push_str(KEY_PREFIX);
    URL_SAFE_NO_PAD.encode_string(entropy, &mut key);
    let digest = hex(&Digest::of(&key).0);
    Ok((key, digest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_the_same_only_as_itself() {
        let digest = Digest::of("secret");
        assert!(digest.is_same(&Digest::of("secret")));
        assert!(!digest.is_same(&Digest::of("Secret")));
        let hex = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";
        assert!(Digest::from_hex(hex).is_some_and(|other| other.is_same(&digest)));
        assert!(Digest::from_hex(&hex[1..]).is_none());
        assert!(Digest::from_hex(&hex.replace('b', "g")).is_none());
    }

    #[test]
    fn keys_carry_their_prefix_and_differ() {
        let mut keys: Vec<_> = (0..1000).map(|_| mint_key().expect("the system has entropy")).collect();
        assert!(keys.iter().all(|(key, digest)| key.len() == 46 && key.starts_with(KEY_PREFIX) && digest.len() == 64));
        assert!(Digest::from_hex(&keys[0].1).is_some_and(|digest| digest.is_same(&Digest::of(&keys[0].0))));
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), 1000);
    }
}
