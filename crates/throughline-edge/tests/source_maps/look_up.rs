//! Look-ups: what becomes of the frames of exceptions.

use super::{World, exception, frames, images, string};
use serde_json::{Value, json};
use throughline_testkit::source_map::{ADDRESS, DEBUG_ID, READABLE, STACK, index, module_index};

fn world() -> World {
    let world = World::new();
    assert_eq!(world.put(index()).0, 204);
    world
}

#[test]
fn a_minified_stack_reads_as_source() {
    let world = world();
    let record = world.send(&exception(&[]));
    assert_eq!(record["exception.stacktrace"], READABLE);
    assert_eq!(record["throughline.exception.raw_stacktrace"], STACK);
    assert_eq!(record["code.file.path"], "src/cart.ts");
    assert_eq!(record["code.function.name"], "addToBasket");
    assert_eq!(record["code.line.number"], 2);
    assert_eq!(record["code.column.number"], 9);
    let frames = frames(&record);
    let of = |key: &str| {
        frames
            .iter()
            .map(|frame| frame[key].clone())
            .collect::<Value>()
    };
    assert_eq!(of("function"), json!(["?", "d", "onClick", "addToBasket"]));
    assert_eq!(of("in_app"), json!([false, true, true, true]));
    assert_eq!(of("raw_function"), json!(["?", null, "c", "a"]));
    assert_eq!(of("symbolication"), json!([null, null, null, null]));
    assert_eq!(
        frames[3],
        json!({
            "function": "addToBasket",
            "filename": "src/cart.ts",
            "lineno": 2,
            "colno": 9,
            "in_app": true,
            "context_line": "  throw new Error(item);",
            "pre_context": ["export function addToBasket(item: string) {"],
            "post_context": ["}", "", "function onClick() {", "  addToBasket(\"x\");", "}"],
            "debug_id": DEBUG_ID,
            "raw_function": "a",
            "raw_filename": ADDRESS,
            "raw_lineno": 1,
            "raw_colno": 21,
        })
    );
    assert_eq!(world.counted(), [("resolved", 3)]);
}

#[test]
fn firefox_and_safari_read_as_they_print() {
    let world = world();
    let stack = "a@https://shop.example/assets/app.js:1:21\nc@https://shop.example/assets/app.js:1:47\n@https://shop.example/assets/app.js:1:54\n";
    let mut attributes = exception(&[]);
    attributes[2] = string("exception.stacktrace", stack);
    let record = world.send(&attributes);
    assert_eq!(
        record["exception.stacktrace"],
        "addToBasket@src/cart.ts:2:9\nonClick@src/cart.ts:6:3\n@node_modules/listen/index.js:3:1\n"
    );
}

#[test]
fn causes_and_components_are_read_too() {
    let world = world();
    let cause = json!({ "kvlistValue": { "values": [
        string("type", "TypeError"),
        string("stacktrace", "TypeError: y\n    at a (https://shop.example/assets/app.js:1:15)"),
    ] } });
    let components = "\n    at c (https://shop.example/assets/app.js:1:47)\n    at div";
    let record = world.send(&exception(&[
        (
            "throughline.exception.causes",
            json!({ "arrayValue": { "values": [cause] } }),
        ),
        (
            "throughline.exception.component_stack",
            json!({ "stringValue": components }),
        ),
    ]));
    let cause = &record["throughline.exception.causes"][0];
    assert_eq!(cause["type"], "TypeError");
    assert_eq!(
        cause["stacktrace"],
        "TypeError: y\n    at addToBasket (src/cart.ts:2:3)"
    );
    assert!(
        cause["raw_stacktrace"]
            .as_str()
            .is_some_and(|raw| raw.contains("app.js:1:15"))
    );
    let key = "throughline.exception.component_stack";
    assert_eq!(
        record[key],
        "\n    at onClick (src/cart.ts:6:3)\n    at div"
    );
    assert_eq!(
        record["throughline.exception.raw_component_stack"],
        components
    );
}

