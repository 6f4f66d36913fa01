//! Tests of the server with cores that die.

use super::*;
use std::io;
use std::num::NonZeroUsize;
use throughline_edge::Config;
use throughline_edge::config::{BackendConfig, BackendKind, OutcomesConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::LocalSet;

#[tokio::test]
async fn a_health_check_fails_after_a_core_has_died_and_other_requests_go_on() {
    let health = Health::default();
    let (end, ending) = watch::channel(false);
    let config = Config {
        open: true,
        backend: BackendConfig {
            kind: BackendKind::Null,
            ..BackendConfig::default()
        },
        outcomes: OutcomesConfig {
            interval_ms: 0,
            ..OutcomesConfig::default()
        },
        ..Config::default()
    };
    let (settings, changes) = watch::channel(Settings::new(
        config,
        Duration::from_secs(5),
        NonZeroUsize::MIN,
    ));
    let serving = settings.borrow().clone().serving().expect("valid");
    let server = Server {
        serving: Configured::new(serving),
        settings: RefCell::new(changes),
        host: NativeHost::new(None),
        viewer: None,
        health: health.clone(),
        unexported: Arc::default(),
        tls: None,
        ending,
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let send = async |request: &str| -> String {
        let mut stream = TcpStream::connect(address).await.expect("it listens");
        stream.write_all(request.as_bytes()).await.expect("sent");
        let mut response = String::new();
        stream.read_to_string(&mut response).await.expect("read");
        response
    };
    const HEALTH: &str = "GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    const TRACES: &str = "POST /v1/traces HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: 2\r\n\r\n{}";
    let requests = async {
        assert!(send(HEALTH).await.starts_with("HTTP/1.1 200"));
        health.supervise("core 2 of 2", || -> io::Result<()> {
            panic!("at a bad index")
        });
        let response = send(HEALTH).await;
        assert!(response.starts_with("HTTP/1.1 503"), "{response}");
        let words = "core 2 of 2 died: panicked: at a bad index";
        assert!(response.ends_with(words), "{response}");
        assert!(send(TRACES).await.starts_with("HTTP/1.1 200"));
        end.send(true).expect("the server runs");
    };
    let served = server.serve(vec![(Port::Http, listener)]);
    LocalSet::new()
        .run_until(async { tokio::join!(served, requests) })
        .await;
}
