//! Faults of our own while requests are proxied: the site notices none of them.

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode};
use throughline_edge::config::{
    BackendConfig, InjectConfig, ProxyConfig, RouteConfig, SamplingConfig, ScriptLoad, TailConfig,
};
use throughline_edge::{Config, Edge, Machine};
use throughline_testkit::recorder::{Recorder, Reply};
use throughline_testkit::sim::{Fault, SimBody, SimHost, collect};

#[test]
fn no_fault_of_the_platform_reaches_a_request() {
    for fault in [
        Fault::NoRandomness,
        Fault::ZerosForRandomness,
        Fault::ClockAt(0),
        Fault::ClockAt(1),
        Fault::ClockAt(1_000_000_000),
        Fault::ClockAt(u64::MAX),
        Fault::PanicAtRandomness,
        Fault::PanicAtClock,
        Fault::PanicAtSpawn,
        Fault::PanicAtLog,
    ] {
        // From the first request on, and after some that were well.
        for well in [0, 3] {
            let site = Site::new(config(), &Recorder::default());
            for _ in 0..well {
                site.assert_undisturbed("before the fault");
            }
            site.host.set_fault(Some(fault));
            for _ in 0..3 {
                site.assert_undisturbed(&format!("{fault:?} after {well}"));
                site.host.executor().run_until_idle();
            }
            site.host.set_fault(None);
            site.assert_undisturbed(&format!("{fault:?} is over"));
            site.host.executor().run_until_idle();
            assert_eq!(site.queued(), 0, "{fault:?}: what ended is counted");
        }
    }
}

#[test]
fn no_fault_of_the_pipeline_reaches_a_request() {
    let reply = |status| Reply::status(status);
    for (name, reply) in [
        (
            "is down",
            Reply {
                drop: true,
                ..Reply::default()
            },
        ),
        (
            "hangs",
            Reply {
                hang: true,
                ..Reply::default()
            },
        ),
        ("refuses", reply(400)),
        ("wants another key", reply(401)),
        ("is overloaded", reply(503)),
    ] {
        let backend = Recorder::default();
        backend.will_reply(vec![reply; 100]);
        let site = Site::new(config(), &backend);
        for _ in 0..4 {
            site.assert_undisturbed(&format!("the backend {name}"));
        }
        site.host.executor().run_until_idle();
        site.assert_undisturbed(&format!("the backend {name}, later"));
    }
    let mut full = config();
    full.backend.max_in_flight_bytes = 1;
    let mut sampled = config();
    sampled.sampling = SamplingConfig {
        tail: Some(TailConfig {
            max_bytes: 1 << 20,
            ..TailConfig::default()
        }),
        ..SamplingConfig::default()
    };
    let mut unreachable = config();
    unreachable.backend.url = Some("http://nobody.test".into());
    for (name, config) in [
        ("the queue is full", full),
        ("traces wait for each other", sampled),
        ("the backend cannot be reached", unreachable),
    ] {
        let backend = Recorder::default();
        backend.will_reply(vec![
            Reply {
                hang: true,
                ..Reply::default()
            };
            100
        ]);
        let site = Site::new(config, &backend);
        for _ in 0..4 {
            site.assert_undisturbed(name);
            site.edge.decide_due_traces(&site.host);
        }
        site.host.executor().run_until_idle();
        site.assert_undisturbed(name);
    }
}

#[test]
fn a_failure_of_the_upstream_is_reported_though_the_platform_fails_too() {
    for fault in [Fault::PanicAtClock, Fault::PanicAtLog, Fault::NoRandomness] {
        let site = Site::new(config(), &Recorder::default());
        site.host.set_fault(Some(fault));
        let gone = Request::get("http://edge.test/gone").body(SimBody::default());
        let (status, _, body) = site.send(gone.expect("a request"));
        assert_eq!(status, StatusCode::BAD_GATEWAY, "{fault:?}");
        assert!(
            body.starts_with(b"the service behind this address"),
            "{fault:?}"
        );
    }
}

#[test]
fn without_randomness_only_a_known_caller_names_the_trace() {
    const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    for (site_header, passed_on) in [("same-origin", true), ("cross-site", false)] {
        let site = Site::new(config(), &Recorder::default());
        site.host.set_fault(Some(Fault::NoRandomness));
        let request = Request::get("http://edge.test/x")
            .header("sec-fetch-site", site_header)
            .header("traceparent", PARENT)
            .header("tracestate", "shop=1");
        site.send(request.body(SimBody::default()).expect("a request"));
        let received = site.upstream.take().remove(0).headers;
        let traceparent = received.get("traceparent").map(|value| value.as_bytes());
        assert_eq!(
            traceparent,
            passed_on.then_some(PARENT.as_bytes()),
            "{site_header}"
        );
        assert_eq!(received.contains_key("tracestate"), passed_on);
        let logged = site.host.logged();
        assert!(
            logged
                .iter()
                .any(|line| line.contains("no spans: the platform has no random")),
            "{logged:?}"
        );
    }
}

