//! The module of the page itself: panics name it with its build id, by which the edge finds their sources.

use js_sys::{ArrayBuffer, Uint8Array, WebAssembly};
use std::cell::RefCell;
use std::fmt::Write;
use wasm_bindgen::prelude::{JsCast, JsValue};

/// Lets panics name the page's module with its build id (`-C link-arg=--build-id`), by which the edge finds the functions, files and
/// lines of Rust in their stacks, once `throughline sourcemaps upload` has uploaded the module's index. Call it before
/// [`init`](super::init()):
///
/// ```ignore
/// web::identify(&wasm_bindgen::module());
/// ```
///
/// It is no part of `init`, because wasm-bindgen has `module` with `--target web`, as Trunk uses it, and `no-modules` alone. A module
/// without a build id changes nothing.
pub fn identify(module: &JsValue) {
    let id = module.dyn_ref::<WebAssembly::Module>().and_then(build_id);
    let _ = BUILD_ID.try_with(|place| place.replace(id));
}

/// The modules in a stack with their build ids: an address, and an id in hexadecimal digits.
pub(super) fn images_in(stack: &str) -> Vec<String> {
    let id = BUILD_ID.try_with(|id| id.borrow().clone()).ok().flatten();
    let address = stack.lines().find_map(address_in);
    match (address, id) {
        (Some(address), Some(id)) => vec![address.to_owned(), id],
        _ => Vec::new(),
    }
}

/// The build id of a module: its section is a vector of bytes
/// (<https://github.com/WebAssembly/tool-conventions/blob/main/BuildId.md>), or 16 bytes without their number, as Sentry writes it.
fn build_id(module: &WebAssembly::Module) -> Option<String> {
    let sections = WebAssembly::Module::custom_sections(module, "build_id");
    let section: ArrayBuffer = sections.get(0).dyn_into().ok()?;
    let section = Uint8Array::new(&section).to_vec();
    Some(digits(&section))
}

fn digits(section: &[u8]) -> String {
    let id = match section.split_first() {
        Some((length, id)) if section.len() != 16 && usize::from(*length) == id.len() => id,
        _ => section,
    };
    let mut digits = String::with_capacity(2 * id.len());
    for byte in id {
        // A `String` takes whatever is written.
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}

/// The address of the module in a line of a stack, as engines print it: `https://shop.example/shop_bg.wasm:wasm-function[7]:0x1f`,
/// behind the name of a function.
fn address_in(line: &str) -> Option<&str> {
    let (file, _) = line.split_once(":wasm-function[")?;
    let scheme_end = file.find("://")?;
    let is_scheme = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    let before = file.get(..scheme_end)?;
    let scheme = before.len() - before.trim_end_matches(is_scheme).len();
    file.get(scheme_end - scheme..).filter(|_| scheme > 0)
}

thread_local! {
    /// The build id of the page's module, in hexadecimal digits.
    static BUILD_ID: RefCell<Option<String>> = const { RefCell::new(None) };
}

#[cfg(test)]
mod tests {
    use super::{address_in, digits};

    #[test]
    fn the_address_of_a_module_is_found_behind_a_name() {
        let module = "https://shop.example:8443/a@b(1)/shop_bg.wasm";
        for line in [
            format!("    at shop.wasm.<shop::Cart as Pay>::pay ({module}:wasm-function[7]:0x1f)"),
            format!("    at {module}:wasm-function[7]:0x1f"),
            format!("shop::pay::h01@{module}:wasm-function[7]:0x1f"),
        ] {
            assert_eq!(address_in(&line), Some(module), "{line}");
        }
        for line in [
            "",
            "<?>.wasm-function[7]@[wasm code]",
            "a@x.wasm:wasm-function[7]:0x1f",
            "at pay (https://shop.example/a.js:1:2)",
        ] {
            assert_eq!(address_in(line), None, "{line}");
        }
    }

    #[test]
    fn the_number_of_bytes_is_no_part_of_a_build_id() {
        assert_eq!(digits(&[8, 1, 2, 3, 4, 5, 6, 7, 0xff]), "01020304050607ff");
        assert_eq!(digits(&[15; 16]), "0f".repeat(16));
    }
}
