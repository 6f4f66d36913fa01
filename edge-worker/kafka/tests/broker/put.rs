//! Messages that are put, and received as they were put.

use crate::support::{Test, assigned, message, start};
use std::collections::BTreeMap;
use throughline_kafka::{Producer, Put, partition_of};

#[ignore = "needs a broker: cargo xtask test --all kafka"]
#[tokio::test]
async fn a_message_arrives_with_its_key_and_headers_in_the_partition_of_its_key() {
    let test = Test::new("put", 4).await;
    let producer = Producer::new(&test.settings).expect("a producer");
    let keys: Vec<String> = (0_u128..40)
        .map(|id| format!("{:032x}", id * 0x9e37_79b9))
        .collect();
    for (number, key) in keys.iter().enumerate() {
        let value = number.to_string();
        let put = Put {
            topic: &test.spans,
            key: Some(key.as_bytes()),
            headers: &[("project", "shop"), ("number", &value)],
            value: value.as_bytes(),
        };
        producer.put(put).await.expect("stored");
    }
    let bare = Put {
        topic: &test.logs,
        key: None,
        headers: &[],
        value: b"",
    };
    producer.put(bare).await.expect("stored");

    let (member, mut events) = test.join().await;
    let assignment = assigned(&mut events).await;
    assert_eq!(assignment.partitions().len(), 8);
    start(&member, &assignment).await;
    let mut received = BTreeMap::new();
    for _ in 0..=keys.len() {
        let message = message(&mut events).await;
        assert!(
            message
                .timestamp_ms
                .is_some_and(|ms| ms > 1_600_000_000_000)
        );
        if *message.topic == *test.logs {
            assert_eq!((message.key, message.value.len()), (None, 0));
            assert!(message.headers.is_empty());
            continue;
        }
        let key = message.key.clone().expect("a key");
        let partition = partition_of(&key, 4);
        assert_eq!(u32::try_from(message.partition), Ok(partition));
        let headers = [
            ("project", "shop".into()),
            ("number", message.value.clone()),
        ];
        assert_eq!(
            message.headers,
            headers.map(|(name, value)| (name.to_owned(), value))
        );
        received.insert(key, message.value);
    }
    let put: BTreeMap<_, _> = (keys.iter().enumerate())
        .map(|(number, key)| (key.clone().into(), number.to_string().into()))
        .collect();
    assert_eq!(received, put);
}
