//! Failures of trust between a client and its brokers: certificates and credentials.

use crate::error::RequestError;
use rdkafka::client::ClientContext;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use std::sync::{Mutex, PoisonError};

/// The last failure of trust that librdkafka told the context of a client. A request alone fails
/// without it, because no broker responded.
#[derive(Debug, Default)]
pub(crate) struct Trust(Mutex<Option<RequestError>>);

impl Trust {
    /// Keeps a failure of a client, if it is one of trust. `reason` is librdkafka's text.
    pub(crate) fn record(&self, error: &KafkaError, reason: &str) {
        use RDKafkaErrorCode::{Authentication, SSL};
        if matches!(error.rdkafka_error_code(), Some(Authentication | SSL)) {
            let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            *last = Some(RequestError::Untrusted(reason.into()));
        }
    }

    /// Takes what was kept.
    pub(crate) fn take(&self) -> Option<RequestError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// A context of a client that keeps failures of trust.
pub(crate) trait HasTrust: ConsumerContext {
    /// The failures that it keeps.
    fn trust(&self) -> &Trust;
}

impl ClientContext for Trust {
    fn error(&self, error: KafkaError, reason: &str) {
        self.record(&error, reason);
    }
}

impl ConsumerContext for Trust {}

impl HasTrust for Trust {
    fn trust(&self) -> &Trust {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_of_trust_are_kept_and_others_are_not() {
        let trust = Trust::default();
        trust.record(
            &KafkaError::Global(RDKafkaErrorCode::AllBrokersDown),
            "down",
        );
        assert_eq!(trust.take(), None);
        trust.record(&KafkaError::Global(RDKafkaErrorCode::SSL), "no certificate");
        let error = RequestError::Untrusted("no certificate".into());
        assert_eq!(trust.take(), Some(error));
        assert_eq!(trust.take(), None);
    }
}
