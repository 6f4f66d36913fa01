//! `cargo xtask setup`: installs what this machine lacks.
//!
//! Everything goes into the project's own folders, except Debian packages and the Rust
//! target. It lists what it will install first.
#![expect(clippy::print_stdout, reason = "a person watches what is installed")]

mod debian;
mod languages;
mod postgres;
pub(crate) mod runtime_client;

use crate::command::{command, installed, output, root, run};
use crate::failure::Failure;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

pub(crate) use postgres::postgres_programs;

/// The needs of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Build the engine and the Worker.
    Build,
    /// Run wrangler, and the Worker with its bindings.
    Wrangler,
    /// Run the function for AWS Lambda on this machine.
    Lambda,
    /// Run the demo, and drive it with Chromium.
    Demo,
    /// Run every test, in three browsers.
    Test,
    /// Build projects that use the npm packages, those that take long too, and visit them.
    Consumers,
    /// Measure the browser package beside other SDKs.
    Peers,
    /// Test the client of Kafka with a broker and a Collector.
    Kafka,
    /// Send to real backends.
    Backends,
    /// Build the static binaries.
    Release,
}

/// Installs what is missing for `needs`.
pub(crate) fn run_for(needs: Needs) -> Result<(), Failure> {
    languages::check()?;
    let missing: Vec<Step> = steps(needs)
        .into_iter()
        .filter(|step| !(step.satisfied)())
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    println!("Will install:");
    for step in &missing {
        println!("  {}", step.what);
    }
    let missing = &missing;
    install(missing, Order::First)?;
    thread::scope(|scope| {
        let beside = scope.spawn(|| install(missing, Order::Beside));
        let then = install(missing, Order::Then);
        let panicked = |_| {
            Err(Failure::Check(
                "a part of setup panicked, as printed above: run `cargo xtask setup` again"
                    .to_owned(),
            ))
        };
        then.and(beside.join().unwrap_or_else(panicked))
    })
}

fn install(steps: &[Step], order: Order) -> Result<(), Failure> {
    for step in steps.iter().filter(|step| step.order == order) {
        println!("Installing {} …", step.what);
        (step.install)()?;
    }
    Ok(())
}

struct Step {
    what: String,
    order: Order,
    satisfied: Box<dyn Fn() -> bool + Send + Sync>,
    install: Box<dyn Fn() -> Result<(), Failure> + Send + Sync>,
}

/// When a step is installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    /// Before the others, which need it.
    First,
    /// Beside the others, because it takes long.
    Beside,
    /// One after the other.
    Then,
}

fn steps(needs: Needs) -> Vec<Step> {
    if needs == Needs::Kafka {
        let others = [broker(), collector()];
        return debian::step(needs).into_iter().chain(others).collect();
    }
    if needs == Needs::Backends {
        let bugsink = python("python-bugsink", BUGSINK);
        return debian::step(needs).into_iter().chain([bugsink]).collect();
    }
    let mut steps = vec![rust_target(WASM), npm()];
    if needs == Needs::Release {
        steps.push(rust_target(STATIC));
    }
    if matches!(needs, Needs::Demo | Needs::Test) {
        steps.push(python("python", PRICING));
        steps.push(python("python-vouchers", VOUCHERS));
        steps.push(go("go", ORDERS));
    }
    if matches!(needs, Needs::Wrangler | Needs::Test) {
        steps.push(npm_in("wrangler", WRANGLER));
    }
    if !matches!(needs, Needs::Build | Needs::Wrangler) {
        steps.extend(debian::step(needs));
    }
    if matches!(needs, Needs::Consumers | Needs::Test) {
        steps.push(npm_in("consumers", CONSUMERS));
    }
    if needs == Needs::Peers {
        steps.push(npm_in("peers", PEERS));
    }
    if needs == Needs::Consumers {
        steps.push(npm_in("next", NEXT));
    }
    if matches!(needs, Needs::Lambda | Needs::Test) {
        steps.push(runtime_client::step());
    }
    if needs == Needs::Test {
        steps.push(python("python-sentry", SENTRY));
        steps.push(python("python-lambda", LAMBDA));
        steps.push(go("go-kubernetes", KUBERNETES));
        steps.push(go("go-grafana", GRAFANA));
        steps.push(python("python-grpc", GRPC));
        steps.push(go("go-grpc", GRPC_GO));
        steps.push(python("python-get-started", GET_STARTED_PYTHON));
        steps.push(go("go-get-started", GET_STARTED_GO));
        steps.push(python("python-vendors", VENDORS));
    }
    steps
}

