//! The telemetry of one visit: a click and everything that it caused.

use super::model::{EDGE, ORDERS, PAGE, PRICING, Telemetry, attributes, id};
use super::visit::{Visit, database};

/// The course of a purchase.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Purchase {
    Succeeds,
    /// An exception in Python; every caller responds with 500.
    BreaksInPricing,
    /// An exception in the page, after the order was taken.
    BreaksInPage,
    /// The clock of pricing-api is 240 ms behind.
    ClocksDiffer,
    /// The spans of the edge never arrived.
    EdgeSpansLost,
}

/// One click on "Buy".
pub(crate) fn purchase(at: u64, seed: u64, how: Purchase) -> Telemetry {
    let mut visit = Visit::start(at, seed);
    let failed = how == Purchase::BreaksInPricing;
    let status: i64 = if failed { 500 } else { 201 };
    let pace = 0.8 + (id(seed) % 70) as f64 / 100.0;
    let t = |ms: f64| ms * pace;
    let error = |failed: bool| failed.then(String::new);

    let click = visit.span(
        PAGE,
        None,
        "click button#buy",
        1,
        0.0,
        t(412.0),
        attributes![
            "browser.css_selector" => "main > form.basket > button#buy",
            "browser.tag_name" => "BUTTON",
            "url.full" => "http://127.0.0.1:8787/basket",
            "session.id" => format!("{:032x}", id(seed + 77)),
        ],
    );
    let fetch = visit.span(
        PAGE,
        Some(click),
        "POST",
        3,
        t(6.0),
        t(398.0),
        attributes![
            "http.request.method" => "POST",
            "url.full" => "http://127.0.0.1:8787/api/orders",
            "server.address" => "127.0.0.1",
            "server.port" => 8787,
            "http.response.status_code" => status,
            "network.protocol.version" => "1.1",
            "http.request.body.size" => 184,
        ],
    );
    visit.failed(fetch, error(failed), "500");
    let edge = visit.span(
        EDGE,
        Some(fetch),
        "POST /api/*",
        2,
        t(21.0),
        t(380.0),
        attributes![
            "http.request.method" => "POST",
            "http.route" => "/api/*",
            "url.path" => "/api/orders",
            "url.scheme" => "http",
            "http.response.status_code" => status,
            "client.address" => "127.0.0.1",
        ],
    );
    visit.failed(edge, error(failed), "500");
    let upstream = visit.span(
        EDGE,
        Some(edge),
        "POST",
        3,
        t(24.0),
        t(374.0),
        attributes![
            "http.request.method" => "POST",
            "url.full" => "http://127.0.0.1:8081/api/orders",
            "server.address" => "127.0.0.1",
            "server.port" => 8081,
            "http.response.status_code" => status,
        ],
    );
    visit.failed(upstream, error(failed), "500");
    let orders = visit.span(ORDERS, Some(upstream), "POST /api/orders", 2, t(31.0), t(368.0), attributes![
        "http.request.method" => "POST",
        "http.route" => "/api/orders",
        "url.path" => "/api/orders",
        "http.response.status_code" => status,
        "user_agent.original" => "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0 Safari/537.36",
    ]);
    visit.failed(orders, error(failed), "500");
    visit.span(
        ORDERS,
        Some(orders),
        "SELECT products",
        3,
        t(35.0),
        t(43.2),
        database(
            "postgresql",
            "SELECT",
            "SELECT id, name, price_cents FROM products WHERE id = ANY($1) FOR SHARE",
        ),
    );
    let ask = visit.span(
        ORDERS,
        Some(orders),
        "POST",
        3,
        t(46.0),
        t(305.0),
        attributes![
            "http.request.method" => "POST",
            "url.full" => "http://127.0.0.1:8082/price",
            "server.address" => "127.0.0.1",
            "server.port" => 8082,
            "http.response.status_code" => if failed { 500 } else { 200 },
        ],
    );
    visit.failed(ask, error(failed), "500");
    price(&mut visit, ask, how, &t);
    if !failed {
        let insert = visit.span(ORDERS, Some(orders), "INSERT orders", 3, t(309.0), t(331.0), database(
            "postgresql", "INSERT",
            "INSERT INTO orders (session_id, total_cents, placed_at)\nVALUES ($1, $2, now())\nRETURNING id",
        ));
        visit.log(insert, 332.0 * pace, (9, "INFO"), "order placed", attributes![
            "order.id" => 1_000 + seed as i64, "order.total_cents" => 5_997, "logger" => "orders",
        ]);
        visit.span(
            PAGE,
            Some(click),
            "render /thanks",
            1,
            t(400.0),
            t(411.0),
            attributes![
                "url.template" => "/thanks",
            ],
        );
    }
    if how == Purchase::BreaksInPage {
        visit.exception_in_page(click, t(405.0));
    }
    if how == Purchase::ClocksDiffer {
        visit.shift(PRICING, 240);
    }
    if how == Purchase::EdgeSpansLost {
        visit.telemetry.spans.retain(|span| span.service != EDGE);
    }
    visit.telemetry
}

