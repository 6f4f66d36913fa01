//! A large trace, of a service that queries its database once per item.

use super::MILLISECOND;
use super::model::{ORDERS, PAGE, PRICING, Span, Telemetry, attributes, id};

/// A trace of `size` spans.
pub(crate) fn large(at: u64, size: u64) -> Telemetry {
    let trace = u128::from(id(at)) << 64 | u128::from(id(size));
    let span_id = |number: u64| id(at ^ (number + 7_000_000));
    let end = at + size * 3 * MILLISECOND;
    let mut telemetry = Telemetry::default();
    for number in 0..size {
        let start = at + number * 3 * MILLISECOND;
        let (service, parent, name, kind, end) = match number {
            0 => (PAGE, None, "click a#export".to_owned(), 1, end),
            1 => (ORDERS, Some(0), "GET /api/export".to_owned(), 2, end),
            // Every tenth is a page of the export, with nine queries beneath.
            _ if number % 10 == 2 => (
                PRICING,
                Some(1),
                format!("export page {}", number / 10),
                1,
                (start + 30 * MILLISECOND).min(end),
            ),
            _ => (
                ORDERS,
                Some(number - (number - 2) % 10),
                "SELECT order_lines".to_owned(),
                3,
                start + 2 * MILLISECOND + id(number) % MILLISECOND,
            ),
        };
        let attributes = if name.starts_with("SELECT") {
            attributes![
                "db.system.name" => "postgresql",
                "db.query.text" => "SELECT sku, quantity FROM order_lines WHERE order_id = $1",
                "order.number" => number as i64,
            ]
        } else {
            Vec::new()
        };
        telemetry.spans.push(Span {
            service,
            trace,
            id: span_id(number),
            parent: parent.map(span_id),
            name,
            kind,
            start,
            end,
            attributes,
            events: Vec::new(),
            links: Vec::new(),
            error: (number % 701 == 700).then(|| "canceling statement due to timeout".to_owned()),
        });
    }
    telemetry
}