#[test]
fn the_frames_of_a_sender_are_looked_up_and_keep_what_they_say() {
    let world = world();
    let frame = |id: &str, line: i64, column: i64| {
        json!({ "kvlistValue": { "values": [
            string("function", "a"),
            string("filename", "app:///app.js"),
            { "key": "lineno", "value": { "intValue": line } },
            { "key": "colno", "value": { "intValue": column } },
            string("debug_id", id),
            string("module", "shop"),
            string("context_line", "function a(b){throw new E"),
        ] } })
    };
    let list = json!({ "arrayValue": { "values": [
        frame(DEBUG_ID, 9, 1),
        frame("no id", 1, 21),
        frame(&DEBUG_ID.to_uppercase(), 1, 21),
    ] } });
    let stack = "Error: x\n    at a (app:///app.js:1:21)";
    let record = world.send(&json!([
        string("exception.stacktrace", stack),
        { "key": "throughline.exception.frames", "value": list },
    ]));
    let frames = frames(&record);
    assert_eq!(frames[0]["symbolication"], "no_position");
    assert_eq!(frames[0]["filename"], "app:///app.js");
    assert_eq!(frames[2]["filename"], "src/cart.ts");
    assert_eq!(frames[2]["module"], "shop");
    assert_eq!(frames[2]["context_line"], "  throw new Error(item);");
    assert_eq!(
        record["exception.stacktrace"],
        "Error: x\n    at addToBasket (src/cart.ts:2:9)"
    );
    assert_eq!(world.counted(), [("resolved", 2), ("no_position", 1)]);
}

#[test]
fn a_project_has_none_of_anothers_source_maps() {
    let world = world();
    let record = world.send_with("pk_other", &exception(&[]));
    assert_eq!(record["exception.stacktrace"], STACK);
    assert_eq!(frames(&record)[3]["symbolication"], "missing");
    assert_eq!(frames(&record)[3]["filename"], ADDRESS);
    assert_eq!(world.counted(), [("missing", 3)]);
}

#[test]
fn an_address_whose_query_is_redacted_is_found() {
    let world = world();
    let address = format!("{ADDRESS}?v=3f2a");
    let stack = format!("Error: x\n    at a ({address}:1:21)");
    let record = world.send(&json!([
        string("exception.stacktrace", &stack),
        images(&address, DEBUG_ID),
    ]));
    let readable = "Error: x\n    at addToBasket (src/cart.ts:2:9)";
    assert_eq!(record["exception.stacktrace"], readable);
    let raw = &frames(&record)[0]["raw_filename"];
    assert_ne!(raw, &address, "no value of a query leaves");
}

/// The images of a module and of the script.
fn images_with(module: &str, id: &str) -> Value {
    let image = |kind: &str, file: &str, id: &str| {
        json!({ "kvlistValue": { "values": [
            string("type", kind), string("code_file", file), string("debug_id", id),
        ] } })
    };
    let list = json!({ "arrayValue": { "values": [
        image("wasm", module, id),
        image("sourcemap", ADDRESS, DEBUG_ID),
    ] } });
    json!({ "key": "throughline.exception.images", "value": list })
}

#[test]
fn webassembly_without_a_build_id_stays_as_it_is_and_says_so() {
    let world = world();
    let wasm = "https://shop.example/shop.wasm";
    let stack =
        format!("Error: x\n    at {wasm}:wasm-function[7]:0x1a2b\n    at a ({ADDRESS}:1:21)");
    let record = world.send(&json!([
        string("exception.stacktrace", &stack),
        images_with(wasm, ""),
    ]));
    let frames = frames(&record);
    assert_eq!(frames[0]["function"], "addToBasket");
    assert_eq!(
        frames[1],
        json!({
            "function": "?",
            "filename": format!("{wasm}:wasm-function[7]:0x1a2b"),
            "package": wasm,
            "function_id": 7,
            "instruction_addr": "0x1a2b",
            "in_app": true,
            "symbolication": "unsupported",
        })
    );
    assert_eq!(world.counted(), [("resolved", 1), ("unsupported", 1)]);
}

