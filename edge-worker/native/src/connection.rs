//! A client's connection: the version of HTTP that it begins with, and a signal for when the
//! client is gone.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use throughline_edge::host::ClientConnection;
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::time::{Sleep, sleep};

/// A client's connection, as hyper reads and writes it.
#[derive(Debug)]
pub(crate) struct Connection {
    reading: Arc<OwnedReadHalf>,
    writing: OwnedWriteHalf,
    /// Bytes that were read to find out the version, and not yet given to hyper.
    begun: Vec<u8>,
    /// While bytes wait for a client that reads none: until it counts as gone.
    unread: Option<Pin<Box<Sleep>>>,
}

/// A version of HTTP on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wire {
    Http1,
    Http2,
}

/// The client of a connection. Clones are the same client.
#[derive(Debug, Clone)]
pub struct Client(Arc<OwnedReadHalf>);

impl Connection {
    pub(crate) fn new(stream: TcpStream) -> Self {
        let (reading, writing) = stream.into_split();
        Self {
            reading: Arc::new(reading),
            writing,
            begun: Vec::new(),
            unread: None,
        }
    }

    /// Finds out by its first bytes whether the client speaks HTTP/2 with prior knowledge:
    /// <https://www.rfc-editor.org/rfc/rfc9113#section-3.3>. They stay to be read. A client
    /// that sends nothing is waited for.
    ///
    /// # Errors
    /// The system's, when the connection has failed.
    pub(crate) async fn wire(&mut self) -> io::Result<Wire> {
        loop {
            if !PREFACE.starts_with(&self.begun) {
                return Ok(Wire::Http1);
            }
            let Some(missing) = PREFACE
                .get(self.begun.len()..)
                .filter(|rest| !rest.is_empty())
            else {
                return Ok(Wire::Http2);
            };
            self.reading.readable().await?;
            let mut more = [0; PREFACE.len()];
            let more = more.get_mut(..missing.len()).unwrap_or_default();
            match self.reading.try_read(more) {
                // What has arrived is no request of either version; hyper says so.
                Ok(0) => return Ok(Wire::Http1),
                Ok(read) => self.begun.extend(more.iter().take(read)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
    }

    pub(crate) fn client(&self) -> Client {
        Client(Arc::clone(&self.reading))
    }

    /// The result of writing: a failure once bytes have waited for [`UNREAD`].
    fn written(
        &mut self,
        task: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if written.is_ready() {
            self.unread = None;
            return written;
        }
        let unread = self.unread.get_or_insert_with(|| Box::pin(sleep(UNREAD)));
        ready!(unread.as_mut().poll(task));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl ClientConnection for Client {
    /// Waits until the client has reset the connection or closed its sending side. A page
    /// that is closed looks the same as a client that only finished sending; like other
    /// proxies, we treat both as gone.
    async fn closed(&self) {
        loop {
            match self.0.ready(Interest::READABLE).await {
                Ok(ready) if !ready.is_read_closed() => {}
                _ => return,
            }
            // There is more to read that is not read now: a body for a slow upstream, or a
            // next request.
            sleep(RECHECK).await;
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.begun.is_empty() {
            let length = self.begun.len().min(buffer.remaining());
            let first: Vec<u8> = self.begun.drain(..length).collect();
            buffer.put_slice(&first);
            return Poll::Ready(Ok(()));
        }
        let stream: &TcpStream = (*self.reading).as_ref();
        loop {
            ready!(stream.poll_read_ready(task))?;
            match stream.try_read_buf(buffer) {
                Ok(_) => return Poll::Ready(Ok(())),
                // Another reader was first.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.writing).poll_write(task, bytes);
        self.written(task, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.writing).poll_write_vectored(task, slices);
        self.written(task, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.writing.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.writing).poll_flush(task)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.writing).poll_shutdown(task)
    }
}

/// How long bytes may wait for a client that reads none. A connection on which nothing is to be
/// written may be silent for longer.
pub(crate) const UNREAD: Duration = Duration::from_secs(60);
const RECHECK: Duration = Duration::from_millis(250);
/// The first bytes of a client's connection in HTTP/2:
/// <https://www.rfc-editor.org/rfc/rfc9113#section-3.4>.
const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio::time::Instant;

    #[tokio::test(start_paused = true)]
    async fn a_client_that_reads_nothing_is_given_up_and_a_silent_connection_is_not() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let connect = TcpStream::connect(address);
        let (client, accepted) = tokio::join!(connect, listener.accept());
        let mut client = client.expect("connected");
        let mut connection = Connection::new(accepted.expect("accepted").0);
        sleep(UNREAD * 60).await;
        connection.write_all(b"late").await.expect("there is room");
        let mut late = [0; 4];
        client.read_exact(&mut late).await.expect("it has arrived");
        let begun = Instant::now();
        // More than the system keeps for a client.
        let written = connection.write_all(&vec![b'.'; 64 << 20]).await;
        let error = written.expect_err("nobody reads");
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!(begun.elapsed() >= UNREAD, "{:?}", begun.elapsed());
    }
}
