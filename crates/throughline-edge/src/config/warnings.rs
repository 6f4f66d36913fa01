//! Warnings about a configuration that can be used and is probably wrong.

use super::{BackendConfig, BackendKind, BackendPreset, BackendProtocol, Config, suggestion};

/// A warning about the value of a key: the fault that it probably has, and the value to write.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {reason}")]
pub struct ConfigWarning {
    /// The key's path.
    pub key: Box<str>,
    /// The reason.
    pub reason: Box<str>,
}

impl Config {
    /// Warnings about keys whose values are probably wrong.
    pub fn warnings(&self) -> Vec<ConfigWarning> {
        let mut warnings = Vec::new();
        for (section, backend) in self.backends() {
            let mut warn = |key: &str, reason: Option<String>| {
                warnings.extend(reason.map(|reason| ConfigWarning {
                    key: format!("{section}.{key}").into(),
                    reason: reason.into(),
                }));
            };
            if backend.kind == BackendKind::Otlp {
                for (key, url) in urls(backend) {
                    warn(key, port(url, backend));
                }
            }
            if let Some(sigv4) = &backend.sigv4 {
                let key = match backend.region.as_ref() == Some(&sigv4.region) {
                    true => "region",
                    false => "sigv4.region",
                };
                warn(key, region(&sigv4.region));
            }
        }
        warnings
    }
}

/// The addresses that an operator has written, with their keys.
fn urls(backend: &BackendConfig) -> impl Iterator<Item = (&'static str, &str)> {
    [("url", backend.url.as_deref())]
        .into_iter()
        .chain([
            (
                "traces.url",
                backend.traces.as_ref().and_then(|own| own.url.as_deref()),
            ),
            (
                "logs.url",
                backend.logs.as_ref().and_then(|own| own.url.as_deref()),
            ),
            (
                "metrics.url",
                backend.metrics.as_ref().and_then(|own| own.url.as_deref()),
            ),
        ])
        .filter_map(|(key, url)| Some((key, url?)))
}

/// The port of the other protocol.
fn port(url: &str, backend: &BackendConfig) -> Option<String> {
    let port = url.parse::<http::Uri>().ok()?.port_u16()?;
    match (backend.protocol, port) {
        (BackendProtocol::Http, 4317) => {
            let grpc = match backend.preset.is_none_or(BackendPreset::takes_grpc) {
                true => ", or protocol = \"grpc\"",
                false => "",
            };
            Some(format!(
                "4317 is the port of OTLP/gRPC, and exports are OTLP/HTTP: write the port of that, which is usually 4318{grpc}"
            ))
        }
        (BackendProtocol::Grpc, 4318) => Some(
            "4318 is the port of OTLP/HTTP, and exports are OTLP/gRPC: write the port of that, which is usually 4317, or protocol = \"http\"".into(),
        ),
        _ => None,
    }
}

/// A region of AWS that is not known. There are new ones every year, so that it is no error.
fn region(region: &str) -> Option<String> {
    if REGIONS.contains(&region) {
        return None;
    }
    let instead = match suggestion::nearest_of(region, REGIONS) {
        Some(nearest) => format!("did you mean {nearest}?"),
        None => "its name is that of the console, such as eu-central-1".into(),
    };
    Some(format!(
        "no region of AWS with this name is known; {instead}"
    ))
}

/// <https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html>
const REGIONS: [&str; 41] = [
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "cn-north-1",
    "cn-northwest-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "eusc-de-east-1",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "me-west-1",
    "mx-central-1",
    "sa-east-1",
    "sa-west-1",
    "us-east-1",
    "us-east-2",
    "us-gov-east-1",
    "us-gov-west-1",
    "us-west-1",
    "us-west-2",
];
