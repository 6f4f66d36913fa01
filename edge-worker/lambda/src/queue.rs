//! The durable queue of a function: SQS, with S3 for messages that are too large for it.

use crate::config::LambdaConfig;
use crate::platform;
use bytes::Bytes;
use http::Uri;
use js_sys::{Promise, Uint8Array};
use throughline_edge::Config;
use throughline_edge::config::ConfigError;
use throughline_edge::host::{DurableQueue, QueueError};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

/// The queue and the bucket that a configuration names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct QueueNames {
    url: String,
    bucket: Option<String>,
}

impl QueueNames {
    /// `None` where no queue is named and no backend needs one.
    ///
    /// # Errors
    /// [`ConfigError`] names the key that is wrong; the operator is at fault.
    pub(crate) fn new(lambda: &LambdaConfig, config: &Config) -> Result<Option<Self>, ConfigError> {
        let mut backends = core::iter::once(&config.backend).chain(&config.backends);
        let is_needed = backends.any(|backend| backend.durable);
        let Some(url) = &lambda.queue_url else {
            return match is_needed || lambda.bucket.is_some() {
                true => Err(ConfigError::Missing {
                    key: "lambda.queue_url".into(),
                    wanted: QUEUE_URL,
                }),
                false => Ok(None),
            };
        };
        if url.ends_with(".fifo") {
            return Err(ConfigError::Unavailable {
                key: "lambda.queue_url".into(),
                why: "messages need no order, and a queue that keeps one is slower and costs more: use a standard queue",
            });
        }
        if !is_queue_url(url) {
            return Err(ConfigError::Invalid {
                key: "lambda.queue_url".into(),
                wanted: QUEUE_URL,
            });
        }
        if lambda.bucket.as_deref().is_some_and(|name| !is_name(name)) {
            return Err(ConfigError::Invalid {
                key: "lambda.bucket".into(),
                wanted: "the name of a bucket of S3, without dots: small letters, digits and -",
            });
        }
        Ok(Some(Self {
            url: url.clone(),
            bucket: lambda.bucket.clone(),
        }))
    }

    /// The queue itself.
    pub(crate) fn connect(&self) -> MessageQueue {
        MessageQueue::new(&self.url, self.bucket.as_deref())
    }
}

impl DurableQueue for MessageQueue {
    const ABSENT_BECAUSE: Option<&'static str> = None;

    fn max_message_bytes(&self) -> usize {
        self.max_bytes() as usize
    }

    async fn put(&self, message: Bytes) -> Result<(), QueueError> {
        let stored = self.put_bytes(&Uint8Array::from(&message[..]));
        (JsFuture::from(stored).await)
            .map(|_| ())
            .map_err(|thrown| QueueError::Unavailable(platform::message(&thrown)))
    }
}

#[wasm_bindgen(module = "message-queue")]
extern "C" {
    /// `message-queue.mjs`
    #[derive(Debug, Clone)]
    pub type MessageQueue;

    #[wasm_bindgen(constructor)]
    fn new(queue_url: &str, bucket: Option<&str>) -> MessageQueue;

    #[wasm_bindgen(method, getter, js_name = maxMessageBytes)]
    fn max_bytes(this: &MessageQueue) -> f64;

    /// Rejects when it is not known whether the message is stored.
    #[wasm_bindgen(method, js_name = put)]
    fn put_bytes(this: &MessageQueue, message: &Uint8Array) -> Promise;
}

fn is_queue_url(url: &str) -> bool {
    let Ok(uri) = url.parse::<Uri>() else {
        return false;
    };
    let path = uri.path().trim_matches('/');
    matches!(uri.scheme_str(), Some("http" | "https")) && path.contains('/')
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>. A name with dots
/// has no certificate.
fn is_name(name: &str) -> bool {
    let is_part = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
    (3..=63).contains(&name.len()) && name.bytes().all(is_part)
}

const QUEUE_URL: &str =
    "the URL of a queue of SQS, such as https://sqs.eu-west-1.amazonaws.com/123456789012/telemetry";

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "https://sqs.eu-west-1.amazonaws.com/123456789012/telemetry";

    fn names(
        url: Option<&str>,
        bucket: Option<&str>,
        durable: bool,
    ) -> Result<Option<QueueNames>, String> {
        let lambda = LambdaConfig {
            queue_url: url.map(String::from),
            bucket: bucket.map(String::from),
            ..LambdaConfig::default()
        };
        let mut config = Config::default();
        config.backend.durable = durable;
        QueueNames::new(&lambda, &config).map_err(|error| error.to_string())
    }

    #[test]
    fn a_durable_backend_needs_a_queue() {
        assert_eq!(names(None, None, false), Ok(None));
        assert!(names(Some(URL), None, true).is_ok_and(|names| names.is_some()));
        assert!(names(Some(URL), Some("a-bucket-1"), false).is_ok_and(|names| names.is_some()));
        for refused in [names(None, None, true), names(None, Some("bucket"), false)] {
            let message = refused.expect_err("refused");
            assert!(
                message.starts_with("lambda.queue_url is missing"),
                "{message}"
            );
        }
    }

    #[test]
    fn what_is_no_queue_and_no_bucket_is_refused() {
        for url in [
            "",
            "telemetry",
            "arn:aws:sqs:eu-west-1:1:q",
            "https://sqs.eu-west-1.amazonaws.com/",
            "ftp://a/b/c",
        ] {
            let message = names(Some(url), None, true).expect_err(url);
            assert!(message.starts_with("lambda.queue_url cannot"), "{message}");
        }
        let fifo = names(Some(&format!("{URL}.fifo")), None, true).expect_err("refused");
        assert!(fifo.contains("use a standard queue"), "{fifo}");
        for bucket in ["", "ab", "A-bucket", "a.bucket", "s3://bucket"] {
            let message = names(Some(URL), Some(bucket), true).expect_err(bucket);
            assert!(message.starts_with("lambda.bucket cannot"), "{message}");
        }
    }
}
