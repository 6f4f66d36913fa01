//! Tests of what `wrangler deploy` would upload.

use std::path::Path;
use std::process::Command;

#[test]
fn wrangler_deploys_the_folder_as_it_is() {
    deploy(Path::new(env!("CARGO_MANIFEST_DIR")), "deploy", &[]);
}

#[test]
fn wrangler_deploys_what_a_button_takes_with_the_queue() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("button");
    let mut write = Command::new(env!("CARGO"));
    write
        .args(["xtask", "worker", "--button"])
        .arg(&folder)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    assert!(write.status().expect("cargo runs").success());
    let queue = [
        "env.THROUGHLINE_QUEUE (throughline)",
        "env.THROUGHLINE_BUCKET (throughline)",
    ];
    deploy(&folder, "deploy-button", &queue);
    let package = std::fs::read_to_string(folder.join("package.json")).expect("written");
    let package: serde_json::Value = serde_json::from_str(&package).expect("JSON");
    let described = package["cloudflare"]["bindings"].as_object();
    let wrangler = std::fs::read_to_string(folder.join("wrangler.jsonc")).expect("written");
    for binding in described.expect("bindings").keys() {
        assert!(wrangler.contains(&format!("\"{binding}\"")), "{binding}");
    }
}

/// `wrangler deploy` in a folder, up to the upload. It installs nothing and contacts nobody.
fn deploy(folder: &Path, out: &str, more: &[&str]) {
    let local = Path::new(env!("CARGO_MANIFEST_DIR")).join("local");
    let mut setup = Command::new(env!("CARGO"));
    setup.args(["xtask", "setup", "wrangler"]);
    assert!(setup.status().expect("cargo runs").success());
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join(out);
    let output = Command::new("node")
        .arg("--import")
        .arg(local.join("offline.mjs"))
        .arg(local.join("node_modules/wrangler/bin/wrangler.js"))
        .args(["deploy", "--dry-run", "--outdir"])
        .arg(&out)
        .env("WRANGLER_SEND_METRICS", "false")
        // It would ask npm for a newer one.
        .env("WRANGLER_HIDE_BANNER", "true")
        .env("NO_COLOR", "1")
        .current_dir(folder)
        .output()
        .expect("node runs");
    let printed = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.status.success(), "{printed}");
    for binding in BINDINGS.iter().chain(more) {
        assert!(printed.contains(binding), "{binding}: {printed}");
    }
    // The worker and its module, by the names that wrangler gives them.
    let uploaded = std::fs::read_dir(&out).expect("a folder");
    let is_module = |name: &str| name.ends_with("index_bg.wasm");
    let names = uploaded.map(|file| file.expect("a file").file_name());
    let names: Vec<String> = names.map(|name| name.to_string_lossy().into()).collect();
    assert!(names.iter().any(|name| is_module(name)), "{names:?}");
    assert!(!printed.contains("WARNING"), "{printed}");
}

const BINDINGS: [&str; 5] = [
    "env.THROUGHLINE_TRACES (Traces)",
    "env.THROUGHLINE_METRICS (Metrics)",
    "env.THROUGHLINE_QUOTAS (Quotas)",
    "env.THROUGHLINE_RATE_LIMIT (1000 requests/10s)",
    "env.THROUGHLINE (",
];
