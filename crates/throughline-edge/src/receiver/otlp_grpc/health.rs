//! The health service of gRPC, which Kubernetes asks: `grpc.health.v1.Health/Check`.
//!
//! <https://github.com/grpc/grpc/blob/master/doc/health-checking.md>

use super::{ENCODING, OtlpGrpc, SERVICES, failure, message};
use crate::host::Host;
use crate::http::Refusal;
use crate::lease::Leases;
use crate::receiver::body::{Admitted, BodyFormat, Compression};
use bytes::Bytes;
use http::request::Parts;
use http::{Response, StatusCode};
use std::sync::Arc;
use throughline_otlp::protobuf::{Value, Writer, fields};

/// The path of the method.
pub(super) const PATH: &str = "/grpc.health.v1.Health/Check";

/// Responds with the health of this receiver, or of one of its services.
pub(crate) async fn check<H: Host>(
    host: &H,
    head: &Parts,
    body: &mut H::Body,
    reading_bytes: &Arc<Leases>,
    is_ready: bool,
) -> Response<Bytes> {
    let service = match service(host, head, body, reading_bytes).await {
        Ok(service) => service,
        Err(refusal) => return failure(&refusal),
    };
    let is_known = service.is_empty() || SERVICES.iter().any(|known| name_of(known) == service);
    if !is_known {
        return failure(&Refusal::UnknownService);
    }
    let mut response = Writer::new();
    response.varint(STATUS, if is_ready { SERVING } else { NOT_SERVING });
    message(&response.into_bytes())
}

/// The name of a service, as its path has it.
fn name_of(service: &OtlpGrpc) -> &[u8] {
    let name = service
        .signal
        .grpc_path()
        .trim_start_matches('/')
        .split('/')
        .next();
    name.unwrap_or_default().as_bytes()
}

/// The service that a request names; empty for the receiver as a whole.
async fn service<H: Host>(
    host: &H,
    head: &Parts,
    body: &mut H::Body,
    reading_bytes: &Arc<Leases>,
) -> Result<Vec<u8>, Refusal> {
    let format = BodyFormat {
        compression: Compression::named_by(&head.headers, ENCODING)?,
        max_bytes: MAX_BYTES,
        is_framed: true,
    };
    let admitted = Admitted::by_head(host, &head.headers, format, reading_bytes)?;
    let request = admitted.read(host, body).await?;
    let mut service = Vec::new();
    for field in fields(&request) {
        let field = field.map_err(|_| Refusal::Malformed {
            status: StatusCode::BAD_REQUEST,
            reason: "not a HealthCheckRequest".into(),
        })?;
        if let (SERVICE, Value::Bytes(name)) = (field.number, field.value) {
            service = name.to_vec();
        }
    }
    Ok(service)
}

/// The field of `HealthCheckRequest`.
const SERVICE: u32 = 1;
/// The field of `HealthCheckResponse`, and its values.
const STATUS: u32 = 1;
const SERVING: u64 = 1;
const NOT_SERVING: u64 = 2;
/// A name of a service is shorter.
const MAX_BYTES: usize = 4 << 10;
