//! Tests of `throughline check`.

use crate::support::{config_file, program};

#[test]
fn a_configuration_that_can_be_used_is_printed_without_secrets() {
    let file = config_file(
        "127.0.0.1:1",
        "[[projects]]\nname = \"shop\"\nkeys = [\"pk_shop\"]\n[backend]\nurl = \"http://127.0.0.1:1\"\nheaders = { authorization = \"Bearer s3cret\" }",
    );
    let ended = program(&["check", &file.to_string_lossy()])
        .output()
        .expect("it ends");
    assert_eq!(ended.status.code(), Some(0));
    assert!(ended.stderr.is_empty());
    let printed = String::from_utf8_lossy(&ended.stdout);
    assert!(
        printed.contains("authorization = \"REDACTED\""),
        "{printed}"
    );
    assert!(printed.contains("# default"), "{printed}");
    assert!(!printed.contains("s3cret"), "{printed}");
}

#[test]
fn what_is_wrong_is_one_line_and_the_code_1() {
    for (config, expected) in [
        ("[ingst]", "line 1: ingst: unknown field `ingst`"),
        ("[ingst]", "did you mean `ingest`?"),
        (
            "[ingest]\npath = \"t\"",
            "line 2: ingest.path cannot be used",
        ),
        (
            "[backend]\nkind = \"store\"",
            "is for `throughline dev` only",
        ),
        ("[ingest", "not TOML"),
    ] {
        let file = config_file("127.0.0.1:1", config);
        let ended = program(&["check", &file.to_string_lossy()])
            .output()
            .expect("it ends");
        assert_eq!(ended.status.code(), Some(1), "{config}");
        assert!(ended.stdout.is_empty());
        let log = String::from_utf8_lossy(&ended.stderr);
        assert!(log.contains(expected), "{log}");
        assert_eq!(log.lines().count(), 1, "{log}");
    }
}
