//! Installs missing Debian packages.

use super::postgres::postgres_programs;
use super::{Needs, Order, Step};
use crate::command::{command, installed, output, run};
use crate::failure::Failure;
use std::process::Command;

/// One step for all missing packages; `None` when none is missing.
pub(super) fn step(needs: Needs) -> Option<Step> {
    let packages: Vec<&str> = PACKAGES
        .iter()
        .filter(|package| package.needed_for.contains(&needs))
        .filter(|package| !(package.is_installed)())
        .map(|package| package.name)
        .collect();
    if packages.is_empty() {
        return None;
    }
    Some(Step {
        what: format!("Debian packages: {}", packages.join(" ")),
        order: Order::First,
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

/// The prefix that makes root run a command; `None` without the right to.
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
    /// Whether its program is installed, from any source.
    is_installed: fn() -> bool,
    /// The tasks that need it.
    needed_for: &'static [Needs],
}

const PACKAGES: &[Package] = &[
    Package {
        name: "postgresql",
        is_installed: || postgres_programs().is_ok(),
        needed_for: &[Needs::Demo, Needs::Test],
    },
    Package {
        name: "redis-server",
        is_installed: || installed("redis-server"),
        needed_for: &[Needs::Demo, Needs::Test],
    },
    Package {
        name: "default-jre-headless",
        is_installed: || installed("java"),
        needed_for: &[Needs::Kafka],
    },
    Package {
        name: "maven",
        is_installed: || installed("mvn"),
        needed_for: &[Needs::Kafka],
    },
    Package {
        name: "pkg-config",
        is_installed: || installed("pkg-config"),
        needed_for: &[Needs::Kafka],
    },
    // By which librdkafka speaks TLS.
    Package {
        name: "libssl-dev",
        is_installed: || output(&mut command("pkg-config", &["--exists", "openssl"])).is_ok(),
        needed_for: &[Needs::Kafka],
    },
    Package {
        name: "chromium",
        is_installed: || installed("chromium"),
        needed_for: &[Needs::Consumers, Needs::Demo, Needs::Peers, Needs::Test],
    },
    Package {
        name: "firefox-esr",
        is_installed: || installed("firefox-esr"),
        needed_for: &[Needs::Peers, Needs::Test],
    },
    Package {
        name: "webkit2gtk-driver",
        is_installed: || installed("WebKitWebDriver"),
        needed_for: &[Needs::Peers, Needs::Test],
    },
    Package {
        name: "xvfb",
        is_installed: || installed("Xvfb"),
        needed_for: &[Needs::Peers, Needs::Test],
    },
    Package {
        name: "xauth",
        is_installed: || installed("xauth"),
        needed_for: &[Needs::Peers, Needs::Test],
    },
    Package {
        name: "cmake",
        is_installed: || installed("cmake"),
        needed_for: &[Needs::Lambda, Needs::Test],
    },
    Package {
        name: "g++",
        is_installed: || installed("g++"),
        needed_for: &[Needs::Lambda, Needs::Kafka, Needs::Test],
    },
    Package {
        name: "make",
        is_installed: || installed("make"),
        needed_for: &[Needs::Lambda, Needs::Kafka, Needs::Test],
    },
    Package {
        name: "autoconf",
        is_installed: || installed("autoconf"),
        needed_for: &[Needs::Lambda, Needs::Test],
    },
    Package {
        name: "automake",
        is_installed: || installed("automake"),
        needed_for: &[Needs::Lambda, Needs::Test],
    },
    Package {
        name: "libtool",
        is_installed: || installed("libtoolize"),
        needed_for: &[Needs::Lambda, Needs::Test],
    },
    Package {
        name: "m4",
        is_installed: || installed("m4"),
        needed_for: &[Needs::Lambda, Needs::Test],
    },
    Package {
        name: "prometheus-alertmanager",
        is_installed: || installed("prometheus-alertmanager"),
        needed_for: &[Needs::Backends],
    },
    // Compiles the C of SQLite, zstd and mimalloc for the static binaries.
    Package {
        name: "musl-tools",
        is_installed: || installed("musl-gcc"),
        needed_for: &[Needs::Release],
    },
];
