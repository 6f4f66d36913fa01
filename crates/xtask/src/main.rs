//! All automation of the project, one module per task: `cargo xtask help`.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for the terminal"
)]

mod alerts;
mod backends;
mod bench;
mod codegen;
mod command;
mod demo;
mod failure;
mod front_end;
mod fuzz;
mod lambda;
mod panic_texts;
mod process;
mod release;
mod script;
mod serve;
mod setup;
mod sourcemaps;
mod test;
mod tidy;
mod wasm;
mod wasm_module;
mod worker;

use failure::Failure;
use setup::Needs;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Printed) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("xtask: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: &[String]) -> Result<(), Failure> {
    let (task, rest) = arguments
        .split_first()
        .map_or(("help", &[][..]), |(task, rest)| (task.as_str(), rest));
    match (task, rest) {
        ("demo", _) => demo::start(rest),
        ("alerts", _) => alerts::run(rest),
        ("backends", []) => backends::build(),
        ("bench", _) => bench::run(rest),
        ("codegen", []) => codegen::run(),
        ("codegen", [flag]) if flag == "--check" => codegen::check(),
        ("fuzz", _) => fuzz::run(rest),
        ("export-once", _) => serve::export_once(rest),
        ("lambda", _) => lambda::run(rest),
        ("script", []) => script::run(),
        ("release", _) => release::run(rest),
        ("serve", _) => serve::run(rest),
        ("sourcemaps", _) => sourcemaps::run(rest),
        ("wasm", _) => wasm::run(rest),
        ("worker", _) => worker::run(rest),
        ("setup", []) => setup::run_for(Needs::Test),
        ("setup", [part]) if part == "wrangler" => setup::run_for(Needs::Wrangler),
        ("test", _) => test::run(rest),
        ("tidy", []) => codegen::check().and_then(|()| tidy::run()),
        ("help" | "--help" | "-h", _) => {
            println!("{HELP}");
            Ok(())
        }
        _ => Err(Failure::Usage(format!(
            "`{}` is not a task\n\n{HELP}",
            arguments.join(" ")
        ))),
    }
}

const HELP: &str = "\
cargo xtask <task>

  demo [--check]   run the shop with all its parts; with --check make one purchase, print
                   its trace and end; with --backends send to a Collector, Jaeger, Prometheus,
                   Loki and Alertmanager, too
  setup [wrangler] install what this machine lacks, after listing it, or wrangler alone
  test [STEP]      set up and run every test, or the steps whose name contains STEP; with --all
                   those that take long, too
  backends         build the Collector, Jaeger, Prometheus, Loki, Thanos and what they need, for tests
                   and the demo
  wasm             build the browser package and print its sizes
  script           write the script of errors alone, as the edge serves it, into throughline-edge
  sourcemaps       build the module that makes indexes of source maps in the plugin of bundlers, and
                   print its size
  worker           build the Cloudflare Worker and print its size; with --button FOLDER write what
                   a button \"Deploy to Cloudflare\" takes
  lambda           build the function for AWS Lambda and print its size
  release          build what users install, with checksums, SBOM and provenance; --trial packs
                   the debug build
  serve HOST       run the edge on this machine: `cargo xtask serve --help`
  bench WHAT       measure the native host (edge), the Worker (worker), the function for AWS
                   Lambda (lambda), the browser package (browser), the queries of the viewer
                   (viewer) or look-ups in source maps (symbolication) on this machine:
                   `cargo xtask bench edge --help`
  fuzz [TARGET...] run the fuzz targets of decoders: `cargo xtask fuzz --help`
  export-once      send one OTLP trace batch through the edge's exporter: --to URL
  alerts --replay  prove by recorded days that the alerts which page do so when they should
  tidy             imports, file lengths, names, licences, links, dashboards, alerts,
                   generated files
  codegen          write the files generated from registry.toml and facts.toml, and dashboards
";
