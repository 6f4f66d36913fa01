//! The steps of `cargo xtask test`, cheapest first.

use super::programs::TestProgram;
use super::results::Results;
use super::shop;
use crate::backends;
use crate::command::{command, root, shown};
use crate::failure::Failure;
use crate::setup::{self, Needs};
use crate::{codegen, front_end, lambda, release, script, serve, tidy, wasm, worker};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Steps that run one after the other, and rows of others that run beside them. The next phase begins
/// when all have ended.
pub(super) struct Phase {
    /// Their output goes to the terminal as it comes.
    pub(super) first: Vec<Step>,
    /// Those of a row run one after the other. The output of each is printed once it has ended.
    pub(super) beside: Vec<Vec<Step>>,
}

impl Phase {
    /// A phase of steps with nothing beside them.
    pub(super) const fn of(first: Vec<Step>) -> Self {
        Self {
            first,
            beside: Vec::new(),
        }
    }

    /// All steps.
    pub(super) fn into_steps(self) -> impl Iterator<Item = Step> {
        self.first
            .into_iter()
            .chain(self.beside.into_iter().flatten())
    }

    /// The names of all steps.
    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> {
        (self.first.iter().chain(self.beside.iter().flatten())).map(|step| step.name)
    }
}

/// One step: a name and what it does.
pub(super) struct Step {
    pub(super) name: &'static str,
    work: fn(&mut Results) -> Result<(), Failure>,
}

impl Step {
    /// Runs the step. Returns the results even when it failed.
    pub(super) fn run(&self) -> (Results, Result<(), Failure>) {
        let mut results = Results::default();
        let outcome = (self.work)(&mut results);
        (results, outcome)
    }
}

/// The steps that every change has to pass.
///
/// Those beside others wait for timeouts or use one core alone, or the others do. Tests that measure time
/// are in the first row, which has the processors before the others.
pub(super) fn regular() -> Vec<Phase> {
    vec![
        Phase {
            first: vec![Step {
                name: "setup",
                work: |_| setup::run_for(Needs::Test),
            }],
            beside: vec![vec![
                Step {
                    name: "tidy",
                    work: |_| codegen::check().and_then(|()| tidy::run()),
                },
                Step {
                    name: "format",
                    work: |results| cargo(results, &["fmt", "--all", "--check"]),
                },
                Step {
                    name: "lint",
                    work: |results| {
                        clippy(results, &["--workspace", "--exclude", KAFKA])?;
                        clippy(results, PRODUCTION)
                    },
                },
            ]],
        },
        Phase {
            first: vec![Step {
                name: "rust",
                work: |results| {
                    run_all(&TestProgram::compile(WORKSPACE)?, results)?;
                    let mut comments = command("cargo", &["test", "--quiet", "--doc"]);
                    counted(comments.args(WORKSPACE), results)
                },
            }],
            beside: vec![
                vec![
                    Step {
                        name: "browser package",
                        work: |results| {
                            wasm::run(&[])?;
                            script::check()?;
                            let mut types = command(
                                "npm",
                                &["run", "--silent", "typecheck", "--workspace", "npm/browser"],
                            );
                            counted(&mut types, results)
                        },
                    },
                    Step {
                        name: "sentry sdks",
                        work: |results| {
                            wasm::build()?;
                            npm(results, "tests/sentry")
                        },
                    },
                    Step {
                        name: "worker",
                        work: |_| worker::run(&[]),
                    },
                ],
                vec![
                    Step {
                        name: "rust pages",
                        work: |results| {
                            counted(command("cargo", &["test", "--quiet"]).args(WEB), results)
                        },
                    },
                    Step {
                        name: "production build",
                        work: production_build,
                    },
                ],
            ],
        },
        Phase {
            first: vec![Step {
                name: "browsers",
                work: |results| {
                    wasm::build()?;
                    npm(results, "tests/browser")
                },
            }],
            beside: vec![vec![
                Step {
                    name: "edge on workerd",
                    work: |results| edge_on("cloudflare", results),
                },
                Step {
                    name: "lambda",
                    work: |results| {
                        lambda::run(&[])?;
                        let mut test = command("node", &["--test", "--test-reporter=spec", LAMBDA]);
                        counted(&mut test, results)
                    },
                },
                Step {
                    name: "edge on lambda",
                    work: |results| edge_on("lambda", results),
                },
                Step {
                    name: "vendors",
                    work: |results| {
                        let arguments = ["--test", "--test-reporter=spec", "tests/vendors"];
                        counted(&mut command("node", &arguments), results)
                    },
                },
                Step {
                    name: "grpc exporters",
                    work: |results| {
                        let arguments = ["--test", "--test-reporter=spec", "tests/grpc"];
                        counted(&mut command("node", &arguments), results)
                    },
                },
            ]],
        },
        Phase {
            first: vec![
                Step {
                    name: "viewer",
                    work: |results| npm(results, "tests/viewer"),
                },
                Step {
                    name: "shop page",
                    work: |results| {
                        // The page is compiled against the package's declarations.
                        wasm::build()?;
                        npm(results, "demo-react-app")
                    },
                },
                Step {
                    name: "go",
                    work: |results| go(results, ORDERS, &[]),
                },
                Step {
                    name: "python",
                    work: |results| {
                        python(results, &["-m", "ruff", "check", "."])?;
                        python(results, &["-m", "pytest", "-q"])
                    },
                },
                Step {
                    name: "end to end",
                    work: shop::end_to_end,
                },
            ],
            beside: vec![vec![
                Step {
                    name: "packaging",
                    work: |results| {
                        let artifacts = counted(&mut release::trial()?, results);
                        wasm::build()?;
                        let mut test = command("npm", &["test", "--silent"]);
                        artifacts.and(counted(test.current_dir(root().join(CONSUMERS)), results))
                    },
                },
                Step {
                    name: "kubernetes",
                    work: |results| {
                        let program = serve::native::program()?.display().to_string();
                        go(results, KUBERNETES, &[("THROUGHLINE_PROGRAM", &program)])
                    },
                },
                Step {
                    name: "grafana",
                    work: |results| go(results, GRAFANA, &[]),
                },
            ]],
        },
    ]
}

