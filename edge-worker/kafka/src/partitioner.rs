//! The partition of a key, as producers choose it here.

/// The partition that a [`Producer`](crate::Producer) puts a message with this key in, of a topic
/// with `partitions` partitions, which is not 0.
///
/// It is the hash of Sarama, FNV-1a with 32 bits, which the OpenTelemetry Collector's Kafka
/// exporter keeps (`sarama_compat`, its default): a trace has one partition, whoever puts its spans.
/// librdkafka calls it `fnv1a`.
#[must_use]
pub const fn partition_of(key: &[u8], partitions: u32) -> u32 {
    let mut hash: u32 = 0x811c_9dc5;
    let mut rest = key;
    while let [byte, after @ ..] = rest {
        hash = (hash ^ *byte as u32).wrapping_mul(0x0100_0193);
        rest = after;
    }
    // Sarama takes the absolute value of the hash as a signed integer.
    hash.cast_signed().unsigned_abs() % partitions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_sarama() {
        // Of librdkafka's own test, which has them from a program in Go.
        for (key, hash) in [
            ("kafka", 0x0d33_c4e1),
            ("giberish123456789", 0x77a5_8295),
            ("1234", 0x023b_dd03),
            ("234", 0x2dea_3cd2),
        ] {
            assert_eq!(partition_of(key.as_bytes(), u32::MAX), hash, "{key}");
        }
    }
}
