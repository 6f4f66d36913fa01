//! The container image as an OCI image layout in a tar, made without a daemon.
//! <https://github.com/opencontainers/image-spec/blob/v1.1.1/spec.md>
//!
//! One layer: the production binary and the user that it runs as. There are no certificates in
//! it: the binary has Mozilla's, and takes those of `SSL_CERT_FILE` where it is set.

use super::archive::{Archive, Entry, gzip};
use super::checkout::Checkout;
use super::platform::HERE;
use super::sums::sha256;
use crate::failure::Failure;
use serde_json::{Value, json};
use std::path::Path;

/// Writes `throughline-VERSION-PLATFORM.oci.tar`.
pub(super) fn write(checkout: &Checkout, binary: &Path, folder: &Path) -> Result<(), Failure> {
    let layer = layer(checkout, binary)?;
    let compressed = gzip(&layer)?;
    let configuration = configuration(checkout, &layer).to_string().into_bytes();
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": descriptor("application/vnd.oci.image.config.v1+json", &configuration),
        "layers": [descriptor("application/vnd.oci.image.layer.v1.tar+gzip", &compressed)],
        "annotations": labels(checkout),
    })
    .to_string()
    .into_bytes();
    let mut entry = descriptor(MANIFEST, &manifest);
    entry["platform"] = json!({ "architecture": HERE.architecture, "os": HERE.os });
    entry["annotations"] = json!({ "org.opencontainers.image.ref.name": checkout.version });
    let index = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [entry],
    });

    let mut layout = Archive::new(checkout.epoch);
    layout.add(Entry::text(
        "oci-layout",
        r#"{"imageLayoutVersion":"1.0.0"}"#,
    ))?;
    layout.add(Entry::text("index.json", index.to_string()))?;
    layout.add(Entry::folder("blobs/"))?;
    layout.add(Entry::folder("blobs/sha256/"))?;
    for blob in [manifest, configuration, compressed] {
        layout.add(Entry::text(
            &format!("blobs/sha256/{}", sha256(&blob)),
            blob,
        ))?;
    }
    let name = format!("throughline-{}-{}.oci.tar", checkout.version, HERE.name);
    layout.write(&folder.join(name))
}

fn layer(checkout: &Checkout, binary: &Path) -> Result<Vec<u8>, Failure> {
    let mut layer = Archive::new(checkout.epoch);
    for folder in [
        "etc/",
        "etc/throughline/",
        "usr/",
        "usr/local/",
        "usr/local/bin/",
    ] {
        layer.add(Entry::folder(folder))?;
    }
    layer.add(Entry::text("etc/group", format!("{NAME}:x:{ID}:\n")))?;
    layer.add(Entry::text(
        "etc/passwd",
        format!("{NAME}:x:{ID}:{ID}:{NAME}:/:/sbin/nologin\n"),
    ))?;
    layer.add(Entry::program(PROGRAM[1..].to_owned(), binary))?;
    layer.into_tar()
}

/// <https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md>
fn configuration(checkout: &Checkout, layer: &[u8]) -> Value {
    json!({
        "created": checkout.time(),
        "architecture": HERE.architecture,
        "os": HERE.os,
        "config": {
            "User": format!("{ID}:{ID}"),
            "ExposedPorts": { "4317/tcp": {}, "4318/tcp": {} },
            "Entrypoint": [PROGRAM],
            "Cmd": ["--config", "/etc/throughline/throughline.toml"],
            "WorkingDir": "/",
            "Labels": labels(checkout),
        },
        "rootfs": { "type": "layers", "diff_ids": [digest(layer)] },
        "history": [{ "created": checkout.time(), "created_by": "cargo xtask release" }],
    })
}

/// <https://github.com/opencontainers/image-spec/blob/v1.1.1/annotations.md>
fn labels(checkout: &Checkout) -> Value {
    json!({
        "org.opencontainers.image.created": checkout.time(),
        "org.opencontainers.image.description": "Receives telemetry, proxies requests and traces them",
        "org.opencontainers.image.licenses": env!("CARGO_PKG_LICENSE"),
        "org.opencontainers.image.revision": checkout.commit,
        "org.opencontainers.image.source": env!("CARGO_PKG_REPOSITORY"),
        "org.opencontainers.image.title": "throughline",
        "org.opencontainers.image.version": checkout.version,
    })
}

fn descriptor(media_type: &str, blob: &[u8]) -> Value {
    json!({ "mediaType": media_type, "digest": digest(blob), "size": blob.len() })
}

fn digest(blob: &[u8]) -> String {
    format!("sha256:{}", sha256(blob))
}

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const PROGRAM: &str = "/usr/local/bin/throughline";
/// The user that images without root use by custom; Kubernetes compares the number.
const ID: u32 = 65532;
const NAME: &str = "nonroot";
