//! Builds the command that runs the Worker in workerd.
//!
//! workerd is Cloudflare's own runtime, from npm. It reads its own configuration language,
//! without wrangler, and is ready after some 40 ms.
//! <https://github.com/cloudflare/workerd/blob/main/src/workerd/server/workerd.capnp>

use super::wrangler::Compatibility;
use crate::command::{command, output};
use crate::failure::Failure;
use crate::worker::{MODULE, SCRIPT};
use std::path::Path;
use std::process::Command;
use toml::Table;

/// The command for the Worker in `built`, listening on 127.0.0.1:`port`. Its files are copied
/// into `folder`, so that a later build does not change them.
pub(crate) fn command_for(
    built: &Path,
    mut configuration: Table,
    port: u16,
    folder: &Path,
) -> Result<Command, Failure> {
    // The file is for both hosts; this table is not for the Worker.
    configuration.remove("native");
    for file in [SCRIPT, MODULE] {
        let (from, to) = (built.join(file), folder.join(file));
        std::fs::copy(&from, &to).map_err(Failure::path(&from))?;
    }
    let json = serde_json::to_string(&configuration)
        .map_err(|error| Failure::Check(format!("the configuration as JSON: {error}")))?;
    let modules = format!(
        r#"(name = "{SCRIPT}", esModule = embed "{SCRIPT}"),
    (name = "{MODULE}", wasm = embed "{MODULE}"),"#
    );
    // The syntax of a list of strings is Rust's.
    let quoted = json.replace('\\', r"\\").replace('"', "\\\"");
    let bindings = format!(r#"(name = "THROUGHLINE", json = "{quoted}")"#);
    command_of(&modules, &bindings, port, folder)
}

/// The command for a Worker of one file of JavaScript, with the same settings.
pub(crate) fn command_for_script(
    script: &str,
    port: u16,
    folder: &Path,
) -> Result<Command, Failure> {
    let file = folder.join(SCRIPT);
    std::fs::write(&file, script).map_err(Failure::path(&file))?;
    let module = format!(r#"(name = "{SCRIPT}", esModule = embed "{SCRIPT}")"#);
    command_of(&module, "", port, folder)
}

fn command_of(modules: &str, bindings: &str, port: u16, folder: &Path) -> Result<Command, Failure> {
    let file = folder.join("workerd.capnp");
    let compatibility = Compatibility::read()?;
    std::fs::write(&file, capnp(modules, bindings, port, &compatibility))
        .map_err(Failure::path(&file))?;
    let program = output(&mut command(
        "node",
        &["--print", "require('workerd').default"],
    ))?;
    let mut server = Command::new(program.trim());
    server.arg("serve").arg(file);
    Ok(server)
}

fn capnp(modules: &str, bindings: &str, port: u16, compatibility: &Compatibility) -> String {
    let Compatibility { date, flags } = compatibility;
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
    {modules}
  ],
  compatibilityDate = "{date}",
  compatibilityFlags = {flags:?},
  bindings = [{bindings}],
);
"#
    )
}
