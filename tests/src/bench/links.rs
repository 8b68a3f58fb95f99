//! Links to a real host, held by a process of their own: this program with other arguments, told what to do line by line.
//!
//! A process holds as many links as the system lets it have files; what they take is the host's memory, not this one's.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, Result, bail, ensure};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::{WebSocketStream, client_async};

/// The argument that makes this program hold links.
pub const HOLD: &str = "hold";
/// How many links are opened side by side.
const SIDE_BY_SIDE: usize = 1024;

/// A link.
pub type Link = WebSocketStream<TcpStream>;

/// A process that holds links.
pub struct Holder {
    child: Child,
    input: ChildStdin,
    said: BufReader<ChildStdout>,
}

impl Holder {
    /// Starts it: so many links to a host, each of which follows one of the sessions, if there are any.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn start(address: &str, links: usize, sessions: &[String]) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args([HOLD, address, &links.to_string()]).args(sessions).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let input = child.stdin.take().context("its input is piped")?;
        let said = BufReader::new(child.stdout.take().context("its output is piped")?);
        Ok(Self { child, input, said })
    }

    /// Has all its links opened, those before closed first; gives how many seconds that took, until the last one was ready.
    ///
    /// # Errors
    /// What it says where it did not.
    pub fn open_all(&mut self) -> Result<f64> {
        writeln!(self.input, "open")?;
        let mut line = String::new();
        self.said.read_line(&mut line)?;
        line.trim().parse().with_context(|| format!("it says {line:?}"))
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        // It is a child of ours, and holds nothing but links.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What such a process does.
///
/// # Errors
/// A link that could not be opened.
pub fn hold(mut arguments: impl Iterator<Item = String>) -> Result<()> {
    let (address, links) = (arguments.next().context("an address")?, arguments.next().context("a number of links")?.parse()?);
    let sessions: Arc<Vec<String>> = Arc::new(arguments.collect());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut held: Vec<Link> = Vec::new();
    for line in std::io::stdin().lines() {
        ensure!(line? == "open", "it is told to open links");
        held.clear();
        let started = Instant::now();
        held = runtime.block_on(open_all(&address, links, &sessions))?;
        println!("{}", started.elapsed().as_secs_f64());
    }
    drop(held);
    Ok(())
}

async fn open_all(address: &str, links: usize, sessions: &Arc<Vec<String>>) -> Result<Vec<Link>> {
    let permits = Arc::new(Semaphore::new(SIDE_BY_SIDE));
    let tasks: Vec<_> = (0..links)
        .map(|nth| {
            let (address, sessions, permits) = (address.to_owned(), Arc::clone(sessions), Arc::clone(&permits));
            tokio::spawn(async move {
                let _permit = permits.acquire_owned().await?;
                let mut link = open(&address).await?;
                if let Some(session) = sessions.get(nth % sessions.len().max(1)) {
                    subscribe(&mut link, session).await?;
                }
                anyhow::Ok(link)
            })
        })
        .collect();
    let mut held = Vec::with_capacity(links);
    for task in tasks {
        held.push(task.await??);
    }
    Ok(held)
}

/// Opens a link and says hello.
///
/// # Errors
/// If there is no link.
pub async fn open(address: &str) -> Result<Link> {
    let mut request = format!("ws://{address}/v1/connect").into_client_request()?;
    request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static("colloq.v1"));
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (mut link, _) = client_async(request, stream).await?;
    link.send(Message::text(r#"{"kind":"hello","protocol":1,"client":"bench"}"#)).await?;
    next(&mut link, "welcome").await?;
    Ok(link)
}

/// Follows a session from its snapshot.
///
/// # Errors
/// If the link ends before.
pub async fn subscribe(link: &mut Link, session: &str) -> Result<()> {
    link.send(Message::text(format!(r#"{{"kind":"subscribe","session":"{session}"}}"#))).await?;
    next(link, "subscribed").await.map(drop)
}

/// The next frame of a kind, as text.
///
/// # Errors
/// If the link ends before, or what comes is an error.
pub async fn next(link: &mut Link, kind: &str) -> Result<String> {
    let begins = format!(r#"{{"kind":"{kind}""#);
    loop {
        match link.next().await.context("the link ended")?? {
            Message::Text(text) if text.starts_with(&begins) => return Ok(text.as_str().to_owned()),
            Message::Text(text) if text.starts_with(r#"{"kind":"error""#) => bail!("{text}"),
            Message::Close(close) => bail!("closed: {close:?}"),
            _ => {}
        }
    }
}
