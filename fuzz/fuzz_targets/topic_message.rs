//! Fuzz target: arbitrary bytes as messages of a topic and of the topic of decisions, and as the
//! metadata of an offset. What is taken of them ends, and is counted.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::num::NonZeroUsize;
use std::time::Duration;
use throughline_edge::config::{BackendConfig, BackendKind, SamplingConfig, TailConfig};
use throughline_edge::host::Clock;
use throughline_edge::{Config, Edge, Machine, Message, Partition};
use throughline_otlp::Signal::{Logs, Metrics, Traces};
use throughline_testkit::sim::{SimHost, SimTopics};

fuzz_target!(|input: (&[u8], &[u8], &str, bool)| {
    let (value, decisions, metadata, is_processed) = input;
    let host = SimHost::new(1).with_topics(&SimTopics::default());
    let mut config = Config {
        open: true,
        backend: BackendConfig {
            kind: BackendKind::Null,
            ..BackendConfig::default()
        },
        sampling: SamplingConfig {
            tail: Some(TailConfig {
                logs: true,
                wait_ms: 1,
                ..TailConfig::default()
            }),
            ..SamplingConfig::default()
        },
        ..Config::default()
    };
    config.outcomes.interval_ms = 0;
    let machine = Machine::of::<SimHost>(&config, NonZeroUsize::MIN);
    let edge = Edge::on(machine, config).expect("a usable configuration");
    let partition = Partition::new(edge.clone(), 0, 1).expect("a usable configuration");
    let committed = [Traces, Logs, Metrics].map(|signal| (signal, 5, metadata));
    partition.restore(&host, committed, [decisions]);
    for signal in [Traces, Logs, Metrics] {
        let message = Message {
            signal,
            offset: 7,
            project: is_processed.then_some(""),
            value: value.to_vec().into(),
        };
        partition.take(&host, message);
    }
    for _ in 0..3 {
        host.executor().run(host.sleep(Duration::from_millis(2)));
        partition.close(&host);
        let stored = partition.to_store();
        partition.stored(&host, &stored);
        host.executor().run_until_idle();
    }
    let tally = edge.tally();
    let entered = [&tally.received, &tally.taken_up, &tally.copied];
    let entered: u64 = entered.into_iter().flat_map(|counts| counts.values()).sum();
    let ended: u64 = tally.ended.values().sum();
    assert_eq!(entered, ended, "{tally:?}");
});
