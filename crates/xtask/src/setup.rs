//! What does this machine lack, and how is it installed?
//!
//! Everything goes into the project's own folders, except Debian packages and the
//! Rust target. What will be installed is said first.
#![expect(clippy::print_stdout, reason = "a person watches what is installed")]

use crate::command::{command, installed, output, root, run};
use crate::failure::Failure;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What a task needs from the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Build the engine and the Worker.
    Build,
    /// Run the demo, and drive it with Chromium.
    Demo,
    /// Run every test, in three browsers.
    Test,
}

/// Installs what is missing for `needs`.
pub(crate) fn run_for(needs: Needs) -> Result<(), Failure> {
    present()?;
    let missing: Vec<Step> = steps(needs)
        .into_iter()
        .filter(|step| !(step.satisfied)())
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    println!("Will install:");
    for step in &missing {
        println!("  {}", step.what);
    }
    for step in &missing {
        println!("Installing {} …", step.what);
        (step.install)()?;
    }
    Ok(())
}

struct Step {
    what: String,
    satisfied: Box<dyn Fn() -> bool>,
    install: Box<dyn Fn() -> Result<(), Failure>>,
}

/// The languages themselves are the person's to install.
fn present() -> Result<(), Failure> {
    for (program, remedy) in [
        ("node", "Node.js 20.20 or newer, https://nodejs.org"),
        ("npm", "it comes with Node.js, https://nodejs.org"),
        ("go", "Go 1.26 or newer, https://go.dev/dl"),
        ("python3", "Python 3.11 or newer, with venv"),
        ("cc", "a C compiler, Debian: apt-get install gcc"),
    ] {
        if !installed(program) {
            return Err(Failure::Missing {
                program: program.to_owned(),
                remedy: format!("install {remedy}"),
            });
        }
    }
    Ok(())
}

fn steps(needs: Needs) -> Vec<Step> {
    let mut steps = vec![wasm_target(), npm()];
    if needs != Needs::Build {
        steps.push(python());
        steps.push(go());
        steps.extend(debian(needs));
    }
    steps
}

fn wasm_target() -> Step {
    Step {
        what: "the Rust target wasm32-unknown-unknown (rustup)".to_owned(),
        satisfied: Box::new(|| {
            output(&mut command("rustc", &["--print", "sysroot"])).is_ok_and(|sysroot| {
                Path::new(sysroot.trim())
                    .join("lib/rustlib/wasm32-unknown-unknown")
                    .is_dir()
            })
        }),
        install: Box::new(|| {
            run(&mut command(
                "rustup",
                &["target", "add", "wasm32-unknown-unknown"],
            ))
        }),
    }
}

fn npm() -> Step {
    Step {
        what: "npm packages (node_modules/)".to_owned(),
        satisfied: Box::new(|| stamp_is_fresh("npm", &[root().join("package-lock.json")])),
        install: Box::new(|| {
            run(&mut command("npm", &["ci", "--no-audit", "--no-fund"]))?;
            stamp("npm", &[root().join("package-lock.json")])
        }),
    }
}

fn python() -> Step {
    let service = root().join("demo-react-app/services/pricing-api");
    let lock = vec![service.join("requirements.txt")];
    let wanted = lock.clone();
    Step {
        what: "Python packages (demo-react-app/services/pricing-api/.venv)".to_owned(),
        satisfied: Box::new(move || stamp_is_fresh("python", &wanted)),
        install: Box::new(move || {
            run(command("python3", &["-m", "venv", ".venv"]).current_dir(&service))?;
            run(Command::new(service.join(".venv/bin/python"))
                .args([
                    "-m",
                    "pip",
                    "install",
                    "--quiet",
                    "--disable-pip-version-check",
                ])
                .args(["-r", "requirements.txt"])
                .current_dir(&service))?;
            stamp("python", &lock)
        }),
    }
}

fn go() -> Step {
    let service = root().join("demo-react-app/services/orders-api");
    let lock = vec![service.join("go.sum")];
    let wanted = lock.clone();
    Step {
        what: "Go modules (the module cache)".to_owned(),
        satisfied: Box::new(move || stamp_is_fresh("go", &wanted)),
        install: Box::new(move || {
            run(command("go", &["mod", "download"]).current_dir(&service))?;
            stamp("go", &lock)
        }),
    }
}

/// One step for all Debian packages that are missing; none when nothing is.
fn debian(needs: Needs) -> Option<Step> {
    let mut packages = Vec::new();
    for (package, program, tests_only) in DEBIAN {
        if (needs == Needs::Test || !tests_only) && !program_exists(program) {
            packages.push(*package);
        }
    }
    if packages.is_empty() {
        return None;
    }
    Some(Step {
        what: format!("Debian packages: {}", packages.join(" ")),
        satisfied: Box::new(|| false),
        install: Box::new(move || install_debian(&packages)),
    })
}

fn install_debian(packages: &[&str]) -> Result<(), Failure> {
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

fn program_exists(program: &str) -> bool {
    if program.starts_with('/') {
        Path::new(program).exists()
    } else {
        installed(program)
    }
}

/// A stamp holds what the lock files said when the step last ran.
fn stamp(name: &str, locks: &[PathBuf]) -> Result<(), Failure> {
    let path = stamp_path(name);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(Failure::path(folder))?;
    }
    std::fs::write(&path, contents(locks)).map_err(Failure::path(&path))
}

fn stamp_is_fresh(name: &str, locks: &[PathBuf]) -> bool {
    std::fs::read(stamp_path(name)).is_ok_and(|stamped| stamped == contents(locks))
}

fn stamp_path(name: &str) -> PathBuf {
    root().join(".throughline/setup").join(name)
}

fn contents(paths: &[PathBuf]) -> Vec<u8> {
    paths
        .iter()
        .flat_map(|path| std::fs::read(path).unwrap_or_default())
        .collect()
}

/// Package, a program it brings, and whether only tests need it.
const DEBIAN: &[(&str, &str, bool)] = &[
    ("postgresql-15", "/usr/lib/postgresql/15/bin/initdb", false),
    ("redis-server", "redis-server", false),
    ("chromium", "chromium", false),
    ("firefox-esr", "firefox-esr", true),
    ("webkit2gtk-driver", "WebKitWebDriver", true),
    ("xvfb", "Xvfb", true),
    ("xauth", "xauth", true),
];
