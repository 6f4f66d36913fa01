//! Limits of projects that many edges share, and the platform's own limit of requests.

use crate::support::{BATCH, request, text};
use http::{HeaderValue, StatusCode, header};
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;
use throughline_edge::config::{
    BackendConfig, BackendKind, IngestConfig, LimitsConfig, ProjectConfig, RateLimitBy,
};
use throughline_edge::host::{ClientAddress, Clock};
use throughline_edge::outcome::RefusalReason;
use throughline_edge::{Config, Edge, Machine};
use throughline_testkit::sim::{SimBody, SimHost, SimQuota, SimRateLimiter};

/// A refusal says when to send again, in seconds.
type Sent = Result<(), u64>;

struct Edges {
    host: SimHost,
    quota: SimQuota,
    edges: Vec<Edge>,
}

impl Edges {
    fn new(edges: usize, spans_per_second: u64) -> Self {
        let config = Config {
            projects: vec![ProjectConfig {
                name: "shop".into(),
                keys: vec!["pk_shop".into()],
                allowed_origins: Vec::new(),
                limits: LimitsConfig {
                    spans_per_second: Some(spans_per_second),
                    ..LimitsConfig::default()
                },
                ..ProjectConfig::default()
            }],
            ..config()
        };
        let host = SimHost::new(5);
        let quota = SimQuota::new(&config, host.executor());
        Self {
            host: host.with_quota(&quota),
            quota,
            edges: (0..edges)
                .map(|_| Edge::new(config.clone()).expect("usable"))
                .collect(),
        }
    }

    /// Sends one span to an edge; how long that took, too.
    fn send(&self, edge: usize) -> (Sent, Duration) {
        let begun = self.host.now_unix_nano();
        let mut request = request(SimBody::whole(BATCH.into()));
        let key = HeaderValue::from_static("pk_shop");
        request.headers_mut().insert("x-throughline-key", key);
        let handled = self.edges[edge].handle(&self.host, request);
        let response = self.host.executor().run(handled).expect("a response");
        let took = Duration::from_nanos(self.host.now_unix_nano() - begun);
        let sent = match response.status() {
            StatusCode::OK => Ok(()),
            status => {
                assert_eq!(status, StatusCode::TOO_MANY_REQUESTS, "{}", text(&response));
                let after = response.headers()[header::RETRY_AFTER].to_str();
                Err(after.expect("text").parse().expect("seconds"))
            }
        };
        (sent, took)
    }

    fn sleep(&self, milliseconds: u64) {
        let sleep = self.host.sleep(Duration::from_millis(milliseconds));
        self.host.executor().run(sleep);
    }

    fn now(&self) -> Duration {
        Duration::from_nanos(self.host.now_unix_nano())
    }
}

#[test]
fn a_flood_over_many_edges_gets_the_limit_of_its_project() {
    let edges = Edges::new(10, 100);
    let begun = edges.now();
    let (mut taken, mut slow, mut sent) = (0_u32, 0_u32, 0_u32);
    while edges.now() - begun < Duration::from_secs(20) {
        let (result, took) = edges.send((sent % 10) as usize);
        taken += u32::from(result.is_ok());
        slow += u32::from(!took.is_zero());
        sent += 1;
        edges.sleep(2);
    }
    // A second's worth at once, and what the edges take by themselves before they have asked.
    assert!((1_900..=2_300).contains(&taken), "{taken} of {sent}");
    // Few wait for the owner: those that would be refused, where it has not said so yet.
    assert!(slow * 10 < sent, "{slow} of {sent}");
}

#[test]
fn below_the_limit_no_request_waits_for_the_owner() {
    let edges = Edges::new(3, 1_000);
    for at in 0..500 {
        assert_eq!(edges.send(at % 3), (Ok(()), Duration::ZERO));
        edges.sleep(10);
    }
    let asked = edges.quota.asked();
    assert!((9..=18).contains(&asked), "{asked} in five seconds");
}

#[test]
fn the_owner_says_when_to_send_again() {
    let edges = Edges::new(2, 1);
    assert_eq!(edges.send(0).0, Ok(()));
    edges.sleep(50);
    // The only span of this second is the other edge's.
    let (sent, _) = (0..4).fold(edges.send(1), |last, _| {
        edges.sleep(50);
        if last.0.is_err() { last } else { edges.send(1) }
    });
    let wait = sent.expect_err("over the limit");
    assert!((1..=2).contains(&wait), "{wait} s");
    let (again, took) = edges.send(1);
    assert!(
        again.is_err() && took.is_zero(),
        "the edge knows that by itself now"
    );
    edges.sleep(wait * 1_000);
    assert_eq!(edges.send(1).0, Ok(()));
}

