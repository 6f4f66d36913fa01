//! A wrong configuration is refused with the key that is wrong.

use throughline_edge::{Config, Edge};

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
            "proxy.routes[0].upstream cannot be used: it should be a URL that begins with http:// or https://, without a user, ? and #, such as http://127.0.0.1:4318",
        ),
        (
            "[ingest]\npath = \"_t/\"\n[backend]\nkind = \"null\"",
            "ingest.path cannot be used: it should be empty, or a path",
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
