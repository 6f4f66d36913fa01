//! Checks the unit of systemd, where systemd is installed.

use std::path::Path;
use std::process::{Command, Output};

#[test]
#[expect(
    clippy::print_stderr,
    reason = "a reader wants to know what was not checked"
)]
fn the_unit_is_valid_and_may_do_little() {
    let Ok(version) = Command::new("systemd-analyze").arg("--version").output() else {
        eprintln!("skipped: there is no systemd-analyze here");
        return;
    };
    assert!(version.status.success());
    let unit =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/systemd/throughline.service");
    let unit = std::fs::read_to_string(unit).expect("the unit");
    // It checks that the program is there.
    let installed = "/usr/local/bin/throughline";
    assert!(unit.contains(installed));
    let unit = unit.replace(installed, env!("CARGO_BIN_EXE_throughline"));
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("systemd");
    std::fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join("throughline.service");
    std::fs::write(&file, unit).expect("a file");
    let file = file.to_string_lossy();
    let verified = analyze(&["verify", &file]);
    let said = String::from_utf8_lossy(&verified.stderr);
    assert!(verified.status.success() && said.is_empty(), "{said}");
    // In tenths of the points of exposure.
    let rated = analyze(&["security", "--offline=true", "--threshold=20", &file]);
    let said = String::from_utf8_lossy(&rated.stdout);
    assert!(rated.status.success(), "{said}");
}

fn analyze(arguments: &[&str]) -> Output {
    let analyzed = Command::new("systemd-analyze").args(arguments).output();
    analyzed.expect("it runs")
}
