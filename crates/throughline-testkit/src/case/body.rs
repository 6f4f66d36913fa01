//! Builds the request body of a case.

use super::{Case, CaseError, Places, Step, read_text};
use crate::source_map::fixture;
use brotli::CompressorWriter;
use bytes::Bytes;
use flate2::write::{GzEncoder, ZlibEncoder};
use flate2::{Compress, Compression, FlushCompress};
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::Write;
use throughline_otlp::protobuf::Writer;
use throughline_otlp::{Signal, json, schema};
use throughline_wire::bundle::{Bundle, Dropped};
use throughline_wire::dictionary;

/// The source of a body and the steps applied to it, in this order.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BodySpec {
    /// The body itself.
    pub text: Option<String>,
    /// A file of the case.
    pub file: Option<String>,
    /// An index of a source map: the name of a fixture of `tests/fixtures/source-maps`.
    pub index: Option<String>,
    /// A Bundle made of OTLP/JSON files of the case.
    pub bundle: Option<BundleSpec>,
    /// How many times the body is repeated.
    pub repeat: Option<usize>,
    /// The signal of an OTLP/JSON body that is translated to protobuf.
    pub otlp: Option<String>,
    /// `gzip`, `deflate`, `zstd`, `br`, or `deflate, dictionary` for the dictionary of facts.
    pub compress: Option<String>,
    /// The length in bytes that the body is truncated to.
    pub take: Option<usize>,
    /// Text behind all of it.
    pub then: Option<String>,
}

/// The parts of a Bundle.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BundleSpec {
    /// OTLP/JSON file.
    pub traces: Option<String>,
    /// OTLP/JSON file.
    pub logs: Option<String>,
    /// OTLP/JSON file.
    pub metrics: Option<String>,
    /// Facts as text.
    pub facts: Option<String>,
    /// Counts of dropped records, by reason.
    pub dropped: BTreeMap<String, u64>,
}

impl Case {
    /// The body of the request of a step.
    ///
    /// # Errors
    /// [`CaseError`] when it cannot be built; the author of the case is at fault.
    pub fn body(&self, step: &Step, places: &Places) -> Result<Bytes, CaseError> {
        let spec = &step.request.body;
        let index = spec
            .index
            .as_deref()
            .map(|name| fixture(name).ok_or_else(|| self.wrong("index is the name of a fixture")));
        let mut body = match (&spec.text, &spec.file, &spec.bundle) {
            (None, None, None) if index.is_some() => {
                index.transpose()?.unwrap_or_default().to_vec()
            }
            (Some(text), None, None) => places.fill(text).into_bytes(),
            (None, Some(file), None) => places
                .fill(&read_text(&self.folder.join(file))?)
                .into_bytes(),
            (None, None, Some(bundle)) => self.bundle(bundle)?,
            (None, None, None) => Vec::new(),
            _ => return Err(self.wrong("a body is text, file or bundle")),
        };
        if let Some(times) = spec.repeat {
            body = body.repeat(times);
        }
        if let Some(signal) = &spec.otlp {
            body = self.protobuf(signal, &body)?;
        }
        if let Some(compression) = &spec.compress {
            body = self.compressed(compression, &body)?;
        }
        if let Some(length) = spec.take {
            body.truncate(length);
        }
        if let Some(text) = &spec.then {
            body.extend_from_slice(text.as_bytes());
        }
        Ok(body.into())
    }

    fn bundle(&self, spec: &BundleSpec) -> Result<Vec<u8>, CaseError> {
        let part = |signal: &str, file: &Option<String>| match file {
            Some(file) => {
                let text = read_text(&self.folder.join(file))?;
                self.protobuf(signal, text.as_bytes())
            }
            None => Ok(Vec::new()),
        };
        let (traces, logs) = (part("traces", &spec.traces)?, part("logs", &spec.logs)?);
        let metrics = part("metrics", &spec.metrics)?;
        let dropped = spec.dropped.iter();
        // Another one for each case: the edge drops a batch that it has seen.
        let mut batch_id = [0; 16];
        for (slot, byte) in batch_id.iter_mut().zip(self.name.bytes().rev()) {
            *slot = byte;
        }
        let bundle = Bundle {
            traces: &traces,
            logs: &logs,
            metrics: &metrics,
            sent_at_unix_nano: 1_794_657_600_000_000_000,
            batch_id: &batch_id,
            dropped: dropped
                .map(|(reason, count)| Dropped {
                    reason,
                    count: *count,
                })
                .collect(),
            facts: spec.facts.as_deref().unwrap_or_default().as_bytes(),
        };
        let mut writer = Writer::new();
        bundle.encode(&mut writer);
        Ok(writer.into_bytes())
    }

    fn protobuf(&self, signal: &str, body: &[u8]) -> Result<Vec<u8>, CaseError> {
        let signal = (Signal::ALL.into_iter())
            .find(|known| known.as_str() == signal)
            .ok_or_else(|| self.wrong("otlp is traces, logs or metrics"))?;
        json::to_protobuf(schema::export_request(signal), body)
            .map_err(|error| self.wrong(&error.to_string()))
    }

    fn compressed(&self, compression: &str, body: &[u8]) -> Result<Vec<u8>, CaseError> {
        let level = Compression::default();
        let compressed = match compression {
            "gzip" => {
                let mut encoder = GzEncoder::new(Vec::new(), level);
                encoder.write_all(body).and_then(|()| encoder.finish())
            }
            "deflate" => {
                let mut encoder = ZlibEncoder::new(Vec::new(), level);
                encoder.write_all(body).and_then(|()| encoder.finish())
            }
            "deflate, dictionary" => {
                let mut state = Compress::new(level, true);
                let mut compressed = Vec::with_capacity(body.len() + 1024);
                let given = state.set_dictionary(dictionary::TEXT.as_bytes());
                given.map_err(|error| self.wrong(&error.to_string()))?;
                let done = state.compress_vec(body, &mut compressed, FlushCompress::Finish);
                done.map(|_| compressed).map_err(Into::into)
            }
            "br" => {
                let mut compressed = Vec::new();
                let mut encoder = CompressorWriter::new(&mut compressed, 4096, 5, 22);
                let written = encoder.write_all(body);
                drop(encoder);
                written.map(|()| compressed)
            }
            "zstd" => Ok(compress_to_vec(body, CompressionLevel::Fastest)),
            _ => {
                return Err(
                    self.wrong("compress is gzip, deflate, zstd, br, or deflate, dictionary")
                );
            }
        };
        compressed.map_err(|error| self.wrong(&error.to_string()))
    }

    fn wrong(&self, reason: &str) -> CaseError {
        CaseError::Body {
            case: self.name.clone(),
            reason: reason.to_owned(),
        }
    }
}
