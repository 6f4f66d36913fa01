//! The parts of the demo in the order of their start: a part needs those above it.

use super::part::{Part, Ready};
use super::ports::Ports;
use super::postgres;
use crate::command::{command, root};
use crate::failure::Failure;
use crate::process::{listens, responds};
use crate::serve::native;
use crate::serve::workerd;
use crate::worker::{self, Variant};
use std::path::Path;
use std::process::Command;
use toml::Table;

type Make = fn(&Ports, &Path) -> Result<Part, Failure>;

/// Every part, in the order of starting.
pub(super) const ALL: &[Make] = &[
    viewer, postgres, redis, sqs, migrate, pricing, vouchers, orders, consumer, site, edge,
];

fn viewer(ports: &Ports, folder: &Path) -> Result<Part, Failure> {
    let port = ports.viewer;
    let mut throughline = Command::new(native::program()?);
    throughline
        .args(["dev", "--listen", &format!("127.0.0.1:{port}"), "--store"])
        .arg(folder.join("telemetry.sqlite"));
    Ok(Part {
        name: "viewer",
        about: "throughline dev: OTLP in, store and viewer",
        port: Some(port),
        command: throughline,
        ready: Ready::when(move || responds(port, "/healthz")),
    })
}

fn postgres(ports: &Ports, folder: &Path) -> Result<Part, Failure> {
    postgres::part(folder, ports.postgres)
}

fn redis(ports: &Ports, folder: &Path) -> Result<Part, Failure> {
    let port = ports.redis;
    let mut redis = command("redis-server", &["--port", &port.to_string()]);
    redis
        .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
        .arg("--dir")
        .arg(folder);
    Ok(Part {
        name: "redis",
        about: "Redis, the cache of prices",
        port: Some(port),
        command: redis,
        ready: Ready::when(move || listens(port)),
    })
}

fn sqs(ports: &Ports, _: &Path) -> Result<Part, Failure> {
    let port = ports.sqs;
    let mut moto = python(PRICING, "moto_server");
    moto.args(["-H", "127.0.0.1", "-p", &port.to_string()]);
    Ok(Part {
        name: "sqs",
        about: "an SQS endpoint (moto), the queue of quotes",
        port: Some(port),
        command: moto,
        ready: Ready::when(move || responds(port, "/moto-api/")),
    })
}

fn migrate(ports: &Ports, _: &Path) -> Result<Part, Failure> {
    let mut migrate = Command::new(super::build::go_program("shop-migrate"));
    database(&mut migrate, ports);
    telemetry(&mut migrate, ports);
    Ok(Part {
        name: "shop-migrate",
        about: "Go: creates the tables, and ends",
        port: None,
        command: migrate,
        ready: Ready::Ended,
    })
}

fn pricing(ports: &Ports, _: &Path) -> Result<Part, Failure> {
    let port = ports.pricing;
    let mut pricing = python(PRICING, "opentelemetry-instrument");
    pricing
        .arg(venv(PRICING, "python"))
        .args(["-m", "pricing_api"])
        .env("PRICING_LISTEN", format!("127.0.0.1:{port}"))
        .env("REDIS_URL", format!("redis://127.0.0.1:{}/0", ports.redis));
    telemetry(&mut pricing, ports);
    aws(&mut pricing, ports);
    Ok(Part {
        name: "pricing-api",
        about: "Python, FastAPI: prices, and the queue's producer",
        port: Some(port),
        command: pricing,
        ready: Ready::when(move || responds(port, "/healthz")),
    })
}

fn vouchers(ports: &Ports, _: &Path) -> Result<Part, Failure> {
    let port = ports.vouchers;
    let mut vouchers = python(VOUCHERS, "python");
    vouchers
        .args(["-m", "vouchers_api"])
        .env("VOUCHERS_LISTEN", format!("127.0.0.1:{port}"));
    telemetry(&mut vouchers, ports);
    Ok(Part {
        name: "vouchers-api",
        about: "Python, Flask: discounts of vouchers",
        port: Some(port),
        command: vouchers,
        ready: Ready::when(move || responds(port, "/healthz")),
    })
}

fn orders(ports: &Ports, _: &Path) -> Result<Part, Failure> {
    let port = ports.orders;
    let mut orders = Command::new(super::build::go_program("orders-api"));
    orders
        .env("ORDERS_LISTEN", format!("127.0.0.1:{port}"))
        .env("PRICING_URL", format!("http://127.0.0.1:{}", ports.pricing))
        .env(
            "VOUCHERS_URL",
            format!("http://127.0.0.1:{}", ports.vouchers),
        );
    database(&mut orders, ports);
    telemetry(&mut orders, ports);
    Ok(Part {
        name: "orders-api",
        about: "Go, net/http: products and orders",
        port: Some(port),
        command: orders,
        ready: Ready::when(move || responds(port, "/healthz")),
    })
}

