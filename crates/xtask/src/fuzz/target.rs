//! One fuzz target: where its inputs are, its run and what came of it.

use super::progress::Progress;
use crate::failure::Failure;
use crate::process::{Interrupt, Process};
use std::fmt::{self, Display, Formatter};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use toml::{Table, Value};

/// A fuzz target and its folders.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) name: String,
    /// The folder `fuzz`.
    folder: PathBuf,
    /// Folders with inputs to begin with.
    seeds: Vec<PathBuf>,
    /// Words of the format, for libFuzzer to insert.
    dictionary: Option<PathBuf>,
}

/// The result of a target's run.
#[derive(Debug)]
pub(super) struct Report {
    name: String,
    progress: Progress,
    took: Duration,
    pub(super) outcome: Outcome,
}

/// How a run ended.
#[derive(Debug)]
pub(super) enum Outcome {
    Clean,
    Found {
        input: Option<PathBuf>,
        log: PathBuf,
    },
    Interrupted,
}

impl Target {
    /// The target `name`, with what `seeds.toml` says of it.
    pub(super) fn new(name: &str, folder: &Path) -> Result<Self, Failure> {
        let file = folder.join("seeds.toml");
        let text = std::fs::read_to_string(&file).map_err(Failure::path(&file))?;
        let table: Table = text
            .parse()
            .map_err(|error| Failure::Check(format!("{}: {error}", file.display())))?;
        let listed = table.get(name).and_then(Value::as_array);
        let listed = listed.into_iter().flatten().filter_map(Value::as_str);
        let own = Some(folder.join("seeds").join(name)).filter(|own| own.is_dir());
        // libFuzzer says which of them is not there.
        let seeds = own.into_iter().chain(listed.map(|path| folder.join(path)));
        let dictionary = folder.join("dictionaries").join(name);
        Ok(Self {
            name: name.to_owned(),
            folder: folder.to_owned(),
            seeds: seeds.collect(),
            dictionary: dictionary.is_file().then_some(dictionary),
        })
    }

    /// Runs the program of the target for `seconds`, or until it finds something.
    pub(super) fn run(
        &self,
        programs: &Path,
        seconds: u32,
        interrupt: &Interrupt,
    ) -> Result<Report, Failure> {
        let made = |folder: &str| {
            let folder = self.folder.join(folder).join(&self.name);
            std::fs::create_dir_all(&folder).map_err(Failure::path(&folder))?;
            Ok(folder)
        };
        let (corpus, artifacts) = (made("corpus")?, made("artifacts")?);
        let mut command = Command::new(programs.join(&self.name));
        command.arg(corpus).args(&self.seeds).args([
            format!("-max_total_time={seconds}"),
            format!("-artifact_prefix={}/", artifacts.display()),
        ]);
        command.args(LIMITS);
        if let Some(dictionary) = &self.dictionary {
            command.arg(format!("-dict={}", dictionary.display()));
        }
        let log = self.folder.join("target/logs").join(&self.name);
        let begun = Instant::now();
        let mut process = Process::start(&self.name, &mut command, &log)?;
        let status = process.wait(interrupt)?;
        let took = begun.elapsed();
        let text = std::fs::read(&log).map_err(Failure::path(&log))?;
        let mut progress = Progress::of(&String::from_utf8_lossy(&text));
        let outcome = match status {
            None => Outcome::Interrupted,
            Some(status) if status.success() => Outcome::Clean,
            Some(_) => Outcome::Found {
                input: progress.input.take(),
                log,
            },
        };
        Ok(Report {
            name: self.name.clone(),
            progress,
            took,
            outcome,
        })
    }
}

impl Report {
    /// The head of the table.
    pub(super) const HEAD: &str =
        "target            executions  per second  edges covered    new  result";
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Progress {
            executions,
            coverage_of_seeds,
            coverage,
            ..
        } = self.progress;
        write!(
            f,
            "{:<16}  {executions:>10}  {:>10.0}  {coverage:>13}  {:>5}  {}",
            self.name,
            executions as f64 / self.took.as_secs_f64(),
            coverage.saturating_sub(coverage_of_seeds),
            self.outcome
        )
    }
}

impl Display for Outcome {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Clean => "clean",
            Self::Found { .. } => "found an input that fails",
            Self::Interrupted => "interrupted",
        })
    }
}

/// Bounds on an input's length, its time in seconds and the memory in MB. Decoders of bodies
/// refuse what is longer in their own tests.
const LIMITS: [&str; 4] = [
    "-max_len=65536",
    "-timeout=25",
    "-rss_limit_mb=2048",
    "-print_final_stats=1",
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    /// Runs a program that logs `log` and ends with `status`, in place of a target.
    fn run(name: &str, log: &str, status: u8) -> Report {
        let folder = std::env::temp_dir().join(format!("xtask-fuzz-{}-{name}", std::process::id()));
        std::fs::create_dir_all(folder.join("seeds/target")).expect("a folder");
        std::fs::write(folder.join("seeds.toml"), "target = [\"more\"]").expect("a file");
        let programs = folder.join("programs");
        std::fs::create_dir_all(&programs).expect("a folder");
        let program = programs.join("target");
        let script = format!("#!/bin/sh\necho \"$@\" '{log}' >&2\nexit {status}\n");
        std::fs::write(&program, script).expect("a program");
        let mode = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(&program, mode).expect("it may run");
        let interrupt = Interrupt::listen().expect("signals");
        let target = Target::new("target", &folder).expect("a target");
        let report = target.run(&programs, 3, &interrupt).expect("it runs");
        let logged = folder.join("target/logs/target");
        let logged = std::fs::read_to_string(logged).expect("a log");
        for argument in [
            "/seeds/target",
            "/more",
            "-max_total_time=3",
            "-rss_limit_mb=2048",
        ] {
            assert!(logged.contains(argument), "{logged}");
        }
        std::fs::remove_dir_all(folder).expect("the folder is there");
        report
    }

    #[test]
    fn a_target_that_finds_nothing_is_clean() {
        let report = run("clean", "\n#70 DONE cov: 9 ft: 1\n", 0);
        assert!(matches!(report.outcome, Outcome::Clean));
        assert!(report.to_string().contains(" 70 "), "{report}");
    }

    #[test]
    fn a_target_that_fails_names_its_input() {
        let report = run("found", "\nTest unit written to a/crash-1\n", 77);
        let Outcome::Found { input, .. } = report.outcome else {
            panic!("{report:?}");
        };
        assert_eq!(input, Some("a/crash-1".into()));
    }
}
