//! Measures the passes over a request, in nanoseconds per span: best of many rounds over one
//! batch of spans such as pages send.
//!
//! ```text
//! cargo run --release -p throughline-otlp --example passes
//! ```
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a measurement reads the clock and prints what it finds"
)]

use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant};
use throughline_otlp::field::{export_request, resource, resource_group, scope, scope_group, span};
use throughline_otlp::protobuf::Writer;
use throughline_otlp::rewrite::{
    Edit, Envelope, Interest, Keep, Message, Stage, rewrite, rewrite_inspected,
};
use throughline_otlp::{InvalidRequest, Signal, attribute, inspect};

fn main() -> Result<(), Box<dyn Error>> {
    let request = request(SPANS);
    println!(
        "batch spans {SPANS} bytes_per_span {}",
        request.len() as u64 / SPANS
    );
    measure("identity", || pass(&request, &mut Look))?;
    measure("inspection", || {
        black_box(inspect(Signal::Traces, black_box(&request))?);
        Ok(())
    })?;
    measure("append", || pass(&request, &mut Append))?;
    measure("edit", || pass(&request, &mut Replace))?;
    measure("drop_half", || pass(&request, &mut DropHalf(false)))?;
    measure("inspection_and_edit", || {
        black_box(rewrite(
            Signal::Traces,
            black_box(&request),
            &mut [&mut Replace],
        )?);
        Ok(())
    })?;
    Ok(())
}

/// Runs one stage over a request that is inspected already.
fn pass(request: &[u8], stage: &mut dyn Stage) -> Result<(), InvalidRequest> {
    black_box(rewrite_inspected(
        Signal::Traces,
        black_box(request),
        &mut [stage],
    )?);
    Ok(())
}

/// Prints the best round: the machine's other work only ever slows a round down.
fn measure(
    name: &str,
    mut run: impl FnMut() -> Result<(), InvalidRequest>,
) -> Result<(), InvalidRequest> {
    let mut best = Duration::MAX;
    let begun = Instant::now();
    while begun.elapsed() < TIME_PER_PASS {
        let round = Instant::now();
        run()?;
        best = best.min(round.elapsed());
    }
    println!(
        "pass {name} ns_per_span {:.1}",
        best.as_nanos() as f64 / SPANS as f64
    );
    Ok(())
}

/// Reads the fields of each span and leaves them.
struct Look;

/// Adds an attribute to each span.
struct Append;

/// Replaces one attribute of each span.
struct Replace;

/// Drops every other span.
struct DropHalf(bool);

impl Stage for Look {
    fn interest(&self, _: Signal) -> Interest {
        Interest::RECORD
    }

    fn record(&mut self, record: &mut Message<'_>, _: &Envelope<'_>) -> Keep {
        black_box(record.fields().count());
        Keep::Yes
    }
}

impl Stage for Append {
    fn interest(&self, _: Signal) -> Interest {
        Interest::RECORD
    }

    fn record(&mut self, record: &mut Message<'_>, _: &Envelope<'_>) -> Keep {
        record.append(|writer| {
            attribute::string(writer, span::ATTRIBUTES, "geo.country.iso_code", "NZ");
        });
        Keep::Yes
    }
}

impl Stage for Replace {
    fn interest(&self, _: Signal) -> Interest {
        Interest::RECORD
    }

    fn record(&mut self, record: &mut Message<'_>, _: &Envelope<'_>) -> Keep {
        record.edit(|field, writer| match field.value.as_bytes() {
            Some(pair) if field.number == span::ATTRIBUTES && pair.starts_with(URL_FULL) => {
                attribute::string(
                    writer,
                    span::ATTRIBUTES,
                    "url.full",
                    "https://shop.example/",
                );
                Edit::Replace
            }
            _ => Edit::Keep,
        });
        Keep::Yes
    }
}

impl Stage for DropHalf {
    fn interest(&self, _: Signal) -> Interest {
        Interest::RECORD
    }

    fn record(&mut self, _: &mut Message<'_>, _: &Envelope<'_>) -> Keep {
        self.0 = !self.0;
        if self.0 { Keep::No } else { Keep::Yes }
    }
}

/// One resource, one scope, and spans of ten attributes.
fn request(spans: u64) -> Vec<u8> {
    let mut writer = Writer::new();
    let group = writer.open(export_request::RESOURCE);
    let described = writer.open(resource_group::RESOURCE);
    attribute::string(&mut writer, resource::ATTRIBUTES, "service.name", "shop");
    writer.close(described);
    let scoped = writer.open(resource_group::SCOPE);
    let named = writer.open(scope_group::SCOPE);
    writer.string(scope::NAME, "@throughline/browser");
    writer.close(named);
    for number in 1..=spans {
        let open = writer.open(scope_group::RECORD);
        writer.bytes(span::TRACE_ID, &u128::from(number).to_be_bytes());
        writer.bytes(span::SPAN_ID, &number.to_be_bytes());
        writer.bytes(span::PARENT_SPAN_ID, &[7; 8]);
        writer.string(span::NAME, "GET /api/products/{id}");
        writer.varint(span::KIND, 3);
        writer.fixed64(
            span::START_TIME_UNIX_NANO,
            1_700_000_000_000_000_000 + number,
        );
        writer.fixed64(span::END_TIME_UNIX_NANO, 1_700_000_000_100_000_000 + number);
        for (key, value) in [
            ("http.request.method", "GET"),
            (
                "url.full",
                "https://shop.example/api/products/1842?ref=home",
            ),
            ("server.address", "shop.example"),
            ("url.template", "/api/products/{id}"),
            ("session.id", "5b8efff798038103d269b633813fc60c"),
            ("network.protocol.version", "h2"),
            ("browser.page.path", "/products/1842"),
            ("user_agent.device", "mobile"),
        ] {
            attribute::string(&mut writer, span::ATTRIBUTES, key, value);
        }
        attribute::int(
            &mut writer,
            span::ATTRIBUTES,
            "http.response.status_code",
            200,
        );
        attribute::int(
            &mut writer,
            span::ATTRIBUTES,
            "http.response.body.size",
            18_342,
        );
        writer.close(open);
    }
    writer.close(scoped);
    writer.close(group);
    writer.into_bytes()
}

/// The key of the attribute that is replaced, as it begins in the bytes.
const URL_FULL: &[u8] = b"\x0a\x08url.full";
const SPANS: u64 = 500;
const TIME_PER_PASS: Duration = Duration::from_millis(300);
