//! Places in WebAssembly modules, which engines print instead of a line and a column.

use super::text::{number, rsplit_once, split_once};

/// A place in a WebAssembly module.
///
/// <https://webassembly.github.io/spec/web-api/index.html#conventions>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WasmPlace<'a> {
    /// The module as the engine names it: its URL, the script that compiled it, or V8's
    /// `wasm://wasm/shop-01fb6f42`; empty or `<?>` where the engine knows none.
    pub module: &'a str,
    /// The index of the function in the module, imported functions included.
    pub function: u32,
    /// The offset of the instruction in the module's bytes. Safari prints none.
    pub offset: Option<u32>,
}

impl<'a> WasmPlace<'a> {
    /// Reads the file of a frame.
    ///
    /// ```
    /// use throughline_symbolicate::stack::WasmPlace;
    ///
    /// let place = WasmPlace::parse("https://a.example/shop.wasm:wasm-function[7]:0x1f");
    /// assert_eq!(
    ///     place,
    ///     Some(WasmPlace {
    ///         module: "https://a.example/shop.wasm",
    ///         function: 7,
    ///         offset: Some(31),
    ///     })
    /// );
    /// ```
    pub fn parse(file: &'a str) -> Option<Self> {
        let (module, rest) = rsplit_once(file, MARK)?;
        let (index, behind) = split_once(rest, "]")?;
        let offset = match behind {
            "" => None,
            behind => Some(hexadecimal(behind.strip_prefix(":0x")?)?),
        };
        Some(Self {
            // WebKit has a dot there in stacks of functions.
            module: module.strip_suffix([':', '.']).unwrap_or(module),
            function: number(index)?,
            offset,
        })
    }
}

/// Reads a text of hexadecimal digits alone. `from_str_radix` of `core` would bring its errors into
/// the module of a page.
fn hexadecimal(digits: &str) -> Option<u32> {
    let mut number = 0_u32;
    for digit in digits.chars() {
        number = number.checked_mul(16)?.checked_add(digit.to_digit(16)?)?;
    }
    (!digits.is_empty()).then_some(number)
}

const MARK: &str = "wasm-function[";

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_forms_of_each_engine_are_read() {
        for (file, module, function, offset) in [
            (
                "https://a.example/app_bg.wasm:wasm-function[12]:0x1234",
                "https://a.example/app_bg.wasm",
                12,
                Some(0x1234),
            ),
            (
                "wasm://wasm/throughline.wasm-01fb6f42:wasm-function[9264]:0x3673b1",
                "wasm://wasm/throughline.wasm-01fb6f42",
                9264,
                Some(0x3673b1),
            ),
            (
                "https://a.example/ line 36 > WebAssembly.instantiate:wasm-function[0]:0x22",
                "https://a.example/ line 36 > WebAssembly.instantiate",
                0,
                Some(0x22),
            ),
            (":wasm-function[1]:0x26", "", 1, Some(0x26)),
            ("wasm-function[3]:0x1f", "", 3, Some(0x1f)),
            ("<?>:wasm-function[1]", "<?>", 1, None),
            ("<?>.wasm-function[41]", "<?>", 41, None),
        ] {
            let expected = WasmPlace {
                module,
                function,
                offset,
            };
            assert_eq!(WasmPlace::parse(file), Some(expected), "{file}");
        }
        for file in [
            "",
            "https://a.example/app.js",
            "https://a.example/app.wasm",
            "a.wasm:wasm-function[]:0x1",
            "a.wasm:wasm-function[x]:0x1",
            "a.wasm:wasm-function[1]:0x",
            "a.wasm:wasm-function[1]:1f",
            "a.wasm:wasm-function[1]:0x1g",
            "a.wasm:wasm-function[1]:0x100000000",
            "a.wasm:wasm-function[4294967296]:0x1",
        ] {
            assert_eq!(WasmPlace::parse(file), None, "{file}");
        }
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read(module in ".{0,20}", function: u32, offset: u32) {
            let file = alloc::format!("{module}:wasm-function[{function}]:{offset:#x}");
            let place = WasmPlace::parse(&file).expect("a place");
            prop_assert_eq!(place, WasmPlace { module: &module, function, offset: Some(offset) });
        }

        #[test]
        fn any_text_is_read(file in "(wasm-function\\[|\\]|:0x|[0-9a-f]|\\PC){0,20}") {
            let _ = WasmPlace::parse(&file);
        }
    }
}
