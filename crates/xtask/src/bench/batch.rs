//! The OTLP request that the load generator sends: spans as a page sends them.

use super::protobuf::{self, Message};
use crate::failure::Failure;
use std::borrow::Cow;
use std::path::Path;
use std::process::Command;

/// How the body of a request is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Identity,
    Gzip,
}

/// One request, ready to be sent any number of times.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) spans: usize,
    pub(super) encoding: Encoding,
    pub(super) body: Vec<u8>,
    /// Spans that a sampler keeps which keeps a quarter of the traces.
    pub(super) in_quarter: usize,
    /// Bytes of the body before compression.
    plain_bytes: usize,
    /// Where the body has ids of traces that are to differ between requests.
    trace_ids: Vec<usize>,
}

impl Request {
    /// A request of `spans` spans. `folder` is where a body waits for compression.
    pub(super) fn new(spans: usize, encoding: Encoding, folder: &Path) -> Result<Self, Failure> {
        let (plain, in_quarter, _) = export_request(spans, 1);
        let plain_bytes = plain.len();
        let body = match encoding {
            Encoding::Identity => plain,
            Encoding::Gzip => compress("gzip", GZIP, &plain, folder)?,
        };
        Ok(Self {
            spans,
            encoding,
            body,
            in_quarter,
            plain_bytes,
            trace_ids: Vec::new(),
        })
    }

    /// A request of traces of so many spans, which are others in each request.
    pub(super) fn of_traces(traces: usize, spans_of_each: usize) -> Self {
        let spans = traces * spans_of_each;
        let (body, in_quarter, ids) = export_request(spans, spans_of_each);
        let is_id = |at: &usize| (ids.iter()).any(|id| body[*at..].starts_with(id));
        Self {
            spans,
            encoding: Encoding::Identity,
            in_quarter,
            plain_bytes: body.len(),
            trace_ids: (0..body.len()).filter(is_id).collect(),
            body,
        }
    }

    /// The body of the request with this number. The part of an id that samplers read stays.
    pub(super) fn body_of(&self, number: usize) -> Cow<'_, [u8]> {
        if self.trace_ids.is_empty() {
            return Cow::Borrowed(&self.body);
        }
        let mut body = self.body.clone();
        for at in &self.trace_ids {
            let number = (number as u64 + 1).to_be_bytes();
            let id = body[*at..].iter_mut();
            id.zip(number).for_each(|(byte, number)| *byte ^= number);
        }
        Cow::Owned(body)
    }

    /// The title of the request's measurements.
    pub(super) fn title(&self) -> String {
        let Self { spans, body, .. } = self;
        let per_span = self.plain_bytes / spans;
        let sent = match self.encoding {
            Encoding::Identity => "uncompressed".to_owned(),
            Encoding::Gzip => format!("gzip, {} bytes", body.len()),
        };
        format!("{spans} spans per request, {per_span} bytes per span, {sent}")
    }
}

/// How many spans an encoded request has. `None` when it is not protobuf.
pub(super) fn spans_in(request: &[u8]) -> Option<usize> {
    protobuf::count(request, &[RESOURCE_SPANS, SCOPE_SPANS, SPANS])
}

/// An encoded request with so many spans in each trace, how many of its spans are of the quarter of
/// traces with the highest randomness, and the ids of its traces:
/// <https://www.w3.org/TR/trace-context-2/#randomness-of-trace-id>.
fn export_request(spans: usize, of_trace: usize) -> (Vec<u8>, usize, Vec<Vec<u8>>) {
    let resource = [
        ("service.name", "shop-page"),
        ("service.version", "1.4.2"),
        ("telemetry.sdk.name", "throughline"),
        ("telemetry.sdk.language", "webjs"),
    ]
    .into_iter()
    .fold(Message::default(), |resource, (key, value)| {
        resource.bytes(1, text(key, value))
    });
    let mut random = Random(0x5eed);
    let scope = Message::default().bytes(1, "throughline.fetch");
    let (mut in_quarter, mut ids) = (0, Vec::new());
    let scope_spans = (0..spans).fold(Message::default().bytes(1, scope), |group, index| {
        if index % of_trace == 0 {
            ids.push([random.bytes(), random.bytes()].concat());
        }
        let trace_id = ids[index / of_trace].clone();
        in_quarter += usize::from(trace_id[FIRST_RANDOM_BYTE] >= 0xc0);
        group.bytes(SPANS, span(index as u64, trace_id, &mut random))
    });
    let resource_spans = Message::default()
        .bytes(1, resource)
        .bytes(SCOPE_SPANS, scope_spans);
    let request = Message::default().bytes(RESOURCE_SPANS, resource_spans);
    (request.into_bytes(), in_quarter, ids)
}

