//! A minified script with a source map, and the index of that, as a build uploads it.

use bytes::Bytes;

/// The debug id of the script.
pub const DEBUG_ID: &str = "85314830-023f-4cf1-a267-535f4e37bb17";

/// The debug id of another one.
pub const OTHER_DEBUG_ID: &str = "11111111-1111-4111-8111-111111111111";

/// The address at which the script is served.
pub const ADDRESS: &str = "https://shop.example/assets/app.js";

/// The script, of one line.
pub const SCRIPT: &str = r#"function a(b){throw new Error(b)}function c(){a("x")}d(c);"#;

/// The stack of its error in Chromium: `addToBasket`, `onClick`, a library, and the code outside
/// functions.
pub const STACK: &str = "Error: x
    at a (https://shop.example/assets/app.js:1:21)
    at c (https://shop.example/assets/app.js:1:47)
    at d (https://cdn.example/other.js:7:9)
    at https://shop.example/assets/app.js:1:54";

/// The same stack in its sources.
pub const READABLE: &str = "Error: x
    at addToBasket (src/cart.ts:2:9)
    at onClick (src/cart.ts:6:3)
    at d (https://cdn.example/other.js:7:9)
    at node_modules/listen/index.js:3:1";

/// The index of the script's source map: `tests/fixtures/source-maps/app.index`.
pub fn index() -> Bytes {
    Bytes::from_static(include_bytes!(
        "../../../tests/fixtures/source-maps/app.index"
    ))
}

/// The same index for the debug id [`OTHER_DEBUG_ID`].
pub fn other_index() -> Bytes {
    Bytes::from_static(include_bytes!(
        "../../../tests/fixtures/source-maps/other.index"
    ))
}

/// The index of the module `tests/cases/wasm/rust`, for [`DEBUG_ID`].
pub fn module_index() -> Bytes {
    Bytes::from_static(include_bytes!(
        "../../../tests/fixtures/source-maps/module.index"
    ))
}

/// The fixture of this name.
pub fn fixture(name: &str) -> Option<Bytes> {
    match name {
        "app" => Some(index()),
        "other" => Some(other_index()),
        _ => None,
    }
}

/// The script's error as an export request of OTLP/JSON: a log record with [`STACK`] and the image
/// of the script.
pub fn export_request() -> String {
    let string = |key: &str, value: &str| {
        let value = value.replace('\n', "\\n");
        format!(r#"{{"key":"{key}","value":{{"stringValue":"{value}"}}}}"#)
    };
    let image = [
        string("type", "sourcemap"),
        string("code_file", ADDRESS),
        string("debug_id", DEBUG_ID),
    ];
    let attributes = [
        string("exception.type", "Error"),
        string("exception.message", "x"),
        string("exception.stacktrace", STACK),
        format!(
            r#"{{"key":"throughline.exception.images","value":{{"arrayValue":{{"values":[{{"kvlistValue":{{"values":[{}]}}}}]}}}}}}"#,
            image.join(",")
        ),
    ];
    format!(
        r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{"eventName":"exception","attributes":[{}]}}]}}]}}]}}"#,
        attributes.join(",")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use throughline_sourcemap::DebugId;
    use throughline_sourcemap::module::{ModuleParts, index_of_module};
    use throughline_sourcemap::write::create_index;

    #[test]
    fn the_fixtures_are_those_that_a_build_makes() {
        for (name, id, fixture) in [
            ("app", DEBUG_ID, index()),
            ("other", OTHER_DEBUG_ID, other_index()),
        ] {
            let script = format!("{SCRIPT}\n//# debugId={id}\n");
            let made = create_index(map(id).as_bytes(), Some(script.as_bytes())).expect("a map");
            is_made(name, &fixture, &made.bytes);
        }
        let parts = ModuleParts {
            module: include_bytes!("../../../tests/cases/wasm/rust/shop.wasm"),
            debug: None,
            map: None,
            name: "shop.wasm",
        };
        let id = DebugId::parse(DEBUG_ID).expect("an id");
        let made = index_of_module(parts, id).expect("a module");
        is_made("module", &module_index(), &made.bytes);
    }

    fn is_made(name: &str, fixture: &[u8], made: &[u8]) {
        if std::env::var_os("THROUGHLINE_UPDATE").is_some() {
            let folder = concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/../../tests/fixtures/source-maps"
            );
            std::fs::write(format!("{folder}/{name}.index"), made).expect("written");
        } else {
            assert_eq!(
                fixture, made,
                "THROUGHLINE_UPDATE=1 makes {name}.index anew"
            );
        }
    }

    /// The source map.
    fn map(debug_id: &str) -> String {
        let content = CART.replace('\n', "\\n").replace('"', "\\\"");
        format!(
            r#"{{"version":3,"debugId":"{debug_id}","sources":["src/cart.ts","node_modules/listen/index.js"],"sourcesContent":["{content}","a\nb\nlisten(onClick);\n"],"names":["addToBasket","onClick"],"ignoreList":[1],"mappings":"{}"}}"#,
            mappings()
        )
    }

    /// Encodes the segments: <https://tc39.es/ecma426/#sec-base64-vlq>.
    fn mappings() -> String {
        let mut text = String::new();
        let mut before = [0; 5];
        for segment in SEGMENTS {
            if !text.is_empty() {
                text.push(',');
            }
            for (number, before) in segment.iter().zip(&mut before) {
                if *number >= 0 {
                    vlq(number - *before, &mut text);
                    *before = *number;
                }
            }
        }
        text
    }

    fn vlq(number: i32, text: &mut String) {
        let mut rest = number.unsigned_abs() << 1 | u32::from(number < 0);
        loop {
            let digit = rest & 31;
            rest >>= 5;
            let digit = if rest > 0 { digit | 32 } else { digit };
            text.push(char::from(DIGITS[digit as usize]));
            if rest == 0 {
                return;
            }
        }
    }

    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    const CART: &str = r#"export function addToBasket(item: string) {
  throw new Error(item);
}

function onClick() {
  addToBasket("x");
}
"#;

    /// Generated column, source, original line, original column, name; -1 for none.
    const SEGMENTS: [[i32; 5]; 8] = [
        [0, 0, 0, 7, -1],
        [9, 0, 0, 16, 0],
        [14, 0, 1, 2, -1],
        [20, 0, 1, 8, -1],
        [33, 0, 4, 0, -1],
        [42, 0, 4, 9, 1],
        [46, 0, 5, 2, 0],
        [53, 1, 2, 0, -1],
    ];
}
