//! Replaces the consumer in a build without the feature `kafka`.

use crate::host::NativeHost;
use crate::kafka::Kafka;
use throughline_edge::Edge;

/// The consumer that no core of this build has.
pub(crate) enum Consumer {}

impl Consumer {
    pub(crate) fn start(
        kafka: &Kafka,
        _: &NativeHost,
        _: impl Fn() -> Edge + 'static,
    ) -> Option<Self> {
        match *kafka {}
    }

    pub(crate) fn end(&self) {
        match *self {}
    }

    pub(crate) async fn ended(self) {
        match self {}
    }
}