#[test]
fn webassembly_reads_as_source_in_each_engine() {
    let world = world();
    let module = "https://shop.example/shop_bg.wasm";
    // The offset 0x14 is column 20 of the map, as 1:21 is in a script. Build ids have no dashes.
    let id = DEBUG_ID.replace('-', "");
    for (module, stack, readable) in [
        (
            module,
            "Error: x\n    at add (https://shop.example/shop_bg.wasm:wasm-function[7]:0x14)",
            "Error: x\n    at addToBasket (src/cart.ts:2:9)",
        ),
        (
            "wasm://wasm/shop.wasm-01fb6f42",
            "Error: x\n    at wasm://wasm/shop.wasm-01fb6f42:wasm-function[7]:0x14",
            "Error: x\n    at addToBasket (src/cart.ts:2:9)",
        ),
        (
            module,
            "add@https://shop.example/shop_bg.wasm:wasm-function[7]:0x14\n",
            "addToBasket@src/cart.ts:2:9\n",
        ),
    ] {
        let record = world.send(&json!([
            string("exception.stacktrace", stack),
            images_with(module, &id),
        ]));
        assert_eq!(record["exception.stacktrace"], readable);
        let frame = &frames(&record)[0];
        assert_eq!(frame["filename"], "src/cart.ts");
        assert_eq!(frame["context_line"], "  throw new Error(item);");
        assert_eq!(frame["package"], module);
        assert_eq!(frame["function_id"], 7);
        assert_eq!(frame["instruction_addr"], "0x14");
        assert_eq!(frame["debug_id"], DEBUG_ID);
    }
    // Safari prints no offset.
    let record = world.send(&json!([
        string("exception.stacktrace", "add@<?>:wasm-function[7]\n"),
        images_with("<?>", &id),
    ]));
    assert_eq!(frames(&record)[0]["symbolication"], "no_position");
    assert_eq!(frames(&record)[0]["function_id"], 7);
}

#[test]
fn calls_that_were_inlined_into_a_function_of_webassembly_are_frames() {
    let world = World::new();
    assert_eq!(world.put(module_index()).0, 204);
    let module = "https://shop.example/shop.wasm";
    let id = DEBUG_ID.replace('-', "");
    let library = "/rustc/59807616e1fa2540724bfbac14d7976d7e4a3860/library/core/src/../../stdarch/crates/core_arch/src/wasm32/mod.rs";
    for (stack, readable) in [
        (
            format!(
                "RuntimeError: unreachable\n    at shop.wasm._ZN4shop5total17hffb8E ({module}:wasm-function[0]:0x6d)\n    at shop.wasm.pay ({module}:wasm-function[1]:0x79)\n    at onclick (https://shop.example/:7:9)"
            ),
            format!(
                "RuntimeError: unreachable\n    at unreachable ({library}:32:5)\n    at missing (shop.rs:34:5)\n    at price (shop.rs:27:14)\n    at total (shop.rs:21:5)\n    at pay (shop.rs:15:15)\n    at onclick (https://shop.example/:7:9)"
            ),
        ),
        (
            format!("total@{module}:wasm-function[0]:0x6d\npay@{module}:wasm-function[1]:0x79\n"),
            format!(
                "unreachable@{library}:32:5\nmissing@shop.rs:34:5\nprice@shop.rs:27:14\ntotal@shop.rs:21:5\npay@shop.rs:15:15\n"
            ),
        ),
    ] {
        let record = world.send(&json!([
            string("exception.stacktrace", &stack),
            images_with(module, &id),
        ]));
        assert_eq!(record["exception.stacktrace"], readable);
        let frames = frames(&record);
        // The innermost last, each with the place in the module.
        let found: Vec<_> = frames
            .iter()
            .filter(|frame| frame["package"] == module)
            .collect();
        let functions = ["pay", "total", "price", "missing", "unreachable"];
        assert_eq!(
            found
                .iter()
                .map(|frame| &frame["function"])
                .collect::<Vec<_>>(),
            functions
        );
        let own = found.iter().map(|frame| &frame["in_app"]);
        assert_eq!(own.collect::<Vec<_>>(), [true, true, true, true, false]);
        for frame in &found[1..] {
            assert_eq!(frame["instruction_addr"], "0x6d");
            assert_eq!(frame["function_id"], 0);
        }
        assert_eq!(record["code.function.name"], "unreachable");
        assert_eq!(record["code.line.number"], 32);
    }
    // A frame of the stack is counted once, whatever was inlined into it.
    assert_eq!(world.counted(), [("resolved", 4)]);
}

