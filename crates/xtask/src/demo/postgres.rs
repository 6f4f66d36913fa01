//! Runs PostgreSQL from a checkout, as root too.

use super::part::{Part, Ready};
use crate::command::{output, run};
use crate::failure::Failure;
use crate::process::listens;
use crate::setup::postgres_programs;
use std::path::Path;
use std::process::{Command, Stdio};

/// A new database cluster in `folder`, which every user must be able to enter: PostgreSQL
/// refuses to run as root, so root runs it as `nobody`.
pub(super) fn part(folder: &Path, port: u16) -> Result<Part, Failure> {
    let cluster = folder.join("postgres");
    std::fs::create_dir_all(&cluster).map_err(Failure::path(&cluster))?;
    let programs = postgres_programs()?;
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
        // Sockets in the default folder would clash with a PostgreSQL of this machine.
        .args(["-c", "unix_socket_directories=", "-c", "fsync=off"])
        .current_dir("/");
    Ok(Part {
        name: "postgres",
        about: "PostgreSQL, the orders",
        port: Some(port),
        command: server,
        ready: Ready::when(move || listens(port)),
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
