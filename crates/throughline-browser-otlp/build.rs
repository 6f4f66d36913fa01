//! Sets the stack size of the WebAssembly module.

#[expect(
    clippy::disallowed_methods,
    reason = "a build script has no other way to learn its target"
)]
fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|arch| arch == "wasm32") {
        // The linker's default stack is a megabyte, sixteen pages of memory in every page.
        println!("cargo::rustc-link-arg-cdylib=-zstack-size=65536");
    }
}
