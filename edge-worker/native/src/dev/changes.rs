//! Follows the changes of a store in another process.

use http_body_util::BodyExt;
use hyper::body::Incoming;
use std::future::pending;
use std::io;
use std::pin::pin;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::sleep;

/// The stream of changes that the page has too.
pub(super) struct Changes {
    body: Incoming,
    interrupt: Signal,
}

impl Changes {
    /// The changes in the body of `GET /api/events`. From now on Ctrl-C does not end the program.
    pub(super) fn of(body: Incoming) -> io::Result<Self> {
        let interrupt = signal(SignalKind::interrupt())?;
        Ok(Self { body, interrupt })
    }

    /// Waits until the store has changed, or for some time at most; false at the end by Ctrl-C.
    pub(super) async fn next(&mut self, most: Option<Duration>) -> Result<bool, &'static str> {
        let most = async {
            match most {
                Some(most) => sleep(most).await,
                None => pending().await,
            }
        };
        let mut most = pin!(most);
        loop {
            let frame = tokio::select! {
                frame = self.body.frame() => frame,
                () = &mut most => return Ok(true),
                _ = self.interrupt.recv() => return Ok(false),
            };
            match frame {
                // A comment keeps the connection alive.
                Some(Ok(frame)) if frame.data_ref().is_some_and(|data| data.starts_with(b":")) => {}
                Some(Ok(_)) => return Ok(true),
                _ => return Err("it has ended"),
            }
        }
    }

    /// Waits for some time; false at the end by Ctrl-C.
    pub(super) async fn pause(&mut self, time: Duration) -> bool {
        tokio::select! {
            () = sleep(time) => true,
            _ = self.interrupt.recv() => false,
        }
    }
}
