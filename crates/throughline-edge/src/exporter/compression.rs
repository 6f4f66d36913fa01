//! Compresses the bodies of exports to one backend.

use crate::config::{BackendCompression, ConfigError};
use crate::host::ZstdEncoder;
use bytes::Bytes;
use flate2::Compression as Level;
use flate2::write::GzEncoder;
use http::header::HeaderValue;
use std::io::Write;

/// The compression of exports to one backend.
#[derive(Debug, Clone, Copy)]
pub(super) enum Compression {
    None,
    Gzip,
    Zstd(ZstdEncoder),
}

/// The body of an export, as it is sent.
#[derive(Debug, Clone)]
pub(super) struct Compressed {
    pub(super) bytes: Bytes,
    /// The value of `Content-Encoding`.
    pub(super) content_encoding: Option<HeaderValue>,
}

impl Compression {
    /// # Errors
    /// [`ConfigError`] names the key below `section` that this platform cannot do.
    pub(super) fn new(
        section: &str,
        configured: BackendCompression,
        zstd: Result<ZstdEncoder, &'static str>,
    ) -> Result<Self, ConfigError> {
        match configured {
            BackendCompression::None => Ok(Self::None),
            BackendCompression::Gzip => Ok(Self::Gzip),
            BackendCompression::Zstd => match zstd {
                Ok(encoder) => Ok(Self::Zstd(encoder)),
                Err(why) => Err(ConfigError::Unavailable {
                    key: format!("{section}.compression").into(),
                    why,
                }),
            },
        }
    }

    pub(super) fn compress(self, body: Bytes) -> Compressed {
        let compressed = match self {
            Self::None => None,
            Self::Gzip => gzip(&body),
            Self::Zstd(encode) => encode(&body),
        };
        match compressed {
            Some(bytes) => Compressed::new(bytes.into(), self),
            None => Compressed::new(body, Self::None),
        }
    }

    /// The value of `Content-Encoding`; empty without compression.
    pub(super) const fn content_encoding(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Gzip => "gzip",
            Self::Zstd(_) => "zstd",
        }
    }
}

impl Compressed {
    /// Bytes that were compressed so.
    pub(super) fn new(bytes: Bytes, compression: Compression) -> Self {
        let name = compression.content_encoding();
        Self {
            bytes,
            content_encoding: (!name.is_empty()).then(|| HeaderValue::from_static(name)),
        }
    }
}

fn gzip(body: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 4), Level::fast());
    encoder.write_all(body).ok()?;
    encoder.finish().ok()
}
