//! Serves the viewer with the telemetry of a made-up shop.
//!
//! `cargo run -p throughline-viewer --example serve -- --port 4318` fills a store in
//! memory and serves the viewer on it. It receives OTLP/HTTP at `/v1/{signal}` without the
//! edge's checks. `POST /fixtures/{name}` adds one more of `click`, `error`, `hostile`
//! or `large`, or in two steps a trace whose spans come late, `before-the-edge` and
//! `with-the-edge`: the page's tests use these to see live updates. With `--empty` the
//! store starts empty.
#![expect(
    clippy::print_stdout,
    reason = "the program prints its address to standard output"
)]

#[path = "../tests/shop/mod.rs"]
mod shop;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{Method, Request, Response, StatusCode};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use shop::Purchase;
use std::convert::Infallible;
use std::error::Error;
use std::time::{SystemTime, UNIX_EPOCH};
use throughline_otlp::{Signal, json, schema};
use throughline_viewer::{Store, StoreError, ViewerResponse, is_change, respond};
use tokio::net::TcpListener;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let port: u16 = match arguments.iter().position(|argument| argument == "--port") {
        Some(at) => arguments
            .get(at + 1)
            .ok_or("--port needs a number")?
            .parse()?,
        None => 4318,
    };
    let store = Store::in_memory()?;
    if !arguments.iter().any(|argument| argument == "--empty") {
        shop::afternoon(now()).append_to(&store)?;
    }
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("http://{}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        let store = store.clone();
        let service = service_fn(move |request| respond_to(store.clone(), request));
        // A broken connection concerns only its client.
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

async fn respond_to(
    store: Store,
    request: Request<Incoming>,
) -> Result<Response<BoxBody<Bytes, Infallible>>, hyper::Error> {
    if request.method() != Method::POST || is_change(request.uri().path()) {
        return Ok(match respond(&store, request.method(), request.uri()) {
            ViewerResponse::Whole(response) => response.map(|body| Full::new(body).boxed()),
            ViewerResponse::Events(response) => response.map(BodyExt::boxed),
        });
    }
    let path = request.uri().path().to_owned();
    let is_json = (request.headers().get(CONTENT_TYPE)).is_some_and(|found| found == JSON);
    let body = request.into_body().collect().await?.to_bytes();
    let mut response = Response::new(Full::new(Bytes::new()).boxed());
    *response.status_mut() = match append(&store, &path, &body, is_json) {
        Ok(true) => StatusCode::OK,
        Ok(false) => StatusCode::NOT_FOUND,
        Err(StoreError::Malformed(_) | StoreError::Identity) => StatusCode::BAD_REQUEST,
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR,
    };
    Ok(response)
}

fn append(store: &Store, path: &str, body: &[u8], is_json: bool) -> Result<bool, StoreError> {
    let signal = Signal::ALL
        .into_iter()
        .find(|signal| path.strip_prefix('/') == Some(signal.path()));
    if let Some(signal) = signal {
        if is_json {
            let Ok(protobuf) = json::to_protobuf(schema::export_request(signal), body) else {
                return Ok(false);
            };
            store.append(signal, &protobuf, now())?;
        } else {
            store.append(signal, body, now())?;
        }
        return Ok(true);
    }
    let at = now();
    let seed = at / shop::MILLISECOND % 1_000_000;
    let telemetry = match path {
        "/fixtures/click" => shop::purchase(at, seed, Purchase::Succeeds),
        "/fixtures/error" => shop::purchase(at, seed, Purchase::BreaksInPage),
        "/fixtures/hostile" => shop::hostile(at),
        "/fixtures/large" => shop::large(at, 5_000),
        // The same visit, so that the spans stored already are the same.
        "/fixtures/before-the-edge" => shop::purchase(LATE, 778, Purchase::EdgeSpansLost),
        "/fixtures/with-the-edge" => shop::purchase(LATE, 778, Purchase::Succeeds),
        _ => return Ok(false),
    };
    telemetry.append_to(store)?;
    Ok(true)
}

fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_nanos() as u64)
}

const JSON: &str = "application/json";
/// The time of the visit whose spans come late.
const LATE: u64 = 1_700_000_000 * shop::SECOND;
