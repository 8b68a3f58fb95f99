//! One server: its connections, and what goes over them.
//!
//! Reads share a connection. Where an append has to reach replicas, such writes have a connection of their own, on which what waits goes
//! together and one WAIT behind it: WAIT speaks only of what its own connection wrote, and holds up whatever else would come over it.
//! Nothing here is sent twice.

use std::sync::Arc;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, ProtocolVersion, RedisResult, Value};
use tokio::sync::{Mutex, mpsc, oneshot};

use crate::address::{Address, Mode};
use crate::error::Fault;
use crate::request::Request;
use crate::script::Script;

const CONNECT_MAX: Duration = Duration::from_secs(1);
/// So many writes go together at most.
const BATCH_MAX: usize = 512;

/// See the module's documentation.
pub(crate) struct Node {
    pub(crate) host: String,
    pub(crate) port: u16,
    address: Arc<Address>,
    shared: Mutex<Option<MultiplexedConnection>>,
    waiting: mpsc::UnboundedSender<Job>,
}

/// A write that replicas are to have before it is answered.
struct Job {
    request: Request,
    is_asking: bool,
    reply: oneshot::Sender<Result<Value, Fault>>,
}

impl Node {
    pub(crate) fn new(address: &Arc<Address>, host: &str, port: u16) -> Arc<Self> {
        let (waiting, jobs) = mpsc::unbounded_channel();
        let node = Arc::new(Self { host: host.to_owned(), port, address: Arc::clone(address), shared: Mutex::default(), waiting });
        if address.wait > 0 {
            let writer = Writer { address: Arc::clone(address), host: host.to_owned(), port, connection: None };
            tokio::spawn(writer.run(jobs));
        }
        node
    }

    /// Sends a request over the connection that all share. After ASK, `is_asking` says so.
    pub(crate) async fn send(&self, request: &Request, is_asking: bool) -> Result<Value, Fault> {
        let mut connection = self.shared().await?;
        let sent = if is_asking {
            let mut pipe = redis::pipe();
            pipe.cmd("ASKING").add_command(request.command.clone());
            connection.send_packed_commands(&pipe, 0, 2).await.map(|mut values| values.pop().unwrap_or_default())
        } else {
            connection.send_packed_command(&request.command).await
        };
        match sent {
            Ok(value) => Ok(value),
            Err(error) => {
                self.forget().await;
                Err(Fault::of_sent(&error))
            }
        }
    }

    /// The same, answered once so many replicas have it as the address says.
    pub(crate) async fn send_waiting(&self, request: &Request, is_asking: bool) -> Result<Value, Fault> {
        let (reply, answer) = oneshot::channel();
        let job = Job { request: request.clone(), is_asking, reply };
        self.waiting.send(job).map_err(|_| Fault::refused("the writer of the node stopped"))?;
        answer.await.unwrap_or_else(|_| Err(Fault::Lost("the writer of the node stopped".into())))
    }

    /// Gives the server a script.
    pub(crate) async fn teach(&self, script: &Script) -> Result<(), Fault> {
        let mut command = redis::cmd("SCRIPT");
        command.arg("LOAD").arg(&script.code);
        match self.send(&Request { slot: 0, command, script: None }, false).await {
            Ok(Value::ServerError(error)) => Err(Fault::of_server(&error)),
            Ok(_) => Ok(()),
            // Whatever became of it, what the script is for was not carried out.
            Err(fault) => Err(Fault::Refused(fault.into())),
        }
    }

    async fn shared(&self) -> Result<MultiplexedConnection, Fault> {
        let mut shared = self.shared.lock().await;
        if let Some(connection) = &*shared {
            return Ok(connection.clone());
        }
        let config = AsyncConnectionConfig::new().set_response_timeout(Some(self.address.timeout));
        let connection = connect(&self.address, &self.host, self.port, ProtocolVersion::RESP2, config).await;
        let connection = connection.map_err(|error| Fault::refused(format!("{}:{}: {error}", self.host, self.port)))?;
        *shared = Some(connection.clone());
        Ok(connection)
    }

