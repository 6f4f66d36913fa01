//! Sends one OTLP trace batch through the product's own exporter, retries and all.
//!
//! `cargo run --example export_once -- --to http://127.0.0.1:4318` exits 0 when the
//! backend accepted it and 1 when it was given up or rejected. A message of the backend
//! with a success, such as a warning, is printed to stderr.
#![expect(clippy::print_stderr, reason = "a program for the terminal")]

use std::env;
use std::error::Error;
use std::process::ExitCode;
use throughline::NativeHost;
use throughline_edge::config::BackendConfig;
use throughline_edge::host::{Clock, Entropy};
use throughline_edge::{Config, Edge};
use throughline_otlp::Signal;
use throughline_otlp::envelope::{self, Origin};
use throughline_otlp::field::{scope_group, span, span_kind};
use throughline_semconv as semconv;
use tokio::runtime::Builder;
use tokio::task::LocalSet;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [flag, url] = arguments.as_slice() else {
        eprintln!("export_once --to URL");
        return ExitCode::FAILURE;
    };
    match export(flag, url) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("export_once: {error}");
            ExitCode::FAILURE
        }
    }
}

fn export(flag: &str, url: &str) -> Result<(), Box<dyn Error>> {
    if flag != "--to" {
        return Err(format!("unknown argument {flag}; use --to URL").into());
    }
    let edge = Edge::new(Config {
        backend: BackendConfig {
            url: Some(url.into()),
            // Five minutes are too long for a person who waits.
            retry_for_ms: 30_000,
            ..BackendConfig::default()
        },
        ..Config::default()
    })?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, async {
        let host = NativeHost::new(None);
        let batch = one_span(&host);
        edge.export(&host, Signal::Traces, batch.into()).await
    })?;
    Ok(())
}

fn one_span(host: &NativeHost) -> Vec<u8> {
    let now = host.now_unix_nano();
    let mut ids = [1; 24];
    // Without randomness the ids of all programs are the same, which is fine for one.
    let _ = host.fill_random(&mut ids);
    let (trace_id, span_id) = ids.split_at(16);
    let resource = envelope::resource(&[
        (semconv::SERVICE_NAME, "export-once"),
        (semconv::SERVICE_VERSION, env!("CARGO_PKG_VERSION")),
    ]);
    let origin = Origin {
        resource: &resource,
        scope_name: "throughline/export-once",
        scope_version: env!("CARGO_PKG_VERSION"),
        ..Origin::default()
    };
    origin.export_request(|writer| {
        let open = writer.open(scope_group::RECORD);
        writer.bytes(span::TRACE_ID, trace_id);
        writer.bytes(span::SPAN_ID, span_id);
        writer.string(span::NAME, "export once");
        writer.varint(span::KIND, span_kind::INTERNAL);
        writer.fixed64(span::START_TIME_UNIX_NANO, now);
        writer.fixed64(span::END_TIME_UNIX_NANO, now + 1_000_000);
        writer.close(open);
    })
}
