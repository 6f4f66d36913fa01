//! Bodies of requests and responses in a Worker, as JavaScript streams.

use crate::platform::ChunkReader;
use bytes::Bytes;
use throughline_edge::host::{Body, BodyError};
use worker::js_sys;
use worker::js_sys::Uint8Array;
use worker::wasm_bindgen::{JsCast, JsValue};
use worker::wasm_bindgen_futures::JsFuture;
use worker::web_sys::{ReadableStream, WebSocket};

/// The rest of a body, which the platform passes on by itself.
#[derive(Debug)]
pub(crate) enum Rest {
    Stream(ReadableStream),
    /// In place of a body, after status 101.
    Connection(WebSocket),
}

/// The body of a client's request or an upstream's response. Dropping it cancels the rest
/// of the stream, so that the connection is free again.
#[derive(Debug)]
pub struct WorkerBody {
    state: State,
}

#[derive(Debug)]
enum State {
    /// At its end, or given to JavaScript.
    Done,
    /// Not read from yet.
    Whole(ReadableStream),
    /// No body but a connection that has changed its protocol.
    Changed(WebSocket),
    /// `pending` outlives a dropped `chunk` call, so that its chunk is not lost.
    Reading {
        stream: ReadableStream,
        reader: ChunkReader,
        pending: Option<JsFuture<Uint8Array>>,
    },
}

impl WorkerBody {
    /// The body of a request or response, which may have none.
    pub(crate) fn of(stream: Option<ReadableStream>) -> Self {
        Self {
            state: stream.map_or(State::Done, State::Whole),
        }
    }

    /// The connection of a response with status 101.
    pub(crate) fn changed(connection: WebSocket) -> Self {
        Self {
            state: State::Changed(connection),
        }
    }

    /// The stream with what was not read of it, or the connection, for the platform to pump by
    /// itself; `None` when there is neither. A body of which a chunk is being read stays as it
    /// is.
    pub(crate) fn into_rest(mut self) -> Option<Rest> {
        match core::mem::replace(&mut self.state, State::Done) {
            State::Whole(stream) => Some(Rest::Stream(stream)),
            State::Changed(connection) => Some(Rest::Connection(connection)),
            State::Reading {
                stream,
                reader,
                pending: None,
            } => {
                reader.release();
                Some(Rest::Stream(stream))
            }
            state => {
                self.state = state;
                None
            }
        }
    }
}

impl Body for WorkerBody {
    fn is_absent(&self) -> bool {
        matches!(self.state, State::Done | State::Changed(_))
    }

    async fn chunk(&mut self) -> Option<Result<Bytes, BodyError>> {
        if let State::Whole(stream) = &self.state {
            match ChunkReader::new(stream) {
                Ok(reader) => {
                    self.state = State::Reading {
                        stream: stream.clone(),
                        reader,
                        pending: None,
                    };
                }
                Err(thrown) => return Some(Err(self.ended_early(&thrown))),
            }
        }
        let State::Reading {
            reader, pending, ..
        } = &mut self.state
        else {
            return None;
        };
        let read = pending
            .get_or_insert_with(|| JsFuture::from(reader.read()))
            .await;
        *pending = None;
        match read {
            Ok(chunk) if chunk.length() == 0 => {
                self.state = State::Done;
                None
            }
            Ok(chunk) => Some(Ok(Bytes::from(chunk.to_vec()))),
            Err(thrown) => Some(Err(self.ended_early(&thrown))),
        }
    }
}

impl WorkerBody {
    fn ended_early(&mut self, thrown: &JsValue) -> BodyError {
        self.state = State::Done;
        BodyError(message(thrown))
    }
}

impl Drop for WorkerBody {
    fn drop(&mut self) {
        match &self.state {
            State::Done | State::Changed(_) => {}
            State::Whole(stream) => ChunkReader::abandon(stream),
            State::Reading { reader, .. } => reader.abandon_rest(),
        }
    }
}

/// The message of a thrown value.
pub(crate) fn message(thrown: &JsValue) -> Box<str> {
    thrown
        .dyn_ref::<js_sys::Error>()
        .map_or_else(|| format!("{thrown:?}"), |error| error.message().into())
        .into()
}
