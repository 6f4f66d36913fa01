//! The JSON schema of the configuration, which editors read: `throughline.schema.json`.

use super::{KafkaConfig, NativeConfig, QueueConfig};
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use throughline_edge::Config;

#[test]
fn the_published_schema_is_that_of_the_types() {
    let file = folder("edge-worker/native/throughline.schema.json");
    let made = format!("{:#}\n", schema());
    if std::env::var_os(UPDATE).is_some() {
        std::fs::write(&file, &made).expect("written");
    }
    let published = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        published == made,
        "{} is out of date: {UPDATE}=1 cargo test -p throughline schema",
        file.display()
    );
}

#[test]
fn the_examples_fit_the_schema() {
    let validator = jsonschema::validator_for(&schema()).expect("a schema");
    let mut files = vec![folder("edge-worker/native/throughline.toml")];
    for case in std::fs::read_dir(folder("tests/cases/edge")).expect("a folder") {
        files.push(case.expect("a file").path());
    }
    assert!(files.len() > 3);
    for file in files {
        let example = toml_file(&file);
        let wrong: Vec<String> = validator
            .iter_errors(&example)
            .map(|error| error.to_string())
            .collect();
        assert!(wrong.is_empty(), "{}: {wrong:?}", file.display());
    }
    let worker = folder("edge-worker/cloudflare/wrangler.jsonc");
    let worker = std::fs::read_to_string(worker).expect("a file");
    let worker: Value =
        jsonc_parser::parse_to_serde_value(&worker, &Default::default()).expect("JSON");
    assert!(validator.is_valid(&worker["vars"]["THROUGHLINE"]));
}

#[test]
fn the_schema_refuses_what_the_program_refuses() {
    let validator = jsonschema::validator_for(&schema()).expect("a schema");
    for wrong in [
        json!({"ingst": {}}),
        json!({"ingest": {"path": 1}}),
        json!({"native": {"port": 1}}),
        json!({"native": {"threads": 0}}),
        json!({"queue": {"path": "/q"}}),
        json!({"queue": {"max_bytes": 1}}),
        json!({"kafka": {"broker": []}}),
        json!({"backend": {"compression": "snappy"}}),
        json!({"backends": [{"ur": "x"}]}),
        json!({"projects": [{"keys": []}]}),
        json!({"projects": [{"name": "a", "keys": [{"key": "pk_a"}]}]}),
    ] {
        assert!(!validator.is_valid(&wrong), "{wrong}");
        let text = toml::to_string(&wrong).expect("TOML");
        assert!(super::ConfigFile::parse(&text).is_err(), "{text}");
    }
}

/// The schema of the edge's keys, with the tables of this host beside them. Draft 7 is what
/// editors of TOML know.
fn schema() -> Value {
    let mut generator = SchemaSettings::draft07().into_generator();
    let native = generator.subschema_for::<NativeConfig>();
    let queue = generator.subschema_for::<QueueConfig>();
    let kafka = generator.subschema_for::<KafkaConfig>();
    let mut schema = generator.into_root_schema_for::<Config>().to_value();
    schema["title"] = json!("throughline.toml");
    schema["properties"]["native"] = native.to_value();
    schema["properties"]["queue"] = queue.to_value();
    schema["properties"]["kafka"] = kafka.to_value();
    schema
}

fn toml_file(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).expect("a file");
    let table: toml::Table = toml::from_str(&text).expect("TOML");
    serde_json::to_value(table).expect("JSON")
}

fn folder(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}

/// The variable of the environment with which the test writes the file.
const UPDATE: &str = "THROUGHLINE_UPDATE";
