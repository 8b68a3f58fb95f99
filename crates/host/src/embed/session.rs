//! A session as a program calls it, in types instead of JSON texts.
//!
//! It decides nothing: every call is one of the engine's, and what the module says comes back.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::engine::{Answer, CallSpec, Engine, EngineError, Identity, Op};

/// A session, whether there is one or not.
#[derive(Clone)]
pub struct Session {
    engine: Engine,
    identity: Identity,
    id: Uuid,
}

/// What a session begins with.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewSession {
    /// Its id, to bring one: a `UUIDv7` of now.
    #[serde(skip)]
    pub id: Option<Uuid>,
    /// Whose it is.
    pub user_id: String,
    /// Its title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Free JSON: an object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<Value>,
    /// Project context, as in the session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<Value>,
    /// Limits of its own, as in the session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limits: Option<Value>,
}

/// A message to be said.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewMessage {
    /// `user`, `assistant`, `system` or `tool`.
    pub r#type: String,
    /// What it says.
    pub content: String,
    /// The message that it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<Uuid>,
    /// Free JSON: an object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
}

/// A message of a session. More of it is in [`SessionState::json`].
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Message {
    /// Its id.
    pub id: Uuid,
    /// `user`, `assistant`, `system` or `tool`.
    pub r#type: String,
    /// What it says: its text parts joined.
    pub content: String,
    /// When it began, RFC 3339.
    pub timestamp: String,
    /// `streaming`, `complete`, `stopped`, `interrupted` or `failed`.
    pub status: String,
    /// The message that it answers.
    pub reply_to: Option<Uuid>,
    /// Free JSON.
    #[serde(default)]
    pub metadata: Value,
}

/// A session as it is.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SessionState {
    /// Its id.
    pub id: Uuid,
    /// Whose it is.
    pub user_id: String,
    /// Its title.
    pub title: Option<String>,
    /// How many entries its log has.
    pub version: u64,
    /// Whether it can be written.
    pub is_active: bool,
    /// Its messages, oldest first.
    pub messages: Vec<Message>,
    /// Free JSON.
    #[serde(default)]
    pub data: Value,
    /// Project context.
    #[serde(default)]
    pub context: Value,
    /// All of it, as HTTP says it.
    #[serde(skip)]
    pub json: Bytes,
}

