//! `cargo xtask backends`: builds the backends that tests and the demo send to.
//!
//! Each is a Go module of its own, since their dependencies clash. go.mod and go.sum fix what is
//! built. Alertmanager is a Debian package and Bugsink a Python package: setup installs them.
#![expect(clippy::print_stdout, reason = "a person waits for it")]

use crate::command::{command, output, root, run};
use crate::failure::Failure;
use crate::setup::{self, Needs};
use std::path::PathBuf;
use std::time::Instant;

/// Installs and builds every backend that is missing, and prints how long each took.
pub(crate) fn build() -> Result<(), Failure> {
    setup::run_for(Needs::Backends)?;
    let folder = root().join(BIN);
    std::fs::create_dir_all(&folder).map_err(Failure::path(&folder))?;
    let compiler = output(&mut command("go", &["env", "GOVERSION", "GOARCH"]))?;
    for backend in BACKENDS {
        let inputs = backend.inputs(&compiler)?;
        if backend.is_built(&inputs) {
            println!("{:<12} built already", backend.name);
            continue;
        }
        println!("{:<12} building …", backend.name);
        let begun = Instant::now();
        backend.build(&inputs)?;
        println!(
            "{:<12} built in {:.0} s",
            backend.name,
            begun.elapsed().as_secs_f64()
        );
    }
    Ok(())
}

/// The path of a backend that is built.
pub(crate) fn program(name: &str) -> PathBuf {
    root().join(BIN).join(name)
}

/// A program that is built from a Go module of this repository.
struct Backend {
    name: &'static str,
    /// The module's folder.
    module: &'static str,
    package: &'static str,
    flags: &'static [&'static str],
}

impl Backend {
    /// All that decides what is built: another text means another program.
    fn inputs(&self, compiler: &str) -> Result<Vec<u8>, Failure> {
        let mut inputs =
            format!("{compiler}{} {}\n", self.package, self.flags.join(" ")).into_bytes();
        for file in ["go.mod", "go.sum"] {
            let path = root().join(self.module).join(file);
            inputs.extend(std::fs::read(&path).map_err(Failure::path(&path))?);
        }
        // A module that only names its programs has no source.
        inputs.extend(std::fs::read(root().join(self.module).join("main.go")).unwrap_or_default());
        Ok(inputs)
    }

    fn is_built(&self, inputs: &[u8]) -> bool {
        program(self.name).is_file()
            && std::fs::read(self.stamp()).is_ok_and(|stamped| stamped == inputs)
    }

    fn build(&self, inputs: &[u8]) -> Result<(), Failure> {
        let mut build = command("go", &["build", "-mod=readonly", "-ldflags=-s -w"]);
        build.args(self.flags).arg("-o").arg(program(self.name));
        run(build
            .arg(self.package)
            .current_dir(root().join(self.module)))?;
        let stamp = self.stamp();
        std::fs::write(&stamp, inputs).map_err(Failure::path(&stamp))
    }

    /// Beside the programs, so that both are deleted together.
    fn stamp(&self) -> PathBuf {
        root().join(BIN).join(format!("{}.inputs", self.name))
    }
}

const BIN: &str = "target/backends/bin";

/// In the order of their build times.
const BACKENDS: &[Backend] = &[
    Backend {
        name: "collector",
        module: "tests/bench/collector",
        package: ".",
        // As setup builds it for Kafka's tests, so that it is compiled once.
        flags: &["-trimpath"],
    },
    Backend {
        name: "prometheus",
        module: "tests/backends/prometheus",
        package: "github.com/prometheus/prometheus/cmd/prometheus",
        flags: PROMETHEUS,
    },
    Backend {
        name: "promtool",
        module: "tests/backends/prometheus",
        package: "github.com/prometheus/prometheus/cmd/promtool",
        flags: PROMETHEUS,
    },
    Backend {
        name: "jaeger",
        module: "tests/backends/jaeger",
        package: "github.com/jaegertracing/jaeger/cmd/jaeger",
        flags: &[],
    },
    Backend {
        name: "loki",
        module: "tests/backends/loki",
        package: "github.com/grafana/loki/v3/cmd/loki",
        flags: &[],
    },
    Backend {
        name: "thanos",
        module: "tests/backends/thanos",
        package: "github.com/thanos-io/thanos/cmd/thanos",
        // Its own build has it: without it the program panics where it encodes labels.
        flags: &["-tags=slicelabels,netgo"],
    },
];

/// Without its discovery of targets at cloud providers, the larger part of its dependencies.
const PROMETHEUS: &[&str] = &["-tags=remove_all_sd,netgo"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inputs_of_a_backend_fix_what_is_built() {
        for backend in BACKENDS {
            let inputs = backend.inputs("go1.26.8\namd64\n").expect("a module");
            let text = String::from_utf8(inputs).expect("text");
            // The sums, without which go would ask for the newest.
            assert!(text.contains(" h1:"), "{}", backend.name);
            assert_ne!(
                backend.inputs("go1.27.0\namd64\n").expect("a module"),
                text.as_bytes(),
                "{}",
                backend.name
            );
        }
    }
}
