//! Builds the command that runs the Worker with every binding of `wrangler.jsonc`.
//!
//! `edge-worker/cloudflare/local/serve.mjs` lays them out with miniflare, as `wrangler dev` does,
//! and runs them in the same workerd as all other tests.

use super::wrangler;
use crate::command::{command, root};
use crate::failure::Failure;
use crate::setup::{Needs, run_for};
use crate::worker::{MODULE, SCRIPT};
use serde_json::json;
use std::path::Path;
use std::process::Command;
use toml::Table;

/// Differences from what is deployed, for a test.
#[derive(Debug, Default)]
pub(super) struct Layout {
    /// Bindings that are left out.
    pub(super) without: Vec<String>,
    /// Whether the queue is there, which `wrangler.jsonc` has in comments.
    pub(super) durable: bool,
    /// Whether it may ask for faults.
    pub(super) faults: bool,
}

/// The command for the Worker in `built`, listening on 127.0.0.1:`port`. Its files are copied
/// into `folder`, so that a later build does not change them.
pub(super) fn command_for(
    built: &Path,
    mut configuration: Table,
    layout: &Layout,
    port: u16,
    folder: &Path,
) -> Result<Command, Failure> {
    run_for(Needs::Wrangler)?;
    // The file is for all hosts; this table is not for the Worker.
    configuration.remove("native");
    for file in [SCRIPT, MODULE] {
        let (from, to) = (built.join(file), folder.join(file));
        std::fs::copy(&from, &to).map_err(Failure::path(&from))?;
    }
    let mut wrangler = wrangler::file();
    if layout.durable {
        let text = std::fs::read_to_string(&wrangler).map_err(Failure::path(&wrangler))?;
        wrangler = folder.join("wrangler.jsonc");
        std::fs::write(&wrangler, text.replace("//+", "")).map_err(Failure::path(&wrangler))?;
    }
    let local = root().join("edge-worker/cloudflare/local");
    let settings = json!({
        "port": port,
        "folder": folder,
        "wrangler": wrangler,
        "configuration": configuration,
        "without": layout.without,
        "faults": layout.faults,
    });
    let mut server = command("node", &[]);
    server
        .arg(local.join("serve.mjs"))
        .arg(settings.to_string())
        .env("WRANGLER_SEND_METRICS", "false");
    Ok(server)
}
