//! Writes reduced facts as OTLP.

mod attributes;
mod batch;
mod click;
mod degraded;
mod document_load;
mod engine_failure;
mod exception;
mod log;
mod page;
mod plain;
mod request;
mod session;
mod span;
mod web_vital;

use crate::Telemetry;
use crate::text::{Fields, records};
use alloc::string::String;
use batch::Batch;
use click::CLICK;
use degraded::DEGRADED;
use document_load::DOCUMENT_LOAD;
use engine_failure::ENGINE_FAILURE;
use session::SESSION_START;
use span::SPAN;
use throughline_wire::facts as kinds;
use throughline_wire::facts::RECORD_END;

pub use page::Page;

/// Writes a text of facts that the [`Reducer`](crate::Reducer) has returned.
pub fn write(facts: &str) -> Telemetry {
    let page = &mut Page::new();
    let batch = &mut Batch::new();
    let mut lost = String::new();
    let mut injected = 0;
    for record in records(facts) {
        let fields = &Fields::of(record);
        match fields.kind() {
            kinds::session_start::KIND => SESSION_START.write(page, fields, batch),
            kinds::engine_failure::KIND => ENGINE_FAILURE.write(page, fields, batch),
            kinds::degraded::KIND => DEGRADED.write(page, fields, batch),
            kinds::request::KIND => request::write(page, fields, batch),
            kinds::click::KIND => CLICK.write(page, fields, batch),
            kinds::document_load::KIND => DOCUMENT_LOAD.write(page, fields, batch),
            kinds::exception::KIND if !exception::write(page, fields, batch) => {
                injected += 1;
                // The record stands for all equal ones.
                let count = fields.text(kinds::exception::COUNT);
                lost.push_str(INJECTED);
                lost.push_str(if count.is_empty() { "1" } else { count });
                lost.push(char::from(RECORD_END));
            }
            kinds::span::KIND => SPAN.write(page, fields, batch),
            kinds::log::KIND => log::write(page, fields, batch),
            kinds::web_vital::KIND if !web_vital::write(page, fields, batch) => {
                lost.push_str(UNREADABLE);
            }
            kinds::lost::KIND => {
                lost.push_str(record);
                lost.push(char::from(RECORD_END));
            }
            _ => page.read(record),
        }
    }
    Telemetry {
        injected,
        ..core::mem::replace(batch, Batch::new()).finish(page, lost)
    }
}

/// The `lost` fact for exceptions of a script that is none of the page's, up to their number.
const INJECTED: &str = "X\u{1f}injected\u{1f}";

/// The `lost` fact for a web vital that is not known here.
const UNREADABLE: &str = "X\u{1f}unreadable\u{1f}1\u{1e}";
