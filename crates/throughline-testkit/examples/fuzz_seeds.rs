//! Writes bodies and configurations of the cases as seeds of the fuzz targets, a folder for each
//! target: `fuzz_seeds FOLDER`. `cargo xtask fuzz` runs it.

use std::error::Error;
use std::fs::{create_dir_all, write};
use std::path::{Path, PathBuf};
use throughline_otlp::{Signal, json, schema};
use throughline_testkit::case::{AREAS, Case, Places, RequestSpec};
use throughline_testkit::source_map;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args_os().nth(1).ok_or("give a folder")?);
    let places = Places {
        backend: "http://backend.test".to_owned(),
        upstream: "http://upstream.test".to_owned(),
        edge: "http://edge.test".to_owned(),
        unreachable: "http://unreachable.test".to_owned(),
    };
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cases");
    for case in Case::all(&cases, AREAS)? {
        for (index, step) in case.spec.steps.iter().enumerate() {
            let body = case.body(step, &places)?;
            if body.is_empty() || body.len() > LONGEST {
                continue;
            }
            let name = format!("{}-{index}", case.name.replace('/', "-"));
            for (target, seed) in seeds(&step.request, &body) {
                let folder = folder.join(target);
                create_dir_all(&folder)?;
                write(folder.join(&name), seed)?;
            }
        }
    }
    let exceptions = folder.join("symbolication");
    create_dir_all(&exceptions)?;
    write(exceptions.join("exception"), exception()?)?;
    let configurations = folder.join("configuration");
    create_dir_all(&configurations)?;
    for file in std::fs::read_dir(cases.join("edge"))? {
        let path = file?.path();
        if let Some(name) = path.file_stem().and_then(|name| name.to_str()) {
            let text = places.config_text(&cases, name)?;
            write(configurations.join(name), text)?;
        }
    }
    Ok(())
}

/// The length of an index, the index, and an exception of its script in protobuf.
fn exception() -> Result<Vec<u8>, Box<dyn Error>> {
    let (index, logs) = (source_map::index(), source_map::export_request());
    let mut seed = u16::try_from(index.len())?.to_le_bytes().to_vec();
    seed.extend_from_slice(&index);
    let logs = json::to_protobuf(schema::export_request(Signal::Logs), logs.as_bytes())?;
    seed.extend_from_slice(&logs);
    Ok(seed)
}

/// The targets that the body of a request is a seed of, and what they read.
fn seeds(request: &RequestSpec, body: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let header = |wanted: &str| {
        let mut headers = request.headers.iter();
        let found = headers.find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        found.map_or("", |(_, value)| value.as_str())
    };
    let Some(path) = PATHS.iter().position(|path| request.path.contains(path)) else {
        return Vec::new();
    };
    let media_type = header("content-type").split(';').next().unwrap_or_default();
    let type_index = TYPES
        .iter()
        .position(|known| *known == media_type)
        .unwrap_or_default();
    let coding = header("content-encoding");
    let coding_index = CODINGS.iter().position(|known| *known == coding);
    let coding_index = coding_index.unwrap_or_default();
    let choice = path + PATHS.len() * (type_index + TYPES.len() * coding_index);
    let behind = |choice: usize| [&[choice as u8], body].concat();
    let mut seeds = vec![("edge_ingest", behind(choice))];
    if path < SIGNALS {
        seeds.push(("body", behind(coding_index)));
    }
    match coding {
        "" if path < SIGNALS && type_index == JSON => seeds.push(("otlp_json", body.to_vec())),
        "" if path < SIGNALS => {
            seeds.push(("protobuf", body.to_vec()));
            seeds.push(("otlp_rewrite", behind(7)));
        }
        "" if PATHS[path] == "/v1/bundle" => seeds.push(("bundle", body.to_vec())),
        "" if PATHS[path] == "/v1/reports" => seeds.push(("reporting", body.to_vec())),
        "" if path >= SENTRY => seeds.push(("sentry_envelope", body.to_vec())),
        _ => {}
    }
    seeds
}

/// The paths of the target `edge_ingest`, in its order.
const PATHS: [&str; 8] = [
    "/v1/traces",
    "/v1/logs",
    "/v1/metrics",
    "/v1/bundle",
    "/v1/facts",
    "/envelope/",
    "/store/",
    "/v1/reports",
];
/// How many of them are OTLP, at the beginning.
const SIGNALS: usize = 3;
/// The first of Sentry.
const SENTRY: usize = 5;
/// Its media types.
const TYPES: [&str; 4] = [
    "application/x-protobuf",
    "application/json",
    "text/plain",
    "application/reports+json",
];
const JSON: usize = 1;
/// Its compressions.
const CODINGS: [&str; 5] = ["", "gzip", "deflate", "zstd", "br"];
/// The length of an input, in bytes, that a fuzzer still changes with profit.
const LONGEST: usize = 8 << 10;
