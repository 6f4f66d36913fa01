//! Which Debian packages are missing, and how are they installed?

use super::{Needs, Step};
use crate::command::{command, installed, output, run};
use crate::demo::postgres;
use crate::failure::Failure;
use std::process::Command;

/// One step for all packages that are missing; none when nothing is.
pub(super) fn step(needs: Needs) -> Option<Step> {
    let packages: Vec<&str> = PACKAGES
        .iter()
        .filter(|package| needs == Needs::Test || !package.tests_only)
        .filter(|package| !(package.is_there)())
        .map(|package| package.name)
        .collect();
    if packages.is_empty() {
        return None;
    }
    Some(Step {
        what: format!("Debian packages: {}", packages.join(" ")),
        satisfied: Box::new(|| false),
        install: Box::new(move || install(&packages)),
    })
}

fn install(packages: &[&str]) -> Result<(), Failure> {
    let sudo: &[&str] = if is_root() {
        &[]
    } else if Command::new("sudo")
        .args(["-n", "true"])
        .status()
        .is_ok_and(|status| status.success())
    {
        &["sudo", "-n"]
    } else {
        &["unavailable"]
    };
    if sudo == ["unavailable"] || !installed("apt-get") {
        return Err(Failure::Check(format!(
            "these programs are missing and cannot be installed from here; on Debian:\n    \
             sudo apt-get install --no-install-recommends {}",
            packages.join(" ")
        )));
    }
    let apt = |arguments: &[&str]| {
        let mut words = sudo.to_vec();
        words.extend(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]);
        words.extend(arguments);
        run(&mut command(words[0], &words[1..]))
    };
    apt(&["update"])?;
    let mut arguments = vec!["install", "-y", "--no-install-recommends"];
    arguments.extend(packages);
    apt(&arguments)
}

fn is_root() -> bool {
    output(&mut command("id", &["-u"])).is_ok_and(|uid| uid.trim() == "0")
}

struct Package {
    name: &'static str,
    /// Whether the program it brings is there, from wherever.
    is_there: fn() -> bool,
    tests_only: bool,
}

const PACKAGES: &[Package] = &[
    Package {
        name: "postgresql",
        is_there: || postgres::programs().is_ok(),
        tests_only: false,
    },
    Package {
        name: "redis-server",
        is_there: || installed("redis-server"),
        tests_only: false,
    },
    Package {
        name: "chromium",
        is_there: || installed("chromium"),
        tests_only: false,
    },
    Package {
        name: "firefox-esr",
        is_there: || installed("firefox-esr"),
        tests_only: true,
    },
    Package {
        name: "webkit2gtk-driver",
        is_there: || installed("WebKitWebDriver"),
        tests_only: true,
    },
    Package {
        name: "xvfb",
        is_there: || installed("Xvfb"),
        tests_only: true,
    },
    Package {
        name: "xauth",
        is_there: || installed("xauth"),
        tests_only: true,
    },
];
