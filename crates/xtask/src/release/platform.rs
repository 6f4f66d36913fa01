//! The platforms that binaries are built for.

/// A platform with a binary.
#[derive(Debug)]
pub(super) struct Platform {
    /// In the names of files and packages: npm's `process.platform`-`process.arch`.
    pub(super) name: &'static str,
    /// The target of Rust. Of Linux a static one, which runs on every distribution.
    pub(super) target: &'static str,
    /// `os` of npm and of OCI.
    pub(super) os: &'static str,
    /// `cpu` of npm.
    pub(super) cpu: &'static str,
    /// `architecture` of OCI.
    pub(super) architecture: &'static str,
}

/// The one that is built here.
pub(super) const HERE: Platform = Platform {
    name: "linux-x64",
    target: "x86_64-unknown-linux-musl",
    os: "linux",
    cpu: "x64",
    architecture: "amd64",
};
