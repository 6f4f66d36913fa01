//! Tests of the scripts that servers of this machine have.

use super::fetch::MAX_REDIRECTS;
use super::*;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};

/// A server of this machine, with the heads of the requests that it got.
struct Server {
    origin: String,
    heads: Arc<Mutex<Vec<String>>>,
    at_once: Arc<AtomicUsize>,
}

impl Server {
    /// Responds to each request with what `respond` returns for its path and head.
    fn new(respond: impl Fn(&str, &str) -> String + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self {
            origin: format!("http://{}", listener.local_addr().unwrap()),
            heads: Arc::default(),
            at_once: Arc::default(),
        };
        let (heads, at_once) = (Arc::clone(&server.heads), Arc::clone(&server.at_once));
        let (respond, open) = (Arc::new(respond), Arc::new(AtomicUsize::new(0)));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (heads, at_once) = (Arc::clone(&heads), Arc::clone(&at_once));
                let (respond, open) = (Arc::clone(&respond), Arc::clone(&open));
                thread::spawn(move || {
                    at_once.fetch_max(open.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    let head = head_of(&stream);
                    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
                    heads.lock().unwrap().push(head.clone());
                    let response = respond(&path, &head);
                    open.fetch_sub(1, Ordering::SeqCst);
                    let _ = (&stream).write_all(response.as_bytes());
                });
            }
        });
        server
    }

    fn at(&self, path: &str) -> LocalAddress {
        LocalAddress::parse(&format!("{}{path}", self.origin)).unwrap()
    }

    fn paths(&self) -> Vec<String> {
        let heads = self.heads.lock().unwrap();
        let paths = heads.iter().filter_map(|head| head.split(' ').nth(1));
        paths.map(str::to_owned).collect()
    }
}

fn head_of(stream: &TcpStream) -> String {
    let lines = BufReader::new(stream).lines().map_while(Result::ok);
    let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
    head.join("\n")
}

fn ok(headers: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n{headers}\r\n{body}")
}

fn redirect(to: &str) -> String {
    format!("HTTP/1.1 302 Found\r\ncontent-length: 0\r\nlocation: {to}\r\n\r\n")
}

const MAP: &str = r#"{"version":3,"sources":["cart.ts"],"sourcesContent":["add()"],"names":["add"],"mappings":"AAAA,SAASA"}"#;
const SCRIPT: &str = "function a(){}\n//# sourceMappingURL=a.js.map\n";

async fn read(address: &LocalAddress) -> Result<bool, String> {
    let read = read_anew(address, None).await;
    (read.map(|known| known.index.is_some())).map_err(|error| error.to_string())
}

#[tokio::test]
async fn a_map_is_found_where_its_script_says() {
    let inline: String = MAP.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let server = Server::new(move |path, _| match path {
        "/dist/a.js" => ok("", SCRIPT),
        "/dist/a.js.map" | "/maps/b.map" => ok("", MAP),
        "/header.js" => ok("SourceMap: /maps/b.map\r\n", "function a(){}"),
        "/inline.js" => ok(
            "",
            &format!("function a(){{}}\n//# sourceMappingURL=data:application/json,{inline}"),
        ),
        "/moved.js" => redirect("/dist/a.js"),
        "/broken.js" => ok("", "a()\n//# sourceMappingURL=none.js"),
        "/none.js" => ok("", "a()"),
        _ => "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n".to_owned(),
    });
    for path in ["/dist/a.js", "/header.js", "/inline.js", "/moved.js"] {
        assert_eq!(read(&server.at(path)).await, Ok(true), "{path}");
    }
    assert_eq!(read(&server.at("/none.js")).await, Ok(false));
    for (path, expected) in [
        ("/absent.js", "its script: the response is 404 Not Found"),
        ("/broken.js", "source map"),
    ] {
        let error = read(&server.at(path)).await.unwrap_err();
        assert!(error.contains(expected), "{path}: {error}");
    }
}

#[tokio::test]
async fn nothing_leads_off_this_machine() {
    let server = Server::new(|path, _| match path {
        "/away.js" => redirect("http://192.0.2.1/a.js"),
        "/name.js" => redirect("http://localhost.example/a.js"),
        "/tls.js" => redirect("https://localhost/a.js"),
        "/file.js" => redirect("file:///etc/passwd"),
        "/round.js" => redirect("/round.js"),
        "/map-away.js" => ok("", "a()\n//# sourceMappingURL=http://192.0.2.1/a.map"),
        "/map-redirects.js" => ok("SourceMap: /away.map\r\n", "a()"),
        "/away.map" => redirect("//192.0.2.1/a.map"),
        _ => ok("", SCRIPT),
    });
    for (path, expected) in [
        (
            "/away.js",
            "redirects to \"http://192.0.2.1/a.js\", which is not of this machine",
        ),
        ("/name.js", "redirects to"),
        ("/tls.js", "redirects to"),
        ("/file.js", "redirects to"),
        ("/round.js", "again and again"),
        (
            "/map-away.js",
            "its source map http://192.0.2.1/a.map is on another machine",
        ),
        ("/map-redirects.js", "redirects to \"//192.0.2.1/a.map\""),
    ] {
        let error = read(&server.at(path)).await.unwrap_err();
        assert!(error.contains(expected), "{path}: {error}");
    }
    let rounds = server.paths();
    let rounds = rounds.iter().filter(|path| *path == "/round.js").count();
    assert_eq!(rounds, MAX_REDIRECTS + 1);
}