fn consumer(ports: &Ports, _: &Path) -> Result<Part, Failure> {
    let mut consumer = Command::new(super::build::go_program("quotes-consumer"));
    database(&mut consumer, ports);
    telemetry(&mut consumer, ports);
    aws(&mut consumer, ports);
    Ok(Part {
        name: "quotes-consumer",
        about: "Go: keeps every quote of the queue",
        port: None,
        command: consumer,
        // The consumer does not listen; the trace shows whether it works.
        ready: Ready::when(|| true),
    })
}

fn site(ports: &Ports, _: &Path) -> Result<Part, Failure> {
    let port = ports.site;
    let mut vite = command("node", &["../node_modules/vite/bin/vite.js", "preview"]);
    vite.args(["--host", "127.0.0.1", "--strictPort"])
        .args(["--port", &port.to_string()])
        .current_dir(root().join("demo-react-app"));
    Ok(Part {
        name: "site",
        about: "the shop's built page",
        port: Some(port),
        command: vite,
        ready: Ready::when(move || responds(port, "/")),
    })
}

fn edge(ports: &Ports, folder: &Path) -> Result<Part, Failure> {
    let port = ports.edge;
    let work = folder.join("edge");
    std::fs::create_dir_all(&work).map_err(Failure::path(&work))?;
    let built = worker::build(Variant::Shipped)?;
    Ok(Part {
        name: "edge",
        about: "the Worker in workerd: telemetry in, requests traced and passed on",
        port: Some(port),
        command: workerd::command_for(&built, configuration(ports)?, port, &work)?,
        ready: Ready::when(move || responds(port, "/_t/healthz")),
    })
}

/// The configuration of the edge. Of the spans of static files one in ten is kept.
fn configuration(ports: &Ports) -> Result<Table, Failure> {
    let Ports {
        edge, orders, site, ..
    } = ports;
    let telemetry = ports.telemetry();
    format!(
        r#"
        [ingest]
        path = "/_t"
        [[projects]]
        name = "shop"
        keys = ["pk_demo"]
        allowed_origins = ["http://127.0.0.1:{edge}", "http://localhost:{edge}"]
        [backend]
        url = "http://127.0.0.1:{telemetry}"
        [outcomes]
        interval_ms = 5000
        [[sampling.head.limit]]
        attributes = {{ "url.path" = ["/assets/*"] }}
        probability = 0.1
        [[sampling.head.limit]]
        attributes = {{ "url.full" = ["http://127.0.0.1:{site}/assets/*"] }}
        probability = 0.1
        [proxy]
        service_name = "shop-edge"
        [[proxy.routes]]
        path = "/api/*"
        upstream = "http://127.0.0.1:{orders}"
        [[proxy.routes]]
        path = "/*"
        upstream = "http://127.0.0.1:{site}"
        "#
    )
    .parse()
    .map_err(|error| Failure::Check(format!("the demo's configuration: {error}")))
}

fn database(command: &mut Command, ports: &Ports) {
    command.env(
        "DATABASE_URL",
        format!(
            "postgres://shop@127.0.0.1:{}/postgres?sslmode=disable",
            ports.postgres
        ),
    );
}

/// Half a second instead of five between two exports, because a person waits.
fn telemetry(command: &mut Command, ports: &Ports) {
    command
        .env(
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            format!("http://127.0.0.1:{}", ports.telemetry()),
        )
        .env("OTEL_BSP_SCHEDULE_DELAY", "500")
        .env("OTEL_BLRP_SCHEDULE_DELAY", "500");
}

/// The settings of every AWS SDK; the local SQS accepts any key.
fn aws(command: &mut Command, ports: &Ports) {
    command
        .env(
            "AWS_ENDPOINT_URL",
            format!("http://127.0.0.1:{}", ports.sqs),
        )
        .env("AWS_REGION", "eu-central-1")
        .env("AWS_DEFAULT_REGION", "eu-central-1")
        .env("AWS_ACCESS_KEY_ID", "demo")
        .env("AWS_SECRET_ACCESS_KEY", "demo");
}

fn python(service: &str, program: &str) -> Command {
    let mut command = Command::new(venv(service, program));
    command.current_dir(root().join(service));
    command
}

fn venv(service: &str, program: &str) -> std::path::PathBuf {
    root().join(service).join(".venv/bin").join(program)
}

const PRICING: &str = "demo-react-app/services/pricing-api";
const VOUCHERS: &str = "demo-react-app/services/vouchers-api";
