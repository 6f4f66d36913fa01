//! Finds the programs of an installed PostgreSQL.

use super::languages::parts;
use crate::failure::Failure;
use std::path::{Path, PathBuf};

/// The folder of `initdb` and `postgres`: on the PATH, or the newest of Debian's folders,
/// which are not on it.
pub(crate) fn postgres_programs() -> Result<PathBuf, Failure> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .find(|folder| has_server(folder))
        .or_else(|| newest(Path::new("/usr/lib/postgresql")))
        .ok_or_else(|| Failure::Missing {
            program: "initdb".to_owned(),
            remedy: "on Debian: apt-get install postgresql".to_owned(),
        })
}

/// The newest server below a folder whose subfolders are versions.
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
