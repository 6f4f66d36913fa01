//! Tests that a wrong configuration is refused with the key that is wrong.

use std::num::NonZeroUsize;
use throughline_edge::{Config, Edge, Machine};
use throughline_testkit::sim::SimHost;

#[test]
fn a_backend_of_grpc_has_what_grpc_has() {
    for (text, message) in [
        (
            "[backend]\nprotocol = \"grpc\"",
            "backend.url is missing: the address of an OTLP/gRPC receiver without a path, such as http://127.0.0.1:4317",
        ),
        (
            "[backend]\nprotocol = \"grpc\"\nurl = \"b:4317\"",
            "backend.url cannot be used: it should be the address of an OTLP/gRPC receiver without a path, such as http://127.0.0.1:4317, or https:// with TLS",
        ),
        (
            "[backend]\nprotocol = \"grpc\"\nurl = \"http://b/otlp\"",
            "backend.url cannot be used: it should be the address of an OTLP/gRPC receiver without a path",
        ),
        (
            "[backend]\nprotocol = \"grpc\"\nurl = \"http://b\"\ntraces = { url = \"http://c/v1/traces\" }",
            "backend.traces.url cannot be used: it should be the address of an OTLP/gRPC receiver without a path",
        ),
        (
            "[backend]\nprotocol = \"grpc\"\nurl = \"http://b\"\nencoding = \"json\"",
            "backend.encoding cannot be used: it should be \"protobuf\" with protocol = \"grpc\"",
        ),
        (
            "[backend]\nprotocol = \"grpc\"\nurl = \"http://b\"\nsigv4 = { region = \"r\", service = \"s\", access_key = \"a\", secret_key = \"s\" }",
            "backend.sigv4 cannot be used: it should be left out with protocol = \"grpc\": AWS takes signed requests by OTLP/HTTP alone",
        ),
        (
            "[backend]\nprotocol = \"grpc\"\nurl = \"http://b\"\nheaders = { Grpc-Timeout = \"1S\" }",
            "backend.headers cannot be used: it should be without content-type, te and grpc-*, which gRPC sets itself",
        ),
        (
            "[backend]\nprotocol = \"grpc\"\nurl = \"http://b\"\nlogs = { headers = { te = \"gzip\" } }",
            "backend.logs.headers cannot be used: it should be without content-type, te and grpc-*",
        ),
        (
            "[backend]\nprotocol = \"grpc\"\nurl = \"http://b\"\nrefuses_records_with = [500]",
            "backend.refuses_records_with cannot be used: it should be codes of gRPC with protocol = \"grpc\", such as 13",
        ),
        (
            "[backend]\nprotocol = \"grpc\"\nurl = \"http://b\"\nrefuses_records_with = [14]",
            "backend.refuses_records_with cannot be used: it should be codes of gRPC",
        ),
    ] {
        let config: Config = toml::from_str(text).expect("of the right shape");
        let machine = Machine::of::<SimHost>(&config, NonZeroUsize::MIN);
        let refused = Edge::on(machine, config).expect_err(text).to_string();
        assert!(refused.starts_with(message), "{refused}");
    }
    let config: Config = toml::from_str("[backend]\nprotocol = \"grpc\"\nurl = \"http://b:4317\"")
        .expect("of the right shape");
    let refused = Edge::new(config).expect_err("no client").to_string();
    let wanted = "backend.protocol cannot be used on this host: it has no client of gRPC";
    assert_eq!(refused, wanted);
}