#[test]
fn a_request_is_forwarded_without_telemetry() {
    let backend = Recorder::default();
    let site = Site::new(config(), &backend);
    let request = |path: &str| {
        let request = Request::get(format!("http://edge.test{path}"));
        request.body(SimBody::default()).expect("a request")
    };
    site.upstream.will_reply([reply()]);
    let work = site.edge.forward_untraced(&site.host, request("/basket"));
    let response = site.host.executor().run(work).expect("an end");
    let response = response.expect("it is for an upstream");
    assert_eq!(response.status(), 201);
    assert!(!response.headers().contains_key("server-timing"));
    site.upstream.will_reply([document("script-src 'self'")]);
    let work = site.edge.forward_untraced(&site.host, request("/page"));
    let response = site.host.executor().run(work).expect("an end");
    let response = response.expect("it is for an upstream");
    assert_eq!(collect(response.into_body()), DOCUMENT, "without a script");
    let work = site
        .edge
        .forward_untraced(&site.host, request("/v1/traces"));
    let response = site.host.executor().run(work).expect("an end");
    assert!(response.is_none(), "telemetry is for no upstream");
    site.host.executor().run_until_idle();
    assert_eq!((site.upstream.count(), backend.count()), (2, 0));
}

#[test]
fn a_document_passes_though_the_platform_fails() {
    for fault in [
        None,
        Some(Fault::NoRandomness),
        Some(Fault::PanicAtRandomness),
        Some(Fault::PanicAtClock),
        Some(Fault::PanicAtLog),
    ] {
        for policy in ["script-src 'self'", "script-src 'none'"] {
            let site = Site::new(config(), &Recorder::default());
            site.host.set_fault(fault);
            site.upstream.will_reply([document(policy)]);
            let page = Request::get("http://edge.test/page").body(SimBody::default());
            let (status, headers, body) = site.send(page.expect("a request"));
            assert_eq!(status, StatusCode::OK, "{fault:?} {policy}");
            let has_script = String::from_utf8_lossy(&body).contains("/t.js");
            let has_spans = headers.contains_key("server-timing");
            // The log alone is used for none of both.
            let is_well = matches!(fault, None | Some(Fault::PanicAtLog));
            assert_eq!(has_spans, is_well, "{fault:?} {policy}");
            let is_allowed = policy.contains("'self'");
            assert_eq!(has_script, is_well && is_allowed, "{fault:?} {policy}");
            if !has_script {
                assert_eq!(body, DOCUMENT, "{fault:?} {policy}");
            }
        }
    }
}

/// An edge in front of a site.
struct Site {
    host: SimHost,
    edge: Edge,
    upstream: Recorder,
}

impl Site {
    fn new(config: Config, backend: &Recorder) -> Self {
        let host = SimHost::new(1);
        let upstream = Recorder::default();
        host.serve("backend.test", backend);
        host.serve("upstream.test", &upstream);
        let machine = Machine::of::<SimHost>(&config, 1.try_into().expect("not zero"));
        let edge = Edge::on(machine, config).expect("a usable configuration");
        Self {
            host,
            edge,
            upstream,
        }
    }

    /// Sends a request with a body, and checks that site and client get what the other sends.
    #[track_caller]
    fn assert_undisturbed(&self, name: &str) {
        self.upstream.will_reply([reply()]);
        let request = Request::put("http://edge.test/basket?x=1").header("x-of-client", "yes");
        let body = SimBody::in_chunks(Bytes::from_static(b"two apples"), 4);
        let (status, headers, body) = self.send(request.body(body).expect("a request"));
        assert_eq!(status, StatusCode::CREATED, "{name}");
        assert_eq!(headers["x-of-site"], "yes", "{name}");
        assert_eq!(body, "three apples", "{name}");
        let mut received = self.upstream.take();
        assert_eq!(received.len(), 1, "{name}");
        let received = received.remove(0);
        assert_eq!(received.method, Method::PUT, "{name}");
        assert_eq!(received.path, "/basket?x=1", "{name}");
        assert_eq!(received.headers["x-of-client"], "yes", "{name}");
        assert_eq!(received.body, "two apples", "{name}");
    }

    #[track_caller]
    fn send(&self, request: Request<SimBody>) -> (StatusCode, HeaderMap, Bytes) {
        let response = self
            .host
            .executor()
            .run(self.edge.handle(&self.host, request));
        let (head, body) = response.expect("a response").into_parts();
        (head.status, head.headers, collect(body))
    }

    fn queued(&self) -> u64 {
        self.edge.tally().queued.values().sum()
    }
}

fn reply() -> Reply {
    Reply {
        status: Some(201),
        headers: vec![("x-of-site".into(), "yes".into())],
        body: "three apples".into(),
        ..Reply::default()
    }
}

fn document(policy: &str) -> Reply {
    Reply {
        headers: vec![
            ("content-type".into(), "text/html".into()),
            ("content-security-policy".into(), policy.into()),
        ],
        body: DOCUMENT.into(),
        ..Reply::default()
    }
}

const DOCUMENT: &str = "<!doctype html><head><title>Shop</title></head><p>three apples";

fn inject() -> InjectConfig {
    InjectConfig {
        script: "/t.js".into(),
        endpoint: "/_t".into(),
        key: None,
        service_name: "shop-web".into(),
        service_version: None,
        environment: None,
        trace_propagation_targets: Vec::new(),
        web_assembly: true,
        embedded: false,
        integrity: None,
        load: ScriptLoad::First,
    }
}

fn config() -> Config {
    let route = |path: &str, upstream: &str| RouteConfig {
        path: path.into(),
        upstream: upstream.into(),
        ..RouteConfig::default()
    };
    Config {
        backend: BackendConfig {
            url: Some("http://backend.test".into()),
            ..BackendConfig::default()
        },
        proxy: ProxyConfig {
            routes: vec![
                route("/*", "http://upstream.test"),
                route("/gone", "http://nobody.test"),
                RouteConfig {
                    inject: Some(inject()),
                    ..route("/page", "http://upstream.test")
                },
            ],
            ..ProxyConfig::default()
        },
        ..Config::default()
    }
}
