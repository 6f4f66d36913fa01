//! The first messages that a core takes: committed offsets, moved to where messages still are.

use super::membership::SIGNALS;
use crate::kafka::Kafka;
use crate::log;
use std::collections::BTreeMap;
use std::sync::Arc;
use throughline_edge::host::Level;
use throughline_kafka::{Committed, Progress, RequestError, TopicPartition};

/// The committed offsets, and the first message of each partition that is to be taken.
type There = (Vec<Committed>, BTreeMap<TopicPartition, i64>);

/// The committed offsets, moved to where messages still are: some may have been deleted before
/// they were taken. The first message of each partition that is to be taken is beside them.
pub(super) async fn there(kafka: &Kafka, committed: &[Committed]) -> Result<There, RequestError> {
    let topics = SIGNALS.map(|signal| kafka.topic(signal));
    let all = throughline_kafka::progress(kafka.settings(), &topics).await?;
    let mut there = committed.to_vec();
    let mut starts = BTreeMap::new();
    for of in &mut there {
        let is_of = |found: &&Progress| found.topic == *of.topic && found.partition == of.partition;
        let Some(found) = all.iter().find(is_of) else {
            continue;
        };
        let (first, end) = found.messages;
        let partition = TopicPartition {
            topic: Arc::clone(&of.topic),
            partition: of.partition,
        };
        let start = of.offset.unwrap_or(first).clamp(first, end);
        starts.insert(partition, start);
        let Some(offset) = of.offset else {
            continue;
        };
        let (topic, partition) = (&of.topic, of.partition);
        if offset < first {
            let line = format!(
                "up to {} messages of partition {partition} of {topic} are lost: they were deleted before they were taken; let the topic keep them for longer (retention.ms)",
                first - offset
            );
            log::line(Level::Error, &line);
        }
        if offset > end {
            let line = format!(
                "partition {partition} of {topic} ends at {end}, before the committed offset {offset}: the broker has lost messages"
            );
            log::line(Level::Error, &line);
        }
        of.offset = Some(start);
    }
    Ok((there, starts))
}