#[test]
fn the_key_at_fault_is_named() {
    for (config, message) in [
        (
            "",
            "backend.url is missing: the base URL of an OTLP/HTTP receiver, such as http://127.0.0.1:4318",
        ),
        (
            "[backend]\nurl = \"localhost:4318\"",
            "backend.url cannot be used: it should be a URL that begins with http:// or https://",
        ),
        (
            "[backend]\nurl = \"ftp://x\"",
            "backend.url cannot be used: it should be a URL that begins with http:// or https://",
        ),
        (
            "[backend]\nurl = \"http://b?x=1\"",
            "backend.url cannot be used: it should be a URL that begins with http:// or https://, without a user, ? and #",
        ),
        (
            "[backend]\nurl = \"http://b:43180\"\nlogs = { url = \"http://b:431800/v1/logs\" }",
            "backend.logs.url cannot be used: it should be a URL",
        ),
        (
            "[backend]\nurl = \"http://b:431800\"",
            "backend.url cannot be used: it should be a URL that begins with http:// or https://, without a user, ? and #, with a port from 1 to 65535 if any",
        ),
        (
            "[backend]\nurl = \"http://b/otlp#traces\"",
            "backend.url cannot be used: it should be a URL",
        ),
        (
            "[backend]\nurl = \"http://me:secret@b\"",
            "backend.url cannot be used: it should be a URL",
        ),
        (
            "[backend]\nkind = \"null\"\n[[proxy.routes]]\npath = \"/\"\nupstream = \"http://u/#a\"",
            "proxy.routes[0].upstream cannot be used: it should be a URL",
        ),
        (
            "[backend]\nurl = \"http://b\"\nheaders = { authorization = \"secret\\n\" }",
            "backend.headers.authorization cannot be used: it should be a header value",
        ),
        (
            "[backend]\nurl = \"http://b/secret/v1/traces/\"",
            "backend.url cannot be used: it should be the base URL alone: /v1/traces, /v1/logs and /v1/metrics are appended to it, for example to http://127.0.0.1:4318",
        ),
        (
            "[backend]\nurl = \"http://b\"\ntimeout_ms = 0",
            "backend.timeout_ms cannot be used: it should be at least 1, such as 10000",
        ),
        (
            "[backend]\nurl = \"http://b\"\nmax_attribute_bytes = 4",
            "backend.max_attribute_bytes cannot be used: it should be at least 32, such as 4096, or 0 for no limit",
        ),
        (
            "[backend]\nurl = \"http://b\"\nmax_body_bytes = 31",
            "backend.max_body_bytes cannot be used: it should be at least 32, such as 4096, or 0 for no limit",
        ),
        (
            "[backend]\nkind = \"null\"\n[sampling.head]\nprobability = 1.5",
            "sampling.head.probability cannot be used: it should be a share from 0 to 1, such as 0.1",
        ),
        (
            "[backend]\nkind = \"null\"\n[[sampling.head.keep]]\nprobability = 0.5\none_in = 2",
            "sampling.head.keep[0] cannot be used: it should be a rule with one share: probability, spans_per_second, or one_in together with by",
        ),
        (
            "[backend]\nkind = \"null\"\n[[sampling.head.keep]]\n[[sampling.head.keep]]\nspans_per_second = 10",
            "sampling.head.keep[1].spans_per_second cannot be used: it should be in a rule of limit",
        ),
        (
            "[backend]\nkind = \"null\"\n[[sampling.head.limit]]\nerrors = true",
            "sampling.head.limit[0].probability cannot be used: it should be a rule with one share",
        ),
        (
            "[backend]\nkind = \"null\"\n[[sampling.head.limit]]\nspans_per_second = 0",
            "sampling.head.limit[0].spans_per_second cannot be used: it should be a number above 0, such as 1000",
        ),
        (
            "[backend]\nkind = \"null\"\n[[sampling.head.keep]]\none_in = 20",
            "sampling.head.keep[0].by cannot be used: it should be a list of attributes, such as [\"service.name\", \"http.route\"]",
        ),
        (
            "[backend]\nkind = \"null\"\n[[sampling.head.keep]]\nby = [\"http.route\"]",
            "sampling.head.keep[0].one_in cannot be used: it should be the number of spans of which one is kept, such as 20",
        ),
        (
            "[backend]\nkind = \"null\"\n[[sampling.head.keep]]\none_in = 0.5\nby = [\"a\"]",
            "sampling.head.keep[0].one_in cannot be used: it should be a number from 1, such as 20",
        ),
        (
            "[backend]\nkind = \"null\"\n[[sampling.head.keep]]\nattributes = { \"http.route\" = [] }",
            "sampling.head.keep[0].attributes.http.route cannot be used: it should be a list of values",
        ),
        (
            "[backend]\nkind = \"null\"\n[sampling]\nlogs = true",
            "sampling.logs cannot be used: it should be false without sampling.head, whose rules sample log records",
        ),
        (
            "[backend]\nkind = \"null\"\n[sampling.tail]",
            "sampling.tail cannot be used on this host: it does not keep spans until their trace is whole",
        ),
        (
            "trusted_proxies = [\"10.0.0.1\", \"load-balancer\"]\n[backend]\nkind = \"null\"",
            "trusted_proxies[1] cannot be used: it should be an address such as 192.0.2.1, a network such as 10.0.0.0/8, or private",
        ),
        (
            "[backend]\nkind = \"null\"\n[[projects]]\nname = \"a\"\nkeys = []",
            "projects[0].keys cannot be used: it should be a list of at least one ingest key, such as [\"pk_change_me\"]",
        ),
        (
            "[backend]\nkind = \"null\"\n[[projects]]\nname = \"a\"\nkeys = [\"pk_\"]",
            "projects[0].keys[0] cannot be used: it should be pk_ and then letters, digits, - and _, such as pk_change_me",
        ),
        (
            "[backend]\nkind = \"null\"\n[[projects]]\nname = \" \"\nkeys = [\"pk_1\"]",
            "projects[0].name cannot be used: it should be a name for messages, such as shop",
        ),
        (
            "[backend]\nkind = \"null\"\n[proxy]\nservice_name = \"\"",
            "proxy.service_name cannot be used: it should be a name, such as shop-edge",
        ),
        (
            "[backend]\nkind = \"null\"\n[[proxy.routes]]\npath = \"/a\"\nupstream = \"http://u\"\n[[proxy.routes]]\npath = \"/a\"\nupstream = \"http://v\"",
            "proxy.routes[1].path cannot be used: it should be a path that no other route has",
        ),
        (
            "[backend]\nkind = \"null\"\n[[proxy.routes]]\npath = \"/a\"\nupstream = \"localhost:8088\"",
            "proxy.routes[0].upstream cannot be used: it should be a URL that begins with http:// or https://, without a user, ? and #, with a port from 1 to 65535 if any, such as http://127.0.0.1:4318",
        ),
        (
            "[ingest]\npath = \"_t/\"\n[backend]\nkind = \"null\"",
            "ingest.path cannot be used: it should be empty, or a path",
        ),
        (
            "[ingest]\npath = \"/_t?x\"\n[backend]\nkind = \"null\"",
            "ingest.path cannot be used: it should be empty, or a path as clients send it",
        ),
        (
            "[ingest]\npath = \"/my telemetry\"\n[backend]\nkind = \"null\"",
            "ingest.path cannot be used: it should be empty, or a path as clients send it",
        ),
        (
            "[ingest]\npath = \"/a/../b\"\n[backend]\nkind = \"null\"",
            "ingest.path cannot be used: it should be empty, or a path as clients send it",
        ),
        (
            "[backend]\nkind = \"null\"\n[[proxy.routes]]\npath = \"/straße/*\"\nupstream = \"http://u\"",
            "proxy.routes[0].path cannot be used: it should be a path as clients send it",
        ),
        (
            "[backend]\nkind = \"null\"\n[[proxy.routes]]\npath = \"/search?q=*\"\nupstream = \"http://u\"",
            "proxy.routes[0].path cannot be used: it should be a path as clients send it",
        ),
        (
            "[backend]\nkind = \"null\"\n[[projects]]\nname = \"a\"\nkeys = [\"secret\"]",
            "projects[0].keys[0] cannot be used: it should be pk_ and then",
        ),
        (
            "[backend]\nkind = \"null\"\n[[projects]]\nname = \"a\"\nkeys = [\"pk_1\"]\n[[projects]]\nname = \"b\"\nkeys = [\"pk_1\"]",
            "projects[1].keys[0] cannot be used: it should be a key that no other project has",
        ),
        (
            "[backend]\nkind = \"null\"\n[[proxy.routes]]\npath = \"/a*b\"\nupstream = \"http://u\"",
            "proxy.routes[0].path cannot be used: it should be a path that begins with / and may end in *",
        ),
        (
            "[backend]\nkind = \"null\"\n[[proxy.routes]]\npath = \"/\"\nupstream = \"http://u?q\"",
            "proxy.routes[0].upstream cannot be used: it should be a URL",
        ),
        (
            "[[projects]]\nname = \"a\"\nkeys = [\"pk_1\"]\nallowed_origins = [\"shop.example\"]\n[backend]\nkind = \"null\"",
            "projects[0].allowed_origins[0] cannot be used: it should be an origin such as https://shop.example",
        ),
        (
            "[[projects]]\nname = \"a\"\nkeys = [\"pk_1\"]\nallowed_origins = [\"*\", \"https://*shop.example\"]\n[backend]\nkind = \"null\"",
            "projects[0].allowed_origins[1] cannot be used: it should be an origin such as https://shop.example, https://*.shop.example for all below it, or *",
        ),
    ] {
        let parsed: Config = toml::from_str(config).expect("TOML of the right shape");
        let refused = Edge::new(parsed).expect_err(config).to_string();
        assert!(refused.starts_with(message), "{config}\n  said {refused}");
        assert!(!refused.contains("secret"), "{refused}");
    }
}

#[test]
fn the_tail_of_a_host_that_has_it_names_its_keys_too() {
    for (keys, message) in [
        (
            "wait_ms = 0",
            "sampling.tail.wait_ms cannot be used: it should be at least 1, such as 30000",
        ),
        (
            "max_bytes = 1000",
            "sampling.tail.max_bytes cannot be used: it should be at least 1048576",
        ),
        (
            "probability = -0.1",
            "sampling.tail.probability cannot be used: it should be a share from 0 to 1",
        ),
        (
            "[[sampling.tail.limit]]\nprobability = 2",
            "sampling.tail.limit[0].probability cannot be used: it should be a share from 0 to 1",
        ),
    ] {
        let text = format!("[backend]\nkind = \"null\"\n[sampling.tail]\n{keys}");
        let config: Config = toml::from_str(&text).expect("of the right shape");
        let machine = Machine::of::<SimHost>(&config, NonZeroUsize::MIN);
        let refused = Edge::on(machine, config).expect_err(keys).to_string();
        assert!(refused.starts_with(message), "{refused}");
    }
}
