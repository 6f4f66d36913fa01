//! Runs the cases of `tests/cases` on a host over HTTP.

use bytes::Bytes;
use std::collections::BTreeMap;
use std::env;
use std::error::Error;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};
use throughline_edge_hosts::recording::record;
use throughline_edge_hosts::running::{RunningHost, unused_authority};
use throughline_edge_hosts::sending::Connection;
use throughline_testkit::case::{
    AREAS, BodySpec, Case, Happened, Places, RequestSpec, STATS_KEY, STATS_PATH, Step,
    is_any_queued,
};
use throughline_testkit::pattern::Bindings;
use throughline_testkit::recorder::Recorder;
use tokio::join;
use tokio::runtime::Builder;
use tokio::sync::Semaphore;
use tokio::time::sleep;

#[test]
fn every_case_gives_the_expected_results() {
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
    // Those that take longest first, so that all hosts end at about the same time.
    let mut groups: Vec<_> = by_config
        .iter()
        .flat_map(|(config, cases)| cases.chunks(OF_A_HOST).map(move |chunk| (config, chunk)))
        .collect();
    groups.sort_by_key(|(_, of_group)| of_group.len());
    let (groups, failures) = (Mutex::new(groups), Mutex::new(String::new()));
    let run_groups = || {
        while let Some((config, of_group)) = next_of(&groups) {
            let runtime = Builder::new_current_thread().enable_all().build();
            let runtime = runtime.expect("a runtime");
            let failed = runtime.block_on(run_all(&host, config, of_group, cases));
            *failures.lock().expect("no panic") += &failed;
        }
    };
    thread::scope(|scope| {
        for _ in 0..HOSTS_AT_ONCE {
            scope.spawn(run_groups);
        }
    });
    let failures = failures.into_inner().expect("no panic");
    assert!(failures.is_empty(), "on {host}:{failures}");
}

/// Takes the last of those that are left.
fn next_of<T>(left: &Mutex<Vec<T>>) -> Option<T> {
    left.lock().expect("no panic").pop()
}

/// Runs cases of a configuration on one host, one after the other, and returns the failures.
async fn run_all(host: &str, config: &str, of_config: &[Case], cases: &Path) -> String {
    let (backend, upstream) = (Recorder::default(), Recorder::default());
    let edge = unused_authority().expect("a port");
    let breaks = Arc::new(Semaphore::new(0));
    let places = Places {
        edge: format!("http://{edge}"),
        backend: record(backend.clone(), Arc::clone(&breaks))
            .await
            .expect("a port"),
        upstream: record(upstream.clone(), Arc::clone(&breaks))
            .await
            .expect("a port"),
        unreachable: format!("http://{}", unused_authority().expect("a port")),
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
        let run = Run {
            case,
            running: &running,
            places: &places,
            backend: &backend,
            upstream: &upstream,
            breaks: &breaks,
        };
        let differences = (run.differences().await).unwrap_or_else(|error| vec![error.to_string()]);
        if !differences.is_empty() {
            let differences = differences.join("\n    ");
            failures += &format!("\n{}: {}\n    {differences}", case.name, case.spec.about);
        }
    }
    failures
}

/// A case on its way through a running host.
struct Run<'a> {
    case: &'a Case,
    running: &'a RunningHost,
    places: &'a Places,
    backend: &'a Recorder,
    upstream: &'a Recorder,
    /// A permit for each response that is to break off.
    breaks: &'a Semaphore,
}

impl Run<'_> {
    async fn differences(&self) -> Result<Vec<String>, Box<dyn Error>> {
        let mut connection = Connection::open(&self.running.authority).await?;
        let before = self.counts_at_rest(&mut connection).await?;
        let (mut differences, mut bindings) = (Vec::new(), Bindings::default());
        for step in &self.case.spec.steps {
            let happened = self.happened(step, &mut connection, &bindings).await?;
            differences.extend(
                self.case
                    .check(step, self.places, &happened, &mut bindings)?,
            );
        }
        let begun = Instant::now();
        loop {
            let after = self.counts(&mut connection).await?;
            let counted = self.case.check_counts(&before, &after);
            if counted.is_empty() || begun.elapsed() > EXPORTED_WITHIN {
                differences.extend(counted);
                return Ok(differences);
            }
            sleep(POLL).await;
        }
    }

    async fn happened(
        &self,
        step: &Step,
        connection: &mut Connection,
        bindings: &Bindings,
    ) -> Result<Happened, Box<dyn Error>> {
        self.backend.will_reply(step.backend_replies.clone());
        self.upstream.will_reply(step.upstream_replies.clone());
        let mut responses = Vec::new();
        for _ in 0..step.request.times {
            let body = self.case.body(step, self.places)?;
            let breaking = async {
                if step.response.breaks_off {
                    self.break_off_after_an_export().await;
                }
            };
            let (response, ()) = join!(connection.send(&step.request, body), breaking);
            responses.push(response?);
        }
        let begun = Instant::now();
        loop {
            let received = self.backend.received();
            let has_arrived = (self.case).has_arrived(step, self.places, &received, bindings)?;
            if has_arrived || begun.elapsed() > EXPORTED_WITHIN {
                break;
            }
            sleep(POLL).await;
            if !step.backend_among.is_empty() {
                // A Worker exports what it has counted after a request.
                connection.send(&get(HEALTH_PATH), Bytes::new()).await?;
            }
        }
        Ok(Happened {
            responses,
            backend: self.backend.take(),
            upstream: self.upstream.take(),
        })
    }

    /// Lets the response break off once the backend has the spans of its head, or long enough.
    async fn break_off_after_an_export(&self) {
        let begun = Instant::now();
        while self.backend.count() == 0 && begun.elapsed() < EXPORTED_WITHIN {
            sleep(POLL).await;
        }
        self.breaks.add_permits(1);
    }

    /// The counts once nothing of the cases before is under way: it would end during this one.
    async fn counts_at_rest(&self, connection: &mut Connection) -> Result<Bytes, Box<dyn Error>> {
        let begun = Instant::now();
        loop {
            let counts = self.counts(connection).await?;
            if !is_any_queued(&counts) || begun.elapsed() > EXPORTED_WITHIN {
                return Ok(counts);
            }
            sleep(POLL).await;
        }
    }

    /// The counts of the host, where the case is about them.
    async fn counts(&self, connection: &mut Connection) -> Result<Bytes, Box<dyn Error>> {
        if self.case.spec.counted.is_empty() {
            return Ok(Bytes::new());
        }
        let mut request = get(STATS_PATH);
        let bearer = ("authorization".to_owned(), format!("Bearer {STATS_KEY}"));
        request.headers.push(bearer);
        let response = connection.send(&request, Bytes::new()).await?;
        match response.status.is_success() {
            true => Ok(response.body),
            false => Err(format!("no counts: {}", response.status).into()),
        }
    }
}

fn get(path: &str) -> RequestSpec {
    RequestSpec {
        method: "GET".to_owned(),
        path: path.to_owned(),
        headers: Vec::new(),
        body: BodySpec::default(),
        times: 1,
    }
}

/// Most of the time a case waits for a host, which waits for a timer. More would compete for two
/// cores, and a case could not tell a late export from none.
const HOSTS_AT_ONCE: usize = 3;
/// The most cases that one host has: it takes a second to start.
const OF_A_HOST: usize = 40;
/// The path of the health check, where `ingest.path` is empty.
const HEALTH_PATH: &str = "/healthz";
/// The longest delay before the first retry, and some time for a busy machine.
const EXPORTED_WITHIN: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(10);
