//! The npm packages: `throughline`, and one for each platform with the binary in it.
//!
//! npm installs of the optional dependencies the one whose `os` and `cpu` fit. Nothing runs at
//! installation.

use super::checkout::Checkout;
use super::platform::HERE;
use crate::command::{command, output, root};
use crate::failure::Failure;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Packs both into `folder`.
pub(super) fn pack(checkout: &Checkout, binary: &Path, folder: &Path) -> Result<(), Failure> {
    let work = root().join("target/release-npm");
    if work.exists() {
        std::fs::remove_dir_all(&work).map_err(Failure::path(&work))?;
    }
    let source = root().join("npm/throughline");
    let name = format!("@throughline/{}", HERE.name);

    let platform = Package::new(work.join(HERE.name))?;
    platform.copy(binary, "bin/throughline")?;
    platform.write(
        "README.md",
        &format!(
            "# {name}\n\nThe binary of [throughline](https://www.npmjs.com/package/throughline) for \
             {}: static, for every distribution.\n",
            HERE.name
        ),
    )?;
    platform.pack(
        &json!({
            "name": name,
            "version": checkout.version,
            "description": format!("The binary of throughline for {}", HERE.name),
            "license": env!("CARGO_PKG_LICENSE"),
            "repository": { "type": "git", "url": format!("git+{}.git", env!("CARGO_PKG_REPOSITORY")) },
            "os": [HERE.os],
            "cpu": [HERE.cpu],
            // Yarn runs no program from its archive.
            "preferUnplugged": true,
            "files": ["bin"],
        }),
        folder,
    )?;

    let main = Package::new(work.join("throughline"))?;
    for file in ["README.md", "bin/throughline.js"] {
        main.copy(&source.join(file), file)?;
    }
    let manifest = source.join("package.json");
    let text = std::fs::read_to_string(&manifest).map_err(Failure::path(&manifest))?;
    let mut manifest: Value = serde_json::from_str(&text)
        .map_err(|error| Failure::Check(format!("npm/throughline/package.json: {error}")))?;
    manifest["version"] = json!(checkout.version);
    manifest["optionalDependencies"] = json!({ name: checkout.version });
    if let Some(manifest) = manifest.as_object_mut() {
        manifest.remove("private");
    }
    main.pack(&manifest, folder)
}

/// A package that is being written.
struct Package(PathBuf);

impl Package {
    fn new(folder: PathBuf) -> Result<Self, Failure> {
        let bin = folder.join("bin");
        std::fs::create_dir_all(&bin).map_err(Failure::path(&bin))?;
        let package = Self(folder);
        for licence in ["LICENSE-APACHE", "LICENSE-MIT"] {
            package.copy(&root().join(licence), licence)?;
        }
        Ok(package)
    }

    fn copy(&self, from: &Path, to: &str) -> Result<(), Failure> {
        std::fs::copy(from, self.0.join(to)).map_err(Failure::path(from))?;
        Ok(())
    }

    fn write(&self, name: &str, text: &str) -> Result<(), Failure> {
        let file = self.0.join(name);
        std::fs::write(&file, text).map_err(Failure::path(&file))
    }

    /// npm gives all files in a package one time.
    fn pack(&self, manifest: &Value, folder: &Path) -> Result<(), Failure> {
        self.write("package.json", &format!("{manifest:#}\n"))?;
        let mut pack = command("npm", &["pack", "--silent", "--pack-destination"]);
        output(pack.arg(folder).current_dir(&self.0)).map(drop)
    }
}
