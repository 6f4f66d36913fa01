//! Tests of the Durable Objects that own the limits of projects, and of the limit of requests.

use crate::edge::Served;
use crate::{BATCH, TIMEOUT};
use std::thread;
use std::time::{Duration, Instant};

/// Spans per second.
const LIMIT: u64 = 20;

#[test]
fn a_project_has_its_limit_over_all_isolates_through_faults_of_the_owner() {
    let edge = Served::start(
        &format!(
            "[backend]\nkind = \"null\"\n[[projects]]\nname = \"shop & co\"\nkeys = [\"pk_shop\"]\nallowed_origins = []\n[projects.limits]\nspans_per_second = {LIMIT}\n"
        ),
        &["--faults", "--panic-route"],
    );
    let post = || {
        let response = edge.post_traces_with("x-throughline-key: pk_shop\r\n", BATCH);
        match response.status {
            200 => None,
            429 => Some(
                response.header("retry-after")[0]
                    .parse::<u64>()
                    .expect("seconds"),
            ),
            _ => panic!("{response:?}"),
        }
    };
    // A tenth of it would be the isolate's own.
    let of = |taken: u64, seconds: f64| {
        let rate = taken as f64 / seconds;
        assert!(
            rate > 0.5 * LIMIT as f64 && rate < 1.6 * LIMIT as f64,
            "{rate} a second"
        );
    };
    let flood = |seconds: u64| {
        let (begun, mut taken, mut refused) = (Instant::now(), 0, 0);
        while begun.elapsed() < Duration::from_secs(seconds) {
            match post() {
                None => taken += 1,
                Some(wait) => {
                    assert!((1..=2).contains(&wait), "{wait}");
                    refused += 1;
                    thread::sleep(Duration::from_millis(5));
                }
            }
        }
        assert!(refused > 0, "{taken} were taken");
        (taken, begun.elapsed().as_secs_f64())
    };
    let (taken, seconds) = flood(4);
    of(taken, seconds);
    // Another object has the limit from its beginning. The isolate notices that within a second.
    edge.set_faults(r#"{"objects":{"Quotas":"reset"}}"#);
    let (taken, seconds) = flood(5);
    of(taken, seconds);
    // So has another instance.
    let empty = "POST /panic HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
    assert_eq!(edge.send(empty).status, 500);
    let (taken, seconds) = flood(4);
    of(taken, seconds);
    // No request waits longer than a second for an object that hangs, and few wait.
    edge.set_faults(r#"{"objects":{"Quotas":"hang"}}"#);
    let (begun, mut slow) = (Instant::now(), 0);
    while begun.elapsed() < Duration::from_secs(6) {
        let sent = Instant::now();
        post();
        assert!(
            sent.elapsed() < Duration::from_secs(3),
            "{:?}",
            sent.elapsed()
        );
        slow += u32::from(sent.elapsed() > Duration::from_millis(500));
        thread::sleep(Duration::from_millis(20));
    }
    assert!(slow <= 3, "{slow}");
}

#[test]
fn a_clock_that_stands_still_or_goes_back_stops_no_project() {
    let edge = Served::start(
        &format!(
            "[backend]\nkind = \"null\"\n[[projects]]\nname = \"shop\"\nkeys = [\"pk_shop\"]\nallowed_origins = []\n[projects.limits]\nspans_per_second = {LIMIT}\n"
        ),
        &["--faults"],
    );
    let post = || {
        edge.post_traces_with("x-throughline-key: pk_shop\r\n", BATCH)
            .status
    };
    // Hours apart, the second before the first. At each a second's worth is there.
    for clock in [1_800_000_000_000_u64, 1_799_990_000_000, 1_800_020_000_000] {
        edge.set_faults(&format!(r#"{{"clock_ms":{clock}}}"#));
        let taken = (0..100).filter(|_| post() == 200).count();
        let most = (LIMIT + LIMIT / 10) as usize;
        assert!(
            (LIMIT as usize / 2..=most + 1).contains(&taken),
            "{clock}: {taken}"
        );
        edge.set_faults(&format!(r#"{{"clock_ms":{}}}"#, clock + 10_000));
        assert_eq!(post(), 200, "ten seconds later");
    }
}

#[test]
fn the_flood_of_one_sender_is_refused_before_anything_else_and_counted() {
    let edge = Served::start(
        "[backend]\nkind = \"null\"\n[ingest]\nrate_limit_by = \"key\"\n[outcomes]\nstats_key = \"sk_stats\"\n",
        &["--bindings"],
    );
    let post = |key: &str| edge.post_traces_with(&format!("x-throughline-key: {key}\r\n"), "{}");
    let begun = Instant::now();
    // The platform counts in periods of ten seconds.
    let mut sent = 0;
    let flood = loop {
        sent += 1;
        let response = post("pk_flood");
        if response.status == 429 {
            break response;
        }
        assert!(begun.elapsed() < TIMEOUT, "{sent} requests were admitted");
    };
    assert_eq!(flood.header("retry-after"), ["10"]);
    assert!(
        flood.text().contains("too many requests of this sender"),
        "{flood:?}"
    );
    assert_eq!(post("pk_calm").status, 200);
    let stats = edge.send("GET /stats HTTP/1.1\r\nhost: a\r\nauthorization: Bearer sk_stats\r\nconnection: close\r\n\r\n");
    assert!(stats.text().contains("rate_limit"), "{stats:?}");
}

#[test]
fn a_limit_of_requests_that_is_not_bound_is_refused_when_the_configuration_is_read() {
    let log = crate::edge::refusal_with(
        "[backend]\nkind = \"null\"\n[ingest]\nrate_limit_by = \"key\"\n",
        &["--without", "THROUGHLINE_RATE_LIMIT"],
    );
    let wanted = "ingest.rate_limit_by: it needs a limit of requests: bind THROUGHLINE_RATE_LIMIT";
    assert!(log.contains(wanted), "{log}");
}