    /// The connection failed, or did not answer in time: whoever comes next opens another.
    async fn forget(&self) {
        *self.shared.lock().await = None;
    }
}

/// Opens a connection to a server; a sentinel is asked by another way.
pub(crate) async fn connect(
    address: &Address,
    host: &str,
    port: u16,
    protocol: ProtocolVersion,
    config: AsyncConnectionConfig,
) -> RedisResult<MultiplexedConnection> {
    let client = address.client(host, port, false, protocol)?;
    let config = config.set_connection_timeout(Some(CONNECT_MAX)).set_pipeline_buffer_size(1024);
    client.get_multiplexed_async_connection_with_config(&config).await
}

/// Asks a sentinel where the master is.
pub(crate) async fn ask_sentinel(address: &Address, host: &str, port: u16) -> RedisResult<Option<(String, u16)>> {
    let Mode::Sentinel(name) = &address.mode else { return Ok(None) };
    let client = address.client(host, port, true, ProtocolVersion::RESP2)?;
    let config = AsyncConnectionConfig::new().set_connection_timeout(Some(CONNECT_MAX)).set_response_timeout(Some(CONNECT_MAX));
    let mut connection = client.get_multiplexed_async_connection_with_config(&config).await?;
    redis::cmd("SENTINEL").arg("GET-MASTER-ADDR-BY-NAME").arg(name).query_async(&mut connection).await
}

/// Sends what waits together, and waits for the replicas once for all of it.
struct Writer {
    address: Arc<Address>,
    host: String,
    port: u16,
    connection: Option<MultiplexedConnection>,
}

impl Writer {
    async fn run(mut self, mut jobs: mpsc::UnboundedReceiver<Job>) {
        let mut batch = Vec::new();
        while jobs.recv_many(&mut batch, BATCH_MAX).await > 0 {
            let jobs = std::mem::take(&mut batch);
            match self.connection().await {
                Ok(mut connection) => self.send(&mut connection, jobs).await,
                Err(error) => {
                    for job in jobs {
                        let _ = job.reply.send(Err(Fault::refused(format!("{}:{}: {error}", self.host, self.port))));
                    }
                }
            }
        }
    }

    async fn connection(&mut self) -> RedisResult<MultiplexedConnection> {
        if let Some(connection) = &self.connection {
            return Ok(connection.clone());
        }
        let patience = self.address.timeout + self.address.wait_timeout;
        let config = AsyncConnectionConfig::new().set_response_timeout(Some(patience));
        let connection = connect(&self.address, &self.host, self.port, ProtocolVersion::RESP2, config).await?;
        self.connection = Some(connection.clone());
        Ok(connection)
    }

    async fn send(&mut self, connection: &mut MultiplexedConnection, jobs: Vec<Job>) {
        let mut pipe = redis::pipe();
        for job in &jobs {
            if job.is_asking {
                pipe.cmd("ASKING");
            }
            pipe.add_command(job.request.command.clone());
        }
        pipe.cmd("WAIT").arg(self.address.wait).arg(self.address.wait_timeout.as_millis() as u64);
        let answers = connection.send_packed_commands(&pipe, 0, pipe.len()).await;
        let answers = match answers {
            Ok(answers) => answers,
            Err(error) => {
                self.connection = None;
                for job in jobs {
                    let _ = job.reply.send(Err(Fault::of_sent(&error)));
                }
                return;
            }
        };
        let reached = match answers.last() {
            Some(Value::Int(reached)) => u32::try_from(*reached).unwrap_or(0),
            _ => 0,
        };
        let mut answers = answers.into_iter();
        for job in jobs {
            if job.is_asking {
                answers.next();
            }
            let answer = answers.next().unwrap_or_default();
            // What was refused was not written, and there is nothing to wait for.
            let is_refused = matches!(answer, Value::ServerError(_));
            let _ = job.reply.send(if is_refused || reached >= self.address.wait {
                Ok(answer)
            } else {
                Err(Fault::Lost(format!("{reached} of {} replicas have it", self.address.wait)))
            });
        }
    }
}
