//! Tests of `throughline account`.

use super::topics::Topics;
use super::{BATCH, Stream, config};
use crate::queue::receiver::Receiver;
use crate::support::{Running, config_file, program};
use serde_json::Value as Json;
use std::process::Output;

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
