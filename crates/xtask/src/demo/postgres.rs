//! How is PostgreSQL run from a checkout, as root too?

use super::part::Part;
use crate::command::{output, run};
use crate::failure::Failure;
use crate::process::listens;
use crate::setup::parts;
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

/// The folder of `initdb` and `postgres`: on the PATH, or the newest of those that
/// Debian keeps out of it.
pub(crate) fn programs() -> Result<PathBuf, Failure> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .find(|folder| has_server(folder))
        .or_else(|| newest(Path::new("/usr/lib/postgresql")))
        .ok_or_else(|| Failure::Missing {
            program: "initdb".to_owned(),
            remedy: "on Debian: apt-get install postgresql".to_owned(),
        })
}

/// Of folders that are called by their version.
fn newest(folder: &Path) -> Option<PathBuf> {
    let versions = std::fs::read_dir(folder).ok()?.flatten();
    versions
        .filter(|version| has_server(&version.path().join("bin")))
        .max_by_key(|version| parts(&version.file_name().to_string_lossy()))
        .map(|version| version.path().join("bin"))
}

fn has_server(folder: &Path) -> bool {
    ["initdb", "postgres"]
        .iter()
        .all(|program| folder.join(program).exists())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_is_by_number() {
        let folder = std::env::temp_dir().join(format!("xtask-postgres-{}", std::process::id()));
        let server = ["initdb", "postgres"].as_slice();
        for (version, programs) in [("9.6", server), ("15", server), ("17", &["psql"])] {
            let bin = folder.join(version).join("bin");
            std::fs::create_dir_all(&bin).expect("a folder");
            for program in programs {
                std::fs::write(bin.join(program), "").expect("a file");
            }
        }
        let found = newest(&folder);
        std::fs::remove_dir_all(&folder).expect("removed");
        assert_eq!(found, Some(folder.join("15/bin")));
    }
}
