//! `cargo xtask demo`: runs the shop with all its parts on this machine, and checks it.
#![expect(clippy::print_stdout, reason = "a program for the terminal")]

pub(crate) mod backends;
pub(crate) mod build;
mod part;
mod parts;
pub(crate) mod ports;
mod postgres;
pub(crate) mod running;

use crate::command::{command, root, run};
use crate::failure::Failure;
use crate::process::Interrupt;
use crate::setup::{self, Needs};
use backends::BackendPorts;
use ports::Ports;
use running::RunningDemo;
use std::time::{Duration, Instant};

/// `cargo xtask demo [--backends] [--check] [--draw]`
pub(crate) fn start(arguments: &[String]) -> Result<(), Failure> {
    // The script that is run in place of waiting.
    let (mut script, mut with_backends) = (None, false);
    for argument in arguments {
        match argument.as_str() {
            "--check" => script = Some("tests/e2e/check.mjs"),
            "--draw" => script = Some("tests/e2e/draw.mjs"),
            "--backends" => with_backends = true,
            _ => {
                return Err(Failure::Usage(
                    "cargo xtask demo runs the shop until Ctrl-C; with --check it makes one \
                     purchase, prints its trace and ends; with --backends telemetry goes through a \
                     Collector to Jaeger, Prometheus with Alertmanager, and Loki, too, and with --draw besides it \
                     is visited for some minutes and the pictures of docs/dashboards are drawn"
                        .to_owned(),
                ));
            }
        }
    }
    if script == Some("tests/e2e/draw.mjs") && !with_backends {
        return Err(Failure::Usage(
            "cargo xtask demo --draw needs --backends: it draws what Prometheus and Loki have"
                .to_owned(),
        ));
    }
    // Ports in use are reported before anything is installed or built.
    let mut ports = Ports::from_environment()?;
    if with_backends {
        ports.backends = Some(BackendPorts::from_environment()?);
        crate::backends::build()?;
    }
    setup::run_for(Needs::Demo)?;
    build::all()?;
    let interrupt = Interrupt::listen()?;
    let begun = Instant::now();
    println!("\nStarting:");
    let logs = root().join(".throughline/demo/logs");
    let mut demo = RunningDemo::start(&ports, &logs, &interrupt, |name, about, port| {
        let address = port.map_or_else(String::new, |port| format!("127.0.0.1:{port}"));
        println!("  {name:<16} {address:<16} {about}");
    })?;
    println!(
        "\nAll parts are ready after {:.1} s.\n\n  shop    http://127.0.0.1:{}/\n  viewer  http://127.0.0.1:{}/\n  logs    {}\n",
        begun.elapsed().as_secs_f64(),
        ports.edge,
        ports.viewer,
        logs.display()
    );
    if let Some(backends) = &ports.backends {
        for (name, address, about) in backends.places() {
            println!("  {name:<13} {address}\n  {:<13} {about}", "");
        }
        println!();
    }
    if let Some(script) = script {
        return run(addresses(&mut command("node", &[script]), &ports));
    }
    println!("Ctrl-C stops all of them.");
    while !interrupt.is_set() {
        demo.alive()?;
        std::thread::sleep(POLL);
    }
    println!("\nStopping …");
    Ok(())
}

/// Sets the addresses of the running parts for a test.
pub(crate) fn addresses<'a>(
    command: &'a mut std::process::Command,
    ports: &Ports,
) -> &'a mut std::process::Command {
    let address = |port| format!("http://127.0.0.1:{port}");
    if let Some(backends) = &ports.backends {
        backends.addresses(command);
    }
    command
        .env("THROUGHLINE_SHOP", address(ports.edge))
        .env("THROUGHLINE_VIEWER", address(ports.viewer))
}

const POLL: Duration = Duration::from_millis(200);
