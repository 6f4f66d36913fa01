//! Checks that the languages are installed, and new enough.
//!
//! The person installs them. The minimum version of each is read from the file where that
//! language keeps it.

use crate::command::{command, installed, root};
use crate::failure::Failure;
use std::process::Stdio;

/// Fails with the found and the needed version.
pub(super) fn check() -> Result<(), Failure> {
    for language in LANGUAGES {
        language.check()?;
    }
    for (program, remedy) in [
        ("npm", "it comes with Node.js, https://nodejs.org"),
        ("cc", "a C compiler, on Debian: apt-get install gcc"),
    ] {
        if !installed(program) {
            return Err(absent(program, remedy));
        }
    }
    Ok(())
}

struct Language {
    name: &'static str,
    program: &'static str,
    /// The arguments that print its version.
    arguments: &'static [&'static str],
    /// The file with the minimum version, and the text in front of it.
    stated: (&'static str, &'static str),
    source: &'static str,
}

impl Language {
    fn check(&self) -> Result<(), Failure> {
        let needed = self.needed()?;
        let remedy = format!("{} {needed} or newer, {}", self.name, self.source);
        if !installed(self.program) {
            return Err(absent(self.program, &remedy));
        }
        let found = self.found();
        if found
            .as_ref()
            .is_some_and(|found| parts(found) >= parts(&needed))
        {
            return Ok(());
        }
        let found = found.unwrap_or_else(|| "unknown".to_owned());
        Err(Failure::Check(format!(
            "`{}` has version {found}: install {remedy}",
            self.program
        )))
    }

    fn needed(&self) -> Result<String, Failure> {
        let (file, before) = self.stated;
        let path = root().join(file);
        let text = std::fs::read_to_string(&path).map_err(Failure::path(&path))?;
        text.lines()
            .find_map(|line| version(line.trim().strip_prefix(before)?))
            .ok_or_else(|| Failure::Check(format!("{file} has no version after `{before}`")))
    }

    /// The version in the project's folder: Go may download a newer one for it.
    fn found(&self) -> Option<String> {
        let (file, _) = self.stated;
        let folder = root().join(file).parent()?.to_path_buf();
        let output = command(self.program, self.arguments)
            .current_dir(folder)
            .stderr(Stdio::null())
            .output()
            .ok()?;
        version(&String::from_utf8_lossy(&output.stdout))
    }
}

fn absent(program: &str, remedy: &str) -> Failure {
    Failure::Missing {
        program: program.to_owned(),
        remedy: format!("install {remedy}"),
    }
}

/// The first number with its dots: `20.20.2` of `v20.20.2`.
fn version(text: &str) -> Option<String> {
    let begin = text.find(|c: char| c.is_ascii_digit())?;
    let number: String = text[begin..]
        .chars()
        .take_while(|c| c.is_ascii_digit() || *c == '.')
        .collect();
    Some(number.trim_end_matches('.').to_owned())
}

/// A version as numbers, which compare as versions do; `3.11` is older than `3.11.0`.
pub(super) fn parts(version: &str) -> Vec<u32> {
    version
        .split('.')
        .map(|part| part.parse().unwrap_or_default())
        .collect()
}

const LANGUAGES: &[Language] = &[
    Language {
        name: "Node.js",
        program: "node",
        arguments: &["--version"],
        stated: ("package.json", "\"node\":"),
        source: "https://nodejs.org",
    },
    Language {
        name: "Go",
        program: "go",
        arguments: &["env", "GOVERSION"],
        stated: ("demo-react-app/services/orders-api/go.mod", "go "),
        source: "https://go.dev/dl",
    },
    Language {
        name: "Python",
        program: "python3",
        arguments: &["--version"],
        stated: (
            "demo-react-app/services/pricing-api/pyproject.toml",
            "requires-python =",
        ),
        source: "with venv, https://www.python.org/downloads",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_found_in_the_output_of_a_program() {
        for (text, expected) in [
            ("v20.20.2\n", "20.20.2"),
            ("go1.26.8", "1.26.8"),
            ("go1.27rc1", "1.27"),
            ("Python 3.11.7", "3.11.7"),
            (" \">=20.20\"", "20.20"),
        ] {
            assert_eq!(version(text).as_deref(), Some(expected));
        }
        assert_eq!(version("devel"), None);
    }

    #[test]
    fn versions_compare_as_numbers() {
        assert!(parts("20.20.2") >= parts("20.20"));
        assert!(parts("3.9.18") < parts("3.11"));
        assert!(parts("18.19.0") < parts("20.20"));
        assert!(parts("9.6") < parts("15"));
    }

    #[test]
    fn every_language_has_a_minimum_version() {
        for language in LANGUAGES {
            assert!(parts(&language.needed().expect("a version")).len() >= 2);
        }
    }
}
