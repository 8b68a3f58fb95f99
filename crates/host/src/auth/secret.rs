//! Secrets at rest and in comparison: SHA-256 of a token or key, and new tokens.
//!
//! It never keeps, prints or compares a secret in the clear.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

/// What every token of this host begins with, so that scanners of leaked secrets find it.
pub(super) const TOKEN_PREFIX: &str = "cq_";

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

/// A new token: 256 bits from the system's secure source.
pub(super) fn mint_token() -> Result<String, getrandom::Error> {
    let mut entropy = [0; 32];
    getrandom::fill(&mut entropy)?;
    let mut token = String::with_capacity(TOKEN_PREFIX.len() + 43);
    token.push_str(TOKEN_PREFIX);
    URL_SAFE_NO_PAD.encode_string(entropy, &mut token);
    Ok(token)
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
    fn tokens_carry_their_prefix_and_differ() {
        let mut tokens: Vec<_> = (0..1000).map(|_| mint_token().expect("the system has entropy")).collect();
        assert!(tokens.iter().all(|token| token.len() == 46 && token.starts_with(TOKEN_PREFIX)));
        tokens.sort();
        tokens.dedup();
        assert_eq!(tokens.len(), 1000);
    }
}
