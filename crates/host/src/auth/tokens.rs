//! Tokens of this host: what they open stands in them, signed with a secret that all hosts of a store share.
//!
//! So they outlive a restart, are good at every host, and take no memory. Nothing is kept of one but its SHA-256, for as long as it is
//! at hand (`known.rs`). Each carries 128 bits from the system's secure source, by which it can be revoked alone.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use uuid::Uuid;

use super::grant::{Grant, Source};
use crate::engine::{Identity, Role};

/// What every token of a host begins with, so that scanners of leaked secrets find it.
const PREFIX: &str = "cq_";
const VERSION: u8 = 1;
const MAC_BYTES: usize = 32;

/// Signs tokens, and reads those that it signed.
#[derive(Clone)]
pub(super) struct Signer {
    mac: Hmac<Sha256>,
}

impl Signer {
    pub(super) fn new(secret: &[u8; 32]) -> Self {
        // Any length of key will do.
        let mut mac = <Hmac<Sha256> as hmac::Mac>::new_from_slice(secret).expect("HMAC takes keys of any length");
        // Whatever else that secret may sign one day, it is no token.
        mac.update(b"colloq token");
        Self { mac }
    }

    /// A token for a grant; `None` where the system gives no entropy.
    pub(super) fn sign(&self, grant: &Grant) -> Option<String> {
        let mut id = [0; 16];
        getrandom::fill(&mut id).ok()?;
        let mut bytes = write(grant, id);
        let mac = self.mac.clone().chain_update(&bytes).finalize().into_bytes();
        bytes.extend_from_slice(&mac);
        let mut token = String::with_capacity(PREFIX.len() + bytes.len() * 4 / 3 + 2);
        token.push_str(PREFIX);
        URL_SAFE_NO_PAD.encode_string(bytes, &mut token);
        Some(token)
    }

    /// What a token of ours opens, whether or not it expired; `None` for what is none.
    pub(super) fn read(&self, token: &str) -> Option<Grant> {
        let bytes = URL_SAFE_NO_PAD.decode(token.strip_prefix(PREFIX)?).ok()?;
        let (said, mac) = bytes.split_at_checked(bytes.len().checked_sub(MAC_BYTES)?)?;
        // Compares in the same time wherever the first difference stands.
        self.mac.clone().chain_update(said).verify_slice(mac).ok()?;
        read(&mut Reader(said))
    }
}

fn write(grant: &Grant, id: [u8; 16]) -> Vec<u8> {
    let identity = &grant.identity;
    let role = match identity.role {
        Role::User => 0,
        Role::Agent => 1,
        Role::Operator => 2,
    };
    let flags = role | (u8::from(identity.anonymous) << 2) | (u8::from(grant.sessions.is_some()) << 3);
    let flags = flags | (u8::from(identity.generation.is_some()) << 4);
    let mut out = vec![VERSION, flags];
    out.extend_from_slice(&id);
    out.extend_from_slice(&grant.issued_ms.to_be_bytes());
    out.extend_from_slice(&grant.expires_ms.unwrap_or(u64::MAX).to_be_bytes());
    if let Some(generation) = identity.generation {
        out.extend_from_slice(&generation.to_be_bytes());
    }
    for text in [&identity.app, &identity.id] {
        out.extend_from_slice(&(text.len() as u16).to_be_bytes());
        out.extend_from_slice(text.as_bytes());
    }
    for session in grant.sessions.iter().flatten() {
        out.extend_from_slice(session.as_bytes());
    }
    out
}

fn read(reader: &mut Reader<'_>) -> Option<Grant> {
    let [version, flags] = reader.take()?;
    if version != VERSION {
        return None;
    }
    let role = match flags & 3 {
        0 => Role::User,
        1 => Role::Agent,
        2 => Role::Operator,
        _ => return None,
    };
    let (id, issued_ms) = (reader.take::<16>()?, u64::from_be_bytes(reader.take()?));
    let expires_ms = u64::from_be_bytes(reader.take()?);
    let generation = if flags & 16 == 0 { None } else { Some(u32::from_be_bytes(reader.take()?)) };
    let (app, user) = (reader.text()?, reader.text()?);
    let sessions = (flags & 8 != 0).then(|| reader.0.chunks_exact(16).filter_map(|id| Uuid::from_slice(id).ok()).collect());
    let identity = Identity { anonymous: flags & 4 != 0, generation, ..Identity::new(app, role, user) };
    Some(Grant { identity, sessions, issued_ms, expires_ms: Some(expires_ms), source: Source::Token, id })
}

