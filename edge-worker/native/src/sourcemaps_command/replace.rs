//! Replaces a script and its map, which belong together: a run that is interrupted at any point is made good by the next.
//!
//! Both are written beside the old files first, the map last. Then the script takes its place, and then the map. So a new map
//! that waits alone is whole, and belongs to the script that is there; in front of that both old files are as they were.

use super::SourcemapsError;
use super::folder::{at, read};
use super::stamp::is_stamped;
use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use throughline_sourcemap::DebugId;
use throughline_sourcemap::SourceMap;

/// Writes a script and its map.
///
/// # Errors
/// [`SourcemapsError::File`].
pub(super) fn replace(script: (&Path, &str), map: (&Path, &str)) -> Result<(), SourcemapsError> {
    STEPS.iter().try_for_each(|step| step(script, map))
}

/// Writes a file that stands alone.
///
/// # Errors
/// [`SourcemapsError::File`].
pub(super) fn replace_one(path: &Path, bytes: &[u8]) -> Result<(), SourcemapsError> {
    write((path, bytes))?;
    rename(&beside(path), path)
}

/// Ends what an interrupted run has left: the map takes its place where its script has, or both are as they were.
///
/// # Errors
/// [`SourcemapsError::File`].
pub(super) fn repair(script: &Path, text: &str, map: &Path) -> Result<(), SourcemapsError> {
    let (new_script, new_map) = (beside(script), beside(map));
    if new_map.is_file() && !new_script.is_file() && is_of(&new_map, text)? {
        return rename(&new_map, map);
    }
    // The map first: alone it would be taken for whole.
    [new_map, new_script]
        .iter()
        .try_for_each(|path| remove(path))
}

/// Whether a map is that of a script which has been stamped: a build may have come since.
fn is_of(map: &Path, script: &str) -> Result<bool, SourcemapsError> {
    let json = read(map)?;
    let id = SourceMap::parse(&json).ok().and_then(|map| map.debug_id());
    Ok(id.is_some_and(|id| DebugId::of_script(script) == Some(id) && is_stamped(script, id)))
}

type File<'a> = (&'a Path, &'a str);
type Step = fn(File<'_>, File<'_>) -> Result<(), SourcemapsError>;

const STEPS: [Step; 4] = [
    |(path, text), _| write((path, text.as_bytes())),
    |_, (path, text)| write((path, text.as_bytes())),
    |(script, _), _| rename(&beside(script), script),
    |_, (map, _)| rename(&beside(map), map),
];

/// Writes the file beside the old one, with its permissions.
fn write((path, bytes): (&Path, &[u8])) -> Result<(), SourcemapsError> {
    let new = beside(path);
    fs::write(&new, bytes)
        .and_then(|()| fs::set_permissions(&new, fs::metadata(path)?.permissions()))
        .map_err(|error| at(&new, error))
}

fn rename(from: &Path, to: &Path) -> Result<(), SourcemapsError> {
    fs::rename(from, to).map_err(|error| at(to, error))
}

fn remove(path: &Path) -> Result<(), SourcemapsError> {
    // A file system that is read-only refuses to remove what is not there, too.
    if fs::symlink_metadata(path).is_err() {
        return Ok(());
    }
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(at(path, error)),
        _ => Ok(()),
    }
}

/// The new file, until it takes the place of the old one.
fn beside(path: &Path) -> PathBuf {
    let mut name: OsString = path.as_os_str().to_owned();
    name.push(".throughline-new");
    name.into()
}

#[cfg(test)]
mod tests {
    use super::super::stamp::stamp;
    use super::{STEPS, beside, repair, replace};
    use std::fs;
    use std::path::{Path, PathBuf};

    const SCRIPT: &str = "f();\n//# sourceMappingURL=a.js.map\n";
    /// With an id of the bundler, so that the id in the map does not tell that it is stamped.
    const MAP: &str = r#"{"version":3,"sources":["a.ts"],"names":[],"mappings":"AAAA","debugId":"85314830-023f-4cf1-a267-535f4e37bb17"}"#;

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path =
                std::env::temp_dir().join(format!("throughline-{name}-{}", std::process::id()));
            let _ = fs::remove_dir_all(&path);
            fs::create_dir_all(&path).unwrap();
            fs::write(path.join("a.js"), SCRIPT).unwrap();
            fs::write(path.join("a.js.map"), MAP).unwrap();
            Self(path)
        }

        fn paths(&self) -> [PathBuf; 2] {
            ["a.js", "a.js.map"].map(|name| self.0.join(name))
        }

        /// Stamps the files as `--inject` does, and returns them.
        fn inject(&self) -> [String; 2] {
            let [script, map] = self.paths();
            let read = |path: &Path| fs::read_to_string(path).unwrap();
            repair(&script, &read(&script), &map).unwrap();
            let stamped = stamp(&read(&script), &read(&map)).unwrap();
            if stamped.script != read(&script) {
                replace((&script, &stamped.script), (&map, &stamped.map)).unwrap();
            }
            assert_eq!(fs::read_dir(&self.0).unwrap().count(), 2, "nothing is left");
            [read(&script), read(&map)]
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_run_that_ends_at_any_point_is_made_good_by_the_next() {
        let expected = Folder::new("whole").inject();
        assert!(expected[1].contains("\"mappings\":\";AAAA\""));
        for steps in 0..=STEPS.len() {
            for is_cut_off in [false, true] {
                let folder = Folder::new("interrupted");
                let [script, map] = folder.paths();
                let stamped = stamp(SCRIPT, MAP).unwrap();
                let (new_script, new_map) = ((&*script, &*stamped.script), (&*map, &*stamped.map));
                for step in &STEPS[..steps] {
                    step(new_script, new_map).unwrap();
                }
                // Of the last file that was being written a part is there.
                if is_cut_off && (1..=2).contains(&steps) {
                    let path = beside(if steps == 1 { &script } else { &map });
                    let text = fs::read_to_string(&path).unwrap();
                    fs::write(&path, &text[..text.len() / 2]).unwrap();
                }
                assert_eq!(folder.inject(), expected, "after {steps} steps");
                assert_eq!(folder.inject(), expected, "and once more");
            }
        }
    }

    #[test]
    fn a_build_since_then_is_stamped_anew() {
        let folder = Folder::new("rebuilt");
        let [script, map] = folder.paths();
        let stamped = stamp("older();", MAP).unwrap();
        for step in &STEPS[..3] {
            step((&script, &stamped.script), (&map, &stamped.map)).unwrap();
        }
        fs::write(&script, SCRIPT).unwrap();
        assert_eq!(folder.inject(), Folder::new("rebuilt-whole").inject());
    }

    #[cfg(unix)]
    #[test]
    fn a_script_that_can_be_run_stays_one() {
        use std::os::unix::fs::PermissionsExt;
        let folder = Folder::new("permissions");
        let [script, _] = folder.paths();
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
        folder.inject();
        assert_eq!(
            fs::metadata(&script).unwrap().permissions().mode() & 0o777,
            0o755
        );
    }
}
