//! A WebSocket client of a host: frames out and in as JSON, nothing kept. What a replica would do, tests do by hand.

use std::net::SocketAddr;

use anyhow::{Context as _, bail};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::handshake::client::Response;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use super::PATIENCE;

const SUBPROTOCOL: (&str, &str) = ("sec-websocket-protocol", "colloq.v1");

/// A link.
pub struct Link {
    socket: WebSocketStream<TcpStream>,
    text: String,
}

/// What comes from a host.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// A frame.
    Frame(Value),
    /// The end, with its code if it had one.
    Closed(Option<u16>),
}

impl Link {
    /// Connects and says hello.
    ///
    /// # Errors
    /// If there is no welcome.
    pub async fn open(address: SocketAddr, token: Option<&str>, client: &str) -> anyhow::Result<Self> {
        Self::connect(address).await?.hello(token, client).await
    }

    /// The same, where the system keeps no more than so many bytes of what the link does not read.
    ///
    /// # Errors
    /// If there is no welcome.
    pub async fn open_narrow(address: SocketAddr, buffer_bytes: u32) -> anyhow::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.set_recv_buffer_size(buffer_bytes)?;
        let (link, _) = Self::upgrade_over(socket.connect(address).await?, address, &[SUBPROTOCOL]).await?;
        link.hello(None, "narrow").await
    }

    async fn hello(mut self, token: Option<&str>, client: &str) -> anyhow::Result<Self> {
        let mut hello = json!({"kind": "hello", "client": client, "protocol": 1});
        if let Some(token) = token {
            hello["token"] = token.into();
        }
        self.send(&hello).await?;
        match self.next().await? {
            Told::Frame(frame) if frame["kind"] == "welcome" => Ok(self),
            other => bail!("no welcome but {other:?}"),
        }
    }

    /// Connects and says nothing.
    ///
    /// # Errors
    /// Why there is no connection.
    pub async fn connect(address: SocketAddr) -> anyhow::Result<Self> {
        Ok(Self::upgrade(address, &[SUBPROTOCOL]).await?.0)
    }

    /// Asks for a WebSocket with these headers.
    ///
    /// # Errors
    /// Why there is none; `Error::Http` holds what the host answered.
    pub async fn upgrade(address: SocketAddr, headers: &[(&'static str, &str)]) -> Result<(Self, Response), Error> {
        Self::upgrade_over(TcpStream::connect(address).await?, address, headers).await
    }

    async fn upgrade_over(stream: TcpStream, address: SocketAddr, headers: &[(&'static str, &str)]) -> Result<(Self, Response), Error> {
        let mut request = format!("ws://{address}/v1/connect").into_client_request()?;
        for (name, value) in headers {
            request.headers_mut().insert(*name, HeaderValue::from_str(value).map_err(|error| Error::HttpFormat(error.into()))?);
        }
        let (socket, response) = client_async(request, stream).await?;
        Ok((Self { socket, text: String::new() }, response))
    }

    /// Sends a frame.
    ///
    /// # Errors
    /// What the connection says.
    pub async fn send(&mut self, frame: &Value) -> anyhow::Result<()> {
        self.send_message(Message::text(frame.to_string())).await
    }

    /// Sends any message of WebSocket's.
    ///
    /// # Errors
    /// What the connection says.
    pub async fn send_message(&mut self, message: Message) -> anyhow::Result<()> {
        Ok(timeout(PATIENCE, self.socket.send(message)).await??)
    }

    /// What comes next.
    ///
    /// # Errors
    /// If the connection broke off without a close, or nothing comes.
    pub async fn next(&mut self) -> anyhow::Result<Told> {
        loop {
            let message = timeout(PATIENCE, self.socket.next()).await.context("nothing comes")?;
            match message.context("the connection broke off")?? {
                Message::Text(text) => {
                    text.as_str().clone_into(&mut self.text);
                    return Ok(Told::Frame(serde_json::from_str(&text)?));
                }
                Message::Close(close) => return Ok(Told::Closed(close.map(|close| close.code.into()))),
                Message::Binary(bytes) => bail!("a host sends text, not {bytes:?}"),
                _ => {}
            }
        }
    }

    /// The last frame as it came.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The next frame of a kind; others are passed over.
    ///
    /// # Errors
    /// If the link ends before.
    pub async fn next_of(&mut self, kind: &str) -> anyhow::Result<Value> {
        loop {
            match self.next().await? {
                Told::Frame(frame) if frame["kind"] == kind => return Ok(frame),
                Told::Frame(_) => {}
                Told::Closed(code) => bail!("closed with {code:?} before a frame {kind}"),
            }
        }
    }

    /// The frames up to the answer to a ping that is sent now: all that the host had to say.
    ///
    /// # Errors
    /// If the link ends before.
    pub async fn settle(&mut self) -> anyhow::Result<Vec<Value>> {
        self.send(&json!({"kind": "ping"})).await?;
        let mut frames = Vec::new();
        loop {
            match self.next().await? {
                Told::Frame(frame) if frame["kind"] == "pong" => return Ok(frames),
                Told::Frame(frame) => frames.push(frame),
                Told::Closed(code) => bail!("closed with {code:?}"),
            }
        }
    }

    /// Waits for the end of the link; gives its code.
    ///
    /// # Errors
    /// If it does not end with a close.
    pub async fn closed(&mut self) -> anyhow::Result<Option<u16>> {
        loop {
            if let Told::Closed(code) = self.next().await? {
                return Ok(code);
            }
        }
    }
}
