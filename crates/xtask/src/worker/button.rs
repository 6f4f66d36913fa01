//! Writes the repository behind a button "Deploy to Cloudflare".
//!
//! Cloudflare copies one folder, and its builds have no Rust: this one has the built Worker. The queue
//! is not in comments, because a button makes it.
//! <https://developers.cloudflare.com/workers/platform/deploy-buttons/>

use super::{MODULE, SCRIPT};
use crate::command::root;
use crate::failure::Failure;
use std::fs;
use std::path::Path;

/// Writes what is `built` into a folder, with what deploys it.
pub(super) fn write(built: &Path, folder: &Path) -> Result<(), Failure> {
    let package = root().join("edge-worker/cloudflare");
    fs::create_dir_all(folder).map_err(Failure::path(folder))?;
    let texts = package.join("button");
    for (from, name) in [
        (built, SCRIPT),
        (built, MODULE),
        (&texts, "README.md"),
        (&texts, "package.json"),
    ] {
        let from = from.join(name);
        fs::copy(&from, folder.join(name)).map_err(Failure::path(&from))?;
    }
    let path = package.join(WRANGLER);
    let text = fs::read_to_string(&path).map_err(Failure::path(&path))?;
    let to = folder.join(WRANGLER);
    fs::write(&to, of_built(&text)?).map_err(Failure::path(&to))
}

/// `wrangler.jsonc` of a Worker that is built.
fn of_built(text: &str) -> Result<String, Failure> {
    let mut text = text.to_owned();
    for (part, of_built) in PARTS {
        if !text.contains(part) {
            return Err(Failure::Check(format!(
                "{WRANGLER} has no {part:?}: has it changed?"
            )));
        }
        text = text.replace(part, of_built);
    }
    Ok(text)
}

const WRANGLER: &str = "wrangler.jsonc";
/// Parts of the file, and what they are for a Worker that is built.
const PARTS: [(&str, &str); 5] = [
    ("deploy` builds and uploads it.", "deploy` uploads it."),
    ("build/index.js", SCRIPT),
    (
        "  \"build\": { \"command\": \"cargo xtask worker\" },\n",
        "",
    ),
    (
        "  // `npx wrangler queues create throughline` comes before the first deployment with it, and then\n  // the `//+` goes.\n",
        "",
    ),
    ("//+ ", ""),
];
