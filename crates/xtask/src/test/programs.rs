//! Compiles test programs and runs each as cargo does, with as many threads as it can use.

use crate::command::{command, output};
use crate::failure::Failure;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A compiled program of tests.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TestProgram {
    path: PathBuf,
    /// The name of its target.
    name: String,
    /// The name and the version of its package.
    package: (String, String),
    /// The folder of its package, in which its tests run.
    pub(super) folder: PathBuf,
}

impl TestProgram {
    /// Compiles what `cargo test` with these arguments runs, but for the tests in comments.
    pub(super) fn compile(arguments: &[&str]) -> Result<Vec<Self>, Failure> {
        let mut build = command("cargo", &["test", "--quiet", "--no-run"]);
        build.args(["--message-format", "json-render-diagnostics"]);
        Ok(in_messages(&output(build.args(arguments))?))
    }

    /// The command that runs its tests, with the variables that cargo sets and tests read.
    pub(super) fn command(&self) -> Command {
        let (package, version) = &self.package;
        let mut test = Command::new(&self.path);
        test.arg("--quiet").current_dir(&self.folder);
        test.env("CARGO_MANIFEST_DIR", &self.folder);
        test.env("CARGO_PKG_NAME", package);
        test.env("CARGO_PKG_VERSION", version);
        if WAITING.contains(&self.name.as_str()) {
            test.arg("--test-threads=4");
        }
        test
    }
}

fn in_messages(messages: &str) -> Vec<TestProgram> {
    let messages = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    messages
        .filter(|message| message["profile"]["test"] == true)
        .filter_map(|message| {
            Some(TestProgram {
                path: message["executable"].as_str()?.into(),
                name: message["target"]["name"].as_str()?.to_owned(),
                package: package_of(message["package_id"].as_str()?)?,
                folder: Path::new(message["manifest_path"].as_str()?)
                    .parent()?
                    .to_owned(),
            })
        })
        .collect()
}

/// Name and version in an id: `path+file:///a/native#throughline@0.1.0`, or `…/viewer#0.1.0` where
/// the folder has the package's name.
fn package_of(id: &str) -> Option<(String, String)> {
    let (path, package) = id.rsplit_once('#')?;
    let (name, version) = match package.split_once('@') {
        Some(both) => both,
        None => (path.rsplit('/').next()?, package),
    };
    Some((name.to_owned(), version.to_owned()))
}

/// Programs whose tests wait for the timeouts of the host that they run: some take 20 s, of which
/// they need next to no processor.
const WAITING: [&str; 1] = ["program"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_of_tests_alone_are_found() {
        let messages = r#"
{"reason":"compiler-artifact","package_id":"path+file:///a/native#throughline@0.1.0","manifest_path":"/a/native/Cargo.toml","target":{"name":"program"},"profile":{"test":true},"executable":"/a/target/debug/deps/program-1"}
{"reason":"compiler-artifact","manifest_path":"/a/native/Cargo.toml","target":{"name":"host"},"profile":{"test":false},"executable":"/a/target/debug/host"}
{"reason":"compiler-artifact","manifest_path":"/a/native/Cargo.toml","target":{"name":"host"},"profile":{"test":false},"executable":null}
{"reason":"build-finished","success":true}"#;
        let expected = TestProgram {
            path: "/a/target/debug/deps/program-1".into(),
            name: "program".to_owned(),
            package: ("throughline".to_owned(), "0.1.0".to_owned()),
            folder: "/a/native".into(),
        };
        assert_eq!(in_messages(messages), [expected]);
    }

    #[test]
    fn a_package_may_have_the_name_of_its_folder() {
        let of = |id| package_of(id).map(|(name, version)| format!("{name} {version}"));
        let named = of("path+file:///a/throughline-otlp#0.1.0");
        assert_eq!(named.as_deref(), Some("throughline-otlp 0.1.0"));
    }
}
