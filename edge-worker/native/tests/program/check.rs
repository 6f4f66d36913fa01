//! Tests of `throughline check`.

use crate::support::{Running, config_file, integrity, program};

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
fn what_is_probably_wrong_is_a_warning_beside_the_configuration() {
    let file = config_file("127.0.0.1:1", "[backend]\nurl = \"http://127.0.0.1:4317\"");
    let ended = program(&["check", &file.to_string_lossy()])
        .output()
        .expect("it ends");
    assert_eq!(ended.status.code(), Some(0));
    let warned = String::from_utf8_lossy(&ended.stderr);
    assert!(warned.starts_with("warning: "), "{warned}");
    assert!(
        warned.contains(": backend.url: 4317 is the port of OTLP/gRPC"),
        "{warned}"
    );
    assert_eq!(warned.lines().count(), 1);
    let printed = String::from_utf8_lossy(&ended.stdout);
    let printed: toml::Table = printed.parse().expect("a configuration");
    assert_eq!(
        printed["backend"]["url"].as_str(),
        Some("http://127.0.0.1:4317")
    );
}

#[test]
fn the_script_that_pages_get_is_printed_with_its_hash() {
    let config = "[ingest]\npath = \"/_t\"\n[script]\nenabled = true\n[backend]\nkind = \"null\"";
    let file = config_file("127.0.0.1:1", config);
    let ended = program(&["check", &file.to_string_lossy()])
        .output()
        .expect("it ends");
    let printed = String::from_utf8_lossy(&ended.stdout);
    let edge = Running::configured(config);
    let quoted = |name: &str| {
        let rest = printed.split_once(&format!("{name}=\"")).expect(name).1;
        rest.split('"').next().expect("it ends").to_owned()
    };
    let response = edge.get(&quoted("src"));
    let (head, script) = response.split_once("\r\n\r\n").expect("a body");
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert_eq!(quoted("integrity"), integrity(script));
    // A comment of the file, which may be used as it is printed.
    let printed: toml::Table = printed.parse().expect("a configuration");
    assert!(printed["script"]["enabled"].as_bool() == Some(true));
    let off = config_file("127.0.0.1:1", "[backend]\nkind = \"null\"");
    let ended = program(&["check", &off.to_string_lossy()]).output();
    let printed = ended.expect("it ends").stdout;
    assert!(!String::from_utf8_lossy(&printed).contains("<script"));
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
        (
            "[backend]\nkind = \"null\"\n[native.grpc]\nlisten = \"127.0.0.1:1\"",
            "line 4: native.grpc.listen cannot be used: it should be another address or port than native.listen has",
        ),
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
