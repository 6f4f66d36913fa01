//! Suite `stack`: frames of an error object.

use crate::request::RequestError;
use serde::{Deserialize, Serialize};
use throughline_symbolicate::stack::StackSource;

/// The properties of the error object; those that it does not have are null or missing.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Request {
    message: Option<String>,
    stack: Option<String>,
    stacktrace: Option<String>,
    frames_to_pop: Option<usize>,
}

#[derive(Serialize)]
pub(crate) struct Response {
    frames: Vec<Frame>,
}

#[derive(Serialize)]
struct Frame {
    function: String,
    filename: String,
    lineno: Option<u32>,
    colno: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wasm: Option<Wasm>,
}

/// The place in WebAssembly of a frame that has one.
#[derive(Serialize)]
struct Wasm {
    module: String,
    function: u32,
    offset: Option<u32>,
}

pub(crate) fn respond(request: Request) -> Result<Response, RequestError> {
    let source = StackSource {
        message: request.message.as_deref().unwrap_or_default(),
        stack: request.stack.as_deref().unwrap_or_default(),
        stacktrace: request.stacktrace.as_deref().unwrap_or_default(),
        frames_to_pop: request.frames_to_pop.unwrap_or_default(),
    };
    let frames = source.frames().into_iter().map(|frame| Frame {
        function: frame.function.into(),
        wasm: frame.wasm().map(|place| Wasm {
            module: place.module.into(),
            function: place.function,
            offset: place.offset,
        }),
        filename: frame.filename.into_owned(),
        lineno: frame.lineno,
        colno: frame.colno,
    });
    Ok(Response {
        frames: frames.collect(),
    })
}
