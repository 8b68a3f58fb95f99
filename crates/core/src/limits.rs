//! The limits of a session: how long it lives and how much it holds. They may be lowered by its user and raised by an operator.

use serde::{Deserialize, Deserializer, Serialize};

/// What a session may hold and how long it lives. Times in milliseconds; `None` (null) for without end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Limits {
    /// It ends this long after the last activity.
    pub idle_ms: Option<u64>,
    /// It ends this long after it was created.
    pub absolute_ms: Option<u64>,
    /// Once ended it stays readable this long.
    pub retain_ms: Option<u64>,
    /// The most messages in the live session; the oldest leave.
    pub max_messages: u32,
    /// The most bytes of content in the live session; one message at most a quarter of it.
    pub max_content_bytes: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            idle_ms: Some(30 * 60_000),
            absolute_ms: Some(24 * 3_600_000),
            retain_ms: Some(30 * 24 * 3_600_000),
            max_messages: 500,
            max_content_bytes: 1 << 20,
        }
    }
}

/// A change of limits: what is absent stays, null lifts a time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct LimitsPatch {
    /// See [`Limits::idle_ms`].
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<u64>"))]
    pub idle_ms: Option<Option<u64>>,
    /// See [`Limits::absolute_ms`].
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<u64>"))]
    pub absolute_ms: Option<Option<u64>>,
    /// See [`Limits::retain_ms`].
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<u64>"))]
    pub retain_ms: Option<Option<u64>>,
    /// See [`Limits::max_messages`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_messages: Option<u32>,
    /// See [`Limits::max_content_bytes`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_content_bytes: Option<u32>,
}

/// Tells null (lift it) from absent (leave it).
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<u64>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl Limits {
    /// The limits after a change.
    #[must_use]
    pub fn patched(&self, patch: &LimitsPatch) -> Self {
        Self {
            idle_ms: patch.idle_ms.unwrap_or(self.idle_ms),
            absolute_ms: patch.absolute_ms.unwrap_or(self.absolute_ms),
            retain_ms: patch.retain_ms.unwrap_or(self.retain_ms),
            max_messages: patch.max_messages.unwrap_or(self.max_messages),
            max_content_bytes: patch.max_content_bytes.unwrap_or(self.max_content_bytes),
        }
    }

    /// Whether nothing in it is larger than in `other`.
    pub fn within(&self, other: &Self) -> bool {
        let shorter = |mine: Option<u64>, theirs: Option<u64>| mine.unwrap_or(u64::MAX) <= theirs.unwrap_or(u64::MAX);
        shorter(self.idle_ms, other.idle_ms)
            && shorter(self.absolute_ms, other.absolute_ms)
            && shorter(self.retain_ms, other.retain_ms)
            && self.max_messages <= other.max_messages
            && self.max_content_bytes <= other.max_content_bytes
    }
}
