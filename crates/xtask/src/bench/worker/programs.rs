//! The programs that are measured: workerd with the Worker, or with a script of JavaScript.

use crate::bench::programs::free_port;
use crate::failure::Failure;
use crate::process::{Interrupt, Process, responds};
use crate::serve::workerd;
use crate::worker::{self, Variant};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};
use toml::Table;

/// The program that workerd runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// The Worker, with a backend that discards everything.
    Worker,
    /// The Worker, with a backend and an upstream.
    Exporting,
    /// JavaScript that reads the body of a POST, and passes a GET on.
    Script,
}

/// Everything that is needed to start them.
#[derive(Debug)]
pub(super) struct Programs {
    built: PathBuf,
    folder: PathBuf,
    /// The port of the backend and upstream.
    upstream: u16,
}

/// A running workerd.
#[derive(Debug)]
pub(super) struct Program {
    process: Process,
    pub(super) port: u16,
}

impl Programs {
    /// Builds the Worker. Files of the programs are written to `folder`.
    pub(super) fn build(folder: &Path, upstream: u16) -> Result<Self, Failure> {
        Ok(Self {
            built: worker::build(Variant::Shipped)?,
            folder: folder.to_owned(),
            upstream,
        })
    }

    /// Starts a program; also returns the time until its first response.
    pub(super) fn start(
        &self,
        role: Role,
        interrupt: &Interrupt,
    ) -> Result<(Program, Duration), Failure> {
        let port = free_port()?;
        let folder = self.folder.join(port.to_string());
        std::fs::create_dir_all(&folder).map_err(Failure::path(&folder))?;
        let mut command = match role {
            Role::Worker => {
                let configuration = configuration(DISCARDING)?;
                workerd::command_for(&self.built, configuration, port, &folder)?
            }
            Role::Exporting => {
                let configuration = configuration(&exporting(self.upstream))?;
                workerd::command_for(&self.built, configuration, port, &folder)?
            }
            Role::Script => workerd::command_for_script(&script(self.upstream), port, &folder)?,
        };
        let begun = Instant::now();
        let mut process = Process::start(role.title(), &mut command, &folder.join("log"))?;
        while !responds(port, "/healthz") {
            process.alive()?;
            if interrupt.is_set() || begun.elapsed() > START_WITHIN {
                return Err(Failure::Check(format!("{} did not start", role.title())));
            }
            sleep(POLL);
        }
        Ok((Program { process, port }, begun.elapsed()))
    }
}

impl Program {
    pub(super) fn id(&self) -> u32 {
        self.process.id()
    }
}

impl Role {
    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Worker => "Worker",
            Self::Exporting => "Worker with backend and upstream",
            Self::Script => "script",
        }
    }
}

fn configuration(text: &str) -> Result<Table, Failure> {
    text.parse()
        .map_err(|error| Failure::Check(format!("a configuration of the Worker: {error}")))
}

fn exporting(upstream: u16) -> String {
    let url = format!("http://127.0.0.1:{upstream}");
    format!(
        "open = true\n[backend]\nurl = \"{url}\"\n\
         [[proxy.routes]]\npath = \"/*\"\nupstream = \"{url}\"\n"
    )
}

/// The least that a Worker can do with these requests.
fn script(upstream: u16) -> String {
    format!(
        r#"export default {{
  async fetch(request) {{
    const {{ pathname }} = new URL(request.url);
    if (pathname === "/healthz") return new Response("ok");
    if (request.method === "GET") {{
      return fetch("http://127.0.0.1:{upstream}" + pathname, {{ redirect: "manual" }});
    }}
    return new Response(String((await request.arrayBuffer()).byteLength));
  }},
}};
"#
    )
}

const DISCARDING: &str = "open = true\n[backend]\nkind = \"null\"\n";
const POLL: Duration = Duration::from_millis(1);
/// A busy machine takes longer than an idle one.
const START_WITHIN: Duration = Duration::from_secs(30);
