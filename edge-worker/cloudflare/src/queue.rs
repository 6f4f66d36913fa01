//! The durable queue of Workers, with R2 for messages that are too large for it.

use crate::body::message;
use crate::host::WorkerHost;
use crate::platform::MessageQueue;
use bytes::Bytes;
use throughline_edge::host::{Delivery, DurableQueue, QueueError};
use worker::js_sys::Uint8Array;
use worker::wasm_bindgen::{self, JsError, JsValue, prelude::wasm_bindgen};
use worker::wasm_bindgen_futures::{self, JsFuture};
use worker::{Context, Env, worker_sys};

/// The queue, and the bucket where it is bound.
#[derive(Debug, Clone)]
pub struct WorkerQueue {
    pub(crate) queue: JsValue,
    pub(crate) bucket: Option<JsValue>,
}

impl DurableQueue for WorkerQueue {
    const ABSENT_BECAUSE: Option<&'static str> = None;

    fn max_message_bytes(&self) -> usize {
        match self.bucket {
            Some(_) => LARGEST_OBJECT,
            None => LARGEST_INLINE,
        }
    }

    async fn put(&self, message: Bytes) -> Result<(), QueueError> {
        let bucket = (self.bucket.as_ref()).filter(|_| message.len() > LARGEST_INLINE);
        let put = MessageQueue::put(
            &self.queue,
            bucket.unwrap_or(&JsValue::UNDEFINED),
            &Uint8Array::from(&message[..]),
        );
        (JsFuture::from(put).await)
            .map(|_| ())
            .map_err(|thrown| QueueError::Unavailable(self::message(&thrown)))
    }
}

/// Exports a message that was delivered `attempt` times before. Returns the ms until it is to be
/// delivered again; -1 when it is done, -2 when no delivery can help. Where the delivery `is_last`,
/// its records are counted in any case.
///
/// # Errors
/// The configuration cannot be used.
#[wasm_bindgen(js_name = takeUp)]
pub async fn take_up(
    env: Env,
    context: worker_sys::Context,
    message: Vec<u8>,
    attempt: u32,
    is_last: bool,
) -> Result<f64, JsError> {
    let edge = crate::configured(&env).ok_or_else(|| JsError::new(crate::NOT_CONFIGURED))?;
    let host = WorkerHost::of_object(Context::new(context), &env);
    let message = Bytes::from(message);
    let delivery = edge.take_up(&host, &message, attempt).await;
    if is_last && matches!(delivery, Delivery::Retry { .. }) {
        edge.undelivered(&host, &message);
    }
    edge.flush_outcomes_when_due(&host).await;
    Ok(match delivery {
        Delivery::Done => -1.0,
        Delivery::Refused => -2.0,
        Delivery::Retry { after } => after.as_secs_f64() * 1e3,
    })
}

/// Bytes of a message: 128 KB with its metadata.
/// <https://developers.cloudflare.com/queues/platform/limits/>
const LARGEST_INLINE: usize = 127_000;
/// An object may have more; the edge has few batches that are as large.
const LARGEST_OBJECT: usize = 8 << 20;
