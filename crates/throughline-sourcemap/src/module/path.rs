//! The paths of sources in debug information, as an index has them.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeSet;
use alloc::string::String;

/// The source with this path: its name without what is of the machine that built it, and whether it is somebody else's: Rust's own
/// library, a crate of a registry or of Git.
pub(super) fn source_of(path: &str, folders: &BTreeSet<String>) -> (String, bool) {
    for mark in LIBRARIES {
        if let Some((_, rest)) = path.split_once(mark) {
            // The folder of the registry, whose name has a hash.
            let rest = rest.split_once(['/', '\\']).map_or(rest, |(_, rest)| rest);
            return (rest.to_owned(), true);
        }
    }
    if TOOLCHAIN.iter().any(|mark| path.contains(mark)) {
        return (path.to_owned(), true);
    }
    let below = folders.iter().filter_map(|folder| {
        let rest = path.strip_prefix(folder.as_str())?;
        rest.strip_prefix(['/', '\\'])
    });
    // Of the deepest folder the least is left.
    let shortest = below.min_by_key(|rest| rest.len());
    (shortest.unwrap_or(path).to_owned(), false)
}

/// Whether a folder in which a compiler ran is that of a library.
pub(super) fn is_library(folder: &str) -> bool {
    LIBRARIES
        .iter()
        .chain(&TOOLCHAIN)
        .any(|mark| folder.contains(mark))
}

/// Folders of crates of others.
const LIBRARIES: [&str; 4] = [
    "/registry/src/",
    "\\registry\\src\\",
    "/git/checkouts/",
    "\\git\\checkouts\\",
];
/// Folders of Rust's own library and its dependencies, as its builds name them, and of a toolchain.
const TOOLCHAIN: [&str; 4] = ["/rustc/", "/rust/deps/", "/lib/rustlib/", "/emsdk/"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_has_no_name_of_the_machine() {
        let folders = BTreeSet::from(["/home/x/shop".to_owned(), "/home/x/shop/page".to_owned()]);
        for (path, name, is_library) in [
            ("/home/x/shop/src/pay.rs", "src/pay.rs", false),
            ("/home/x/shop/page/src/pay.rs", "src/pay.rs", false),
            (
                "/home/x/shopping/src/pay.rs",
                "/home/x/shopping/src/pay.rs",
                false,
            ),
            ("src/pay.rs", "src/pay.rs", false),
            (
                "/home/x/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/yew-0.23.0/src/lib.rs",
                "yew-0.23.0/src/lib.rs",
                true,
            ),
            (
                "/home/x/.cargo/git/checkouts/yew-0a1b/9c2d/src/lib.rs",
                "9c2d/src/lib.rs",
                true,
            ),
            (
                "/rustc/4a4ef493/library/core/src/result.rs",
                "/rustc/4a4ef493/library/core/src/result.rs",
                true,
            ),
        ] {
            assert_eq!(
                source_of(path, &folders),
                (name.to_owned(), is_library),
                "{path}"
            );
        }
    }
}
