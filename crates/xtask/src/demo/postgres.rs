//! How is PostgreSQL run from a checkout, as root too?

use super::part::Part;
use crate::command::{output, run};
use crate::failure::Failure;
use crate::process::listens;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A database of its own in `folder`, which must lie where every user may go:
/// PostgreSQL refuses to run as root, so root hands it to `nobody`.
pub(super) fn part(folder: &Path, port: u16) -> Result<Part, Failure> {
    let cluster = folder.join("postgres");
    std::fs::create_dir_all(&cluster).map_err(Failure::path(&cluster))?;
    let programs = programs()?;
    let root = output(Command::new("id").arg("-u"))?.trim() == "0";
    if root {
        run(Command::new("chown").arg("nobody").arg(&cluster))?;
    }
    run(as_user(root, &programs.join("initdb"))
        .args([
            "--auth=trust",
            "--username=shop",
            "--no-sync",
            "--encoding=UTF8",
        ])
        .arg("--pgdata")
        .arg(&cluster)
        .current_dir("/")
        .stdout(Stdio::null()))?;
    let mut server = as_user(root, &programs.join("postgres"));
    server
        .arg("-D")
        .arg(&cluster)
        .args(["-h", "127.0.0.1", "-p", &port.to_string()])
        // Sockets in a shared folder would clash with a PostgreSQL of the machine.
        .args(["-c", "unix_socket_directories=", "-c", "fsync=off"])
        .current_dir("/");
    Ok(Part {
        name: "postgres",
        about: "PostgreSQL, the orders",
        port: Some(port),
        command: server,
        ready: Box::new(move || listens(port)),
    })
}

/// The newest PostgreSQL of the machine.
fn programs() -> Result<PathBuf, Failure> {
    let folder = Path::new("/usr/lib/postgresql");
    let mut versions: Vec<PathBuf> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .filter(|bin| bin.join("initdb").exists())
        .collect();
    versions.sort();
    versions.pop().ok_or_else(|| Failure::Missing {
        program: "initdb".to_owned(),
        remedy: "on Debian: apt-get install postgresql-15".to_owned(),
    })
}

fn as_user(root: bool, program: &Path) -> Command {
    if !root {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid=nobody", "--regid=nogroup", "--clear-groups"])
        .arg(program);
    command
}
