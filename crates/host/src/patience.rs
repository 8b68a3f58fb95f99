//! A connection that gives up on whoever does not read: a write that makes no way for eight seconds fails. So a body that never ends
//! (Server-Sent Events) does not wait for its reader for ever.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

/// A client that takes longer to read is cut off.
const WRITE_TIME_MAX: Duration = Duration::from_secs(8);

/// See the module's documentation.
pub(crate) struct Patience<S = TcpStream> {
    stream: S,
    /// Runs while a write waits; most never do.
    stuck: Option<Pin<Box<Sleep>>>,
    time_max: Duration,
}

impl<S: AsyncWrite + Unpin> Patience<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self { stream, stuck: None, time_max: WRITE_TIME_MAX }
    }

    fn poll<T>(
        &mut self,
        context: &mut Context<'_>,
        write: impl FnOnce(Pin<&mut S>, &mut Context<'_>) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if let Poll::Ready(written) = write(Pin::new(&mut self.stream), context) {
            self.stuck = None;
            return Poll::Ready(written);
        }
        let time_max = self.time_max;
        let stuck = self.stuck.get_or_insert_with(|| Box::pin(sleep(time_max)));
        ready!(stuck.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patience<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patience<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll(context, |stream, context| stream.poll_write(context, bytes))
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        self.poll(context, |stream, context| stream.poll_write_vectored(context, bytes))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll(context, AsyncWrite::poll_flush)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll(context, AsyncWrite::poll_shutdown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    #[tokio::test]
    async fn a_write_that_makes_no_way_fails() {
        let (mut reader, writer) = duplex(4);
        let mut writer = Patience { time_max: Duration::from_millis(10), ..Patience::new(writer) };
        writer.write_all(b"1234").await.expect("there is room");
        assert_eq!(writer.write_all(b"5").await.map_err(|error| error.kind()), Err(io::ErrorKind::TimedOut));
        let mut read = [0; 4];
        reader.read_exact(&mut read).await.expect("it can be read");
        writer.write_all(b"5678").await.expect("somebody reads again");
    }
}