#[test]
fn an_owner_that_hangs_costs_few_requests_a_wait() {
    let edges = Edges::new(1, 100);
    edges.quota.set_hanging(true);
    let begun = edges.now();
    let (mut taken, mut slow, mut sent) = (0_u32, 0_u32, 0_u32);
    while edges.now() - begun < Duration::from_secs(20) {
        let (result, took) = edges.send(0);
        assert!(took <= Duration::from_secs(1), "{took:?}");
        taken += u32::from(result.is_ok());
        slow += u32::from(!took.is_zero());
        sent += 1;
        edges.sleep(5);
    }
    // A tenth of the limit.
    assert!((150..=230).contains(&taken), "{taken} of {sent}");
    assert!(slow <= 4, "{slow} of {sent}");
    let logged = edges.host.logged();
    let line = "the owner of the limits of shop: it took longer than 1 s";
    assert!(
        logged.iter().any(|logged| logged.contains(line)),
        "{logged:?}"
    );
    // It responds again.
    edges.quota.set_hanging(false);
    edges.sleep(6_000);
    let taken = (0..100).filter(|_| {
        edges.sleep(10);
        edges.send(0).0.is_ok()
    });
    assert!(taken.count() > 80);
}

#[test]
fn a_sender_over_the_platforms_limit_is_refused_before_its_key_is_looked_at() {
    for by in [RateLimitBy::Key, RateLimitBy::ClientAddress] {
        let limiter = SimRateLimiter::new(2);
        let host = SimHost::new(5).with_rate_limiter(&limiter);
        let config = Config {
            ingest: IngestConfig {
                rate_limit_by: Some(by),
                ..IngestConfig::default()
            },
            ..config()
        };
        let machine = Machine::of::<SimHost>(&config, core::num::NonZeroUsize::MIN);
        let edge = Edge::on(machine, config).expect("usable");
        let send = |key: Option<&'static str>, client: u8| {
            // A body that never ends is not waited for.
            let mut request = request(SimBody::whole("[".into()).then_stalls());
            let address = IpAddr::V4(Ipv4Addr::new(192, 0, 2, client));
            request.extensions_mut().insert(ClientAddress(address));
            let headers = request.headers_mut();
            headers.insert("origin", HeaderValue::from_static("https://shop.example"));
            if let Some(key) = key {
                let key = HeaderValue::from_static(key);
                headers.insert("x-throughline-key", key);
            }
            host.executor()
                .run(edge.handle(&host, request))
                .expect("a response")
        };
        let refused = StatusCode::UNAUTHORIZED;
        for _ in 0..2 {
            assert_eq!(send(Some("pk_unknown"), 1).status(), refused);
        }
        let before = host.now_unix_nano();
        let flood = send(Some("pk_unknown"), 1);
        assert_eq!(host.now_unix_nano(), before, "its body is not waited for");
        assert_eq!(flood.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(flood.headers()[header::RETRY_AFTER], "10");
        // A page may read why.
        assert!(
            flood
                .headers()
                .contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN)
        );
        assert!(text(&flood).contains("too many requests of this sender"));
        let other = match by {
            RateLimitBy::Key => send(Some("pk_other"), 1),
            RateLimitBy::ClientAddress => send(Some("pk_unknown"), 2),
        };
        assert_eq!(other.status(), refused, "another sender");
        assert_eq!(
            send(None, 3).status(),
            refused,
            "without a key by the address"
        );
        assert!(limiter.counts().contains_key("192.0.2.3"), "{by:?}");
        let requests = &edge.tally().requests;
        let limited = requests
            .iter()
            .filter(|(response, _)| response.reason == Some(RefusalReason::RateLimit));
        assert_eq!(
            limited.map(|(_, count)| *count).sum::<u64>(),
            1,
            "{requests:?}"
        );
    }
}

#[test]
fn a_limit_that_the_platform_does_not_have_is_refused_with_the_reason() {
    let config = Config {
        ingest: IngestConfig {
            rate_limit_by: Some(RateLimitBy::Key),
            ..IngestConfig::default()
        },
        ..config()
    };
    let refused = Edge::new(config).expect_err("no such limit").to_string();
    let wanted = "ingest.rate_limit_by cannot be used on this host: it has no rate limiter";
    assert!(refused.starts_with(wanted), "{refused}");
}

fn config() -> Config {
    Config {
        backend: BackendConfig {
            kind: BackendKind::Null,
            ..BackendConfig::default()
        },
        ..Config::default()
    }
}