#[tokio::test]
async fn a_script_that_has_not_changed_is_read_once() {
    let server = Server::new(|path, head| match path {
        "/tagged.js" if head.contains("if-none-match: W/\"1\"") => {
            "HTTP/1.1 304 Not Modified\r\netag: W/\"1\"\r\n\r\n".to_owned()
        }
        "/tagged.js" => ok("etag: W/\"1\"\r\n", SCRIPT),
        "/plain.js" => ok("", SCRIPT),
        _ => ok("", MAP),
    });
    for path in ["/tagged.js", "/plain.js"] {
        let first = read_anew(&server.at(path), None).await.unwrap();
        let again = read_anew(&server.at(path), Some(first.clone()))
            .await
            .unwrap();
        assert!(
            again.index.is_some() && again.index == first.index,
            "{path}"
        );
    }
    assert_eq!(
        server.paths(),
        [
            "/tagged.js",
            "/a.js.map",
            "/tagged.js",
            "/plain.js",
            "/a.js.map",
            "/plain.js"
        ]
    );
}

#[tokio::test]
async fn a_file_that_is_too_large_or_breaks_off_is_not_read() {
    let server = Server::new(|path, _| match path {
        "/large.js" => ok("", &"a".repeat(101)),
        "/chunked.js" => {
            let body = "a".repeat(0x65);
            format!(
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n65\r\n{body}\r\n0\r\n\r\n"
            )
        }
        "/cut.js" => "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\na".to_owned(),
        _ => ok("", &"a".repeat(100)),
    });
    for path in ["/large.js", "/chunked.js", "/cut.js"] {
        let fetched = fetch(&server.at(path), None, 100).await;
        assert!(
            matches!(fetched, Err(FetchError::Body(100))),
            "{path}: {fetched:?}"
        );
    }
    assert!(fetch(&server.at("/a.js"), None, 100).await.is_ok());
}

#[tokio::test]
async fn a_server_that_hangs_is_not_waited_for() {
    let server = Server::new(|_, _| {
        thread::sleep(Duration::from_secs(60));
        String::new()
    });
    // Time jumps ahead whenever nothing else is to do.
    tokio::time::pause();
    let fetched = fetch(&server.at("/a.js"), None, 100).await;
    assert!(matches!(fetched, Err(FetchError::TimedOut)), "{fetched:?}");
}

#[tokio::test]
async fn few_scripts_are_read_at_once() {
    let server = Server::new(|_, _| {
        thread::sleep(Duration::from_millis(20));
        ok("", "a()")
    });
    let scripts = ServedScripts::new();
    let reads: Vec<_> = (0..3 * AT_ONCE)
        .map(|at| (scripts.clone(), server.at(&format!("/{at}.js"))))
        .map(|(scripts, address)| {
            tokio::spawn(async move { scripts.read(&address, Instant::now() + WAIT).await })
        })
        .collect();
    for read in reads {
        assert!(read.await.unwrap().is_none());
    }
    assert_eq!(server.paths().len(), 3 * AT_ONCE);
    let at_once = server.at_once.load(Ordering::SeqCst);
    assert!((1..=AT_ONCE).contains(&at_once), "{at_once}");
}

#[tokio::test]
async fn a_script_that_is_being_read_is_read_once() {
    let server = Server::new(|_, _| {
        thread::sleep(Duration::from_millis(20));
        ok("", "a()")
    });
    let scripts = ServedScripts::new();
    let reads: Vec<_> = (0..20)
        .map(|_| (scripts.clone(), server.at("/a.js")))
        .map(|(scripts, address)| {
            tokio::spawn(async move { scripts.read(&address, Instant::now() + WAIT).await })
        })
        .collect();
    for read in reads {
        assert!(read.await.unwrap().is_none());
    }
    assert_eq!(server.paths(), ["/a.js"]);
    assert!(scripts.reading().is_empty());
}

#[test]
fn what_is_kept_is_bounded() {
    let scripts = ServedScripts::new();
    let index = |bytes| Known {
        index: Some((debug_id_of(b""), vec![0; bytes].into())),
        ..Known::nothing()
    };
    for at in 0..MAX_KNOWN + 10 {
        scripts.keep(&format!("{at}"), index(10));
    }
    assert_eq!(scripts.known().len(), MAX_KNOWN);
    assert!(!scripts.known().contains_key("9"));
    scripts.keep("large", index(MAX_INDEX_BYTES));
    assert_eq!(scripts.known().len(), 1);
}
