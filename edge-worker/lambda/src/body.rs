//! Bodies of requests and responses in a function.

use crate::platform::{self, ChunkReader};
use bytes::{Bytes, BytesMut};
use js_sys::Uint8Array;
use throughline_edge::host::{Body, BodyError, Outgoing};
use wasm_bindgen_futures::JsFuture;

/// The body of a request, which an event has whole, or of an upstream's response, which arrives in
/// chunks. Dropping it ends the rest, so that its connection is free again.
#[derive(Debug)]
pub struct LambdaBody {
    state: State,
}

#[derive(Debug)]
enum State {
    /// At its end.
    Done,
    Whole(Bytes),
    /// `pending` outlives a dropped `chunk` call, so that its chunk is not lost.
    Reading {
        reader: ChunkReader,
        pending: Option<JsFuture>,
    },
}

impl LambdaBody {
    /// A body that is here.
    pub(crate) fn whole(body: Bytes) -> Self {
        Self {
            state: match body.is_empty() {
                true => State::Done,
                false => State::Whole(body),
            },
        }
    }

    /// A body that arrives.
    pub(crate) fn reading(reader: ChunkReader) -> Self {
        Self {
            state: State::Reading {
                reader,
                pending: None,
            },
        }
    }
}

impl Body for LambdaBody {
    fn is_absent(&self) -> bool {
        matches!(self.state, State::Done)
    }

    async fn chunk(&mut self) -> Option<Result<Bytes, BodyError>> {
        let State::Reading { reader, pending } = &mut self.state else {
            return match core::mem::replace(&mut self.state, State::Done) {
                State::Whole(body) => Some(Ok(body)),
                _ => None,
            };
        };
        let read = pending
            .get_or_insert_with(|| JsFuture::from(reader.read()))
            .await;
        *pending = None;
        match read {
            Ok(chunk) if chunk.is_undefined() => {
                self.state = State::Done;
                None
            }
            Ok(chunk) => Some(Ok(Bytes::from(Uint8Array::from(chunk).to_vec()))),
            Err(thrown) => {
                self.state = State::Done;
                Some(Err(BodyError(platform::message(&thrown))))
            }
        }
    }
}

impl Drop for LambdaBody {
    fn drop(&mut self) {
        if let State::Reading { reader, .. } = &self.state {
            reader.abandon();
        }
    }
}

/// Reads a body to its end.
///
/// # Errors
/// [`BodyError`] when it ends early.
pub(crate) async fn read(body: Outgoing<LambdaBody>) -> Result<Bytes, BodyError> {
    match body {
        Outgoing::Bytes(bytes) => Ok(bytes),
        Outgoing::Incoming(body) => all(body).await,
        Outgoing::Rewritten(body) => all(body).await,
    }
}

async fn all(mut body: impl Body) -> Result<Bytes, BodyError> {
    let Some(first) = body.chunk().await else {
        return Ok(Bytes::new());
    };
    let (first, second) = (first?, body.chunk().await);
    let Some(second) = second else {
        return Ok(first);
    };
    let mut whole = BytesMut::from(first);
    whole.extend_from_slice(&second?);
    while let Some(chunk) = body.chunk().await {
        whole.extend_from_slice(&chunk?);
    }
    Ok(whole.freeze())
}
