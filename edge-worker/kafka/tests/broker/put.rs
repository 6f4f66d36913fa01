//! Messages that are put, and received as they were put.

use crate::support::{Test, address, assigned, message, start};
use rdkafka::ClientConfig;
use rdkafka::bindings as native;
use rdkafka::producer::{BaseProducer, Producer as _};
use std::collections::BTreeMap;
use std::ffi::CString;
use std::time::Duration;
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

#[ignore = "needs a broker: cargo xtask test --all kafka"]
#[tokio::test]
async fn a_header_whose_name_is_not_utf8_costs_nothing_but_itself() {
    let test = Test::new("name", 1).await;
    put_with_odd_header(&test.spans);
    test.put(["after it".to_owned()]).await;
    let (member, mut events) = test.join().await;
    let assignment = assigned(&mut events).await;
    start(&member, &assignment).await;
    let odd = message(&mut events).await;
    assert_eq!(odd.value, "odd");
    assert_eq!(odd.headers, [("project".to_owned(), "shop".into())]);
    assert_eq!(message(&mut events).await.value, "after it");
}

/// Puts a message that no client in Rust can put: others have names of any bytes.
#[expect(unsafe_code, reason = "only librdkafka itself puts such a message")]
fn put_with_odd_header(topic: &str) {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", address());
    let producer: BaseProducer = config.create().expect("a producer");
    let topic = CString::new(topic).expect("a name");
    // SAFETY: each pointer lives to the end of the block, each text has its length, and librdkafka
    // copies all of them; the headers are its own once it has taken the message.
    let taken = unsafe {
        let headers = native::rd_kafka_headers_new(2);
        for (name, value) in [(&b"\xff"[..], &b"odd"[..]), (b"project", b"shop")] {
            let (length, bytes) = (name.len().cast_signed(), value.len().cast_signed());
            native::rd_kafka_header_add(
                headers,
                name.as_ptr().cast(),
                length,
                value.as_ptr().cast(),
                bytes,
            );
        }
        native::rd_kafka_producev(
            producer.client().native_ptr(),
            native::rd_kafka_vtype_t::RD_KAFKA_VTYPE_TOPIC,
            topic.as_ptr(),
            native::rd_kafka_vtype_t::RD_KAFKA_VTYPE_MSGFLAGS,
            native::RD_KAFKA_MSG_F_COPY,
            native::rd_kafka_vtype_t::RD_KAFKA_VTYPE_VALUE,
            c"odd".as_ptr(),
            3_usize,
            native::rd_kafka_vtype_t::RD_KAFKA_VTYPE_HEADERS,
            headers,
            native::rd_kafka_vtype_t::RD_KAFKA_VTYPE_END,
        )
    };
    assert_eq!(
        taken,
        native::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR
    );
    producer.flush(Duration::from_secs(30)).expect("stored");
}