/// The steps that take long: for a release.
pub(super) fn long() -> Vec<Step> {
    vec![
        Step {
            name: "hundred kills",
            work: |results| {
                let arguments = [
                    "test",
                    "--quiet",
                    "--package",
                    "throughline",
                    "--test",
                    "program",
                    "queue::kill",
                    "--",
                    "--nocapture",
                ];
                let mut test = command("cargo", &arguments);
                counted(test.env("THROUGHLINE_KILLS", "100"), results)
            },
        },
        Step {
            name: "kafka",
            work: |results| {
                setup::run_for(Needs::Kafka)?;
                clippy(results, &["--package", KAFKA])?;
                cargo(results, &["test", "--quiet", "--package", KAFKA, "--lib"])?;
                clippy(results, &["--package", KAFKA, "--features", "tls"])?;
                let arguments = ["test", "--quiet", "--package", KAFKA, "--features", "tls"];
                let mut test = command("cargo", &arguments);
                counted(test.args(["--", "--include-ignored"]), results)?;
                let without_tls = ["--package", "throughline", "--features", "kafka"];
                clippy(results, &without_tls)?;
                let host = ["--package", "throughline", "--features", "kafka-tls-system"];
                clippy(results, &host)?;
                let mut test = command("cargo", &["test", "--quiet"]);
                let machines = ["--test", "program", "kafka::", "--", "--nocapture"];
                counted(test.args(host).args(machines), results)
            },
        },
        Step {
            name: "backends",
            work: |results| {
                setup::run_for(Needs::Build)?;
                backends::build()?;
                let program = serve::native::program()?;
                let mut types = command("npx", &["--no-install", "tsc", "-p", BACKENDS]);
                counted(&mut types, results)?;
                let arguments = ["--test", "--test-reporter=spec", "--test-concurrency=1"];
                let mut test = command("node", &arguments);
                test.args(test_files(BACKENDS)?);
                counted(test.env("THROUGHLINE_PROGRAM", program), results)
            },
        },
        Step {
            name: "demo with backends",
            work: shop::with_backends,
        },
        Step {
            name: "next.js",
            work: |results| {
                setup::run_for(Needs::Consumers)?;
                wasm::build()?;
                let arguments = ["--test", "--test-reporter=spec", NEXT, ROUTES_OF_NEXT];
                counted(&mut command("node", &arguments), results)
            },
        },
        Step {
            name: "day in a page",
            work: |results| {
                wasm::build()?;
                let arguments = ["--test", "--test-reporter=spec", DAY];
                counted(&mut command("node", &arguments), results)
            },
        },
        Step {
            name: "page in yew",
            work: |results| {
                clippy(results, WEB)?;
                let manifest = ["--manifest-path", "examples/yew/Cargo.toml"];
                let mut format = command("cargo", &["fmt", "--check"]);
                counted(format.args(manifest), results)?;
                let mut lint = command("cargo", &["clippy", "--quiet", "--locked"]);
                lint.args(front_end::EXAMPLE).arg("--target-dir");
                lint.arg(front_end::TARGET).args(["--", "-D", "warnings"]);
                counted(&mut lint, results)?;
                front_end::build()?;
                front_end::build_released()?;
                front_end::build_joined()?;
                // One of its tests runs the JavaScript package beside it.
                wasm::build()?;
                let arguments = ["--test", "--test-reporter=spec", "--test-concurrency=1"];
                counted(command("node", &arguments).arg(FRONT_END), results)
            },
        },
        Step {
            name: "release",
            work: |results| counted(&mut release::full()?, results),
        },
        Step {
            name: "release compiled twice",
            work: |_| release::compile_twice(),
        },
    ]
}

/// Runs programs one after the other, also after a failed one.
fn run_all(programs: &[TestProgram], results: &mut Results) -> Result<(), Failure> {
    let mut outcome = Ok(());
    for program in programs {
        outcome = outcome.and(counted(&mut program.command(), results));
    }
    outcome
}

