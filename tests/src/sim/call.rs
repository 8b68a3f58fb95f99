//! A call by HTTP: what is asked, the task that waits for the answer, and what becomes of it when its caller is impatient.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use colloq_host::engine::{Answer, CallSpec, Engine, EngineError, Op};
use tokio::task::JoinHandle;
use tokio::time::sleep;
use uuid::Uuid;

use super::ground::{Ground, News};
use super::page::Person;

/// What is asked for.
#[derive(Clone, Debug)]
pub(crate) enum Asked {
    Create,
    Append,
    Update,
    Read,
    Issue(String),
    Delta(String),
    Complete(String),
    Stop(String),
    Interrupt(String),
    TakeOver(String),
    End,
    Erase,
    /// A copy of the session, under an id.
    Fork(Uuid),
}

/// A call, to be made once or again.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) who: Person,
    pub(crate) session: Uuid,
    pub(crate) asked: Asked,
    pub(crate) key: Option<String>,
    pub(crate) body: String,
}

/// A call that is under way.
pub(crate) struct Call {
    pub(crate) op: u64,
    pub(crate) request: Request,
    pub(crate) host: usize,
    pub(crate) tries: u32,
    /// It was in the log already when it was made the last time.
    pub(crate) was_done: bool,
    /// What it adds to a stream.
    pub(crate) stream: Option<String>,
    pub(crate) task: Option<JoinHandle<()>>,
}

impl Asked {
    fn op(&self) -> Op<'_> {
        match self {
            Self::Create => Op::Create,
            Self::Append => Op::AppendMessage,
            Self::Update => Op::Update,
            Self::Read => Op::Read { messages: None },
            Self::Issue(id) => Op::RecordIssue(id),
            Self::Delta(id) => Op::AppendDelta(id),
            Self::Complete(id) => Op::Complete(id),
            Self::Stop(id) => Op::Stop(id),
            Self::Interrupt(id) => Op::Interrupt(id),
            Self::TakeOver(id) => Op::TakeOver(id),
            Self::End => Op::End,
            Self::Erase => Op::Erase,
            Self::Fork(_) => Op::Fork,
        }
    }
}

impl Request {
    /// Makes the call on a task of its own; the answer comes as news, after the way back.
    pub(crate) fn send(&self, ground: Arc<Ground>, engine: Engine, call: u64, there_ms: u64, back_ms: u64) -> JoinHandle<()> {
        let request = self.clone();
        tokio::spawn(async move {
            sleep(Duration::from_millis(there_ms)).await;
            let answer = request.ask(&engine).await;
            sleep(Duration::from_millis(back_ms)).await;
            ground.tell(News::Answered { call, answer });
        })
    }

    async fn ask(&self, engine: &Engine) -> Result<Answer, EngineError> {
        let identity = self.who.identity();
        let mut spec = CallSpec::new(&identity, self.session, self.asked.op(), Bytes::from(self.body.clone()));
        spec.key = self.key.as_deref();
        if let Asked::Erase = self.asked {
            return engine.erase(spec).await;
        }
        let answer = engine.call(spec).await?;
        match self.asked {
            Asked::Fork(id) if answer.status == 200 => engine.call(CallSpec::new(&identity, id, Op::Restore, answer.body)).await,
            _ => Ok(answer),
        }
    }
}