fn rust_target(target: &'static str) -> Step {
    Step {
        what: format!("the Rust target {target} (rustup)"),
        order: Order::Then,
        satisfied: Box::new(move || {
            output(&mut command("rustc", &["--print", "sysroot"])).is_ok_and(|sysroot| {
                Path::new(sysroot.trim())
                    .join("lib/rustlib")
                    .join(target)
                    .is_dir()
            })
        }),
        install: Box::new(move || {
            if !installed("rustup") {
                return Err(Failure::Missing {
                    program: "rustup".to_owned(),
                    remedy: "install it, https://rustup.rs, or add the target to this Rust \
                             yourself"
                        .to_owned(),
                });
            }
            run(&mut command("rustup", &["target", "add", target]))
        }),
    }
}

fn npm() -> Step {
    Step {
        what: "npm packages (node_modules/)".to_owned(),
        order: Order::Then,
        satisfied: Box::new(|| stamp_is_fresh("npm", &[root().join("package-lock.json")])),
        install: Box::new(|| {
            run(&mut command("npm", &["ci", "--no-audit", "--no-fund"]))?;
            stamp("npm", &[root().join("package-lock.json")])
        }),
    }
}

/// npm packages beside those that every build needs.
fn npm_in(name: &'static str, folder: &str) -> Step {
    let place = root().join(folder);
    let lock = vec![place.join("package-lock.json")];
    let wanted = lock.clone();
    Step {
        what: format!("npm packages ({folder}/node_modules)"),
        order: Order::Then,
        satisfied: Box::new(move || stamp_is_fresh(name, &wanted)),
        install: Box::new(move || {
            let arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
            run(command("npm", &arguments).current_dir(&place))?;
            stamp(name, &lock)
        }),
    }
}

/// The packages that `folder` lists, in an environment of its own.
fn python(name: &'static str, folder: &str) -> Step {
    let place = root().join(folder);
    let lock = vec![place.join("requirements.txt")];
    let wanted = lock.clone();
    Step {
        what: format!("Python packages ({folder}/.venv)"),
        order: Order::Then,
        satisfied: Box::new(move || stamp_is_fresh(name, &wanted)),
        install: Box::new(move || {
            run(command("python3", &["-m", "venv", ".venv"]).current_dir(&place))?;
            run(Command::new(place.join(".venv/bin/python"))
                .args([
                    "-m",
                    "pip",
                    "install",
                    "--quiet",
                    "--disable-pip-version-check",
                ])
                .args(["-r", "requirements.txt"])
                .current_dir(&place))?;
            stamp(name, &lock)
        }),
    }
}

/// The modules that the one in `folder` builds on.
fn go(name: &'static str, folder: &str) -> Step {
    let place = root().join(folder);
    let lock = vec![place.join("go.sum")];
    let wanted = lock.clone();
    Step {
        what: format!("Go modules of {folder} (the module cache)"),
        order: Order::Then,
        satisfied: Box::new(move || stamp_is_fresh(name, &wanted)),
        install: Box::new(move || {
            run(command("go", &["mod", "download"]).current_dir(&place))?;
            stamp(name, &lock)
        }),
    }
}

