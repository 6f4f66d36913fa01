//! How is the Worker run on this machine?
//!
//! In workerd, the runtime that Cloudflare itself runs, from npm; started by its own
//! configuration language rather than through wrangler: it answers after some 40 ms.
//! <https://github.com/cloudflare/workerd/blob/main/src/workerd/server/workerd.capnp>

use crate::command::{command, output, root};
use crate::failure::Failure;
use crate::worker::{MODULE, SCRIPT};
use std::path::Path;
use std::process::Command;
use toml::Table;

/// The Worker in `built`, listening on 127.0.0.1:`port`. Its files are copied into
/// `folder`, so that a build meanwhile does not touch it.
pub(crate) fn command_for(
    built: &Path,
    mut configuration: Table,
    port: u16,
    folder: &Path,
) -> Result<Command, Failure> {
    // One file serves both hosts; this table is not for the Worker.
    configuration.remove("native");
    for file in [SCRIPT, MODULE] {
        let (from, to) = (built.join(file), folder.join(file));
        std::fs::copy(&from, &to).map_err(Failure::path(&from))?;
    }
    let json = serde_json::to_string(&configuration)
        .map_err(|error| Failure::Check(format!("the configuration as JSON: {error}")))?;
    let file = folder.join("workerd.capnp");
    std::fs::write(&file, capnp(&json, port, &compatibility_date()?))
        .map_err(Failure::path(&file))?;
    let program = output(&mut command(
        "node",
        &["--print", "require('workerd').default"],
    ))?;
    let mut server = Command::new(program.trim());
    server.arg("serve").arg(file);
    Ok(server)
}

/// That of `wrangler.toml`: what is tested is what is deployed.
fn compatibility_date() -> Result<String, Failure> {
    let path = root().join("edge-worker/cloudflare/wrangler.toml");
    let text = std::fs::read_to_string(&path).map_err(Failure::path(&path))?;
    let wrangler: Table = text
        .parse()
        .map_err(|error| Failure::Check(format!("{}: {error}", path.display())))?;
    wrangler
        .get("compatibility_date")
        .and_then(|date| date.as_str())
        .map(str::to_owned)
        .ok_or_else(|| Failure::Check(format!("{}: no compatibility_date", path.display())))
}

fn capnp(configuration: &str, port: u16, compatibility_date: &str) -> String {
    let quoted = configuration.replace('\\', r"\\").replace('"', "\\\"");
    format!(
        r#"using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "edge", worker = .edge),
    # Private addresses too: the backend and the upstreams are on this machine.
    (name = "internet", network = (
      allow = ["public", "private"],
      tlsOptions = (trustBrowserCas = true),
    )),
  ],
  sockets = [(name = "http", address = "127.0.0.1:{port}", http = (), service = "edge")],
);

const edge :Workerd.Worker = (
  modules = [
    (name = "{SCRIPT}", esModule = embed "{SCRIPT}"),
    (name = "{MODULE}", wasm = embed "{MODULE}"),
  ],
  compatibilityDate = "{compatibility_date}",
  bindings = [(name = "THROUGHLINE", json = "{quoted}")],
);
"#
    )
}
