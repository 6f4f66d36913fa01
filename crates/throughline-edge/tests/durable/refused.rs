//! Tests of configurations that a host refuses.

use super::*;

#[test]
fn a_host_without_a_queue_refuses_it() {
    for (backends, wanted) in [
        (
            vec![backend("tempo")],
            "backends[0].durable cannot be used on this host: it has no durable queue",
        ),
        (
            vec![BackendConfig {
                kind: throughline_edge::config::BackendKind::Null,
                ..backend("nowhere")
            }],
            "backends[0].durable cannot be used: it should be left out where kind is not",
        ),
    ] {
        let config = Config {
            open: true,
            backends,
            ..Config::default()
        };
        let error = Edge::new(config).expect_err("refused").to_string();
        assert!(error.starts_with(wanted), "{error}");
    }
    let config = Config {
        open: true,
        backends: vec![
            BackendConfig {
                dead_letters_to: Some("archive".into()),
                ..backend("tempo")
            },
            backend("archive"),
        ],
        ..Config::default()
    };
    let machine = Machine::of::<SimHost>(&config, NonZeroUsize::MIN);
    let error = Edge::on(machine, config).expect_err("refused").to_string();
    assert!(error.contains("backends[1].durable"), "{error}");
}