/// Runs the tests of the native host without its development mode.
fn production_build(results: &mut Results) -> Result<(), Failure> {
    let host = ["--lib", "--bin", "throughline", "--test", "program"];
    // The features of the libraries stay those that are compiled already.
    let features = [
        "--no-default-features",
        "--features",
        "throughline-edge/default",
    ];
    let selection = [WORKSPACE, &features, &host].concat();
    let mut programs = TestProgram::compile(&selection)?;
    programs.retain(|program| program.folder.ends_with(HOST));
    run_all(&programs, results)
}

/// Runs the edge's cases on a host.
fn edge_on(host: &str, results: &mut Results) -> Result<(), Failure> {
    let mut test = command("cargo", &["test", "--quiet", "--test", "hosts"]);
    counted(test.args(WORKSPACE).env("THROUGHLINE_HOST", host), results)
}

/// The tests that are in a folder, and not below it.
fn test_files(folder: &str) -> Result<Vec<PathBuf>, Failure> {
    let folder = root().join(folder);
    let entries = std::fs::read_dir(&folder).map_err(Failure::path(&folder))?;
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut files: Vec<_> = paths
        .filter(|path| path.to_string_lossy().ends_with(".test.mjs"))
        .collect();
    files.sort();
    Ok(files)
}

fn npm(results: &mut Results, workspace: &str) -> Result<(), Failure> {
    counted(
        &mut command("npm", &["test", "--silent", "--workspace", workspace]),
        results,
    )
}

fn go(results: &mut Results, module: &str, environment: &[(&str, &str)]) -> Result<(), Failure> {
    let folder = root().join(module);
    let mut vet = command("go", &["vet", "./..."]);
    let mut test = command("go", &["test", "-v", "./..."]);
    counted(vet.current_dir(&folder), results)?;
    let environment = environment.iter().copied();
    counted(test.current_dir(&folder).envs(environment), results)
}

fn python(results: &mut Results, arguments: &[&str]) -> Result<(), Failure> {
    for service in [PRICING, VOUCHERS] {
        let service = root().join(service);
        let mut python = Command::new(service.join(".venv/bin/python"));
        counted(python.args(arguments).current_dir(service), results)?;
    }
    Ok(())
}

fn clippy(results: &mut Results, packages: &[&str]) -> Result<(), Failure> {
    let mut clippy = command("cargo", &["clippy", "--quiet", "--all-targets"]);
    counted(
        clippy.args(packages).args(["--", "-D", "warnings"]),
        results,
    )
}

fn cargo(results: &mut Results, arguments: &[&str]) -> Result<(), Failure> {
    counted(&mut command("cargo", arguments), results)
}

/// Runs a command, prints its output and results its tests.
pub(super) fn counted(command: &mut Command, results: &mut Results) -> Result<(), Failure> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| Failure::Missing {
            program: shown(command),
            remedy: error.to_string(),
        })?;
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            results.read(&line);
            println!("{line}");
        }
    }
    let status = child
        .wait()
        .map_err(|error| Failure::Check(error.to_string()))?;
    if status.success() {
        Ok(())
    } else {
        Err(Failure::Command {
            command: shown(command),
            status,
        })
    }
}

/// The selection of every step that compiles tests: cargo compiles a crate again where another
/// selection enables other features. wasm-bindgen has no tests here and is a program of its own.
const WORKSPACE: &[&str] = &[
    "--workspace",
    "--exclude",
    KAFKA,
    "--exclude",
    "xtask-wasm-bindgen",
];
const HOST: &str = "edge-worker/native";
/// The native host without its development mode, with the features that its crates have there.
const PRODUCTION: &[&str] = &["--package", "throughline", "--no-default-features"];
/// Pages in Rust: the feature is off in the workspace's build, as in the engine.
const WEB: &[&str] = &["--package", "throughline-browser", "--features", "web"];
const FRONT_END: &str = "tests/rust-front-end/";
/// Not in the ordinary steps: it compiles librdkafka, and its tests start a broker in Java.
const KAFKA: &str = "throughline-kafka";
const CONSUMERS: &str = "tests/packaging/consumers";
const NEXT: &str = "tests/packaging/consumers/next/next.test.mjs";
/// Routes of Next in Chromium.
const ROUTES_OF_NEXT: &str = "tests/browser/next.test.mjs";
/// A page that is used for 24 hours, in half a minute.
const DAY: &str = "tests/browser/day.test.mjs";
const LAMBDA: &str = "edge-worker/lambda/tests/";
/// Real backends before and behind the native host.
const BACKENDS: &str = "tests/backends";
const ORDERS: &str = "demo-react-app/services/orders-api";
const KUBERNETES: &str = "deploy/kubernetes/validate";
/// Dashboards against the schemas of Grafana.
const GRAFANA: &str = "deploy/grafana/validate";
const PRICING: &str = "demo-react-app/services/pricing-api";
const VOUCHERS: &str = "demo-react-app/services/vouchers-api";
