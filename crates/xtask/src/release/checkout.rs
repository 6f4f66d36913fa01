//! The commit that a release is made of.

use crate::command::{command, output, root, run};
use crate::failure::Failure;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

/// The source, as the artifacts name it.
#[derive(Debug)]
pub(super) struct Checkout {
    /// The version of the workspace.
    pub(super) version: String,
    pub(super) commit: String,
    /// The time in every artifact, in s since the Unix epoch: `SOURCE_DATE_EPOCH`, or the commit's.
    /// <https://reproducible-builds.org/specs/source-date-epoch/>
    pub(super) epoch: u64,
    /// The command that makes the artifacts.
    pub(super) command: &'static str,
}

impl Checkout {
    /// The commit, where nothing in the tree differs from it.
    pub(super) fn clean() -> Result<Self, Failure> {
        let changed = output(&mut command("git", &["status", "--porcelain"]))?;
        if changed.is_empty() {
            return Ok(Self {
                command: "cargo xtask release",
                ..Self::any()?
            });
        }
        Err(Failure::Check(format!(
            "a release says of which commit it is made, and these files differ from it; commit \
             or remove them, or use --trial:\n{}",
            changed.trim_end()
        )))
    }

    /// The commit, whatever is in the tree.
    pub(super) fn any() -> Result<Self, Failure> {
        let text = |arguments: &[&str]| {
            output(&mut command("git", arguments)).map(|text| text.trim().to_owned())
        };
        let epoch = match std::env::var("SOURCE_DATE_EPOCH") {
            Ok(epoch) => epoch,
            Err(_) => text(&["log", "-1", "--format=%ct"])?,
        };
        let epoch = epoch.parse().map_err(|_| {
            Failure::Check(format!(
                "SOURCE_DATE_EPOCH is `{epoch}`, not a number of seconds"
            ))
        })?;
        Ok(Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            commit: text(&["rev-parse", "HEAD"])?,
            epoch,
            command: "cargo xtask release --trial",
        })
    }

    /// The time in RFC 3339.
    pub(super) fn time(&self) -> String {
        humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_secs(self.epoch)).to_string()
    }

    /// Writes the sources of the commit, from which Homebrew builds where there is no binary.
    pub(super) fn write_source(&self, folder: &Path) -> Result<(), Failure> {
        let name = format!("throughline-{}-source", self.version);
        let archive = folder.join(format!("{name}.tar.gz"));
        run(command("git", &["archive", "--format=tar.gz", "HEAD"])
            .arg(format!("--prefix={name}/"))
            .arg(format!("--output={}", archive.display()))
            .current_dir(root()))
    }
}
