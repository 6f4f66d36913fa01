//! Tests of `throughline account`.

use super::topics::Topics;
use super::{BATCH, PATIENCE, Stream, config};
use crate::queue::receiver::Receiver;
use crate::support::{Running, config_file, program};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::process::Output;
use std::thread;
use std::time::{Duration, Instant};

#[test]
fn the_account_of_a_group_is_printed() {
    let backend = Receiver::start();
    let topics = Topics::start("account");
    let config = config(&backend.authority, &topics);
    let machine = Running::configured(&config);
    let stream = Stream::default();
    stream.send_to([&machine]);
    for _ in 0..10 {
        stream.send_batch(0);
    }
    topics.wait_until_consumed();
    machine.terminate();
    assert!(machine.ended().status.success());
    // Nobody takes this one.
    topics.poison();

    let file = config_file("127.0.0.1:0", &config).display().to_string();
    let printed = printed(&["account", "--json", "--config", &file]);
    let account: Json = serde_json::from_str(&printed).expect("JSON");
    assert_eq!(account["group"], "account");
    let partitions = account["partitions"].as_array().expect("partitions");
    assert_eq!(partitions.len(), 18, "{account:#}");
    let lag = |partition: &Json| partition["lag"].as_i64().expect("a lag");
    assert_eq!(partitions.iter().map(lag).sum::<i64>(), 1, "{account:#}");
    assert_eq!(account["taken_up"]["traces"], 10 * BATCH, "{account:#}");
    let ended = |outcome: &str| {
        let ended = account["ended"].as_array().expect("outcomes").iter();
        let of = ended.filter(|of| of["outcome"] == outcome && of["signal"] == "traces");
        of.map(|of| of["records"].as_u64().expect("a number"))
            .sum::<u64>()
    };
    assert_eq!(ended("exported"), backend.spans().len() as u64);
    assert_eq!(
        ended("exported") + ended("sampled_out"),
        10 * BATCH,
        "{account:#}"
    );

    let table = self::printed(&["account", "--config", &file]);
    let has_row = |cells: &[&str]| {
        let mut rows = table.lines().map(|line| line.split_whitespace());
        rows.any(|row| row.eq(cells.iter().copied()))
    };
    assert!(has_row(&["otlp_spans", "all", "1"]), "{table}");
    let exported = ended("exported").to_string();
    assert!(has_row(&["traces", "exported", &exported]), "{table}");
}

#[test]
fn the_lag_of_each_partition_is_scraped() {
    let backend = Receiver::start();
    backend.take_only(Some(0));
    let topics = Topics::start("lag");
    let config = format!(
        "open = true\n[kafka]\nbrokers = [\"{}\"]\ngroup = \"lag\"\n[backend]\nurl = \"http://{}\"\nencoding = \"json\"\ncompression = \"none\"\n[outcomes]\ninterval_ms = 0\nstats_key = \"s3cret\"\n",
        topics.broker(),
        backend.authority,
    );
    let machine = Running::configured(&config);
    let stream = Stream::default();
    stream.send_to([&machine]);
    for _ in 0..10 {
        stream.send_batch(0);
    }
    // Nothing ends while the backend takes nothing. Every partition of every topic is told.
    let waiting = topics.lags();
    assert!(waiting.values().sum::<u64>() > 0, "{waiting:?}");
    until_scraped(&machine, &waiting);
    backend.take_only(None);
    topics.wait_until_consumed();
    let nothing = waiting.into_keys().map(|of| (of, 0)).collect();
    until_scraped(&machine, &nothing);
}

/// Scrapes until the lags are these, by topic and partition.
fn until_scraped(machine: &Running, wanted: &BTreeMap<(String, i32), u64>) {
    let begun = Instant::now();
    loop {
        let text = machine.send("GET /metrics HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer s3cret\r\nconnection: close\r\n\r\n");
        let lags: BTreeMap<(String, i32), u64> = text.lines().filter_map(lag).collect();
        if lags == *wanted {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "{wanted:?}: {text}");
        thread::sleep(Duration::from_millis(200));
    }
}

/// The topic, the partition and the messages of a sample.
fn lag(line: &str) -> Option<((String, i32), u64)> {
    let labels = line.strip_prefix("kafka_consumer_group_lag{messaging_consumer_group_name=\"lag\",messaging_destination_name=\"")?;
    let (topic, rest) = labels.split_once("\",messaging_destination_partition_id=\"")?;
    let (partition, rest) = rest.split_once('"')?;
    let (_, messages) = rest.split_once("} ")?;
    Some((
        (topic.to_owned(), partition.parse().ok()?),
        messages.parse().ok()?,
    ))
}

#[test]
fn an_account_without_a_group_is_refused() {
    for (config, expected) in [
        (NO_KAFKA, "the configuration has no kafka.brokers"),
        (
            "open = true\n[backend]\nkind = \"null\"\n[kafka]\nbrokers = [\"127.0.0.1:1\"]\n",
            "the account cannot be read: no broker of Kafka responds",
        ),
    ] {
        let file = config_file("127.0.0.1:0", config).display().to_string();
        let Output { status, stderr, .. } = output(&["account", "--config", &file]);
        let log = String::from_utf8_lossy(&stderr);
        assert_eq!(status.code(), Some(1), "{log}");
        assert!(log.contains(expected), "{log}");
    }
}

const NO_KAFKA: &str = "open = true\n[backend]\nkind = \"null\"\n";

fn printed(arguments: &[&str]) -> String {
    let output = output(arguments);
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{log}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn output(arguments: &[&str]) -> Output {
    program(arguments).output().expect("it starts")
}
