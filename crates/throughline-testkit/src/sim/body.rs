//! The bodies of the simulated host.

use bytes::Bytes;
use std::collections::VecDeque;
use throughline_edge::host::{Body, BodyError, Outgoing, Step};

/// A body in chunks, which may end early.
#[derive(Debug, Default)]
pub struct SimBody {
    chunks: VecDeque<Result<Bytes, BodyError>>,
    /// Whether the rest never arrives.
    stalls: bool,
}

impl SimBody {
    /// All of it at once.
    pub fn whole(bytes: Bytes) -> Self {
        Self::in_chunks(bytes, usize::MAX)
    }

    /// In chunks of at most this many bytes.
    pub fn in_chunks(mut bytes: Bytes, size: usize) -> Self {
        let mut chunks = VecDeque::new();
        while !bytes.is_empty() {
            chunks.push_back(Ok(bytes.split_to(size.clamp(1, bytes.len()))));
        }
        Self {
            chunks,
            stalls: false,
        }
    }

    /// The chunks so far, and then the connection ends.
    #[must_use]
    pub fn then_breaks(mut self) -> Self {
        self.chunks
            .push_back(Err(BodyError("connection reset".into())));
        self
    }

    /// The chunks so far, and then nothing more.
    #[must_use]
    pub fn then_stalls(mut self) -> Self {
        self.stalls = true;
        self
    }

    /// Whether the body ends early.
    pub fn breaks_off(&self) -> bool {
        self.chunks.iter().any(Result::is_err)
    }

    /// All bytes of the body.
    pub fn collect(self) -> Bytes {
        let mut all = Vec::new();
        for chunk in self.chunks.into_iter().flatten() {
            all.extend_from_slice(&chunk);
        }
        all.into()
    }
}

/// All bytes of a body that the edge sends, up to where it breaks.
pub fn collect(body: Outgoing<SimBody>) -> Bytes {
    let (body, mut rewriter) = match body {
        Outgoing::Bytes(bytes) => return bytes,
        Outgoing::Incoming(body) => return body.collect(),
        Outgoing::Rewritten(rewritten) => rewritten.into_parts(),
    };
    let (mut chunks, mut all) = (body.chunks, Vec::new());
    loop {
        match rewriter.step() {
            Step::Send(bytes) => all.extend_from_slice(&bytes),
            Step::Read => match chunks.pop_front() {
                Some(Ok(chunk)) => rewriter.push(chunk),
                Some(Err(error)) => rewriter.end(Err(error)),
                None => rewriter.end(Ok(())),
            },
            Step::End | Step::Fail(_) => return all.into(),
        }
    }
}

impl Body for SimBody {
    fn is_absent(&self) -> bool {
        self.chunks.is_empty() && !self.stalls
    }

    async fn chunk(&mut self) -> Option<Result<Bytes, BodyError>> {
        if self.chunks.is_empty() && self.stalls {
            core::future::pending::<()>().await;
        }
        self.chunks.pop_front()
    }
}