/// What is left to read.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }

    fn text(&mut self) -> Option<Arc<str>> {
        let length = usize::from(u16::from_be_bytes(self.take()?));
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(std::str::from_utf8(taken).ok()?.into())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn grant(role: Role, sessions: Option<usize>, generation: Option<u32>) -> Grant {
        let identity = Identity { generation, anonymous: role == Role::User, ..Identity::new("sh\u{f6}p", role, "ada") };
        let sessions = sessions.map(|count| (0..count).map(|at| Uuid::from_u128(at as u128)).collect());
        Grant { identity, sessions, issued_ms: 5, expires_ms: Some(1000), source: Source::Token, id: [0; 16] }
    }

    #[test]
    fn what_is_signed_is_read_at_every_host_that_has_the_secret() {
        let (one, same, other) = (Signer::new(&[1; 32]), Signer::new(&[1; 32]), Signer::new(&[2; 32]));
        for role in [Role::User, Role::Agent, Role::Operator] {
            for (sessions, generation) in [(None, None), (Some(0), None), (Some(3), Some(7)), (Some(200), Some(u32::MAX))] {
                let grant = grant(role, sessions, generation);
                let token = one.sign(&grant).expect("the system has entropy");
                let read = same.read(&token).expect("it is ours");
                assert_eq!((&read.identity, &read.sessions), (&grant.identity, &grant.sessions));
                assert_eq!((read.issued_ms, read.expires_ms), (5, Some(1000)));
                assert!(other.read(&token).is_none());
            }
        }
    }

    #[test]
    fn no_bit_of_a_token_can_be_changed() {
        let signer = Signer::new(&[1; 32]);
        let token = signer.sign(&grant(Role::User, Some(1), Some(1))).expect("the system has entropy");
        let bytes = URL_SAFE_NO_PAD.decode(&token[PREFIX.len()..]).expect("it is base64");
        for at in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[at / 8] ^= 1 << (at % 8);
            let changed = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(changed));
            assert!(signer.read(&changed).is_none(), "bit {at}");
        }
        for cut in 0..token.len() {
            assert!(signer.read(&token[..cut]).is_none(), "{cut} bytes of it");
        }
        for text in [format!("{token}A"), token.replacen("cq_", "", 1), token.to_uppercase(), format!("{token}=")] {
            assert!(signer.read(&text).is_none(), "{text}");
        }
    }

    #[test]
    fn s01_a_million_tokens_are_unique_and_unbiased() {
        const COUNT: usize = 1_000_000;
        let signer = Signer::new(&[1; 32]);
        let grant = grant(Role::User, None, None);
        let (mut seen, mut ones) = (HashSet::with_capacity(COUNT), [0_u32; 128]);
        for _ in 0..COUNT {
            let token = signer.sign(&grant).expect("the system has entropy");
            // The 16 bytes behind version and flags; six of the bits around them are fixed.
            let bytes = URL_SAFE_NO_PAD.decode(&token[PREFIX.len()..PREFIX.len() + 24]).expect("it is base64");
            let id = u128::from_be_bytes(bytes[2..18].try_into().expect("16 bytes"));
            for (bit, count) in ones.iter_mut().enumerate() {
                *count += u32::from(id >> bit & 1 == 1);
            }
            assert!(seen.insert(id), "a token came twice");
        }
        // A fair bit is one half a million times, give or take 500; six times that happens once in a billion bits.
        let far: Vec<(usize, u32)> = ones.into_iter().enumerate().filter(|(_, count)| count.abs_diff(COUNT as u32 / 2) > 3_000).collect();
        assert!(far.is_empty(), "bits that are biased: {far:?}");
    }
}
