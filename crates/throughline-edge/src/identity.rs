//! The edge's name and version in its own telemetry.

use throughline_otlp::envelope::Origin;

/// The origin of the edge's own records, which `resource` describes.
pub(crate) fn origin(resource: &[u8]) -> Origin<'_> {
    Origin {
        resource,
        scope_name: NAME,
        scope_version: VERSION,
        ..Origin::default()
    }
}

pub(crate) const NAME: &str = "throughline-edge";
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");
