//! The body of a response into which a script is inserted, step by step.
//!
//! It reads no clock and waits for nothing: a host pushes what arrives and sends what comes
//! out. A response holds at most what the search for the place holds
//! ([`LOOK_AHEAD`](super::head::LOOK_AHEAD) bytes and the last chunk) and, where it is
//! compressed, the state of one decoder and one encoder.

use super::gzip::Gzip;
use super::insertion::Insertion;
use crate::host::BodyError;
use bytes::Bytes;

/// A body that is rewritten while it arrives.
#[derive(Debug)]
pub struct Rewriter {
    insertion: Insertion,
    gzip: Option<Box<Gzip>>,
    end: Option<Result<(), BodyError>>,
}

/// The next action of a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Sends these bytes.
    Send(Bytes),
    /// Reads the next chunk of the upstream's body.
    Read,
    /// Ends the body.
    End,
    /// Ends the connection: the body is not whole. The upstream or the network is at fault.
    Fail(BodyError),
}

impl Rewriter {
    pub(super) const fn new(insertion: Insertion, gzip: Option<Box<Gzip>>) -> Self {
        Self {
            insertion,
            gzip,
            end: None,
        }
    }

    /// The next step. Each call after [`Step::Read`] follows a [`Rewriter::push`] or a
    /// [`Rewriter::end`].
    pub fn step(&mut self) -> Step {
        loop {
            let next = match &mut self.gzip {
                Some(gzip) => gzip.next(&mut self.insertion),
                None => self.insertion.pop(),
            };
            if let Some(bytes) = next {
                if bytes.is_empty() {
                    continue;
                }
                return Step::Send(bytes);
            }
            if let Some(fault) = self.gzip.as_ref().and_then(|gzip| gzip.fault()) {
                return Step::Fail(fault.clone());
            }
            return match &self.end {
                None => Step::Read,
                Some(Ok(())) => Step::End,
                Some(Err(error)) => Step::Fail(error.clone()),
            };
        }
    }

    /// Takes the next chunk of the upstream's body.
    pub fn push(&mut self, chunk: Bytes) {
        match &mut self.gzip {
            Some(gzip) => gzip.push(chunk),
            None => self.insertion.push(chunk),
        }
    }

    /// Takes the end of the upstream's body, or why it ended early.
    pub fn end(&mut self, end: Result<(), BodyError>) {
        match (&mut self.gzip, &end) {
            (Some(gzip), Ok(())) => gzip.end(),
            (Some(gzip), Err(_)) => gzip.break_off(),
            (None, Ok(())) => self.insertion.end(),
            (None, Err(_)) => self.insertion.give_up(),
        }
        self.end = Some(end);
    }

    /// Whether the rest of the body passes unchanged, so that a host may send it by itself.
    pub fn is_done(&self) -> bool {
        self.gzip.is_none() && self.insertion.is_over() && self.end.is_none()
    }
}
