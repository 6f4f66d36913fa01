//! Tests of clients that do not read what they have requested.

use super::*;
use bytes::Bytes;
use h2::client::{ResponseFuture, SendRequest};
use h2::{Reason, RecvStream};
use std::future::pending;
use tokio::io::duplex;
use tokio::task::{LocalSet, spawn_local};
use tokio::time::{Instant, sleep, timeout};

/// A client of a server that responds with as many bytes as the path says.
async fn connect() -> SendRequest<Bytes> {
    let (io, server) = duplex(1 << 20);
    let respond = service_fn(|request: Request<Incoming>| async move {
        let bytes = request.uri().path()[1..].parse().expect("a number");
        let body = Bytes::from(vec![b'.'; bytes]);
        Ok::<_, Infallible>(Response::new(SendBody::whole(body)))
    });
    let limits = HeadLimits {
        bytes: 1 << 14,
        headers: 100,
        within: Duration::from_secs(5),
    };
    spawn_local(async move {
        let background = Background::default();
        serve(server, respond, limits, &background, pending::<()>()).await;
    });
    // What one stream does not read is no concern of the others.
    let mut client = h2::client::Builder::new();
    client.initial_connection_window_size(1 << 24);
    let (requests, connection) = client.handshake(io).await.expect("HTTP/2");
    spawn_local(connection);
    requests
}

async fn get(requests: &mut SendRequest<Bytes>, bytes: usize) -> ResponseFuture {
    let mut ready = requests.clone().ready().await.expect("it may send");
    let request = Request::get(format!("http://a/{bytes}")).body(());
    let (response, _) = (ready.send_request(request.expect("valid"), true)).expect("it may send");
    response
}

/// Reads until the end, in `per_byte` each, and grants what was read.
async fn read(body: &mut RecvStream, per_byte: Duration) -> Result<usize, h2::Error> {
    let mut bytes = 0;
    while let Some(data) = body.data().await.transpose()? {
        bytes += data.len();
        sleep(per_byte * data.len() as u32).await;
        // The stream may have been reset.
        let _ = body.flow_control().release_capacity(data.len());
    }
    Ok(bytes)
}

#[tokio::test(start_paused = true)]
async fn a_response_that_its_client_does_not_read_is_reset_and_the_others_go_on() {
    LocalSet::new()
        .run_until(async {
            let mut requests = connect().await;
            // One that hyper could hold as a whole, and one that it could not.
            let mut unread = Vec::new();
            for bytes in [80_000, 1_000_000] {
                let response = get(&mut requests, bytes).await.await.expect("a head");
                unread.push(response.into_body());
            }
            let begun = Instant::now();
            while begun.elapsed() < Duration::from_secs(75) {
                let response = get(&mut requests, 100_000).await.await.expect("a head");
                let whole = read(&mut response.into_body(), Duration::ZERO).await;
                assert_eq!(whole.expect("whole"), 100_000);
                sleep(Duration::from_secs(1)).await;
            }
            for body in &mut unread {
                let ended = timeout(Duration::from_secs(1), read(body, Duration::ZERO)).await;
                let error = ended.expect("it was reset").expect_err("not whole");
                assert_eq!(error.reason(), Some(Reason::CANCEL));
            }
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_response_that_its_client_reads_slowly_is_whole() {
    LocalSet::new()
        .run_until(async {
            let mut requests = connect().await;
            let response = get(&mut requests, 300_000).await.await.expect("a head");
            let begun = Instant::now();
            let whole = read(&mut response.into_body(), Duration::from_millis(1)).await;
            assert_eq!(whole.expect("whole"), 300_000);
            assert!(begun.elapsed() >= Duration::from_secs(300));
        })
        .await;
}
