//! Passes bytes on between a client and an upstream after status 101.

use hyper::Response;
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use std::cell::Cell;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;
use throughline_edge::host::UpgradeIdle;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf, copy_bidirectional_with_sizes};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

/// Passes bytes on between a client and the upstream of a response with status 101, as long as
/// [`UpgradeIdle`] allows. That has no end of its own, as a rule: it ends when the program does.
pub(crate) fn join<B>(
    client: OnUpgrade,
    response: &mut Response<B>,
    mut ending: watch::Receiver<bool>,
) -> impl Future<Output = ()> + use<B> {
    let idle = response.extensions().get::<UpgradeIdle>();
    let idle = idle.map(|UpgradeIdle(idle)| *idle);
    let upstream = hyper::upgrade::on(response);
    async move {
        tokio::select! {
            () = pass(client, upstream, idle) => {}
            _ = ending.wait_for(|ending| *ending) => {}
        }
    }
}

/// Passes bytes on until both sides have ended, until one fails, or until nothing has passed
/// for the time `idle`. A side that has ended its sending still receives.
async fn pass(client: OnUpgrade, upstream: OnUpgrade, idle: Option<Duration>) {
    let (Ok(client), Ok(upstream)) = tokio::join!(client, upstream) else {
        return;
    };
    let mut client = Watched::new(TokioIo::new(client));
    let mut upstream = TokioIo::new(upstream);
    let last = Rc::clone(&client.last);
    let passed =
        copy_bidirectional_with_sizes(&mut client, &mut upstream, BUFFER_BYTES, BUFFER_BYTES);
    tokio::select! {
        // Both sides see the end of the other; there is nobody else to tell.
        _ = passed => {}
        () = silence(&last, idle) => {}
    }
}

/// Ends once nothing has passed for the time `idle`.
async fn silence(last: &Cell<Instant>, idle: Option<Duration>) {
    let Some(idle) = idle else {
        return std::future::pending().await;
    };
    loop {
        let until = last.get() + idle;
        if Instant::now() >= until {
            return;
        }
        sleep_until(until).await;
    }
}

/// A connection that notes when bytes have last passed.
struct Watched {
    inner: TokioIo<Upgraded>,
    last: Rc<Cell<Instant>>,
}

impl Watched {
    fn new(inner: TokioIo<Upgraded>) -> Self {
        Self {
            inner,
            last: Rc::new(Cell::new(Instant::now())),
        }
    }
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.inner).poll_read(task, buffer);
        if read.is_ready() {
            self.last.set(Instant::now());
        }
        read
    }
}

impl AsyncWrite for Watched {
    fn poll_write(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write(task, bytes);
        if written.is_ready() {
            self.last.set(Instant::now());
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(task)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(task)
    }
}

/// The memory of a direction: its sender waits when its receiver does not take more.
const BUFFER_BYTES: usize = 16 << 10;

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::{sleep, timeout};

    #[tokio::test(start_paused = true)]
    async fn a_connection_is_idle_for_as_long_as_configured_since_its_last_byte() {
        let begun = Instant::now();
        let last = Cell::new(begun);
        let passes = async {
            sleep(Duration::from_millis(400)).await;
            last.set(Instant::now());
        };
        tokio::join!(silence(&last, Some(Duration::from_millis(700))), passes);
        assert_eq!(begun.elapsed(), Duration::from_millis(1_100));
        let forever = timeout(Duration::from_secs(3_600), silence(&last, None));
        assert!(forever.await.is_err(), "without a limit it ends");
    }
}
