//! A host's frame about a session. States and entries are kept as the text that they are: they are digested and hashed as they stand.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use colloq_core::json::{Json, JsonError, Reader};
use colloq_core::{Chain, Code, CommandId, Head};

/// What an uplink reads of a frame; everything else is skipped.
#[derive(Default)]
pub(super) struct HostFrame<'a> {
    pub(super) kind: Cow<'a, str>,
    pub(super) state: Option<&'a str>,
    pub(super) chain: Option<Chain>,
    /// The history that was known is not the host's.
    pub(super) reset: bool,
    pub(super) from: Option<Head>,
    pub(super) entries: Vec<&'a str>,
    pub(super) id: Option<CommandId>,
    pub(super) code: Option<Code>,
    pub(super) message: Option<String>,
    pub(super) retry_after_ms: u64,
    /// An error that speaks of what was said of presence: the session itself is as it was.
    pub(super) is_of_presence: bool,
}

impl<'a> HostFrame<'a> {
    /// Reads a frame.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn read(text: &'a str) -> Result<Self, JsonError> {
        let mut frame = Self::default();
        let mut reader = Reader::new(text);
        reader.object(&mut |reader, key| {
            match key {
                "kind" => frame.kind = reader.text()?,
                "state" => frame.state = Some(reader.skip()?),
                "chain" => frame.chain = Option::read(reader)?,
                "reset" => frame.reset = reader.skip()? == "true",
                "from" => frame.from = Option::read(reader)?,
                "entries" => frame.entries = reader.items()?,
                "id" => frame.id = Option::read(reader)?,
                "code" => frame.code = Option::read(reader)?,
                "message" => frame.message = Option::read(reader)?,
                "of" => frame.is_of_presence = reader.text()? == "presence",
                "retryAfterMs" => frame.retry_after_ms = reader.integer()?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(frame)
    }

    /// What it says for people.
    pub(super) fn message_or(&self, code: Code) -> String {
        self.message.clone().unwrap_or_else(|| code.title().into())
    }
}
