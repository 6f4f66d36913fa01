//! Fuzz target: arbitrary bytes as a message of the durable queue. Each is delivered or refused, and
//! what is taken up of it ends.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::num::NonZeroUsize;
use throughline_edge::config::BackendConfig;
use throughline_edge::{Config, Edge, Machine};
use throughline_testkit::recorder::Recorder;
use throughline_testkit::sim::{SimHost, SimQueue};

fuzz_target!(|message: &[u8]| {
    let host = SimHost::new(1).with_queue(&SimQueue::default());
    host.serve("backend.test", &Recorder::default());
    let mut config = Config {
        open: true,
        backend: BackendConfig {
            url: Some("http://backend.test".into()),
            durable: true,
            ..BackendConfig::default()
        },
        ..Config::default()
    };
    // Work that never runs would keep its host.
    config.outcomes.interval_ms = 0;
    let machine = Machine::of::<SimHost>(&config, NonZeroUsize::MIN);
    let edge = Edge::on(machine, config).expect("a usable configuration");
    let message = message.to_vec().into();
    let delivery = host.executor().run(edge.take_up(&host, &message, 0));
    assert!(delivery.is_some(), "it ends");
    let tally = edge.tally();
    assert!(tally.queued.values().all(|queued| *queued == 0));
});
