//! The function that takes messages out of the durable queue.

use crate::config;
use crate::host::LambdaHost;
use crate::invocation;
use crate::queue::MessageQueue;
use bytes::Bytes;
use core::time::Duration;
use js_sys::Array;
use throughline_edge::Edge;
use throughline_edge::host::Delivery;
use wasm_bindgen::prelude::*;

/// The edge as the operator configured it, for a function whose event source is the queue.
#[wasm_bindgen]
#[derive(Debug)]
pub struct ConsumerFunction {
    edge: Edge,
    queue: MessageQueue,
}

#[wasm_bindgen]
impl ConsumerFunction {
    /// Reads the same configuration as that of the function that puts messages into the queue.
    ///
    /// # Errors
    /// The message names the line and the key; the operator is at fault.
    #[wasm_bindgen(constructor)]
    pub fn new(text: &str) -> Result<Self, JsError> {
        let (edge, names) = config::for_consumer(text)?;
        let queue = names.connect();
        Ok(Self { edge, queue })
    }

    /// The queue.
    #[wasm_bindgen(getter)]
    pub fn queue(&self) -> MessageQueue {
        self.queue.clone()
    }

    /// Exports a message that was received for the `attempt`th time: `["done"]`, `["refused"]`, or
    /// `["retry", milliseconds]`.
    #[wasm_bindgen(js_name = takeUp)]
    pub async fn take_up(&self, message: Vec<u8>, attempt: u32, remaining_ms: f64) -> Array {
        let host = LambdaHost::for_invocation(remaining_ms, Some(&self.queue));
        let message = Bytes::from(message);
        let before = attempt.saturating_sub(1);
        let delivery = self.edge.take_up(&host, &message, before);
        let late = Delivery::Retry { after: LATE };
        match invocation::finish(&host, delivery).await.unwrap_or(late) {
            Delivery::Done => Array::of1(&"done".into()),
            Delivery::Refused => Array::of1(&"refused".into()),
            Delivery::Retry { after } => {
                Array::of2(&"retry".into(), &(after.as_millis() as f64).into())
            }
        }
    }
}

/// The wait for the next delivery of a message whose export did not end in time.
const LATE: Duration = Duration::from_secs(60);