/// Why a call came to nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// The module said no.
    #[error("{code}: {detail}")]
    Rejected {
        /// The permanent code.
        code: String,
        /// The HTTP status that goes with it.
        status: u16,
        /// The same for people.
        detail: String,
    },
    /// The host could not do it.
    #[error(transparent)]
    Host(#[from] EngineError),
    /// The module says something that this library does not read.
    #[error("the module's answer does not read: {0}")]
    Unread(#[from] serde_json::Error),
}

impl CallError {
    /// The permanent code.
    pub fn code(&self) -> &str {
        match self {
            Self::Rejected { code, .. } => code,
            Self::Host(error) => error.code(),
            Self::Unread(_) => "internal",
        }
    }
}

impl NewMessage {
    /// One of the session's user.
    pub fn user(content: impl Into<String>) -> Self {
        Self { r#type: "user".into(), content: content.into(), ..Self::default() }
    }

    /// One of an assistant.
    pub fn assistant(content: impl Into<String>) -> Self {
        Self { r#type: "assistant".into(), content: content.into(), ..Self::default() }
    }
}

impl Session {
    pub(super) fn new(engine: Engine, identity: Identity, id: Uuid) -> Self {
        Self { engine, identity, id }
    }

    /// The same session, for somebody else: what they may do is decided as if they had come by themselves.
    #[must_use]
    pub fn acting_as(self, identity: Identity) -> Self {
        Self { identity, ..self }
    }

    /// Its id.
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// Creates it.
    ///
    /// # Errors
    /// Among others `idTaken`.
    pub async fn create(&self, new: &NewSession) -> Result<SessionState, CallError> {
        self.state(Op::Create, serde_json::to_vec(new)?).await
    }

    /// Reads it.
    ///
    /// # Errors
    /// Among others `sessionNotFound`.
    pub async fn read(&self) -> Result<SessionState, CallError> {
        self.state(Op::Read { messages: None }, Vec::new()).await
    }

    /// Appends a message.
    ///
    /// # Errors
    /// Among others `sessionEnded` and `tooLarge`.
    pub async fn append(&self, message: &NewMessage) -> Result<Message, CallError> {
        let answer = self.call(Op::AppendMessage, serde_json::to_vec(message)?).await?;
        Ok(serde_json::from_slice(&answer.body)?)
    }

    /// Begins a message that grows.
    ///
    /// # Errors
    /// Among others `alreadyAnswering`.
    pub async fn stream(&self, message: &NewMessage) -> Result<Stream, CallError> {
        let mut body = serde_json::to_value(message)?;
        body["status"] = json!("streaming");
        if message.content.is_empty() {
            body.as_object_mut().map(|fields| fields.remove("content"));
        }
        let answer = self.call(Op::AppendMessage, body.to_string()).await?;
        let message: Message = serde_json::from_slice(&answer.body)?;
        Ok(Stream { session: self.clone(), message: message.id.to_string(), offset: message.content.len() })
    }

    /// Changes `title`, `data` or `limits`: a JSON Merge Patch (RFC 7396).
    ///
    /// # Errors
    /// Among others `invalid`.
    pub async fn update(&self, patch: &Value) -> Result<SessionState, CallError> {
        self.state(Op::Update, patch.to_string()).await
    }

    /// Ends it: readable still, closed for writing.
    ///
    /// # Errors
    /// Among others `sessionEnded`.
    pub async fn end(&self) -> Result<(), CallError> {
        self.call(Op::End, "{}").await.map(drop)
    }

    /// Erases it for good.
    ///
    /// # Errors
    /// Among others `sessionNotFound`.
    pub async fn erase(&self) -> Result<(), CallError> {
        accepted(self.engine.erase(CallSpec::new(&self.identity, self.id, Op::Erase, Bytes::new())).await?).map(drop)
    }

    async fn state(&self, op: Op<'_>, body: impl Into<Bytes>) -> Result<SessionState, CallError> {
        let answer = self.call(op, body).await?;
        let state: SessionState = serde_json::from_slice(&answer.body)?;
        Ok(SessionState { json: answer.body, ..state })
    }

    async fn call(&self, op: Op<'_>, body: impl Into<Bytes>) -> Result<Answer, CallError> {
        accepted(self.engine.call(CallSpec::new(&self.identity, self.id, op, body.into())).await?)
    }
}

/// A message that grows. One that is dropped stays as it is, and fails when nothing comes for a minute.
pub struct Stream {
    session: Session,
    message: String,
    offset: usize,
}

impl Stream {
    /// Adds text.
    ///
    /// # Errors
    /// Among others `messageStopped` and `producerFenced`: then nobody wants more.
    pub async fn write(&mut self, text: &str) -> Result<(), CallError> {
        let body = json!({ "offset": self.offset, "text": text }).to_string();
        self.session.call(Op::AppendDelta(&self.message), body).await?;
        self.offset += text.len();
        Ok(())
    }

    /// Ends it well.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub async fn complete(self) -> Result<Message, CallError> {
        let answer = self.session.call(Op::Complete(&self.message), "{}").await?;
        Ok(serde_json::from_slice(&answer.body)?)
    }
}

fn accepted(answer: Answer) -> Result<Answer, CallError> {
    #[derive(Deserialize)]
    struct Problem {
        code: String,
        detail: Option<String>,
    }
    if answer.status < 400 {
        return Ok(answer);
    }
    let Problem { code, detail } = serde_json::from_slice(&answer.body)?;
    Err(CallError::Rejected { code, status: answer.status, detail: detail.unwrap_or_default() })
}
