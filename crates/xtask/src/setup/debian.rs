//! Which Debian packages are missing, and how are they installed?

use super::postgres::postgres_programs;
use super::{Needs, Step};
use crate::command::{command, installed, output, run};
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
    let Some(sudo) = as_root().filter(|_| installed("apt-get")) else {
        return Err(Failure::Check(format!(
            "these programs are missing and cannot be installed from here; on Debian:\n    \
             sudo apt-get install --no-install-recommends {}",
            packages.join(" ")
        )));
    };
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

/// What to put in front of a command so that root runs it; `None` when nobody may.
fn as_root() -> Option<&'static [&'static str]> {
    if output(&mut command("id", &["-u"])).is_ok_and(|uid| uid.trim() == "0") {
        return Some(&[]);
    }
    let mut sudo = Command::new("sudo");
    let asks_for_nothing = sudo.args(["-n", "true"]).status();
    asks_for_nothing
        .is_ok_and(|status| status.success())
        .then_some(&["sudo", "-n"])
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
        is_there: || postgres_programs().is_ok(),
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
