//! Tokens of the user's own identity provider: JSON Web Tokens (RFC 7519), checked as RFC 8725 has it.
//!
//! The algorithm is the configuration's and never the token's. Nothing is fetched: keys come out of a file, and what a header says of
//! where others might be found is not looked at. A claim of a wrong type is not an absent one.

mod claims;

use std::sync::Arc;

use jsonwebtoken::jwk::{AlgorithmParameters, Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;

use super::grant::Grant;
use super::secret::Digest;
use claims::Claims;

/// A longer token is none, whatever it says.
const TOKEN_BYTES_MAX: usize = 16 << 10;
/// A shared secret that is shorter can be guessed (RFC 7518, 3.2).
const SECRET_BYTES_MIN: usize = 32;
const KEYS_MAX: usize = 100;

/// Whose tokens are taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JwtSettings {
    /// The only algorithm.
    pub algorithm: JwtAlgorithm,
    /// What `iss` has to be.
    pub issuer: String,
    /// What `aud` has to be, or to have among others.
    pub audience: String,
    /// The tenant of whoever names none in `colloq_app`.
    pub app: String,
}

/// An algorithm that can be pinned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JwtAlgorithm {
    /// HMAC with SHA-256, and a secret that both sides know.
    Hs256,
    /// RSA (PKCS #1 v1.5) with SHA-256.
    Rs256,
    /// ECDSA with P-256 and SHA-256.
    Es256,
    /// Ed25519.
    EdDsa,
}

/// The keys of an identity provider.
pub struct JwtKeys {
    keys: Vec<(Option<String>, DecodingKey)>,
}

/// Why a file holds no keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JwtKeyError {
    /// It is none for that algorithm.
    #[error("it is no key for that algorithm; write a PEM file with the public key, or for HS256 the secret itself")]
    NoKey,
    /// The secret is too short.
    #[error("a secret for HS256 has at least 32 bytes")]
    Short,
    /// It is no JWKS.
    #[error("it is no JSON Web Key Set")]
    NoSet,
    /// No key of the set fits.
    #[error("no key of the set is for that algorithm")]
    NoneFits,
}

/// See the module's documentation.
pub(super) struct Jwt {
    settings: JwtSettings,
    keys: Arc<JwtKeys>,
    validation: Validation,
}

impl std::str::FromStr for JwtAlgorithm {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "HS256" => Ok(Self::Hs256),
            "RS256" => Ok(Self::Rs256),
            "ES256" => Ok(Self::Es256),
            "EdDSA" => Ok(Self::EdDsa),
            _ => Err("write HS256, RS256, ES256 or EdDSA"),
        }
    }
}

impl<'de> Deserialize<'de> for JwtAlgorithm {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl JwtAlgorithm {
    fn pinned(self) -> Algorithm {
        match self {
            Self::Hs256 => Algorithm::HS256,
            Self::Rs256 => Algorithm::RS256,
            Self::Es256 => Algorithm::ES256,
            Self::EdDsa => Algorithm::EdDSA,
        }
    }

