//! What a refusal leaves unread of a body. A connection that is closed with bytes unread is reset, and the client may never see why:
//! so the rest is read and thrown away, for a while.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::timeout;

/// No more than this is read for nothing ...
const BYTES_MAX: usize = 16 << 20;
/// ... and for no longer.
const TIME_MAX: Duration = Duration::from_secs(5);

/// A body whose rest is read once it is dropped.
pub(super) struct Unread<B: Body<Data = Bytes> + Send + 'static>(Option<Pin<Box<B>>>);

impl<B: Body<Data = Bytes> + Send + 'static> Unread<B> {
    pub(super) fn new(body: B) -> Self {
        Self(Some(Box::pin(body)))
    }
}

impl<B: Body<Data = Bytes> + Send + 'static> Body for Unread<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let Some(body) = &mut self.0 else { return Poll::Ready(None) };
        let polled = body.as_mut().poll_frame(context);
        if matches!(polled, Poll::Ready(None | Some(Err(_)))) {
            self.0 = None;
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.0.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.0.as_ref().map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

impl<B: Body<Data = Bytes> + Send + 'static> Drop for Unread<B> {
    fn drop(&mut self) {
        let Some(mut body) = self.0.take().filter(|body| !body.is_end_stream()) else { return };
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        runtime.spawn(timeout(TIME_MAX, async move {
            let mut bytes = 0;
            while let Some(Ok(frame)) = body.frame().await {
                bytes += frame.data_ref().map_or(0, Bytes::len);
                if bytes > BYTES_MAX {
                    return;
                }
            }
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    use futures_util::stream;
    use http_body_util::StreamBody;
    use tokio::sync::mpsc;

    type Piece = Result<Frame<Bytes>, Infallible>;

    fn channel() -> (mpsc::Sender<Piece>, impl Body<Data = Bytes, Error = Infallible> + Send + 'static) {
        let (sender, mut pieces) = mpsc::channel::<Piece>(1);
        (sender, StreamBody::new(stream::poll_fn(move |context| pieces.poll_recv(context))))
    }

    fn piece(bytes: usize) -> Frame<Bytes> {
        Frame::data(Bytes::from(vec![0; bytes]))
    }

    #[tokio::test]
    async fn what_is_left_is_read() {
        let (sender, body) = channel();
        drop(Unread::new(body));
        for _ in 0..10 {
            assert!(sender.send(Ok(piece(1))).await.is_ok());
        }
    }

    #[tokio::test]
    async fn but_not_without_end() {
        let (sender, body) = channel();
        drop(Unread::new(body));
        let mut sent = 0;
        while sender.send(Ok(piece(1 << 20))).await.is_ok() {
            sent += 1;
            assert!(sent < 32, "somebody reads for ever");
        }
    }
}
