//! What the page saw: raw facts turned into OTLP.
