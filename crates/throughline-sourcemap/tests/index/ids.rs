//! The debug id of an index.

use throughline_sourcemap::write::{create_index, debug_id_of};
use throughline_sourcemap::{DebugId, Header, SourceMap};

const OF_MAP: &str = "85314830-023f-4cf1-a267-535f4e37bb17";
const OF_SCRIPT: &str = "0f0a4c1e-5c1b-4d6e-9a52-6c0c4e0b7d11";

#[test]
fn is_that_of_the_script_then_that_of_the_map_then_one_of_the_bytes() {
    let with = format!(r#"{{"version":3,"sources":[],"mappings":"","debugId":"{OF_MAP}"}}"#);
    let without = r#"{"version":3,"sources":[],"mappings":""}"#;
    let comment = format!("function a(){{}}\n//# debugId={OF_SCRIPT}\n");
    let plain = "function a(){}";
    for (map, script, expected) in [
        (with.as_str(), Some(comment.as_str()), OF_SCRIPT),
        (with.as_str(), Some(plain), OF_MAP),
        (with.as_str(), None, OF_MAP),
        (without, Some(comment.as_str()), OF_SCRIPT),
        // `uuid.uuid5` of Python, in the namespace of the crate.
        (without, Some(plain), "698a0791-097a-5187-8771-dab5add944dc"),
        (without, None, &debug_id_of(without.as_bytes()).to_string()),
    ] {
        let index = create_index(map.as_bytes(), script.map(str::as_bytes)).unwrap();
        assert_eq!(index.debug_id.to_string(), expected, "{map} {script:?}");
        assert_eq!(
            Header::check(&index.bytes).unwrap().debug_id,
            index.debug_id
        );
    }
}

#[test]
fn is_read_from_either_field_of_a_map() {
    let id = |fields: &str| {
        let map = format!(r#"{{"version":3,"sources":[],"mappings":""{fields}}}"#);
        SourceMap::parse(map).unwrap().debug_id()
    };
    let found = DebugId::parse(OF_MAP).ok();
    let upper = OF_MAP.to_uppercase();
    assert_eq!(id(&format!(r#","debugId":"{upper}""#)), found);
    assert_eq!(id(&format!(r#","debug_id":"{OF_MAP}""#)), found);
    assert_eq!(
        id(&format!(
            r#","debug_id":"{OF_SCRIPT}","debugId":"{OF_MAP}""#
        )),
        found
    );
    assert_eq!(
        id(&format!(r#","debugId":"main","debug_id":"{OF_MAP}""#)),
        found
    );
    assert_eq!(id(r#","debugId":7"#), None);
    assert_eq!(id(""), None);
}
