//! Tests of the guides: each configuration in docs/ can be used.

use crate::support::{config_file, program};
use std::fs;
use std::path::Path;

#[test]
fn each_configuration_of_the_guides_can_be_used() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    let mut checked = Vec::new();
    let folders = [docs.clone(), docs.join("runbooks")];
    let entries = folders
        .iter()
        .flat_map(|folder| fs::read_dir(folder).expect("a folder"));
    for entry in entries {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "md") {
            continue;
        }
        let text = fs::read_to_string(&path).expect("a text");
        for block in configurations(&text) {
            let block = if block.contains("[backend]") || block.contains("[[backends]]") {
                block.to_owned()
            } else {
                format!("{block}\n[backend]\nkind = \"null\"")
            };
            let file = config_file("127.0.0.1:1", &block);
            let mut check = program(&["check", &file.to_string_lossy()]);
            for name in variables(&block) {
                // The other is as long as a key of a hash has to be.
                check.env(
                    name,
                    match name {
                        "DSN" => "https://key@o1.ingest.sentry.io/2",
                        _ => "pk_0123456789abcdef",
                    },
                );
            }
            let ended = check.output().expect("it ends");
            let log = String::from_utf8_lossy(&ended.stderr);
            assert!(ended.status.success(), "{}: {log}\n{block}", path.display());
            let name = path.file_name().expect("a name");
            checked.push(name.to_string_lossy().into_owned());
        }
    }
    for guide in GUIDES {
        assert!(checked.iter().any(|name| name == guide), "{guide} has none");
    }
}

/// Guides that have a configuration of this host.
const GUIDES: [&str; 5] = [
    "choosing-a-backend.md",
    "cost.md",
    "dashboards.md",
    "never-send.md",
    "sampling.md",
];

/// The blocks of TOML that are configurations of this host, without values that are left to the reader.
fn configurations(guide: &str) -> impl Iterator<Item = &str> {
    guide
        .split("```toml\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .filter(|block| !block.contains('…') && !OTHERS.iter().any(|table| block.contains(table)))
}

/// Tables of another host, of a build with Kafka, and of Cargo.
const OTHERS: [&str; 5] = [
    "[lambda]",
    "[cloudflare]",
    "[kafka]",
    "[dependencies]",
    "[profile.release]",
];

/// The variables of the environment that a configuration wants.
fn variables(block: &str) -> impl Iterator<Item = &str> {
    block
        .split("${")
        .skip(1)
        .filter_map(|rest| rest.split('}').next())
        .filter(|name| !name.starts_with("file:"))
}