/// A fast page view without errors.
pub(crate) fn browse(at: u64, seed: u64) -> Telemetry {
    let mut visit = Visit::start(at, seed);
    let load = visit.span(
        PAGE,
        None,
        "documentLoad",
        1,
        0.0,
        236.0,
        attributes![
            "url.full" => "http://127.0.0.1:8787/", "url.path" => "/",
        ],
    );
    let fetch = visit.span(
        PAGE,
        Some(load),
        "GET",
        3,
        120.0,
        171.0,
        attributes![
            "http.request.method" => "GET",
            "url.full" => "http://127.0.0.1:8787/api/products",
            "http.response.status_code" => 200,
        ],
    );
    let edge = visit.span(EDGE, Some(fetch), "GET /api/*", 2, 131.0, 163.0, attributes![
        "http.request.method" => "GET", "http.route" => "/api/*", "http.response.status_code" => 200,
    ]);
    let orders = visit.span(ORDERS, Some(edge), "GET /api/products", 2, 135.0, 160.0, attributes![
        "http.request.method" => "GET", "http.route" => "/api/products", "http.response.status_code" => 200,
    ]);
    visit.span(
        ORDERS,
        Some(orders),
        "SELECT products",
        3,
        138.0,
        157.0,
        database(
            "postgresql",
            "SELECT",
            "SELECT id, name, price_cents FROM products ORDER BY name",
        ),
    );
    visit.telemetry
}

fn price(visit: &mut Visit, ask: u64, how: Purchase, t: &dyn Fn(f64) -> f64) {
    let failed = how == Purchase::BreaksInPricing;
    let server = visit.span(
        PRICING,
        Some(ask),
        "POST /price",
        2,
        t(52.0),
        t(298.0),
        attributes![
            "http.request.method" => "POST",
            "http.route" => "/price",
            "http.response.status_code" => if failed { 500 } else { 200 },
        ],
    );
    visit.span(
        PRICING,
        Some(server),
        "GET",
        3,
        t(60.0),
        t(61.4),
        database("redis", "GET", "GET price:sku-42"),
    );
    visit.log(
        server,
        t(62.0),
        (13, "WARN"),
        "price not cached",
        attributes![
            "sku" => "sku-42", "logger" => "pricing.cache",
        ],
    );
    let compute = visit.span(
        PRICING,
        Some(server),
        "compute price",
        1,
        t(64.0),
        t(210.0),
        attributes![
            "basket.items" => 3, "discount.rate" => 0.15, "discount.applied" => true,
        ],
    );
    visit.event(
        compute,
        t(90.0),
        "discount applied",
        attributes!["discount.code" => "AUTUMN"],
    );
    visit.event(
        compute,
        t(150.0),
        "tax computed",
        attributes!["tax.region" => "DE"],
    );
    if failed {
        for span in [compute, server] {
            visit.event(
                span,
                t(209.0),
                "exception",
                attributes![
                    "exception.type" => "ZeroDivisionError",
                    "exception.message" => "division by zero",
                    "exception.stacktrace" => PYTHON_STACK,
                    "exception.escaped" => "False",
                ],
            );
            visit.failed(
                span,
                Some("ZeroDivisionError: division by zero".to_owned()),
                "ZeroDivisionError",
            );
        }
        visit.log(
            server,
            t(212.0),
            (17, "ERROR"),
            "request failed",
            attributes![
                "exception.type" => "ZeroDivisionError",
                "exception.message" => "division by zero",
                "exception.stacktrace" => PYTHON_STACK,
                "logger" => "uvicorn.error",
            ],
        );
        return;
    }
    visit.span(
        PRICING,
        Some(server),
        "SET",
        3,
        t(214.0),
        t(216.2),
        database("redis", "SET", "SET price:sku-42 1999 EX 60"),
    );
    let send = visit.span(
        PRICING,
        Some(server),
        "send price-events",
        4,
        t(220.0),
        t(262.0),
        attributes![
            "messaging.system" => "aws_sqs",
            "messaging.operation.type" => "send",
            "messaging.operation.name" => "send",
            "messaging.destination.name" => "price-events",
            "server.address" => "127.0.0.1",
            "server.port" => 54566,
        ],
    );
    visit.log(
        server,
        t(270.0),
        (9, "INFO"),
        "price computed",
        attributes![
            "sku" => "sku-42", "price_cents" => 1_999, "logger" => "pricing",
        ],
    );
    visit.consume(send, t(318.0));
}

const PYTHON_STACK: &str = r#"Traceback (most recent call last):
  File "/app/.venv/lib/python3.11/site-packages/starlette/routing.py", line 76, in app
    response = await f(request)
  File "/app/pricing/main.py", line 48, in price
    total = compute(basket, discount)
  File "/app/pricing/discount.py", line 17, in compute
    share = amount / len(basket.discounted_items)
ZeroDivisionError: division by zero
"#;
