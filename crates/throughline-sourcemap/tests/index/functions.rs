//! Names of functions: of those in minified scripts with real maps, and of each way to declare one.

#![expect(clippy::disallowed_methods, reason = "cases are files")]
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a broken case ends the test"
)]

use crate::support::look_up;
use serde_json::Value;
use std::path::Path;
use throughline_sourcemap::write::{Functions, create_index};
use throughline_sourcemap::{Frame, Position};

/// Each case is a minified script that calls `fail` with labels, its map and its source; the
/// frame of each call is in the source's line of that label, in the function that is expected.
#[test]
fn of_minified_scripts_are_those_of_the_sources() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cases/functions");
    let mut count = 0;
    for case in std::fs::read_dir(folder).unwrap() {
        let case = case.unwrap().path();
        let read = |name: &str| std::fs::read_to_string(case.join(name)).unwrap();
        let (script, map, source) = (
            read("shop.min.js"),
            read("shop.min.js.map"),
            read("shop.ts"),
        );
        let index = create_index(map.as_bytes(), Some(script.as_bytes())).unwrap();
        let expected: Value = serde_json::from_str(&read("expected.json")).unwrap();
        for (label, function) in expected.as_object().unwrap() {
            let text = format!("\"{label}\"");
            // The call's name and its parenthesis are before the text.
            let call = script.find(&text).unwrap() - 2;
            let frame = frame_at(&index.bytes, &script, call);
            assert_eq!(frame.function.as_deref(), function.as_str(), "{label}");
            assert_eq!(frame.name.as_deref(), Some("fail"), "{label}");
            assert_eq!(frame.source.as_deref(), Some("shop.ts"));
            let line = source
                .lines()
                .position(|line| line.contains(&text))
                .unwrap();
            assert_eq!(frame.line as usize, line + 1, "{label}");
            let context = frame.context.unwrap();
            assert_eq!(context.line, source.lines().nth(line).unwrap());
            count += 1;
        }
    }
    assert!(count > 10);
}

/// Of a script without renamed names; `@` is the position that is looked up.
#[test]
fn are_taken_from_how_a_function_is_declared() {
    for (script, function) in [
        ("function a(){@b()}", Some("a")),
        ("async function*a(){@b()}", Some("a")),
        ("a=function(){@b()}", Some("a")),
        ("a=function b(){@c()}", Some("b")),
        ("let a=()=>@b()", Some("a")),
        ("let a=c&&(()=>@b())", Some("a")),
        ("let a=c?function(){}:function(){@b()}", Some("a")),
        ("let a=(0,()=>@b())", Some("a")),
        ("a.b.c=function(){@d()}", Some("a.b.c")),
        ("A.prototype.b=function(){@c()}", Some("A.b")),
        ("this.a=()=>@b()", Some("a")),
        ("a['b']=()=>@c()", Some("a.b")),
        ("a[b]=()=>@c()", Some("a.<computed>")),
        ("({a(){@b()}})", Some("a")),
        ("({get a(){return @b()}})", Some("a")),
        ("({'a-b':()=>@c()})", Some("a-b")),
        ("({[a]:()=>@b()})", Some("<computed>")),
        ("let a={b:{c(){@d()}}}", Some("a.b.c")),
        ("class A{b(){@c()}}", Some("A.b")),
        ("class A{static async*b(){@c()}}", Some("A.b")),
        ("class A{constructor(){@b()}}", Some("new A")),
        ("class A{#b(){@c()}}", Some("A.#b")),
        ("class A{b=()=>@c()}", Some("A.b")),
        ("class A{b=@c()}", Some("A.<instance_members_initializer>")),
        ("class A{static b=@c()}", Some("A.<static_initializer>")),
        ("class A{static{@b()}}", Some("A.<static_initializer>")),
        ("let A=class{b(){@c()}}", Some("A.b")),
        ("var A=class t{b(){@c()}}", Some("A.b")),
        ("(class{b(){@c()}})", Some("b")),
        ("function a(b=()=>@c()){}", Some("b")),
        ("let{a=()=>@b()}=c", Some("a")),
        ("({a=()=>@b()}=c)", Some("a")),
        ("export default function(){@a()}", Some("default")),
        ("export default()=>@a()", Some("default")),
        ("var a=b(()=>@c())", Some("a")),
        ("var a=(0,b.memo)(function(){@c()})", Some("a")),
        ("a=new B(function(){@c()})", Some("a")),
        ("var a=b.map(function(){@c()})", None),
        ("var a=b(c(()=>@d()))", None),
        ("a(function(){@b()})", None),
        ("function a(){b(()=>@c())}", None),
        ("function a(){b(()=>1);@c()}", Some("a")),
        ("function a(){}@b()", None),
        ("return @a()", None),
        ("#!/usr/bin/env node\nfunction a(){@b()}", Some("a")),
        ("'\u{e9}\u{1f600}';function a(){@b()}", Some("a")),
        ("function a(){\r\n@b()}", Some("a")),
    ] {
        let at = script.find('@').unwrap();
        let script = script.replace('@', "");
        // Each line has a mapping at its start.
        let lines = vec!["AAAA"; script.lines().count()].join(";");
        let map = format!(r#"{{"version":3,"sources":["a"],"mappings":"{lines}"}}"#);
        let index = create_index(map.as_bytes(), Some(script.as_bytes())).unwrap();
        let frame = frame_at(&index.bytes, &script, at);
        assert_eq!(frame.function.as_deref(), function, "{script}");
    }
}

#[test]
fn are_missing_where_there_is_no_script_or_a_broken_one() {
    let map = br#"{"version":3,"sources":["a"],"names":["b"],"mappings":"AAAAA"}"#;
    let without = create_index(map, None).unwrap();
    assert_eq!(without.summary.functions, Functions::NoScript);
    let broken = create_index(map, Some(b"function a({")).unwrap();
    assert!(
        matches!(&broken.summary.functions, Functions::Unparsable(message) if !message.is_empty()),
        "{:?}",
        broken.summary
    );
    for index in [without, broken] {
        let frame = frame_at(&index.bytes, "", 0);
        assert_eq!((frame.function, frame.name.as_deref()), (None, Some("b")));
    }
}

/// The frame of an offset in a script.
fn frame_at(index: &[u8], script: &str, offset: usize) -> Frame {
    let before = &script[..offset];
    let line = before.matches('\n').count() as u32;
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let column = before[start..].encode_utf16().count() as u32;
    let (frames, _) = look_up(index, [Position { line, column }]).unwrap();
    frames.into_iter().next().unwrap().expect("a frame")
}