/// The jars of Kafka's broker.
fn broker() -> Step {
    let project = vec![root().join(BROKER)];
    let wanted = project.clone();
    Step {
        what: "Apache Kafka, for its tests (.throughline/kafka)".to_owned(),
        order: Order::Then,
        satisfied: Box::new(move || stamp_is_fresh("kafka", &wanted)),
        install: Box::new(move || {
            let jars = root().join(".throughline/kafka");
            if jars.exists() {
                std::fs::remove_dir_all(&jars).map_err(Failure::path(&jars))?;
            }
            let mut copy = command("mvn", &["-q", "-B", "-f", BROKER]);
            copy.args(["dependency:copy-dependencies", "-DincludeScope=runtime"]);
            run(copy.arg(format!("-DoutputDirectory={}", jars.display())))?;
            stamp("kafka", &project)
        }),
    }
}

/// The OpenTelemetry Collector with what speaks to Kafka, for tests and measurements.
fn collector() -> Step {
    let place = root().join(COLLECTOR);
    let sources = ["go.mod", "go.sum", "main.go"].map(|file| place.join(file));
    let wanted = sources.clone();
    let program = root().join("target/bench/collector/otelcol");
    let built = program.clone();
    Step {
        what: "an OpenTelemetry Collector (target/bench/collector), some minutes".to_owned(),
        order: Order::Then,
        satisfied: Box::new(move || built.is_file() && stamp_is_fresh("collector", &wanted)),
        install: Box::new(move || {
            let mut build = command("go", &["build", "-trimpath", "-ldflags=-s -w", "-o"]);
            run(build.arg(&program).arg(".").current_dir(&place))?;
            stamp("collector", &sources)
        }),
    }
}

/// A stamp holds the lock files of the step's last run.
fn stamp(name: &str, locks: &[PathBuf]) -> Result<(), Failure> {
    let path = stamp_path(name);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(Failure::path(folder))?;
    }
    std::fs::write(&path, contents(locks)).map_err(Failure::path(&path))
}

fn stamp_is_fresh(name: &str, locks: &[PathBuf]) -> bool {
    std::fs::read(stamp_path(name)).is_ok_and(|stamped| stamped == contents(locks))
}

fn stamp_path(name: &str) -> PathBuf {
    root().join(".throughline/setup").join(name)
}

fn contents(paths: &[PathBuf]) -> Vec<u8> {
    paths
        .iter()
        .flat_map(|path| std::fs::read(path).unwrap_or_default())
        .collect()
}

/// Runs a Worker with its bindings.
const WRANGLER: &str = "edge-worker/cloudflare/local";
/// The bundlers of the projects that use the npm packages.
const CONSUMERS: &str = "tests/packaging/consumers";
/// The project that takes long to install and to build.
const NEXT: &str = "tests/packaging/consumers/next";
/// The SDKs that the browser package is measured beside.
const PEERS: &str = "tests/bench/browser";
/// The engine, the Worker and the function.
const WASM: &str = "wasm32-unknown-unknown";
/// The static binaries.
const STATIC: &str = "x86_64-unknown-linux-musl";
/// The demo's service in Go.
const ORDERS: &str = "demo-react-app/services/orders-api";
/// The checks of the Kustomize overlays.
const KUBERNETES: &str = "deploy/kubernetes/validate";
const GRAFANA: &str = "deploy/grafana/validate";
/// The demo's services in Python.
const PRICING: &str = "demo-react-app/services/pricing-api";
const VOUCHERS: &str = "demo-react-app/services/vouchers-api";
/// The tests of the function for AWS Lambda.
const LAMBDA: &str = "edge-worker/lambda/tests";
/// The dependencies of Kafka's broker.
const BROKER: &str = "tests/kafka/pom.xml";
/// The Collector of tests and measurements.
const COLLECTOR: &str = "tests/bench/collector";
/// The tests of Sentry's SDKs.
const SENTRY: &str = "tests/sentry";
/// A server that Sentry's SDKs send to.
const BUGSINK: &str = "tests/backends/bugsink";
/// The tests of OpenTelemetry's exporters by gRPC.
const GRPC: &str = "tests/grpc";
/// Programs of docs/get-started.md.
const GET_STARTED_PYTHON: &str = "examples/get-started/python";
const GET_STARTED_GO: &str = "examples/get-started/go";
const GRPC_GO: &str = "tests/grpc/go";
/// The stand-ins for backends of vendors.
const VENDORS: &str = "tests/vendors";