/// The span of a `fetch` in a page, about 466 bytes with ten attributes.
fn span(index: u64, trace_id: Vec<u8>, random: &mut Random) -> Message {
    let start = 1_790_000_000_000_000_000 + index * 7_000_000;
    let url = format!(
        "https://shop.example/api/products/{}?page=2&sort=price-ascending",
        random.next() % 10_000
    );
    let session = format!("{:016x}", random.next());
    let span = Message::default()
        .bytes(1, trace_id)
        .bytes(2, random.bytes())
        .bytes(4, random.bytes())
        .bytes(5, "GET /api/products/{id}")
        .varint(6, CLIENT)
        .fixed64(7, start)
        .fixed64(8, start + random.next() % 900_000_000);
    let span = [
        ("http.request.method", "GET"),
        ("url.full", &url),
        ("url.template", "/api/products/{id}"),
        ("server.address", "shop.example"),
        ("network.protocol.name", "h2"),
        ("session.id", &session),
        ("browser.page", "/products/"),
        ("http.request.priority", "high"),
    ]
    .into_iter()
    .fold(span, |span, (key, value)| span.bytes(9, text(key, value)));
    [
        ("http.response.status_code", 200),
        ("http.response.body.size", random.next() % 100_000),
    ]
    .into_iter()
    .fold(span, |span, (key, value)| {
        span.bytes(9, attribute(key, Message::default().varint(3, value)))
    })
}

fn text(key: &str, value: &str) -> Message {
    attribute(key, Message::default().bytes(1, value))
}

fn attribute(key: &str, value: Message) -> Message {
    Message::default().bytes(1, key).bytes(2, value)
}

/// Compresses by a program that writes the file named last to standard output: xtask depends
/// on no compressor.
pub(super) fn compress(
    program: &str,
    arguments: &[&str],
    plain: &[u8],
    folder: &Path,
) -> Result<Vec<u8>, Failure> {
    let file = folder.join("request.bin");
    std::fs::write(&file, plain).map_err(Failure::path(&file))?;
    let output = Command::new(program)
        .args(arguments)
        .arg(&file)
        .output()
        .map_err(|error| Failure::Missing {
            program: program.to_owned(),
            remedy: error.to_string(),
        })?;
    if output.status.success() {
        Ok(output.stdout)
    } else {
        Err(Failure::Command {
            command: format!("{program} {}", file.display()),
            status: output.status,
        })
    }
}

/// The arguments of the system's gzip.
pub(super) const GZIP: &[&str] = &["--no-name", "--stdout"];

/// Numbers that differ within a request and are the same in every run (splitmix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn bytes(&mut self) -> [u8; 8] {
        self.next().to_be_bytes()
    }
}

// <https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto>
const RESOURCE_SPANS: u64 = 1;
const SCOPE_SPANS: u64 = 2;
const SPANS: u64 = 2;
const CLIENT: u64 = 3;
/// The randomness of a trace id is its last seven bytes.
const FIRST_RANDOM_BYTE: usize = 9;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_has_the_size_of_a_page_span() {
        let (request, in_quarter, _) = export_request(500, 1);
        assert_eq!(spans_in(&request), Some(500));
        assert!((105..=145).contains(&in_quarter), "{in_quarter} spans");
        let per_span = request.len() / 500;
        assert!((461..=471).contains(&per_span), "{per_span} bytes");
    }

    #[test]
    fn traces_differ_between_requests_where_samplers_do_not_look() {
        let request = Request::of_traces(5, 10);
        assert_eq!((request.spans, request.trace_ids.len()), (50, 50));
        let (first, second) = (request.body_of(0), request.body_of(1));
        assert_eq!(spans_in(&second), Some(50));
        for at in &request.trace_ids {
            assert_ne!(first[*at..at + 8], second[*at..at + 8]);
            assert_eq!(first[at + 8..at + 16], second[at + 8..at + 16]);
        }
    }

    #[test]
    fn every_run_sends_the_same_bytes() {
        let sum = export_request(3, 1).0.into_iter().fold(0_u32, |sum, byte| {
            sum.wrapping_mul(31).wrapping_add(byte.into())
        });
        assert_eq!(sum, 939183444);
    }
}
