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