    /// Whether a key of a set is of the kind that the algorithm takes, and for checking signatures.
    fn takes(self, jwk: &Jwk) -> bool {
        let is_kind = match &jwk.algorithm {
            AlgorithmParameters::OctetKey(_) => self == Self::Hs256,
            AlgorithmParameters::RSA(_) => self == Self::Rs256,
            AlgorithmParameters::EllipticCurve(key) => self == Self::Es256 && key.curve == jsonwebtoken::jwk::EllipticCurve::P256,
            AlgorithmParameters::OctetKeyPair(key) => self == Self::EdDsa && key.curve == jsonwebtoken::jwk::EllipticCurve::Ed25519,
            _ => false,
        };
        let said = jwk.common.key_algorithm.map(|said| said.to_string());
        let is_algorithm = said.is_none_or(|said| said == format!("{:?}", self.pinned()));
        let is_for_signatures = matches!(jwk.common.public_key_use, None | Some(PublicKeyUse::Signature));
        is_kind && is_algorithm && is_for_signatures
    }
}

impl JwtKeys {
    /// The one key of a file: PEM, or a secret.
    ///
    /// # Errors
    /// Why it is none.
    pub fn from_key(algorithm: JwtAlgorithm, file: &[u8]) -> Result<Self, JwtKeyError> {
        // What signs is nobody's business here, and checks nothing either.
        if file.windows(11).any(|window| window == b"PRIVATE KEY") {
            return Err(JwtKeyError::NoKey);
        }
        let key = match algorithm {
            JwtAlgorithm::Hs256 => {
                let secret = file.trim_ascii_end();
                if secret.len() < SECRET_BYTES_MIN {
                    return Err(JwtKeyError::Short);
                }
                Ok(DecodingKey::from_secret(secret))
            }
            JwtAlgorithm::Rs256 => DecodingKey::from_rsa_pem(file),
            JwtAlgorithm::Es256 => DecodingKey::from_ec_pem(file),
            JwtAlgorithm::EdDsa => DecodingKey::from_ed_pem(file),
        };
        let key = key.map_err(|_| JwtKeyError::NoKey)?;
        Ok(Self { keys: vec![(None, key)] })
    }

    /// The keys of a set (RFC 7517) that fit; others are passed over.
    ///
    /// # Errors
    /// Where it is no set, or none fits.
    pub fn from_set(algorithm: JwtAlgorithm, file: &[u8]) -> Result<Self, JwtKeyError> {
        #[derive(Deserialize)]
        struct Set {
            keys: Vec<serde_json::Value>,
        }
        let set: Set = serde_json::from_slice(file).map_err(|_| JwtKeyError::NoSet)?;
        let fitting = set.keys.into_iter().take(KEYS_MAX).filter_map(|key| {
            let jwk: Jwk = serde_json::from_value(key).ok().filter(|jwk| algorithm.takes(jwk))?;
            let key = DecodingKey::from_jwk(&jwk).ok()?;
            Some((jwk.common.key_id, key))
        });
        let keys: Vec<_> = fitting.collect();
        if keys.is_empty() { Err(JwtKeyError::NoneFits) } else { Ok(Self { keys }) }
    }

    /// The key that a token names. One that names none gets the only one there is.
    fn find(&self, id: Option<&str>) -> Option<&DecodingKey> {
        match (id, &self.keys[..]) {
            // A file of one key does not say what it is called.
            (_, [(None, key)]) | (None, [(_, key)]) => Some(key),
            (Some(id), keys) => keys.iter().find(|(other, _)| other.as_deref() == Some(id)).map(|(_, key)| key),
            (None, _) => None,
        }
    }
}

impl Jwt {
    pub(super) fn new(settings: JwtSettings, keys: JwtKeys) -> Self {
        let mut validation = Validation::new(settings.algorithm.pinned());
        // All claims are checked by `claims.rs`, which takes none of a wrong type for absent.
        validation.required_spec_claims.clear();
        (validation.validate_exp, validation.validate_nbf, validation.validate_aud) = (false, false, false);
        Self { settings, keys: Arc::new(keys), validation }
    }

    /// The same with other keys.
    pub(super) fn with_keys(&self, keys: JwtKeys) -> Self {
        Self { settings: self.settings.clone(), keys: Arc::new(keys), validation: self.validation.clone() }
    }

    pub(super) fn settings(&self) -> &JwtSettings {
        &self.settings
    }

    /// What a token opens now; `None` for what is none, or is not for us, or not now.
    pub(super) fn read(&self, token: &str, digest: &Digest, now_ms: u64) -> Option<Grant> {
        if token.len() > TOKEN_BYTES_MAX {
            return None;
        }
        let header = decode_header(token).ok()?;
        // What has to be understood and is not makes a token worth nothing (RFC 7515, 4.1.11).
        if header.alg != self.settings.algorithm.pinned() || header.crit.is_some() {
            return None;
        }
        let key = self.keys.find(header.kid.as_deref())?;
        let claims: Claims = decode(token, key, &self.validation).ok()?.claims;
        claims.grant(&self.settings, digest.id(), now_ms)
    }
}
