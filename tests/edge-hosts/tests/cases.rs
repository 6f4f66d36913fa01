//! Runs the cases of `tests/cases` on a host over HTTP.
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::env;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use throughline_edge_hosts::recording::record;
use throughline_edge_hosts::running::{RunningHost, free_authority};
use throughline_edge_hosts::sending::send;
use throughline_testkit::case::{AREAS, Case, Happened, Places};
use throughline_testkit::recorder::Recorder;
use tokio::join;
use tokio::sync::Semaphore;
use tokio::time::sleep;

#[tokio::test]
async fn every_case_gives_the_expected_results() {
    let host = env::var("THROUGHLINE_HOST").unwrap_or_else(|_| "native".to_owned());
    let cases = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../cases"));
    let mut by_config = BTreeMap::<String, Vec<Case>>::new();
    for case in Case::all(cases, AREAS).expect("the cases can be read") {
        if case.spec.not_on.contains_key(&host) {
            continue;
        }
        by_config
            .entry(case.spec.config.clone())
            .or_default()
            .push(case);
    }
    let mut failures = String::new();
    for (config, of_config) in &by_config {
        failures += &run_all(&host, config, of_config, cases).await;
    }
    assert!(failures.is_empty(), "on {host}:{failures}");
}

/// Runs all cases of a configuration on one host and returns the failures.
async fn run_all(host: &str, config: &str, of_config: &[Case], cases: &Path) -> String {
    let (backend, upstream) = (Recorder::default(), Recorder::default());
    let edge = free_authority().expect("a free port");
    let breaks = Arc::new(Semaphore::new(0));
    let places = Places {
        edge: format!("http://{edge}"),
        backend: record(backend.clone(), Arc::clone(&breaks))
            .await
            .expect("a port"),
        upstream: record(upstream.clone(), Arc::clone(&breaks))
            .await
            .expect("a port"),
        unreachable: format!("http://{}", free_authority().expect("a free port")),
    };
    let config = places.config_text(cases, config).expect("a configuration");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let running = RunningHost::start(host, &edge, &config, folder).expect("a running host");
    let mut failures = String::new();
    for case in of_config {
        // A request that arrives after its case was checked is a failure of that case.
        let late = backend.take().len() + upstream.take().len();
        if late > 0 {
            failures += &format!("\nbefore {}: {late} unexpected requests", case.name);
        }
        let differences =
            match run_case(case, &running, &places, (&backend, &upstream), &breaks).await {
                Ok(happened) => case
                    .check(&places, &happened)
                    .expect("the case can be read"),
                Err(error) => vec![error.to_string()],
            };
        if !differences.is_empty() {
            let differences = differences.join("\n    ");
            failures += &format!("\n{}: {}\n    {differences}", case.name, case.spec.about);
        }
    }
    failures
}

async fn run_case(
    case: &Case,
    running: &RunningHost,
    places: &Places,
    (backend, upstream): (&Recorder, &Recorder),
    breaks: &Semaphore,
) -> Result<Happened, Box<dyn std::error::Error>> {
    backend.will_reply(case.spec.backend_replies.clone());
    upstream.will_reply(case.spec.upstream_replies.clone());
    let body = case.body(places)?;
    let breaking = async {
        if case.spec.response.breaks_off {
            exported(backend, 1).await;
            breaks.add_permits(1);
        }
    };
    let sent = send(&running.authority, &case.spec.request, body);
    let (response, ()) = join!(sent, breaking);
    let response = response?;
    exported(backend, case.spec.backend.len()).await;
    Ok(Happened {
        response,
        backend: backend.take(),
        upstream: upstream.take(),
    })
}

/// Waits until the backend has received so many requests, or long enough.
async fn exported(backend: &Recorder, count: usize) {
    let begun = Instant::now();
    while backend.count() < count && begun.elapsed() < EXPORTED_WITHIN {
        sleep(POLL).await;
    }
}

/// The longest delay before the first retry, and some time for a busy machine.
const EXPORTED_WITHIN: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(10);
