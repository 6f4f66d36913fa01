//! `cargo xtask serve`: runs the edge on this machine, on the native host or in workerd, or under
//! the runtime client of AWS Lambda.
//!
//! The task builds what is stale, starts the host in the foreground and prints `ready`. Its
//! flags are written into a configuration file, so the product needs no such flags.
#![expect(clippy::print_stdout, reason = "a program for the terminal")]

mod configuration;
mod flags;
mod health;
mod lambda;
mod miniflare;
pub(crate) mod native;
pub(crate) mod workerd;
pub(crate) mod wrangler;

use crate::command::{self, command, root};
use crate::failure::Failure;
use crate::process::{Interrupt, Process};
use crate::worker;
use flags::{Flags, ServedHost};
use std::net::TcpListener;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// `cargo xtask serve <native|cloudflare|lambda> --port P …`
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    let Some(flags) = Flags::parse(arguments)? else {
        println!("{}", flags::HELP);
        return Ok(());
    };
    let port = flags.port;
    check_free(port)?;
    let configuration = configuration::from(&flags)?;
    let health = configuration::health_path(&configuration);
    let folder = root().join(format!("target/serve/{port}"));
    // Another host on this port may have left files that this one would take for its own.
    if folder.exists() {
        std::fs::remove_dir_all(&folder).map_err(Failure::path(&folder))?;
    }
    std::fs::create_dir_all(&folder).map_err(Failure::path(&folder))?;
    let (name, mut server) = match flags.host {
        ServedHost::Native => (
            "the native host",
            native::command_for(configuration, port, &folder)?,
        ),
        ServedHost::Cloudflare => {
            let built = worker::build(flags.variant)?;
            let server = match &flags.bindings {
                None => workerd::command_for(&built, configuration, port, &folder)?,
                Some(layout) => {
                    miniflare::command_for(&built, configuration, layout, port, &folder)?
                }
            };
            ("workerd", server)
        }
        ServedHost::Lambda => {
            let built = crate::lambda::build()?;
            let server = lambda::command_for(&built, configuration, port, &folder)?;
            ("the function", server)
        }
    };
    let interrupt = Interrupt::listen()?;
    let mut process = Process::attach(name, &mut server)?;
    let begun = Instant::now();
    let mut ready = false;
    while !interrupt.is_set() {
        process.alive()?;
        if !ready && health::is_ready(name, port, &health)? {
            println!("ready http://127.0.0.1:{port}");
            ready = true;
        }
        if !ready && begun.elapsed() > TIMEOUT {
            return Err(Failure::Part {
                name: name.to_owned(),
                reason: format!("was not ready within {TIMEOUT:?}"),
            });
        }
        sleep(POLL);
    }
    Ok(())
}

/// `cargo xtask export-once --to URL`
pub(crate) fn export_once(arguments: &[String]) -> Result<(), Failure> {
    let [flag, url] = arguments else {
        return Err(Failure::Usage(EXPORT_ONCE.to_owned()));
    };
    if flag != "--to" {
        return Err(Failure::Usage(EXPORT_ONCE.to_owned()));
    }
    command::run(&mut command(
        "cargo",
        &[
            "run",
            "--quiet",
            "--package",
            "throughline",
            "--example",
            "export_once",
            "--",
            "--to",
            url,
        ],
    ))
}

/// Fails when the port is in use, with more advice than the host's own message.
fn check_free(port: u16) -> Result<(), Failure> {
    match TcpListener::bind(("127.0.0.1", port)) {
        Ok(_) => Ok(()),
        Err(error) => Err(Failure::Check(format!(
            "port {port} of 127.0.0.1 cannot be used ({error}). Stop the program that listens there \
             (`ss -ltnp sport = :{port}` names it), or choose another with --port"
        ))),
    }
}

/// A host is ready within a second; a busy machine takes longer.
const TIMEOUT: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(50);
const EXPORT_ONCE: &str = "\
cargo xtask export-once --to URL

Sends one OTLP trace batch to URL/v1/traces through the edge's own exporter, retries and
all. The exit code is 0 when it was accepted, 1 when it was given up.";