#[test]
fn webassembly_of_a_sender_with_frames_is_looked_up_by_its_offset() {
    let world = world();
    let module = "https://shop.example/shop_bg.wasm";
    let frame = json!({ "kvlistValue": { "values": [
        string("function", "add"),
        string("filename", module),
        string("instruction_addr", "0x14"),
    ] } });
    let list = json!({ "arrayValue": { "values": [frame] } });
    let record = world.send(&json!([
        images_with(module, &format!("{}0", DEBUG_ID.replace('-', ""))),
        { "key": "throughline.exception.frames", "value": list },
    ]));
    let frame = &frames(&record)[0];
    assert_eq!(frame["filename"], "src/cart.ts");
    assert_eq!(frame["raw_filename"], module);
    assert_eq!(frame["instruction_addr"], "0x14");
}

#[test]
fn a_stack_of_hermes_is_looked_up_by_its_offsets_in_bytecode() {
    let world = world();
    // Offsets in bytecode are counted from 0.
    let bundle = "index.android.bundle";
    let stack = format!(
        "Error: x\n    at a (address at {bundle}:1:20)\n    at apply (native)\n    at c (address at {bundle}:1:46)"
    );
    let record = world.send(&json!([
        string("exception.stacktrace", &stack),
        images(bundle, DEBUG_ID),
    ]));
    assert_eq!(
        record["exception.stacktrace"],
        "Error: x\n    at addToBasket (src/cart.ts:2:9)\n    at apply (native)\n    at onClick (src/cart.ts:6:3)"
    );
    assert_eq!(frames(&record)[2]["raw_colno"], 21);
    // JavaScriptCore prints positions of the bundle's text.
    let stack = format!("a@{bundle}:1:21\nforEach@[native code]\n{bundle}:1:47");
    let record = world.send(&json!([
        string("exception.stacktrace", &stack),
        images(bundle, DEBUG_ID),
    ]));
    assert_eq!(
        record["exception.stacktrace"],
        "addToBasket@src/cart.ts:2:9\nforEach@[native code]\nonClick@src/cart.ts:6:3"
    );
}

#[test]
fn a_record_that_was_read_is_not_read_again() {
    let world = world();
    let raw = json!({ "stringValue": "Error: before" });
    let record = world.send(&exception(&[("throughline.exception.raw_stacktrace", raw)]));
    assert_eq!(record["exception.stacktrace"], STACK);
    assert_eq!(world.counted(), []);
}

#[test]
fn a_second_exception_reads_nothing_of_the_store() {
    let world = world();
    world.send(&exception(&[]));
    let reads = world.store.take_reads();
    assert!(!reads.is_empty());
    assert!(
        reads
            .iter()
            .all(|(key, _)| *key == format!("shop/{DEBUG_ID}"))
    );
    world.send(&exception(&[]));
    assert_eq!(world.store.take_reads(), []);
    // A script that is not there is not asked for again either, for a while.
    let missing = json!([
        string("exception.stacktrace", STACK),
        images(ADDRESS, "11111111-1111-4111-8111-111111111111"),
    ]);
    world.send(&missing);
    assert_eq!(world.store.take_reads().len(), 1);
    world.send(&missing);
    assert_eq!(world.store.take_reads(), []);
}

#[test]
fn an_index_that_is_uploaded_late_is_found() {
    let world = World::new();
    let record = world.send(&exception(&[]));
    assert_eq!(frames(&record)[3]["symbolication"], "missing");
    assert_eq!(world.put(index()).0, 204);
    assert_eq!(
        world.send(&exception(&[]))["exception.stacktrace"],
        READABLE
    );
}
