//! The edge's name and version in its own telemetry.

use throughline_otlp::field::{resource_group, scope, scope_group};
use throughline_otlp::protobuf::{Open, Writer};

/// Opens a scope group that holds the edge's instrumentation scope.
pub(crate) fn open_scope(writer: &mut Writer) -> Open {
    let group = writer.open(resource_group::SCOPE);
    let described = writer.open(scope_group::SCOPE);
    writer.string(scope::NAME, NAME);
    writer.string(scope::VERSION, VERSION);
    writer.close(described);
    group
}

pub(crate) const NAME: &str = "throughline-edge";
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");
